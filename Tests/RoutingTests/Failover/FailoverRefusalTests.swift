import Dialects
import Routing
import Runtime
import Testing

@Suite("Failover around legs that are busy or not to be retried") struct FailoverRefusalTests {
    @Test("a busy leg is passed over like one whose breaker is open, and uses up no attempt")
    func busy() throws {
        var drive = try PlanDrive("a:m|b:m|c:m") { $0.attemptsMax = 1 }
        drive.skip(.busy(until: drive.now + .seconds(3)))
        #expect(drive.step == "1 b:m")
        drive.skip(.busy(until: drive.now + .seconds(2)))
        #expect(drive.step == "1 c:m")
        drive.fail(status: 500)
        let answer = try #require(drive.answer)
        #expect(answer.status == 502 && answer.retryAfter == .seconds(2))
    }

    @Test("when every leg is busy the answer is 503 with the soonest moment, a second at least")
    func allBusy() throws {
        for (first, second, expected) in [(9, 4, 4), (0, 7, 1)] {
            var drive = try PlanDrive("a:m|b:m")
            drive.skip(.busy(until: drive.now + .seconds(first)))
            drive.skip(.busy(until: drive.now + .seconds(second)))
            let answer = try #require(drive.answer)
            #expect(answer.status == 503 && answer.retryAfter == .seconds(expected))
        }
    }

    @Test("a leg that is busy when it is tried again is not waited for")
    func busyAgain() throws {
        var drive = try PlanDrive("a:m")
        drive.fail(status: 500)
        #expect(drive.step == "wait 200")
        drive.sleep()
        #expect(drive.step == "2* a:m")
        drive.skip(.busy(until: drive.now + .seconds(5)))
        let answer = try #require(drive.answer)
        #expect(answer.status == 502 && answer.retryAfter == .seconds(5))
    }

    @Test("without budget for the next key the request goes to another backend")
    func nextKeyRefused() throws {
        var drive = try PlanDrive("a:m|b:m")
        drive.fail(status: 429, shortage: nil)
        #expect(drive.step == "1 a:m #1")
        drive.skip(.retryBudget)
        #expect(drive.step == "2 b:m")
    }

    @Test("without another backend it waits, and the repetition counts even where it is refused too")
    func repetitionRefused() throws {
        var drive = try PlanDrive("a:m")
        drive.fail(status: 429, shortage: nil)
        drive.skip(.retryBudget)
        #expect(drive.step == "wait 200")
        drive.sleep()
        #expect(drive.step == "2* a:m")
        drive.skip(.retryBudget)
        #expect(drive.step == "wait 400")
        drive.sleep()
        #expect(drive.step == "3* a:m")
        drive.skip(.retryBudget)
        #expect(drive.answer?.status == 429)
    }

    @Test("another model of a tried backend that there is no budget for uses up no attempt")
    func otherModelRefused() throws {
        var drive = try PlanDrive("a:m|a:n|b:m") { $0.attemptsMax = 2 }
        drive.fail(status: 500)
        #expect(drive.step == "2 a:n")
        drive.skip(.retryBudget)
        #expect(drive.step == "2 b:m")
        drive.fail(status: 500)
        #expect(drive.answer?.status == 502)
    }
}
