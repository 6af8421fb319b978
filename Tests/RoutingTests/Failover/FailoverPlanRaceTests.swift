import Dialects
import Routing
import Runtime
import Testing

@Suite struct FailoverPlanRaceTests {
    @Test("a race is one attempt whatever its width, and a lost one moves on to the next arm")
    func oneAttempt() throws {
        var drive = try PlanDrive("a:m!b:m!c:m|d:m") { $0.attemptsMax = 2 }
        #expect(drive.step == "survey a:m b:m c:m")
        drive.survey([nil, nil, nil])
        #expect(drive.step == "1 a:m!b:m!c:m")
        for place in 0..<3 { #expect(drive.failInRace(place, status: 500) == .out) }
        drive.loseRace()
        #expect(drive.step == "2 d:m")
        drive.fail(status: 500)
        #expect(drive.step == "502")
    }

    @Test("legs that may not be tried are left out, and a race without any is no attempt")
    func survey() throws {
        var drive = try PlanDrive("a:m!b:m!c:m|d:m") { $0.attemptsMax = 1 }
        let open = LegRefusal.breakerOpen(until: drive.now + .seconds(5))
        drive.survey([nil, open, .key(.disabled)])
        #expect(drive.step == "1 a:m")
        var none = try PlanDrive("a:m!b:m|d:m") { $0.attemptsMax = 1 }
        none.survey([open, open])
        #expect(none.step == "1 d:m")
        var nothing = try PlanDrive("a:m!b:m")
        nothing.survey([open, open])
        #expect(nothing.answer?.status == 503)
        #expect(nothing.answer?.retryAfter == .seconds(5))
    }

    @Test("a race that every leg was refused entry to at the last moment is no attempt")
    func refusedAtStart() throws {
        var drive = try PlanDrive("a:m!b:m|d:m") { $0.attemptsMax = 1 }
        drive.survey([nil, nil])
        for place in 0..<2 {
            let attempt = drive.plan.raceLegStarts(place, at: drive.now)
            drive.plan.raceLegSkipped(attempt, .breakerOpen(until: drive.now + .seconds(1)))
        }
        drive.loseRace()
        #expect(drive.step == "1 d:m")
    }

    @Test("the winner is the request's attempt; if it fails without having been shown, the losers have another chance")
    func winnerFails() throws {
        var drive = try PlanDrive("a:m!b:m|d:m")
        drive.survey([nil, nil])
        _ = drive.start(0)
        let winner = drive.start(1)
        drive.plan.raceWon(by: winner)
        drive.fail(Failure(.prematureEnd, "cut"))
        #expect(drive.step == "survey a:m")
        var shown = try PlanDrive("a:m!b:m|d:m")
        shown.survey([nil, nil])
        shown.plan.raceWon(by: shown.start(0))
        shown.plan.committed()
        shown.fail(Failure(.prematureEnd, "cut"))
        #expect(shown.answer?.message == "cut")
    }

    @Test("a failure that another leg would not cure only loses the leg, but is the answer when nobody wins")
    func surfaced() throws {
        var drive = try PlanDrive("a:m!b:m|d:m")
        drive.survey([nil, nil])
        #expect(drive.failInRace(0, status: 400) == .out)
        #expect(drive.failInRace(1, status: 503) == .out)
        drive.loseRace()
        #expect(drive.answer?.status == 400)
    }

    @Test("a leg of a race goes on with its backend's next key")
    func nextKey() throws {
        var drive = try PlanDrive("a:m!b:m")
        drive.survey([nil, nil])
        guard case .nextKey(let next) = drive.failInRace(0, status: 401, shortage: nil) else {
            return #expect(Bool(false), "no next key")
        }
        #expect(next.number == 1)
        #expect(next.keyChangeCount == 1)
        #expect(drive.failInRace(1, status: 401) == .out)
    }

    @Test("a leg's time begins when it starts, the route's with the request")
    func deadlines() throws {
        var drive = try PlanDrive("{ttft_timeout=10}[ttft_timeout=2]a:m!b:m")
        let began = drive.now
        drive.survey([nil, nil])
        drive.now = drive.now + .seconds(3)
        let first = drive.start(0)
        #expect(first.deadline?.time == began + .seconds(5))
        #expect(first.deadline?.scope == .leg)
        let second = drive.start(1)
        #expect(second.deadline?.time == began + .seconds(10))
        let deadline = try #require(second.deadline)
        let action = drive.plan.raceLegFailed(
            second, deadline.failure, Verdict(deadline.signal, key: .gateway), shortage: nil, at: deadline.time)
        guard case .abort(let failure) = action else { return #expect(Bool(false), "the request goes on") }
        #expect(failure.status == 504)
        guard case .finish = drive.plan.raceAborted(failure) else { return #expect(Bool(false), "not finished") }
    }

    @Test("a timeout that is final takes its leg out of the race and is the answer unless another leg wins")
    func finalTimeout() throws {
        let failure = Failure(.timeout, "the agent stopped sending")
        let verdict = Verdict(UpstreamSignal(failure), key: .gateway).afterOutput
        var drive = try PlanDrive("{ttft_timeout=10}a:m!b:m|c:m")
        drive.survey([nil, nil])
        let first = drive.start(0)
        #expect(drive.plan.raceLegFailed(first, failure, verdict, shortage: nil, at: drive.now) == .out)
        drive.failInRace(1, status: 500)
        drive.loseRace()
        #expect(drive.answer?.message == "the agent stopped sending")
        #expect(drive.answer?.status == 504)
    }

    @Test("a conversation that is too long for the race moves only to a larger window")
    func tooLong() throws {
        let windows = ["a": 100, "b": 200, "c": 150, "d": 400].reduce(into: [LegID: Int]()) {
            $0[LegID(backend: $1.key, model: "m")] = $1.value
        }
        var drive = try PlanDrive("a:m!b:m|c:m|d:m", windows: windows)
        drive.survey([nil, nil])
        drive.failInRace(1, status: 413)
        drive.failInRace(0, status: 413)
        drive.loseRace()
        #expect(drive.step == "2 d:m")
        var last = try PlanDrive("a:m!b:m|c:m", windows: windows)
        last.survey([nil, nil])
        last.failInRace(0, status: 413)
        last.failInRace(1, status: 413)
        last.loseRace()
        #expect(last.answer?.kind == .contextLength)
        // One that is larger and had a blip is tried again.
        var blip = try PlanDrive("a:m!b:m", windows: windows)
        blip.survey([nil, nil])
        blip.failInRace(1, status: 503)
        blip.failInRace(0, status: 413)
        blip.loseRace()
        #expect(blip.step == "wait 200")
        blip.sleep()
        #expect(blip.step == "2* b:m")
    }

    @Test("with nothing else left the legs of a lost race are tried again one by one")
    func again() throws {
        var drive = try PlanDrive("a:m!b:m")
        drive.survey([nil, nil])
        drive.failInRace(0, status: 500)
        drive.failInRace(1, status: 500)
        drive.loseRace()
        #expect(drive.step == "wait 200")
        drive.sleep()
        #expect(drive.attempt?.isRepeated == true)
        #expect(drive.attempt?.number == 2)
    }

    @Test("a leg does not race itself")
    func duplicates() throws {
        var drive = try PlanDrive("a:m!a:m!b:m")
        #expect(drive.step == "survey a:m b:m")
        drive.survey([nil, nil])
        #expect(drive.step == "1 a:m!b:m")
    }
}
