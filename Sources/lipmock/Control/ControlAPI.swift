import Runtime
import Transport

/// The requests under `/_mock/`, by which a test drives the mock; docs/lipmock.md lists them.
struct ControlAPI {
    static let prefix = "/_mock/"
    static let waitTimeoutDefault = Duration.seconds(10)

    /// What is to be answered, now or later.
    enum Outcome {
        case answer(status: Int, json: [UInt8])
        case wait(Watch.Condition, timeout: Duration)
    }

    let server: MockServer

    func handle(_ request: ReceivedRequest) -> Outcome {
        switch (request.method, request.path.dropFirst(Self.prefix.count)) {
        case ("POST", "script"): return setScript(request.body)
        case ("POST", "login"): return setLogin(request.body)
        case ("GET", "requests"): return .answer(status: 200, json: listing(filter(request)))
        case ("GET", "totals"): return .answer(status: 200, json: totals())
        case ("POST", "reset"):
            server.reset()
            return Self.done
        case ("POST", "release"):
            server.open(gate: request.query("gate") ?? "")
            return Self.done
        case ("GET", "wait"): return wait(request)
        default: return Self.problem(404, "no such control request: \(request.method) \(request.path)")
        }
    }

    private static let done = Outcome.answer(status: 200, json: Array("{\"ok\":true}".utf8))

    private static func problem(_ status: Int, _ message: String) -> Outcome {
        var json = JSONWriter()
        json.beginObject()
        json.key("problem")
        json.string(message)
        json.endObject()
        return .answer(status: status, json: json.bytes)
    }

    private func setScript(_ body: [UInt8]) -> Outcome {
        do throws(JSONError) {
            let root = try JSONDocument(parsing: body).root
            do throws(ScriptError) {
                server.script = Script(rules: try ScriptDecoder.rules(from: root))
                return Self.done
            } catch {
                return Self.problem(400, error.message)
            }
        } catch {
            return Self.problem(400, "not JSON: \(error.message) at byte \(error.byteOffset)")
        }
    }

    private func filter(_ request: ReceivedRequest) -> Watch.Filter {
        Watch.Filter(model: request.query("model"), path: request.query("path"))
    }

    private func setLogin(_ body: [UInt8]) -> Outcome {
        do throws(JSONError) {
            let root = try JSONDocument(parsing: body).root
            do throws(ScriptError) {
                var reader = try ObjectReader(root, path: "")
                let (refresh, access) = (try reader.string("refresh_token"), try reader.strings("access_tokens"))
                let lifetime = try reader.count("lifetime")
                try reader.finish()
                server.login.set(refreshToken: refresh, accessTokens: access, lifetime: lifetime)
                return Self.done
            } catch {
                return Self.problem(400, error.message)
            }
        } catch {
            return Self.problem(400, "not JSON: \(error.message) at byte \(error.byteOffset)")
        }
    }

    private func wait(_ request: ReceivedRequest) -> Outcome {
        guard let event = request.query("event").flatMap(Watch.Event.init(rawValue:)) else {
            let known = Watch.Event.allCases.map(\.rawValue).joined(separator: ", ")
            return Self.problem(400, "event must be one of \(known)")
        }
        guard let count = Int(request.query("count") ?? "1"), let timeout = Int(request.query("timeout_ms") ?? "10000")
        else { return Self.problem(400, "count and timeout_ms must be whole numbers") }
        return .wait(
            Watch.Condition(event: event, count: count, filter: filter(request)), timeout: .milliseconds(timeout))
    }

    private func totals() -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("frames")
        json.int(server.framesSentInAll)
        json.endObject()
        return json.bytes
    }

    /// The log as JSON, as `requests` and a met `wait` answer it.
    func listing(_ filter: Watch.Filter) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("connections")
        json.int(server.providerConnectionCount)
        json.key("malformed")
        json.beginArray()
        for problem in server.log.malformed { json.string(problem) }
        json.endArray()
        json.key("requests")
        json.beginArray()
        for entry in server.log.entries(filter) { entry.write(into: &json) }
        json.endArray()
        json.endObject()
        return json.bytes
    }

    /// The answer to a wait whose time ran out.
    static let timedOut = Array("{\"problem\":\"the condition was not met in time\"}".utf8)
}
