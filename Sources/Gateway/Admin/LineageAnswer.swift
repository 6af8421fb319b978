import Routing
import Runtime
import Transport

/// The answers of `GET /admin/attempts` and `GET /admin/lineage`.
struct LineageAnswer {
    var status = 200
    var type = "application/json"
    var body: [UInt8]
    /// What the client is asked to wait, in whole seconds.
    var retryAfterSeconds: Int?

    /// What a client waits that finds the file busy: it may be free again at any moment.
    private static let busySeconds = 1

    /// Asks the store; the query is what follows the `?`.
    static func make(
        _ endpoint: Endpoint, _ query: ArraySlice<UInt8>?, from store: any ContinuityStore,
        at now: MonotonicInstant
    ) async -> LineageAnswer {
        guard let query = QueryText(query) else { return refusal(400, "malformed query") }
        do {
            return endpoint == .attempts ? try await attempts(query, store) : try await page(query, store)
        } catch let error as LineageQueryError {
            return refusal(400, error.message)
        } catch let outage as LineageOutage {
            return unavailable(
                "the lineage file cannot be written for \((now - outage.since).components.seconds) s now: "
                    + "\(outage.reason); of what came since, \(outage.droppedCount) requests were dropped, and this may "
                    + "be one of them")
        } catch {
            return unavailable("the lineage cannot be read now: \(error)")
        }
    }

    private static func refusal(_ status: Int, _ reason: String) -> LineageAnswer {
        LineageAnswer(status: status, type: "text/plain; charset=utf-8", body: Array("\(reason)\n".utf8))
    }

    private static func unavailable(_ reason: String) -> LineageAnswer {
        var answer = refusal(503, reason)
        answer.retryAfterSeconds = busySeconds
        return answer
    }

    private static func attempts(_ query: QueryText, _ store: any ContinuityStore) async throws -> LineageAnswer {
        guard let text = query.parameters.first(where: { $0.name == "a_leg_id" })?.value, !text.isEmpty else {
            return refusal(400, "missing a_leg_id")
        }
        guard let id = ALegID(text), try await store.aLeg(id) != nil else { return refusal(404, "a-leg not found") }
        var writer = JSONWriter()
        AttemptText.write(try await store.attempts(of: id), into: &writer)
        return LineageAnswer(body: writer.bytes)
    }

    private static func page(_ query: QueryText, _ store: any ContinuityStore) async throws -> LineageAnswer {
        let page = try await store.page(try LineageQuery(query))
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("attempts")
        AttemptText.write(page.attempts, into: &writer)
        if let next = page.next {
            writer.key("next_cursor")
            writer.string(next.description)
        }
        writer.endObject()
        return LineageAnswer(body: writer.bytes)
    }
}

/// A parameter of the query that cannot be understood.
struct LineageQueryError: Error, Hashable {
    var message: String
}

extension LineageQuery {
    /// Reads the parameters of `GET /admin/lineage`; of two with one name the last wins.
    init(_ query: QueryText) throws(LineageQueryError) {
        self.init()
        for (name, value) in query.parameters {
            switch name {
            case "since": since = try Self.time(name, value)
            case "until": until = try Self.time(name, value)
            case "backend": backend = value
            case "model": model = value
            case "outcome":
                guard let outcome = AttemptOutcome(rawValue: value) else {
                    let known = AttemptOutcome.allCases.map(\.rawValue).joined(separator: ", ")
                    throw LineageQueryError(message: "outcome must be one of \(known)")
                }
                self.outcome = outcome
            case "cursor":
                guard let cursor = LineageCursor(value) else {
                    throw LineageQueryError(message: "cursor must be a next_cursor of the page before")
                }
                self.cursor = cursor
            case "limit":
                guard let limit = Int(value), (1...Self.limitMax).contains(limit) else {
                    throw LineageQueryError(message: "limit must be from 1 to \(Self.limitMax)")
                }
                self.limit = limit
            default:
                throw LineageQueryError(
                    message: "unknown parameter; known are since, until, backend, model, outcome, limit, cursor")
            }
        }
    }

    private static func time(_ name: String, _ value: String) throws(LineageQueryError) -> Int64 {
        guard let time = Timestamp(value) else {
            throw LineageQueryError(message: "\(name) must be a time of RFC 3339, such as 2026-01-31T09:05:00Z")
        }
        return time.nanoseconds
    }
}
