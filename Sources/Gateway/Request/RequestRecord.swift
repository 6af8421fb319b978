import Dialects
import Routing
import Runtime

/// What one request leaves behind for the access log, the metrics and the lineage; belongs to the request.
final class RequestRecord {
    /// One attempt at a leg.
    struct Attempted {
        var id: BLegID
        /// Its place in the A-leg, from 1.
        var sequence: Int
        /// Which of the plan's attempts it was.
        var number: Int
        var backend: String
        var backendIndex: Int
        var model: String
        var start: MonotonicInstant
        var firstOutput: MonotonicInstant?
        var end: MonotonicInstant
        /// Whether its request went out once more, since the first connection proved dead.
        var isResent = false
        var ending = Ending(.cancelled)
    }

    /// How an attempt ended.
    struct Ending {
        var outcome: AttemptOutcome
        /// Why it failed; nil for success.
        var reason: String?
        var providerStatus: Int?
        var usage: Usage?
        /// Why it was called off, where that was neither the client nor the end of the process.
        var cancellation: CancellationCause?

        init(
            _ outcome: AttemptOutcome, reason: String? = nil, providerStatus: Int? = nil, usage: Usage? = nil
        ) {
            self.outcome = outcome
            self.reason = reason
            self.providerStatus = providerStatus
            self.usage = usage
        }

        /// Another leg of the race won.
        static func lostRace(usage: Usage?) -> Ending {
            var ending = Ending(.cancelled, usage: usage)
            ending.cancellation = .lostRace
            return ending
        }

        /// A failure, which the client is told or not, depending on what the plan does then.
        init(
            _ failure: Failure, followedBy action: FailoverPlan.Action, providerStatus: Int? = nil, usage: Usage? = nil
        ) {
            let isSurfaced = if case .finish = action { true } else { false }
            self.init(
                isSurfaced ? .surfacedFailure : .swallowedFailure, reason: failure.message,
                providerStatus: providerStatus ?? failure.providerStatus, usage: usage)
        }
    }

    let id: String
    let endpoint: Endpoint
    let start: MonotonicInstant
    /// Who it comes from; known once it is authenticated.
    var principal = Principal.local
    /// The conversation that it is part of, where it is part of one.
    private(set) var session: Session?
    /// The session's token, where the session began with this request: the client is told it once.
    private var token: ResumeToken?
    /// Why it was called off, where its client is there to be told.
    var calledOff: CancellationCause?
    /// The model as the client named it.
    var model: String?
    /// The selector that was used, after aliases.
    var selector: String?
    var isStreamed = false
    /// The conversation that the request belongs to; known once it has a session, a leg or the head of a stream.
    private(set) var aLeg: ALegID?
    private(set) var attempts: [Attempted] = []
    /// The swallowed failures that are not counted yet: where nothing follows after all, one of them is the answer.
    private var uncounted: [Int] = []
    private var servingIndex: Int?
    private(set) var firstOutput: MonotonicInstant?
    private(set) var usage: Usage?
    /// The failure that the client was told.
    var failure: Failure?

    init(id: String, endpoint: Endpoint, start: MonotonicInstant) {
        self.id = id
        self.endpoint = endpoint
        self.start = start
    }

    // MARK: Attempts

    /// The request is part of a session; the token is there if the session is new.
    func join(_ session: Session, token: ResumeToken?) {
        self.session = session
        self.token = token
        aLeg = session.aLeg
    }

    /// What the client needs to go on with the session: its name, and once its token.
    var sessionFields: (id: SessionID, token: ResumeToken?)? { session.map { ($0.id, token) } }

    /// The conversation that the request belongs to: without a session it begins one of its own.
    func aLeg(_ context: LoopContext) -> ALegID {
        if let aLeg { return aLeg }
        let id = ALegID(from: &context.random)
        aLeg = id
        return id
    }

    /// Whether one of the plan's attempts before this one was at the backend; the legs of a race have one number.
    func hasTried(_ backend: Backend, before number: Int = .max) -> Bool {
        attempts.contains { $0.number < number && $0.backend == backend.configuration.id }
    }

    func begin(_ attempt: Attempt, _ context: LoopContext) {
        _ = aLeg(context)
        countSwallowed(before: attempt.planned.number, context)
        context.metrics.attemptStarted(attempt.backend.index)
        let now = context.loop.clock.now()
        attempt.recordIndex = attempts.count
        if attempt.leaf.first, attempt.isGeneration { session?.consumeFirst() }
        attempts.append(
            Attempted(
                id: BLegID(from: &context.random), sequence: session?.nextSequence() ?? attempts.count + 1,
                number: attempt.planned.number, backend: attempt.backend.configuration.id,
                backendIndex: attempt.backend.index, model: attempt.leaf.model, start: now, firstOutput: nil,
                end: now))
    }

    /// Notes what of the attempt went out once more, since the first connection proved dead.
    func noteResends(of attempt: Attempt, _ context: LoopContext) {
        attempts[index(of: attempt)].isResent = true
        context.metrics.resent(attempt.backend.index, attempt.resendCount)
    }

