import Dialects
import Routing
import Runtime
import Transport

/// One request to a model, in whatever protocol, from its head to the end of its answer: the phases of docs/life-of-a-request.md in their order.
///
/// Belongs to the connection's task and loop. Every way through it ends with an answer or a client that left. Its state
/// is in properties, not in locals of its asynchronous functions: those would weigh on the task for the whole stream.
final class ModelRequest {
    /// What the request does next.
    enum Step {
        case attempt(Attempt)
        /// Ask the legs of a race whether they may be tried, and let them race.
        case race([Leaf])
        /// Read the rest of a stream that has committed, for a client that asked for none.
        case collect(Attempt)
        case wait(Duration)
        /// Relay the committed stream of the attempt.
        case relay(StreamRelay, Attempt, StreamedAnswer)
        /// Tell a client, whose answer's head has gone out, of a failure.
        case failInBand([UInt8], StreamedAnswer)
        case done
    }

    let gateway: Gateway
    let context: LoopContext
    let exchange: HTTPExchange
    let frontend: Frontend
    let record: RequestRecord
    /// Set once the body has been decoded.
    var call: Call?
    /// Set once the route is known.
    var plan: FailoverPlan?
    /// What a sticky route sticks to; nil for other routes.
    var affinityKey: AffinityKey?
    /// The binding that the plan was made with.
    var bound: AffinityBinding?
    /// The leg that the call is bound to, since it issued what the call goes on from.
    var issuer: ResponseOrigin?
    /// What is being done now, for calling it off: an attempt, a race, or a wait.
    var current: Attempt?
    var run: RaceRun?
    var pause: LoopSignal?
    /// Its place among those that its loop serves; theirs to change.
    var runningIndex: Int?
    /// The client's side of a streamed answer.
    private var client: StreamedAnswer?

    init(_ exchange: HTTPExchange, _ frontend: Frontend, gateway: Gateway, context: LoopContext, record: RequestRecord)
    {
        self.exchange = exchange
        self.frontend = frontend
        self.gateway = gateway
        self.context = context
        self.record = record
    }

    // The asynchronous functions are short, and what they call is never inlined: whatever a coroutine holds in its frame
    // is memory of every stream in progress (measured: 50 KiB a stream when it was one function, 10 since).

    /// Serves the request; returns once it has been answered or its client has left.
    @inline(never)
    func serve() async {
        context.running.add(self)
        defer { context.running.remove(self) }
        var step = record.calledOff == nil ? await receive() : answer(callOffFailure)
        while true {
            if record.calledOff != nil { step = calledOff(step) }
            switch step {
            case .attempt(let attempt): step = await carryOut(attempt)
            case .race(let legs): step = await race(legs)
            case .collect(let attempt): step = await collect(attempt)
            case .wait(let duration): step = await wait(duration)
            case .relay(let relay, let attempt, let client):
                step = await deliver(relay, of: attempt, to: client)
            case .failInBand(let error, let client):
                // A client that has left is told nothing.
                if (try? await client.write(error)) != nil { client.finish() }
                step = .done
            case .done:
                client?.close()
                return
            }
        }
    }

    // MARK: Begin

    @inline(never)
    func begin(_ decoded: Result<Call, Failure>) -> Step {
        do throws(Failure) {
            let call = try decoded.get()
            self.call = call
            record.model = call.model
            record.isStreamed = call.stream
            try openSession(call)
            let route = try resolve(call)
            record.selector = route.effectiveText
            affinityKey = try affinityKey(of: route.selector)
            bound = affinityKey.flatMap { gateway.affinity.binding(of: $0, at: context.loop.now) }
            let request = request(call, on: route)
            guard let able = try eligible(route.selector, for: call) else { return answerEstimate(of: call) }
            tracePlan(of: able, call, request.size)
            // What a conversation asks of a model, vectors and counts do not.
            let selector =
                call.operation.isGeneration
                ? try able.servable(call.requiredCapabilities, by: gateway.capabilities) : able
            var plan = FailoverPlan(
                selector, for: request, settings: gateway.failover, windows: context.models.windows)
            if call.stream { client = streamedAnswer() }
            let action = plan.began(at: context.loop.now, using: &context.random)
            self.plan = plan
            if bound != nil { traceAffinity() }
            return follow(action)
        } catch {
            // Once there is a route, what refuses the request is a decision about it.
            if record.selector != nil {
                trace(.exhausted, detail: .answer(status: error.status, message: error.message))
            }
            return answer(error)
        }
    }

