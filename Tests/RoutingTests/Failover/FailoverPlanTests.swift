import Dialects
import Routing
import Runtime
import Testing

@Suite struct FailoverPlanTests {
    @Test("the arms are tried in order, each once, until one serves")
    func order() throws {
        var drive = try PlanDrive("a:m|b:m|c:m")
        #expect(drive.step == "1 a:m")
        drive.fail(status: 500)
        #expect(drive.step == "2 b:m")
        drive.fail(Failure(.connection, "refused"))
        #expect(drive.step == "3 c:m")
        drive.plan.committed()
        #expect(drive.plan.attemptsMade == 3)
    }

    @Test("a failure that another leg would not cure is the answer at once", arguments: [400, 403, 404, 422])
    func surfaced(status: Int) throws {
        var drive = try PlanDrive("a:m|b:m")
        drive.fail(status: status)
        #expect(drive.answer?.status == (status == 403 ? 502 : status))
        #expect(drive.answer?.message == "status \(status)")
    }

    @Test("after output every failure is the answer and says so")
    func committed() throws {
        var drive = try PlanDrive("a:m|b:m")
        drive.plan.committed()
        drive.fail(Failure(.prematureEnd, "cut"))
        #expect(drive.answer?.phase == .afterOutput)
        #expect(drive.answer?.message == "cut")
    }

    @Test("max_attempts bounds the arms that are tried")
    func attemptsMax() throws {
        var drive = try PlanDrive("a:m|b:m|c:m|d:m")
        drive.fail(status: 500)
        drive.fail(status: 500)
        #expect(drive.step == "3 c:m")
        drive.fail(status: 503)
        #expect(drive.step == "502")
        var one = try PlanDrive("a:m|b:m") { $0.attemptsMax = 1 }
        one.fail(status: 500)
        #expect(one.step == "502")
    }

    @Test("legs with equal keys are one leg, legs of one model with other parameters are two")
    func keys() throws {
        var drive = try PlanDrive("a:m?x=1|a:m?x=%31|a:m")
        drive.fail(status: 500)
        #expect(drive.step == "2 a:m")
        drive.fail(status: 500)
        #expect(drive.step == "wait 200")
    }

    @Test("a limited or refused key gives way to the next one within the same attempt")
    func nextKey() throws {
        var drive = try PlanDrive("a:m|b:m") { $0.attemptsMax = 2 }
        drive.fail(status: 401, shortage: nil)
        #expect(drive.step == "1 a:m #1")
        drive.fail(status: 429, shortage: nil)
        #expect(drive.step == "1 a:m #2")
        drive.limit(retryAfter: nil)
        #expect(drive.step == "2 b:m")
        drive.fail(status: 401, key: .client)
        #expect(drive.step == "401")
    }

    @Test("keys that run out between two tries leave the provider's word standing")
    func keysRanOut() throws {
        var drive = try PlanDrive("a:m") { $0.attemptsMax = 1 }
        drive.fail(status: 429, retryAfter: .seconds(30), shortage: nil)
        drive.skip(.coolingDown(until: drive.now + .seconds(30)))
        #expect(drive.step == "429")
        #expect(drive.answer?.message == "status 429")
    }

    @Test("a single backend survives a blip: it is tried again after 200 ms, doubling")
    func blip() throws {
        var drive = try PlanDrive("a:m")
        drive.fail(status: 503)
        #expect(drive.step == "wait 200")
        drive.sleep()
        #expect(drive.step == "2* a:m")
        #expect(drive.attempt?.mayUseRestingKey == true)
        drive.fail(status: 503)
        #expect(drive.step == "wait 400")
        drive.sleep()
        #expect(drive.step == "3* a:m")
        drive.fail(status: 503)
        #expect(drive.step == "502")
        #expect(drive.answer?.message == "status 503")
    }