    /// The attempt has output, or its whole answer: it serves the request, as far as can be known.
    ///
    /// - Returns: Whether that is new.
    func noteOutput(of attempt: Attempt, _ context: LoopContext) -> Bool {
        let index = index(of: attempt)
        guard attempts[index].firstOutput == nil else { return false }
        let now = context.loop.clock.now()
        attempts[index].firstOutput = now
        servingIndex = index
        firstOutput = now
        countSwallowed(context)
        context.metrics.firstToken(attempt.backend.index, after: now - attempts[index].start)
        return true
    }

    func end(_ attempt: Attempt, _ ending: Ending, _ context: LoopContext) {
        let index = index(of: attempt)
        let now = context.loop.clock.now()
        attempts[index].end = now
        attempts[index].ending = ending
        if let usage = ending.usage {
            // What the request consumed is what its answer did, not what came to nothing before it.
            if ending.outcome != .swallowedFailure, ending.cancellation != .lostRace { self.usage = usage }
            context.metrics.tokens(attempt.backend.index, usage)
        }
        context.metrics.attemptEnded(attempt.backend.index, duration: now - attempts[index].start)
        if ending.outcome == .swallowedFailure {
            uncounted.append(index)
            // Of what was collected nothing has reached the client.
            if servingIndex == index { (servingIndex, firstOutput) = (nil, nil) }
        } else {
            context.metrics.attemptCounted(attempt.backend.index, ending.outcome)
        }
    }

    /// The request is answered with a failure: the attempt that it comes from was thought to be followed by another one,
    /// and was not, since the breaker or a lack of keys kept every leg from being tried.
    func surface(_ failure: Failure) {
        guard !attempts.contains(where: { $0.ending.outcome == .surfacedFailure }),
            let index = uncounted.last(where: { attempts[$0].ending.reason == failure.message })
        else { return }
        attempts[index].ending.outcome = .surfacedFailure
    }

    /// The request was called off while it waited for a leg, or asked it: the failure before was not followed by another
    /// attempt, and nobody was told of it.
    func abandon(becauseOf cause: CancellationCause) {
        guard let index = uncounted.last,
            // Another leg of its race may have gone on.
            !attempts.contains(where: {
                $0.number >= attempts[index].number && $0.ending.outcome != .swallowedFailure
            })
        else { return }
        attempts[index].ending.outcome = .surfacedFailure
        attempts[index].ending.cancellation = cause
    }

    /// Counts the failures that another attempt has followed, or whose request has ended; the legs of a race have one
    /// number, and do not follow each other.
    func countSwallowed(before number: Int = .max, _ context: LoopContext) {
        guard !uncounted.isEmpty else { return }
        uncounted.removeAll { index in
            guard attempts[index].number < number else { return false }
            context.metrics.attemptCounted(attempts[index].backendIndex, attempts[index].ending.outcome)
            return true
        }
    }

    /// The attempt that the answer comes from, and which of the request's it is; the latest where none has had output.
    var serving: (number: Int, attempt: Attempted)? {
        let index = servingIndex ?? attempts.count - 1
        return attempts.indices.contains(index) ? (index + 1, attempts[index]) : nil
    }

    private func index(of attempt: Attempt) -> Int {
        guard let index = attempt.recordIndex else { preconditionFailure("an attempt is not on record") }
        return index
    }

    // MARK: Log

    /// The fields of the access log line.
    func logFields(status: Int, bytesOut: Int, end: MonotonicInstant) -> [(String, LogValue)] {
        var fields: [(String, LogValue)] = [
            ("request_id", .string(id)), ("route", .string(endpoint.rawValue)), ("status", .integer(status)),
            ("duration_ms", .number((end - start).milliseconds)), ("bytes_out", .integer(bytesOut)),
        ]
        if let model { fields.append(("model", .string(model))) }
        if let selector, selector != model { fields.append(("selector", .string(selector))) }
        if endpoint.canStream { fields.append(("stream", .flag(isStreamed))) }
        if let aLeg, !attempts.isEmpty { fields.append(("a_leg_id", .string(aLeg.description))) }
        if let served = serving?.attempt {
            fields.append(("attempts", .integer(attempts.count)))
            fields.append(("backend", .string(served.backend)))
            fields.append(("backend_model", .string(served.model)))
            fields.append(("outcome", .string(served.ending.outcome.rawValue)))
            if served.isResent { fields.append(("resent", .flag(true))) }
        }
        if let firstOutput { fields.append(("first_output_ms", .number((firstOutput - start).milliseconds))) }
        if let usage {
            fields.append(("input_tokens", .integer(usage.input)))
            fields.append(("output_tokens", .integer(usage.output)))
        }
        if let failure {
            fields.append(("error_kind", .string(failure.kind.rawValue)))
            fields.append(("error", .string(failure.message)))
        }
        return fields
    }
}

extension Duration {
    /// The duration in milliseconds to the microsecond, for log lines.
    var milliseconds: Double {
        Double(wholeNanoseconds / 1000) / 1000
    }
}