    // MARK: Resolve

    private func resolve(_ call: Call) throws(Failure) -> ResolvedRoute {
        do {
            if let header = exchange.request.headers.first("x-lip-route") {
                return try context.models.resolver.resolve(header: header, model: call.model)
            }
            return try context.route(call.model)
        } catch {
            throw error.failure
        }
    }

    /// What the plan has to know; a request is measured only where its size matters.
    private func request(_ call: Call, on route: ResolvedRoute) -> FailoverRequest {
        var request = FailoverRequest(start: record.start, isFirst: record.session?.isFirst ?? true, sticky: bound)
        if route.selector.leaves.contains(where: \.isSizeBound) { request.size = TokenEstimate(call.body()) }
        return request
    }

    // MARK: Plan

    /// Turns what the plan wants into the next step.
    @inline(never)
    func follow(_ action: FailoverPlan.Action, after previous: Attempt? = nil, isSurfaced: Bool = false) -> Step {
        unbindIfLost()
        switch action {
        case .attempt(let planned):
            // The next key of the same backend goes on in the same attempt.
            if planned.keyChangeCount > 0, let previous { return .attempt(previous.withNextKey(planned)) }
            return .attempt(attempt(planned))
        case .survey(let legs): return .race(legs)
        case .race: preconditionFailure("a race that nobody was asked about")
        case .wait(let duration):
            trace(.wait, detail: .duration(duration))
            return .wait(duration)
        case .finish(let failure):
            if let call, isReplaceable(failure, for: call) { return answerEstimate(of: call) }
            record.surface(failure)
            trace(isSurfaced ? .surface : .exhausted, detail: .answer(status: failure.status, message: failure.message))
            return answer(failure)
        }
    }

    func attempt(_ planned: FailoverPlan.Attempt, isRacing: Bool = false) -> Attempt {
        guard let call else { preconditionFailure("a plan without a call") }
        let (backend, leg) = gateway.target(of: planned.leaf, at: context.loop.now)
        let isGeneration = call.operation.isGeneration
        let lacking = gateway.capabilities.lacking(
            planned.leaf, of: isGeneration ? call.requiredCapabilities.intersection(.soft) : [])
        var (fitted, leftOut) = call.leavingOut(lacking)
        leftOut += backend.placelessParameters(of: planned.leaf)
        fitted.goesToReasoner = gateway.capabilities.declares(.reasoning, of: planned.leaf)
        return Attempt(
            planned, call: fitted, of: frontend, leftOut: leftOut, backend: backend, leg: leg, requestID: record.id,
            carriedFields: backend.fields(
                for: call, as: planned.leaf.model, from: exchange.request.headers, of: frontend.dialect,
                session: record.session.map { "\($0.id)" } ?? record.id),
            isStrict: isStrict, largeBodies: gateway.largeBodies, context: context, isRacing: isRacing)
    }

    /// What the client says of it, else what the configuration says.
    private var isStrict: Bool {
        switch exchange.request.headers.first("x-lip-strict")?.lowercased() {
        case "true": true
        case "false": false
        default: gateway.configuration.isStrict
        }
    }

    @inline(never)
    private func wait(_ duration: Duration) async -> Step {
        let pause = LoopSignal(on: exchange.loop)
        self.pause = pause
        let timer = exchange.loop.schedule(after: duration) { pause.signal() }
        defer {
            exchange.loop.cancel(timer)
            self.pause = nil
        }
        do {
            try await pause.wait()
        } catch {
            return answer(callOffFailure)
        }
        return record.calledOff == nil ? waited() : answer(callOffFailure)
    }

    @inline(never)
    private func waited() -> Step {
        guard let action = plan?.waited(at: context.loop.now) else { preconditionFailure("a wait without a plan") }
        return follow(action)
    }