    @Test("waits that no provider named are spread by the jitter and nothing else")
    func jitter() throws {
        var waits: Set<Int64> = []
        for seed in 0..<50 {
            var drive = try PlanDrive("a:m") { $0.retryWaitJitter = 0.2 }
            drive.random = SplitMix64(state: UInt64(seed))
            drive.fail(status: 500)
            waits.insert(try #require(drive.wait).wholeNanoseconds)
        }
        #expect(waits.count > 40)
        #expect(waits.allSatisfy { (160_000_000...240_000_000).contains($0) })
    }

    @Test("with nothing else left the leg that is free the soonest is tried again, else the last one")
    func soonest() throws {
        var tie = try PlanDrive("a:m|b:m")
        tie.fail(status: 500)
        tie.fail(status: 500)
        tie.sleep()
        #expect(tie.step == "3* b:m")

        var stated = try PlanDrive("a:m|b:m")
        stated.fail(status: 500)
        stated.limit(retryAfter: .seconds(30))
        #expect(stated.step == "wait 200")
        stated.sleep()
        #expect(stated.step == "3* a:m")

        var passed = try PlanDrive("a:m|b:m")
        passed.fail(status: 503, retryAfter: .seconds(2))
        passed.now = passed.now + .seconds(3)
        passed.fail(status: 500)
        #expect(passed.step == "wait 0")
        passed.sleep()
        #expect(passed.step == "3* a:m")
    }

    @Test("the provider's Retry-After is kept, and answered to the client when it is too long")
    func retryAfter() throws {
        var short = try PlanDrive("a:m")
        short.limit(retryAfter: .seconds(4))
        #expect(short.step == "wait 4000")
        short.sleep()
        short.limit(retryAfter: .seconds(7))
        // Six seconds of the ten are left.
        #expect(short.step == "429")
        #expect(short.answer?.retryAfter == .seconds(7))

        var long = try PlanDrive("a:m")
        long.fail(status: 503, retryAfter: .seconds(30))
        #expect(long.step == "502")
        #expect(long.answer?.retryAfter == .seconds(30))
    }

    @Test("a limited key whose provider named no time is tried again as a last resort")
    func lastResort() throws {
        var drive = try PlanDrive("a:m")
        drive.limit(retryAfter: nil)
        #expect(drive.step == "wait 200")
        drive.sleep()
        #expect(drive.attempt?.mayUseRestingKey == true)
        drive.fail(status: 429, shortage: nil)
        #expect(drive.step == "2* a:m #1")
        // Only once an attempt, or it would go round in the same keys.
        #expect(drive.attempt?.mayUseRestingKey == false)
    }

    @Test("a leg whose keys were all refused is not tried again")
    func refusedKeys() throws {
        var drive = try PlanDrive("a:m")
        drive.fail(status: 401)
        #expect(drive.step == "502")
        #expect(drive.answer?.kind == .providerError)
        var other = try PlanDrive("a:m|b:m")
        other.fail(status: 500)
        other.fail(status: 401)
        other.sleep()
        #expect(other.step == "3* a:m")
        var resting = try PlanDrive("a:m")
        resting.fail(status: 401, shortage: .coolingDown(until: resting.now + .seconds(3)))
        #expect(resting.step == "wait 3000")
    }

    @Test("a leg without a usable key is passed over and uses no attempt")
    func skipped() throws {
        var drive = try PlanDrive("a:m|b:m") { $0.attemptsMax = 1 }
        drive.skip(.coolingDown(until: drive.now + .seconds(5)))
        #expect(drive.step == "1 b:m")
        drive.fail(status: 500)
        #expect(drive.step == "502")
        #expect(drive.answer?.retryAfter == .seconds(5))
    }

    @Test("a leg that was passed over is tried once its key is back, and cannot keep the request waiting for ever")
    func skippedThenTried() throws {
        var drive = try PlanDrive("a:m") { $0.attemptsMax = 2 }
        drive.skip(.coolingDown(until: drive.now + .seconds(3)))
        #expect(drive.step == "wait 3000")
        drive.sleep()
        #expect(drive.step == "1* a:m")
        drive.skip(.coolingDown(until: drive.now + .seconds(1)))
        drive.sleep()
        #expect(drive.step == "2* a:m")
        drive.skip(.coolingDown(until: drive.now + .seconds(1)))
        #expect(drive.step == "429")
    }

    @Test("a leg whose breaker is open is passed over, uses no attempt and is not waited for")
    func breakerOpen() throws {
        var drive = try PlanDrive("a:m|b:m") { $0.attemptsMax = 1 }
        drive.skipOpen(1)
        #expect(drive.step == "1 b:m")
        drive.fail(status: 500)
        #expect(drive.step == "502")
        #expect(drive.answer?.retryAfter == .seconds(1))

        var only = try PlanDrive("a:m")
        only.skipOpen(1)
        #expect(only.step == "503")
        #expect(only.plan.attemptsMade == 0)
    }

    @Test("with nothing else left a leg whose breaker has opened is not tried again, others are")
    func breakerOpened() throws {
        var drive = try PlanDrive("a:m")
        drive.fail(status: 500)
        drive.sleep()
        drive.skipOpen(10)
        #expect(drive.step == "502")
        #expect(drive.answer?.message == "status 500")
        #expect(drive.answer?.retryAfter == .seconds(10))
        #expect(drive.plan.attemptsMade == 1)

        var other = try PlanDrive("a:m|b:m")
        other.fail(status: 500)
        other.fail(status: 500)
        other.sleep()
        #expect(other.step == "3* b:m")
        other.skipOpen(10)
        #expect(other.step == "wait 400")
        other.sleep()
        #expect(other.step == "3* a:m")
    }

    @Test("a conversation that is too long moves only to a leg with a larger declared window")
    func windows() throws {
        let windows = ["a": 100, "b": 50, "c": 100, "d": 200].reduce(into: [LegID: Int]()) {
            $0[LegID(backend: $1.key, model: "m")] = $1.value
        }
        let tooLong = Failure(.contextLength, "too long", providerStatus: 400)
        var drive = try PlanDrive("a:m?temperature=0|b:m|c:m|d:m|e:m", windows: windows)
        drive.fail(tooLong)
        #expect(drive.step == "2 d:m")
        drive.fail(status: 500)
        #expect(drive.step == "wait 200")
        drive.sleep()
        #expect(drive.step == "3* d:m")
        drive.fail(tooLong)
        #expect(drive.step == "400")
        #expect(drive.answer?.message == "too long")

        var unknown = try PlanDrive("e:m|d:m", windows: windows)
        unknown.fail(tooLong)
        #expect(unknown.step == "400")
    }

    @Test("a conversation that is too long for what is left goes back to a larger leg that had a blip")
    func largerLegAgain() throws {
        let windows = ["s": 8, "l": 200].reduce(into: [LegID: Int]()) {
            $0[LegID(backend: $1.key, model: "m")] = $1.value
        }
        let tooLong = Failure(.contextLength, "too long", providerStatus: 400)
        var drive = try PlanDrive("l:m|s:m", windows: windows)
        drive.fail(status: 503)
        #expect(drive.step == "2 s:m")
        drive.fail(tooLong)
        #expect(drive.step == "wait 200")
        drive.sleep()
        #expect(drive.step == "3* l:m")
        // The larger leg could have served it, so its failure is what the client should know.
        drive.fail(status: 503)
        #expect(drive.step == "502")
        #expect(drive.answer?.message == "status 503")

        var refused = try PlanDrive("l:m|s:m", windows: windows)
        refused.fail(status: 503)
        refused.fail(tooLong)
        refused.sleep()
        refused.skipOpen(10)
        #expect(refused.step == "400")
        #expect(refused.answer?.message == "too long")
    }

    @Test(
        "a larger leg that may not be tried again leaves the conversation too long",
        arguments: [(2, nil as Duration?), (3, Duration.seconds(60))])
    func largerLegGone(attemptsMax: Int, retryAfter: Duration?) throws {
        let windows = ["s": 8, "l": 200].reduce(into: [LegID: Int]()) {
            $0[LegID(backend: $1.key, model: "m")] = $1.value
        }
        var drive = try PlanDrive("l:m|s:m", windows: windows) { $0.attemptsMax = attemptsMax }
        drive.fail(status: 503, retryAfter: retryAfter)
        drive.fail(Failure(.contextLength, "too long", providerStatus: 400))
        #expect(drive.answer?.kind == .contextLength)
        #expect(drive.answer?.status == 400)
    }

    @Test(
        "when all is lost the answer tells what kind of loss it was",
        arguments: [
            (["429/9", "429/3"], 429, 3), (["429", "429/70"], 429, 60), (["timeout", "timeout"], 504, nil),
            (["504", "408"], 504, nil), (["500", "timeout"], 502, nil), (["429/30", "500"], 502, 30),
            (["500", "429/30"], 502, 30), (["timeout"], 504, nil), (["500"], 502, nil), (["401", "500"], 502, nil),
            (["skip/9", "skip/4"], 429, 4), (["skip", "skip/4"], 503, 4), (["skip", "skip"], 502, nil),
            (["skip/9", "429/20"], 429, 9), (["skip", "429/20"], 429, 20), (["skip/9", "500"], 502, 9),
            (["open/9"], 503, 9), (["open/9", "open/4"], 503, 4), (["open/0"], 503, 1), (["open/9", "skip/4"], 503, 4),
            (["open/9", "skip"], 503, 9), (["500", "open/8"], 502, 8), (["timeout", "open/8"], 504, 8),
            (["429/30", "open/8"], 429, 8),
        ] as [([String], Int, Int?)])
    func exhaustion(events: [String], status: Int, retryAfter: Int?) throws {
        let selector = events.indices.map { "b\($0):m" }.joined(separator: "|")
        var drive = try PlanDrive(selector) {
            $0.attemptsMax = events.count
            $0.retryWaitMax = .zero
        }
        for event in events {
            let parts = event.split(separator: "/")
            let seconds = parts.count > 1 ? Int(parts[1]).map { Duration.seconds($0) } : nil
            switch parts[0] {
            case "skip": drive.skip(seconds.map { .coolingDown(until: drive.now + $0) } ?? .disabled)
            case "open": drive.skipOpen(try #require(parts.last.flatMap { Int($0) }))
            case "timeout": drive.fail(Failure(.timeout, "timeout"))
            case "429": drive.limit(retryAfter: seconds)
            default: drive.fail(status: try #require(Int(parts[0])), retryAfter: seconds)
            }
        }
        #expect(drive.answer?.status == status)
        #expect(drive.answer?.retryAfter == retryAfter.map { .seconds($0) })
        if status >= 500 { #expect(drive.answer?.kind != .rateLimited && drive.answer?.kind != .authentication) }
    }

    @Test("whatever fails and however, a request makes at most max_attempts attempts and waits no longer than it may")
    func bounds() throws {
        var random = SplitMix64(state: 11)
        for _ in 0..<2000 {
            let legs = Int.random(in: 1...4, using: &random)
            let selector = (0..<legs).map { "b\($0):m" }.joined(separator: "|")
            var drive = try PlanDrive(selector) { $0.retryWaitJitter = 0.2 }
            var waited = Duration.zero
            var steps = 0
            while drive.answer == nil {
                steps += 1
                try #require(steps < 200)
                if let wait = drive.wait {
                    waited += wait
                    drive.sleep()
                    continue
                }
                let attempt = try #require(drive.attempt)
                #expect((1...3).contains(attempt.number))
                let retryAfter =
                    Bool.random(using: &random) ? Duration.seconds(Int.random(in: 0...6, using: &random)) : nil
                switch Int.random(in: 0..<6, using: &random) {
                case 0: drive.skip(.coolingDown(until: drive.now + .seconds(1)))
                case 1 where attempt.keyChangeCount < 5: drive.fail(status: 429, shortage: nil)
                case 2: drive.limit(retryAfter: retryAfter)
                case 3: drive.fail(status: 401)
                case 5 where attempt.keyChangeCount == 0: drive.skipOpen(1)
                default: drive.fail(status: 503, retryAfter: retryAfter)
                }
            }
            #expect(waited <= .seconds(10))
            #expect(drive.plan.attemptsMade <= 3)
        }
    }
}
