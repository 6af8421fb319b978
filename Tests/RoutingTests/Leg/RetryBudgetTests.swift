import Routing
import Testing

@Suite struct RetryBudgetTests {
    private func budget(share: Double = 0.2, minimum: Int = 10) -> RetryBudget {
        var settings = RetryBudget.Settings()
        settings.share = share
        settings.minimum = minimum
        return RetryBudget(settings)
    }

    @Test(
        "the larger of the share and the minimum holds, the share rounded down",
        arguments: [
            (share: 0.2, minimum: 10, calls: 0, bound: 10), (0.2, 10, 1, 10), (0.2, 10, 50, 10), (0.2, 10, 54, 10),
            (0.2, 10, 55, 11), (0.2, 10, 100, 20), (0.2, 10, 1000, 200), (1, 0, 7, 7), (0.5, 0, 1, 0), (0.5, 0, 3, 1),
            (0.01, 3, 100, 3),
        ])
    func bound(_ share: Double, _ minimum: Int, _ calls: Int, _ bound: Int) {
        var budget = budget(share: share, minimum: minimum)
        #expect(budget.bound(callsInFlight: calls) == bound)
        let taken = (0...bound).map { _ in budget.take(callsInFlight: calls) }
        #expect(taken == Array(repeating: true, count: bound) + [false])
        #expect(budget.takenCount == bound)
    }

    @Test("what ends makes room, once")
    func givingBack() {
        var budget = budget(minimum: 2)
        #expect((0..<3).map { _ in budget.take(callsInFlight: 1) } == [true, true, false])
        budget.giveBack()
        #expect((0..<2).map { _ in budget.take(callsInFlight: 1) } == [true, false])
    }

    @Test("a load that shrinks takes nothing back, but allows nothing more")
    func shrinking() {
        var budget = budget(minimum: 1)
        #expect((0..<4).map { _ in budget.take(callsInFlight: 20) } == [true, true, true, true])
        for isAllowed in [false, false, false, true] {
            budget.giveBack()
            let taken = budget.take(callsInFlight: 5)
            #expect(taken == isAllowed)
        }
    }
}
