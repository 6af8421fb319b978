import Dialects
import Routing
import Runtime
import Transport

/// One attempt's turn with an agent: the handshake before the prompt, and what is said to the agent beside it.
///
/// What is said beside is sent without waiting for anything: answers to what the agent asks, the cancellation of a turn
/// that nobody wants any more, the end of the session. Belongs to the attempt's loop.
final class AgentTurn {
    /// Why there is no session.
    enum Shortage: Error {
        /// `detail` is what the transport says of it, for the log.
        case failed(Failure, detail: String?)
        case calledOff
    }

    /// How long a message may take that nobody waits for.
    static let messageTimeMax = Duration.seconds(5)

    private enum State {
        /// Nothing stands yet that would have to be ended.
        case opening
        /// There is a session, and nothing was asked in it.
        case ready(ACPSession)
        /// The agent works on the prompt.
        case prompted(ACPSession)
        case ended
    }

    private let backend: Backend
    private let client: HTTPClient
    /// The key that the attempt goes out with.
    private var lease: KeyPool.Lease?
    private var state = State.opening
    /// How many steps of the handshake went out once more, since the first connection proved dead.
    private(set) var resendCount = 0
    /// The exchange that is under way, until its answer's head and after it.
    private var exchange: HTTPClientOpening?
    private var response: HTTPClientResponse?

    init(with backend: Backend, through client: HTTPClient) {
        self.backend = backend
        self.client = client
    }

    // MARK: Handshake

    /// A number for a call that no other one is likely to have, of this process or another.
    static func callNumber(using generator: inout XoshiroGenerator) -> Int {
        let count = ACPMessage.callNumberMax / ACPMessage.numbersOfCall
        return Int.random(in: 0...count, using: &generator) * ACPMessage.numbersOfCall
    }

    /// Opens a session for the call of a number; every failure names the step that it came from.
    ///
    /// Ends with `calledOff` when ``cancel()`` is called before there is one.
    func open(_ settings: ACPSettings, call: Int, with lease: KeyPool.Lease?) async throws(Shortage) -> ACPSession {
        self.lease = lease
        var handshake = ACPHandshake(settings, call: call)
        var action = handshake.began()
        while true {
            switch action {
            case .send(let step, let message):
                do throws(Shortage) {
                    action = handshake.answered(try await answer(to: message, step))
                } catch {
                    guard case .failed(let failure, let detail) = error else { throw error }
                    guard case .fail(let named) = handshake.failed(failure) else { throw error }
                    throw .failed(named, detail: detail)
                }
            case .ready(let session):
                // The turn may have been called off after the last byte had come: then the session is ended at once.
                if case .ended = state {
                    close(session)
                    throw .calledOff
                }
                state = .ready(session)
                return session
            case .fail(let failure): throw .failed(failure, detail: nil)
            }
        }
    }

    /// The body of a successful answer to one step.
    private func answer(to message: [UInt8], _ step: ACPHandshake.Step) async throws(Shortage) -> [UInt8] {
        if case .ended = state { throw .calledOff }
        let exchange = HTTPClientOpening()
        self.exchange = exchange
        defer {
            self.exchange = nil
            response = nil
        }
        var hasAnswered = false
        do throws(HTTPClientError) {
            let response = try await client.open(backend.request(message: message, lease: lease), as: exchange)
            self.response = response
            hasAnswered = true
            if response.timings.resent { resendCount += 1 }
            if (200...299).contains(response.status) {
                return try await response.readAll(upTo: ACPHandshake.answerBytesMax)
            }
        } catch {
            if error.resent, !hasAnswered { resendCount += 1 }
            throw shortage(error, step, hasAnswered: hasAnswered)
        }
        throw await refusal()
    }

    private func shortage(_ error: HTTPClientError, _ step: ACPHandshake.Step, hasAnswered: Bool) -> Shortage {
        guard let failure = Failure(error, backend: backend.configuration.id, hasAnswered: hasAnswered) else {
            return .calledOff
        }
        return .failed(failure, detail: error.message)
    }

    /// An answer with an error status, and what it says about it.
    private func refusal() async -> Shortage {
        guard let response else { return .calledOff }
        let timer = client.loop.schedule(after: Attempt.errorBodyTimeMax) { response.cancel() }
        // The status is known, so it is told: that its explanation was cut, slow or too long changes nothing.
        let body = (try? await response.readAll(upTo: Attempt.errorBodyBytesMax)) ?? []
        client.loop.cancel(timer)
        if case .ended = state { return .calledOff }
        if Task.isCancelled { return .calledOff }
        return .failed(
            ProviderErrorReader.failure(status: response.status, body: body, retryAfter: response.retryAfter),
            detail: nil)
    }

    // MARK: Turn

    /// The prompt goes out.
    func prompted() {
        if case .ready(let session) = state { state = .prompted(session) }
    }

    /// Answers what the agent asked.
    func reply(_ messages: [[UInt8]]) {
        for message in messages { send(message) }
    }

    /// The agent has answered the prompt: the session has served its purpose.
    func ended() {
        switch state {
        case .ready(let session), .prompted(let session): close(session)
        case .opening, .ended: break
        }
        state = .ended
    }

    /// The attempt is over, and whatever the agent is doing for it shall stop; may be called again, and after the end.
    func cancel() {
        exchange?.cancel()
        response?.cancel()
        if case .prompted(let session) = state { send(ACPMessage.cancel(session)) }
        ended()
    }

    private func close(_ session: ACPSession) {
        if session.closes { send(ACPMessage.close(session)) }
    }

    private func send(_ message: [UInt8]) {
        client.send(backend.request(message: message, lease: lease, timeMax: Self.messageTimeMax))
    }
}
