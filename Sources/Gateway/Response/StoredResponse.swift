import Dialects
import Routing
import Runtime
import Transport

/// One request about a response that its provider keeps: it is passed on to the leg that issued the response.
///
/// Neither planned nor retried, since no other leg could answer it; nor held against the leg, since no model is asked.
/// Belongs to the connection's task and loop.
final class StoredResponse: RunningRequest {
    /// The longest body of a request, in bytes: nothing in it is needed.
    private static let bodyBytesMax = 64 << 10

    private let path: StoredResponsePath
    private let exchange: HTTPExchange
    private let gateway: Gateway
    private let context: LoopContext
    let record: RequestRecord
    /// Its place among those that its loop serves; theirs to change.
    var runningIndex: Int?
    /// The transfer, until its answer's head and after it.
    private let opening = HTTPClientOpening()
    private var response: HTTPClientResponse?

    init(
        _ path: StoredResponsePath, _ exchange: HTTPExchange, gateway: Gateway, context: LoopContext,
        record: RequestRecord
    ) {
        self.path = path
        self.exchange = exchange
        self.gateway = gateway
        self.context = context
        self.record = record
    }

    /// Serves the request; returns once it has been answered or its client has left.
    func serve() async {
        context.running.add(self)
        defer { context.running.remove(self) }
        do {
            try await pass()
        } catch let failure as Failure {
            gateway.respond(exchange, record, failure)
        } catch {
            // Where the client left, nobody is to be told.
            if record.calledOff == nil { return exchange.abort() }
            gateway.respond(exchange, record, record.callOffFailure(of: exchange))
        }
    }

    /// Ends the transfer, in this turn; the client is told once the request's task has its turn.
    func callOff(because cause: CancellationCause) {
        guard record.calledOff == nil, !exchange.isGone else { return }
        record.calledOff = cause
        opening.cancel()
        response?.cancel()
    }

    private func pass() async throws {
        if exchange.request.method == .post || exchange.request.method == .delete { try await readBody() }
        let now = context.loop.now
        guard let origin = gateway.responses.origin(of: path.id, for: record.principal, at: now),
            let backend = gateway.backend(origin.backend)
        else { throw Self.unknown(path.id) }
        record.model = origin.model
        let query = try QueryText.forwarded(exchange.request.query)
        let isStream = query.contains("stream=true")
        let request = backend.request(
            method, stored: "/\(path.id)\(suffix)\(query)", key: origin.key, stream: isStream)
        do {
            // Called off before there was a transfer to end.
            if record.calledOff != nil { throw CancellationError() }
            let response = try await context.client.open(request, as: opening)
            self.response = response
            guard (200...299).contains(response.status) else { throw try await failure(response, backend) }
            try await relay(response, isStream: isStream)
        } catch let error as HTTPClientError {
            guard let failure = Failure(error, backend: origin.backend, hasAnswered: exchange.hasStarted) else {
                throw CancellationError()
            }
            throw failure
        }
    }

    private var method: String {
        switch exchange.request.method {
        case .post: "POST"
        case .delete: "DELETE"
        default: "GET"
        }
    }

    private var suffix: String {
        switch path.endpoint {
        case .cancelResponse: "/cancel"
        case .responseInputItems: "/input_items"
        default: ""
        }
    }

    private static func unknown(_ id: String) -> Failure {
        Failure(.notFound, "Response with id '\(id)' not found.", side: .client, code: "response_not_found")
    }

    private func readBody() async throws {
        do {
            _ = try await exchange.readBody(upTo: Self.bodyBytesMax)
        } catch {
            switch error {
            case .clientGone: throw CancellationError()
            case .cutShort: throw Failure.shuttingDown
            case .tooLarge:
                exchange.closeAfterResponse()
                throw Failure(.tooLarge, "This request needs no body.", side: .client)
            case .timeout, .malformed:
                exchange.closeAfterResponse()
                throw Failure(.invalidRequest, "The request body is incomplete.", side: .client)
            }
        }
    }

    /// Passes the provider's answer on: whole, or as a stream piece by piece.
    private func relay(_ response: HTTPClientResponse, isStream: Bool) async throws {
        var headers = HTTPHeaders([
            ("content-type", response.headers.first("content-type") ?? "application/json"),
            ("x-request-id", record.id),
        ])
        CarriedHeaders.append(response.headers, to: &headers)
        guard isStream else {
            let body = try await response.readAll(upTo: Attempt.answerBytesMax)
            if exchange.request.method == .delete { gateway.responses.removed(path.id, of: record.principal) }
            return exchange.respond(status: response.status, headers: headers, body: body)
        }
        headers.append("cache-control", "no-cache")
        exchange.start(status: response.status, headers: headers)
        var chunk: [UInt8] = []
        var sent = StoredStream()
        do {
            while try await response.read(into: &chunk) {
                sent.add(chunk)
                try await exchange.write(chunk)
            }
        } catch {
            response.cancel()
            return cut(sent)
        }
        exchange.finish()
    }

    /// Ends a stream that is not whole so that it does not look finished: with an error, if the client can read one.
    private func cut(_ sent: StoredStream) {
        let failure = record.callOffFailure(of: exchange)
        guard record.calledOff != nil, let event = sent.errorEvent(failure) else { return exchange.abort() }
        record.failure = failure
        exchange.enqueue(event)
        exchange.finish()
    }

    private func failure(_ response: HTTPClientResponse, _ backend: Backend) async throws -> Failure {
        let timer = context.loop.schedule(after: Attempt.errorBodyTimeMax) { response.cancel() }
        defer { context.loop.cancel(timer) }
        // The status is known, so it is told; that its explanation was cut, slow or too long changes nothing.
        let body = (try? await response.readAll(upTo: Attempt.errorBodyBytesMax)) ?? []
        try Task.checkCancellation()
        if record.calledOff != nil { throw CancellationError() }
        if response.status == 404 { gateway.responses.removed(path.id, of: record.principal) }
        let failure = backend.redacted(
            ProviderErrorReader.failure(status: response.status, body: body, retryAfter: response.retryAfter))
        return Verdict(UpstreamSignal(failure), key: .gateway).answer(failure)
    }
}

extension QueryText {
    /// A query as it may go on to a provider, with its question mark: without the key, which is lip's own client's.
    static func forwarded(_ query: ArraySlice<UInt8>?) throws(Failure) -> String {
        guard let query, !query.isEmpty else { return "" }
        guard QueryText(query) != nil, query.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else {
            throw .malformed(nil, "The query is not percent-encoded as it has to be.")
        }
        let kept = query.split(separator: UInt8(ascii: "&")).filter { pair in
            QueryText(pair)?.parameters.first?.name != "key"
        }
        let text = kept.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "&")
        return text.isEmpty ? "" : "?" + text
    }
}
