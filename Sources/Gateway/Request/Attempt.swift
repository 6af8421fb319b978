import Dialects
import Routing
import Runtime
import Transport

/// One attempt at a leg: encodes the call, opens the provider's answer and reads it until it commits.
///
/// Value of one request's task, on its loop. It neither writes to the client nor decides what follows: it reports, and the
/// failover plan decides.
struct Attempt {
    /// How the opening of a leg came out.
    enum Outcome {
        /// A whole answer in the client's form, complete.
        case whole(body: [UInt8], usage: Usage?)
        /// A streamed answer that has committed, or has ended without ever having output.
        case stream(StreamRelay)
        /// No answer.
        case failed(Failure)
    }

    /// The longest provider error body that is read, in bytes.
    static let errorBodyBytesMax = 64 << 10
    /// The longest whole answer, in bytes.
    static let answerBytesMax = 64 << 20

    let backend: Backend
    let leaf: Leaf
    let call: Call
    let requestID: String
    let context: LoopContext
    /// Fields of the provider's answer that the client gets too; set once the answer's head has come.
    private(set) var carriedHeaders = HTTPHeaders()
    private(set) var providerStatus: Int?
    private(set) var droppedFields: [String] = []

    init(_ call: Call, backend: Backend, leaf: Leaf, requestID: String, context: LoopContext) {
        self.call = call
        self.backend = backend
        self.leaf = leaf
        self.requestID = requestID
        self.context = context
    }

    /// Opens the leg with a key; throws only when the call was called off.
    mutating func open(with lease: KeyPool.Lease?) async throws(CancellationError) -> Outcome {
        do throws(Failure) {
            guard backend.isRemote else { return try await openStub() }
            let encoded = try encode()
            droppedFields = encoded.droppedFields
            let request = backend.request(encoded.body, stream: backend.streams(call), lease: lease)
            return try await open(request)
        } catch {
            if error.kind == .cancelled { throw CancellationError() }
            return .failed(error)
        }
    }

    // MARK: Encoding

    private func encode() throws(Failure) -> EncodedRequest {
        let parameters = try RouteParameters(leaf)
        let model = backend.wireModel(leaf.model, provider: parameters.provider)
        var encoded = OpenAIChatRequestEncoder.encode(
            call, as: model, stream: backend.streams(call), parameters: parameters, flavor: backend.flavor)
        if let provider = parameters.provider { try backend.pin(provider, in: &encoded) }
        return encoded
    }

    private var fallback: ResponseInfo {
        ResponseInfo(
            id: "chatcmpl-\(requestID)", model: leaf.model, created: Int(Timestamp.now().unixSeconds))
    }

    // MARK: Opening

    private func openStub() async throws(Failure) -> Outcome {
        _ = try RouteParameters(leaf)
        guard let stub = backend.configuration.stub else {
            preconditionFailure("the backend \(backend.configuration.id) is neither remote nor a stub")
        }
        let info = fallback
        let answer = StubAnswer(stub, call: call, model: leaf.model, id: requestID, created: info.created ?? 0)
        return try await readUntilCommit(StreamRelay(answer, call: call, fallback: info))
    }

    private mutating func open(_ request: HTTPClientRequest) async throws(Failure) -> Outcome {
        let response: HTTPClientResponse
        do {
            response = try await context.client.open(request)
        } catch {
            throw failure(error)
        }
        providerStatus = response.status
        guard (200...299).contains(response.status) else { throw await refusal(response) }
        CarriedHeaders.append(response.headers, to: &carriedHeaders)
        guard backend.streams(call) else { return try await readWhole(response) }
        switch ContentType(response.headers.firstBytes("content-type")) {
        case .eventStream, .missing:
            let relay = StreamRelay(
                response, backend: backend.configuration.id, call: call, parser: context.parser, fallback: fallback)
            return try await readUntilCommit(relay)
        case .json:
            return try await readUnasked(response)
        case .other(let type):
            response.cancel()
            throw Failure(
                .invalidResponse, "the provider \(backend.configuration.id) answered a stream with \(type)")
        }
    }

    /// Reads a whole answer and carries it, once it has proved to be one.
    private func readWhole(_ response: HTTPClientResponse) async throws(Failure) -> Outcome {
        let body = try await readAll(response)
        let events = try OpenAIChatUnaryDecoder.decode(body)
        return .whole(body: body, usage: events.usage)
    }

    /// Reads a whole answer that came where a stream was asked for: an error, or a provider that cannot stream.
    private func readUnasked(_ response: HTTPClientResponse) async throws(Failure) -> Outcome {
        let body = try await readAll(response)
        let events = try OpenAIChatUnaryDecoder.decode(body)
        guard call.stream else { return .whole(body: body, usage: events.usage) }
        let relay = StreamRelay(
            response, backend: backend.configuration.id, call: call, parser: context.parser, fallback: fallback)
        relay.takeWhole(events)
        return .stream(relay)
    }

    private func readUntilCommit(_ relay: StreamRelay) async throws(Failure) -> Outcome {
        do {
            while true {
                switch relay.progress {
                case .running where relay.isCommitted && call.stream: return .stream(relay)
                case .running: try await relay.advance()
                case .ended where call.stream: return .stream(relay)
                case .ended: return .whole(body: try relay.collectedBody(), usage: relay.usage)
                // The commit and the failure came in one step: the client gets the output, then the failure.
                case .failed where relay.isCommitted && call.stream: return .stream(relay)
                case .failed(let failure):
                    relay.cancel()
                    throw failure
                }
            }
        } catch let failure as Failure {
            throw failure
        } catch {
            relay.cancel()
            throw Self.cancelled
        }
    }

    private func readAll(_ response: HTTPClientResponse) async throws(Failure) -> [UInt8] {
        do {
            return try await response.readAll(upTo: Self.answerBytesMax)
        } catch {
            throw failure(error)
        }
    }

    /// The failure that an error status stands for, with what the provider says about it.
    private func refusal(_ response: HTTPClientResponse) async -> Failure {
        let retryAfter = response.retryAfter
        do {
            let body = try await response.readAll(upTo: Self.errorBodyBytesMax)
            return ProviderErrorReader.failure(status: response.status, body: body, retryAfter: retryAfter)
        } catch {
            // The status is known, so it is told; that its explanation was cut or too long changes nothing.
            if error.kind == .cancelled { return Self.cancelled }
            return ProviderErrorReader.failure(status: response.status, body: [], retryAfter: retryAfter)
        }
    }

    private func failure(_ error: HTTPClientError) -> Failure {
        Failure(error, backend: backend.configuration.id) ?? Self.cancelled
    }

    private static let cancelled = Failure(.cancelled, "the request was called off")
}

extension [Event] {
    /// What the answer says it consumed.
    fileprivate var usage: Usage? {
        for case .usage(let usage) in reversed() { return usage }
        return nil
    }
}
