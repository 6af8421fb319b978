import Dialects
import Routing
import Runtime
import Testing

@Suite struct OutputDeadlineTests {
    /// What is left of the attempt's time, in milliseconds, and what it is the end of.
    private func deadline(_ drive: PlanDrive) -> String {
        guard let deadline = drive.attempt?.deadline else { return "none" }
        return "\((deadline.time - drive.now).wholeNanoseconds / 1_000_000) \(deadline.scope)"
    }

    @Test("a silent leg gives way to the next one when its time is over")
    func leg() throws {
        var drive = try PlanDrive("[ttft_timeout=1]a:m|b:m")
        #expect(deadline(drive) == "1000 leg")
        try drive.expire()
        #expect(drive.step == "2 b:m")
        #expect(deadline(drive) == "none")
    }

    @Test("a silent leg with nothing behind it ends the request with 504, and is not asked again")
    func onlyLeg() throws {
        var drive = try PlanDrive("[ttft_timeout=1]a:m")
        try drive.expire()
        #expect(drive.step == "504")
        #expect(drive.answer?.message.contains("ttft_timeout of 1.0 s") == true)
    }

    @Test("the route's budget ends the request, whatever is left to try")
    func request() throws {
        var drive = try PlanDrive("{ttft_timeout=1}a:m|b:m")
        #expect(deadline(drive) == "1000 request")
        try drive.expire()
        #expect(drive.step == "504")
        #expect(drive.plan.attemptsMade == 1)
    }

    @Test("of two budgets the one that ends first decides, and the route's counts on from the start")
    func both() throws {
        var drive = try PlanDrive("{ttft_timeout=3}[ttft_timeout=1]a:m|b:m")
        #expect(deadline(drive) == "1000 leg")
        try drive.expire()
        #expect(drive.step == "2 b:m")
        #expect(deadline(drive) == "2000 request")
        try drive.expire()
        #expect(drive.step == "504")

        #expect(deadline(try PlanDrive("{ttft_timeout=1}[ttft_timeout=3]a:m")) == "1000 request")
        #expect(deadline(try PlanDrive("{ttft_timeout=1}[ttft_timeout=1]a:m")) == "1000 request")
    }

    @Test("a leg's time counts from its first start, over keys and repeated attempts")
    func absolute() throws {
        var drive = try PlanDrive("[ttft_timeout=1]a:m")
        drive.now = drive.now + .milliseconds(300)
        drive.fail(status: 429, shortage: nil)
        #expect(drive.step == "1 a:m #1")
        #expect(deadline(drive) == "700 leg")
        drive.fail(status: 503)
        drive.sleep()
        #expect(drive.step == "2* a:m")
        #expect(deadline(drive) == "500 leg")
        drive.now = drive.now + .milliseconds(200)
        // The wait of 400 ms would outlast the 300 that are left.
        drive.fail(status: 503)
        #expect(drive.step == "502")
    }

    @Test("a leg that waits behind another has its whole time when its turn comes")
    func laterLeg() throws {
        var drive = try PlanDrive("a:m|[ttft_timeout=1]b:m")
        drive.now = drive.now + .seconds(50)
        drive.fail(status: 500)
        #expect(deadline(drive) == "1000 leg")
    }

    @Test("a leg that had no key has its whole time when it gets one")
    func skipped() throws {
        var drive = try PlanDrive("[ttft_timeout=1]a:m")
        drive.skip(.coolingDown(until: drive.now + .seconds(3)))
        #expect(drive.step == "wait 3000")
        drive.sleep()
        #expect(deadline(drive) == "1000 leg")
    }

    @Test("nothing is begun once the route's time is over, and no wait outlasts it")
    func nothingAfterTheEnd() throws {
        var drive = try PlanDrive("{ttft_timeout=1}a:m|b:m")
        drive.now = drive.now + .seconds(1)
        drive.fail(status: 500)
        #expect(drive.step == "504")

        var single = try PlanDrive("{ttft_timeout=100ms}a:m")
        single.fail(status: 500)
        #expect(single.step == "502")
    }

    @Test("after the commit the budgets are over: a later failure is the answer")
    func committed() throws {
        var drive = try PlanDrive("[ttft_timeout=1]a:m|b:m")
        drive.now = drive.now + .milliseconds(900)
        drive.plan.committed()
        drive.now = drive.now + .seconds(5)
        drive.fail(Failure(.prematureEnd, "cut"))
        #expect(drive.answer?.phase == .afterOutput)
    }
}
