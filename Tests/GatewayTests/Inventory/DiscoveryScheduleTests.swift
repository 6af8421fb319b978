import Testing

@testable import Gateway

@Suite("When a provider is asked for its models again") struct DiscoveryScheduleTests {
    @Test("failures wait twice as long each time, up to the interval, and only the first of a row is a warning")
    func failures() {
        var schedule = DiscoverySchedule(interval: .seconds(3600))
        var waits: [Duration] = []
        var warnings: [Bool] = []
        for _ in 0..<9 {
            let failure = schedule.failed()
            waits.append(failure.wait)
            warnings.append(failure.isFirst)
        }
        #expect(waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600].map { .seconds($0) })
        #expect(warnings == [true] + Array(repeating: false, count: 8))
    }

    @Test("success waits for the interval, and what fails afterwards is worth a warning again")
    func success() {
        var schedule = DiscoverySchedule(interval: .seconds(7200))
        _ = schedule.failed()
        _ = schedule.failed()
        #expect(schedule.succeeded() == .seconds(7200))
        let failure = schedule.failed()
        #expect(failure.isFirst && failure.wait == DiscoverySchedule.retryDelayMin)
    }

    @Test("many failures neither overflow nor take long")
    func endless() {
        var schedule = DiscoverySchedule(interval: .seconds(3600 * 24 * 365))
        for _ in 0..<10_000 { _ = schedule.failed() }
        #expect(schedule.failed().wait == .seconds(3600 * 24 * 365))
    }
}