    // MARK: Attempt

    @inline(never)
    private func carryOut(_ attempt: Attempt) async -> Step {
        let step: Step
        current = attempt
        if let refusal = await admit(attempt) {
            step = skip(attempt, refusal)
        } else {
            if attempt.planned.keyChangeCount == 0 { record.begin(attempt, context) }
            await attempt.open()
            noteResends(of: attempt)
            step = settle(attempt)
        }
        await reportCommit(attempt)
        await endIfOver(attempt)
        return step
    }

    /// Begins the attempt at its leg, or goes on with the backend's next key; returns why it cannot.
    @inline(never)
    func admit(_ attempt: Attempt) async -> LegRefusal? {
        do throws(LegRefusal) {
            let admission: Leg.Admission
            if attempt.planned.keyChangeCount > 0, let begun = attempt.admission {
                admission = try await attempt.leg.nextKey(begun, at: context.loop.now)
            } else {
                admission = try await attempt.leg.begin(
                    at: context.loop.now, lastResort: attempt.planned.mayUseRestingKey, preferring: issuer?.key,
                    isRetry: record.hasTried(attempt.backend, before: attempt.planned.number))
            }
            attempt.admission = admission
            attempt.lease = admission.lease
            trace(
                .attempt, attempt.leg.id, attempt.planned.number, admission.lease.map { .key($0.index) } ?? .none)
            note(admission.transition, of: attempt)
            return nil
        } catch {
            trace(.skip, attempt.leg.id, attempt.planned.number, .refusal(error))
            return error
        }
    }

    /// Tells the leg that its stream has output.
    @inline(never)
    func reportCommit(_ attempt: Attempt) async {
        let relay: StreamRelay
        switch attempt.outcome {
        case .stream(let stream), .collecting(let stream): relay = stream
        case .whole, .failed, .cancelled: return
        }
        guard relay.isCommitted, !attempt.isCommitReported, let admission = attempt.admission else { return }
        attempt.isCommitReported = true
        note(await attempt.leg.committed(admission, at: context.loop.now), of: attempt)
    }

    /// Tells the leg how the attempt ended, once it has.
    @inline(never)
    func endIfOver(_ attempt: Attempt) async {
        guard let ending = attempt.legEnding, let admission = attempt.admission else { return }
        note(
            await attempt.leg.end(ending, admission, with: attempt.lease, at: context.loop.now), of: attempt)
    }

    /// Counts and tells a change of the breaker of the attempt's leg.
    private func note(_ transition: CircuitBreaker.Transition?, of attempt: Attempt) {
        guard let transition else { return }
        context.metrics.breakerChanged(attempt.backend.index, to: transition.state)
        transition.log(to: gateway.logger, leg: attempt.leg.id, requestID: record.id)
    }

    /// The leg could not be tried, or had no other key for the attempt.
    @inline(never)
    private func skip(_ attempt: Attempt, _ refusal: LegRefusal) -> Step {
        guard let action = plan?.skipped(refusal, at: context.loop.now, using: &context.random) else {
            preconditionFailure("an attempt without a plan")
        }
        if let refusal = attempt.keyRefusal {
            // It had begun with another key, whose failure is how it ended.
            end(attempt, .failed(refusal.verdict), .init(refusal.failure, followedBy: action, usage: attempt.usage))
        }
        return follow(action)
    }

    /// Acts on how the opening of the leg came out.
    @inline(never)
    func settle(_ attempt: Attempt) -> Step {
        switch attempt.outcome {
        case .whole(let body, let usage):
            plan?.committed()
            noteOutput(of: attempt)
            bind(attempt)
            remember(attempt)
            deliver(body, of: attempt)
            end(attempt, .succeeded, .init(.success, usage: usage))
            return .done
        case .stream(let relay):
            plan?.committed()
            noteOutput(of: attempt)
            if relay.isCommitted { bind(attempt) }
            remember(attempt)
            guard let client else { preconditionFailure("a unary call was given a stream") }
            client.addHeaders { headers in
                record.nameBLeg(in: &headers)
                CarriedHeaders.append(attempt.carriedHeaders, to: &headers)
                DroppedFields.name(attempt.droppedFields, in: &headers)
            }
            return .relay(relay, attempt, client)
        case .collecting:
            noteOutput(of: attempt)
            bind(attempt)
            return .collect(attempt)
        case .cancelled:
            end(attempt, .cancelled, .init(.cancelled, usage: attempt.usage))
            return answer(callOffFailure)
        case .failed(let failure):
            return fail(attempt, failure)
        }
    }

