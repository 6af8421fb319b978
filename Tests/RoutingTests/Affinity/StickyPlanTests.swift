import Dialects
import Runtime
import Testing

@testable import Routing

@Suite struct StickyPlanTests {
    private let b = Leaf(backend: "b", model: "m")

    @Test(
        "the bound backend has the first turn, wherever it stands",
        arguments: ["a:m|b:m", "a:m^b:m|c:m", "a:m|c:m!b:m"])
    func firstTurn(selector: String) throws {
        for seed in 0..<20 {
            let drive = try PlanDrive(selector, sticky: b, seed: UInt64(seed))
            #expect(drive.step == "1 b:m")
            #expect(drive.plan.sticky?.backend == "b")
        }
    }

    @Test("of several legs of the bound backend the one that served is taken, else the first")
    func sameLeg() throws {
        #expect(try PlanDrive("a:m|b:n|b:m", sticky: b).step == "1 b:m")
        #expect(try PlanDrive("a:m|b:n|b:o", sticky: b).step == "1 b:n")
        #expect(try PlanDrive("a:m|b:m?x=1|b:m", sticky: b).step == "1 b:m")
    }

    @Test("a bound backend that the route does not hold, or not for this size, is planned without, and let go")
    func ineligible() throws {
        let absent = try PlanDrive("a:m|c:m", sticky: b)
        #expect(absent.step == "1 a:m")
        #expect(absent.plan.sticky == nil)
        let small = try PlanDrive("a:m|[max_context=10]b:m", size: 11, sticky: b)
        #expect(small.step == "1 a:m")
        #expect(small.plan.sticky == nil)
    }

    @Test("a bound backend that fails recoverably is let go, and the others have their turns, each once")
    func failure() throws {
        var drive = try PlanDrive("a:m|b:m|b:n", sticky: b) { $0.attemptsMax = 9 }
        #expect(drive.step == "1 b:m")
        drive.fail(status: 503)
        #expect(drive.plan.sticky == nil)
        #expect(drive.step == "2 a:m")
        drive.fail(status: 503)
        #expect(drive.step == "3 b:n")
    }

    @Test("a bound backend that may not be tried is let go without an attempt")
    func skipped() throws {
        var open = try PlanDrive("a:m|b:m", sticky: b)
        open.skipOpen(5)
        #expect(open.step == "1 a:m")
        #expect(open.plan.sticky == nil)
        var keyless = try PlanDrive("a:m|b:m", sticky: b)
        keyless.skip(.disabled)
        #expect(keyless.step == "1 a:m")
        #expect(keyless.plan.sticky == nil)
    }

    @Test("another key of the bound backend, a refused request and a failure after output keep the binding")
    func kept() throws {
        var drive = try PlanDrive("a:m|b:m", sticky: b)
        drive.fail(status: 429, shortage: nil)
        #expect(drive.step == "1 b:m #1")
        #expect(drive.plan.sticky != nil)
        drive.fail(status: 400)
        #expect(drive.answer?.status == 400)
        #expect(drive.plan.sticky != nil)
        var late = try PlanDrive("a:m|b:m", sticky: b)
        late.plan.committed()
        late.fail(status: 503)
        #expect(late.answer != nil)
        #expect(late.plan.sticky != nil)
    }

    @Test("a conversation that has outgrown the bound backend moves to a larger one for good")
    func outgrown() throws {
        var drive = try PlanDrive(
            "a:m|b:m", windows: [LegID(backend: "a", model: "m"): 200_000, LegID(backend: "b", model: "m"): 8_000],
            sticky: b)
        drive.fail(
            .init(.contextLength, "too long", side: .provider, providerStatus: 400, code: "context_length_exceeded"))
        #expect(drive.step == "2 a:m")
        #expect(drive.plan.sticky == nil)
    }

    @Test("when the bound leg of a race has failed, the others race")
    func race() throws {
        var drive = try PlanDrive("a:m!b:m!c:m", sticky: b)
        #expect(drive.step == "1 b:m")
        drive.fail(status: 503)
        #expect(drive.step == "survey a:m c:m")
    }

    @Test("a bound backend has its turn before a first branch, whose own is not used up")
    func first() throws {
        var drive = try PlanDrive("[first]a:m^[weight=1000000]c:m|b:m", sticky: b)
        #expect(drive.step == "1 b:m")
        drive.fail(status: 503)
        #expect(drive.step == "2 a:m")
    }
}
