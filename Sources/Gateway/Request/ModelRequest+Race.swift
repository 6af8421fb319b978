import Dialects
import Routing
import Runtime

/// Races: each leg runs in a child task of the request's, on its loop, and the first with output serves.
extension ModelRequest {
    /// Lets the legs race that may be tried; returns once one has won, whose answer is then delivered, or none can.
    @inline(never)
    func race(_ legs: [Leaf]) async -> Step {
        var refusals: [LegRefusal?] = []
        for leaf in legs {
            let (backend, leg) = gateway.target(of: leaf, at: context.loop.now)
            let refusal = await leg.refusal(at: context.loop.now, isRetry: record.hasTried(backend))
            if let refusal { trace(.skip, leg.id, detail: .refusal(refusal)) }
            refusals.append(refusal)
        }
        // Called off while the legs were asked: nobody starts.
        if record.calledOff != nil { return answer(callOffFailure) }
        guard let action = plan?.surveyed(refusals, at: context.loop.now, using: &context.random) else {
            preconditionFailure("a race without a plan")
        }
        guard case .race(let race) = action else { return follow(action) }
        let run = RaceRun(race, on: context.loop)
        self.run = run
        await carryOut(run)
        self.run = nil
        let step = settle(run)
        if case .won(let attempt) = run.ending {
            await reportCommit(attempt)
            await endIfOver(attempt)
        }
        return step
    }

    /// Runs the legs until the race is decided and the tasks of those that did not win have ended, which their
    /// cancellation lets them do in the same turn.
    @inline(never)
    private func carryOut(_ run: RaceRun) async {
        let leg = LoopBound((self, run), on: context.loop)
        await withTaskGroup(of: Void.self) { group in
            run.begin()
            while true {
                while let place = run.nextStart() {
                    group.addTask { await leg.value.0.runLeg(place, of: leg.value.1) }
                }
                if run.isOver { break }
                do {
                    try await run.waitForChange()
                } catch {
                    run.callOff()
                    break
                }
            }
            group.cancelAll()
        }
    }

    /// Runs one leg until it has won, or is out of the race; over several keys of its backend if need be.
    @inline(never)
    private func runLeg(_ place: Int, of run: RaceRun) async {
        guard var attempt = beginLeg(place, of: run) else { return }
        while true {
            if let refusal = await admit(attempt) {
                refuse(attempt, refusal, place, of: run)
            } else {
                // Its leg counts it from here on, so that it is on record whatever comes of it.
                let isDecided = run.isOver || Task.isCancelled
                if attempt.planned.keyChangeCount == 0 {
                    if !isDecided { plan?.raceLegBegan() }
                    record.begin(attempt, context)
                }
                if isDecided {
                    // Decided while its leg was asked: nothing goes out.
                    attempt.callOff()
                }
                await attempt.open()
                noteResends(of: attempt)
                if let next = settleLeg(attempt, place, of: run) {
                    attempt = next
                    continue
                }
            }
            await endIfOver(attempt)
            return
        }
    }

    @inline(never)
    private func beginLeg(_ place: Int, of run: RaceRun) -> Attempt? {
        // It may have been decided before the task had its turn.
        guard !run.isOver, let planned = plan?.raceLegStarts(place, at: context.loop.now) else { return nil }
        let attempt = attempt(planned, isRacing: true)
        run.set(attempt, at: place)
        return attempt
    }

    @inline(never)
    private func refuse(_ attempt: Attempt, _ refusal: LegRefusal, _ place: Int, of run: RaceRun) {
        if run.ending == nil { plan?.raceLegSkipped(attempt.planned, refusal) }
        if let refusal = attempt.keyRefusal {
            // It had begun with another key, whose failure is how it ended.
            end(
                attempt, .failed(refusal.verdict),
                .init(
                    .swallowedFailure, reason: refusal.failure.message, providerStatus: refusal.failure.providerStatus,
                    usage: attempt.usage))
        }
        run.failed(place)
    }

    /// Acts on how the opening of a leg came out; returns the attempt with which it goes on, if it does.
    @inline(never)
    private func settleLeg(_ attempt: Attempt, _ place: Int, of run: RaceRun) -> Attempt? {
        switch attempt.outcome {
        case .whole, .stream, .collecting:
            if run.won(place) {
                plan?.raceWon(by: attempt.planned)
            } else {
                attempt.callOff()
                endCalledOff(attempt, run)
            }
        case .cancelled:
            endCalledOff(attempt, run)
        case .failed(let failure):
            return failLeg(attempt, failure, place, of: run)
        }
        return nil
    }

    /// Tells key, plan and log of a leg that came to nothing.
    private func failLeg(_ attempt: Attempt, _ failure: Failure, _ place: Int, of run: RaceRun) -> Attempt? {
        let (failure, verdict, shortage) = judge(failure, of: attempt)
        var outcome = AttemptOutcome.swallowedFailure
        var next = "out_of_race"
        // Where the race was decided in the same turn, nobody asks what the leg could do next.
        if run.ending == nil, let plan {
            var changed = plan
            let action = changed.raceLegFailed(
                attempt.planned, failure, verdict, shortage: shortage, at: context.loop.now)
            self.plan = changed
            switch action {
            case .nextKey(let planned):
                log(failure, of: attempt, verdict, next: "next_key")
                attempt.keyRefusal = .init(failure: failure, verdict: verdict)
                let attempt = attempt.withNextKey(planned)
                run.set(attempt, at: place)
                return attempt
            case .out: run.failed(place)
            case .abort(let answer):
                (outcome, next) = (.surfacedFailure, "surface")
                if let action = self.plan?.raceAborted(answer) { run.abort(action, by: place) }
            }
        } else if verdict.sort == .timeout, attempt.missedDeadline?.scope == .request {
            (outcome, next) = (.surfacedFailure, "surface")
        }
        log(failure, of: attempt, verdict, next: next)
        end(
            attempt, .failed(verdict),
            .init(
                outcome, reason: failure.message, providerStatus: attempt.providerStatus ?? failure.providerStatus,
                usage: attempt.usage))
        return nil
    }

    /// Records the end of a leg that ran when the race was decided, or when the client left.
    private func endCalledOff(_ attempt: Attempt, _ run: RaceRun) {
        switch run.ending {
        case .won, .lost: end(attempt, .cancelled, .lostRace(usage: attempt.usage))
        case .aborted:
            // The time for the whole route passed for each of them, whichever was the first to tell.
            guard let deadline = attempt.planned.deadline else { fallthrough }
            end(
                attempt, .failed(Verdict(deadline.signal, key: .gateway)),
                .init(.surfacedFailure, reason: deadline.failure.message))
        case nil: end(attempt, .cancelled, .init(.cancelled, usage: attempt.usage))
        }
    }

    /// What the request does once the race is over.
    @inline(never)
    private func settle(_ run: RaceRun) -> Step {
        switch run.ending {
        case .won(let attempt): return settle(attempt)
        case .aborted(let action): return follow(action)
        case .lost:
            guard let action = plan?.raceLost(at: context.loop.now, using: &context.random) else {
                preconditionFailure("a race without a plan")
            }
            return follow(action)
        case nil: return answer(callOffFailure)
        }
    }

    /// Reads the rest of the answer for a client that asked for no stream, and delivers it whole.
    @inline(never)
    func collect(_ attempt: Attempt) async -> Step {
        current = attempt
        await attempt.collect()
        let step = settle(attempt)
        await endIfOver(attempt)
        return step
    }
}