    /// Tells key, plan and log of an attempt that came to nothing before its commit.
    private func fail(_ attempt: Attempt, _ failure: Failure) -> Step {
        let (failure, verdict, shortage) = judge(failure, of: attempt)
        let action = plan?.failed(
            failure, verdict, shortage: shortage, at: context.loop.now, using: &context.random)
        guard let action else { preconditionFailure("an attempt without a plan") }
        log(failure, of: attempt, verdict, next: Self.name(action))
        if case .attempt(let next) = action, next.keyChangeCount > 0 {
            attempt.keyRefusal = .init(failure: failure, verdict: verdict)
            return follow(action, after: attempt)
        }
        end(
            attempt, .failed(verdict),
            .init(failure, followedBy: action, providerStatus: attempt.providerStatus, usage: attempt.usage))
        return follow(action, isSurfaced: verdict.recovery == .surface)
    }

    /// What a failure before output means, once the attempt's key has learnt of it.
    func judge(_ failure: Failure, of attempt: Attempt) -> (Failure, Verdict, KeyPool.Shortage?) {
        let failure = attempt.backend.redacted(failure)
        let verdict = attempt.verdict(on: failure)
        return (failure, verdict, learn(verdict, from: failure, of: attempt))
    }

    /// Tells the attempt's key what a failure means for it; returns why no key may be used now, nil if one may.
    @discardableResult
    func learn(_ verdict: Verdict, from failure: Failure, of attempt: Attempt) -> KeyPool.Shortage? {
        guard verdict.keyEffect != .none else { return nil }
        return attempt.leg.keys.failed(
            attempt.lease, verdict.keyEffect, retryAfter: failure.retryAfter, at: context.loop.now)
    }

    /// Records, once its request is answered or has failed, that some of it went out twice.
    func noteResends(of attempt: Attempt) {
        guard attempt.resendCount > 0 else { return }
        record.noteResends(of: attempt, context)
        trace(.resend, attempt.leg.id, attempt.planned.number, .words("the connection was dead before an answer came"))
    }

    private func noteOutput(of attempt: Attempt) {
        guard record.noteOutput(of: attempt, context) else { return }
        trace(.win, attempt.leg.id, attempt.planned.number)
    }

    /// Records the end of an attempt; the leg is told when `endIfOver` runs.
    func end(_ attempt: Attempt, _ legEnding: Leg.Ending, _ ending: RequestRecord.Ending) {
        record.end(attempt, ending, context)
        attempt.legEnding = legEnding
        if case .cancelled = legEnding {
            let why: StaticString = ending.cancellation == .lostRace ? "another leg won" : "called off"
            trace(.lose, attempt.leg.id, attempt.planned.number, .words(why))
        }
    }

    // MARK: Fail

    /// Answers with a failure: as a status, or in-band where the head has gone out already.
    @inline(never)
    func answer(_ failure: Failure) -> Step {
        record.failure = failure
        guard failure.kind != .cancelled || record.calledOff != nil else { return .done }
        if let client, client.hasStarted {
            return .failInBand(frontend.errorEvent(failure), client)
        }
        var headers = HTTPHeaders([("content-type", "application/json")])
        frontend.name(record.id, in: &headers)
        if !record.attempts.isEmpty || record.session != nil { record.nameALeg(in: &headers) }
        if let seconds = failure.retryAfterSeconds { headers.append("retry-after", String(seconds)) }
        let (status, body) = frontend.render(failure)
        if failure.kind == .tooLarge || status == 408 { exchange.closeAfterResponse() }
        exchange.respond(status: status, headers: headers, body: body)
        return .done
    }
}
