import Routing
import Runtime
import Testing
import Transport

@testable import Gateway

@Suite("The lineage's answers")
struct LineageAnswerTests {
    /// A store that cannot be asked.
    private actor BrokenStore: ContinuityStore {
        let reason: any Error
        nonisolated var statistics: ContinuityStatistics { ContinuityStatistics() }

        init(_ reason: any Error) {
            self.reason = reason
        }

        nonisolated func record(_ turn: Turn) {}
        func aLeg(_ id: ALegID) async throws -> ALeg? { throw reason }
        func attempts(of id: ALegID) async throws -> [AttemptRecord] { throw reason }
        func page(_ query: LineageQuery) async throws -> LineagePage { throw reason }
        nonisolated func shutdown() async {}
    }

    private struct DiskError: Error {}

    @Test("a store that cannot be asked is told as such, with why and since when, and never as an unknown leg")
    func outage() async {
        let start = MonotonicInstant(nanoseconds: 0)
        let outage = LineageOutage(reason: "database is locked", since: start, droppedCount: 3)
        let query = Array("a_leg_id=a_0123456789abcdef0123456789abcdef".utf8)[...]
        for (reason, words) in [
            (outage as any Error, ["database is locked", "12 s", "3 requests"]), (DiskError(), ["DiskError"]),
        ] {
            for endpoint in [Endpoint.attempts, .lineage] {
                let answer = await LineageAnswer.make(
                    endpoint, endpoint == .attempts ? query : nil, from: BrokenStore(reason), at: start + .seconds(12))
                #expect(answer.status == 503 && answer.retryAfterSeconds == 1)
                let text = String(decoding: answer.body, as: UTF8.self)
                for word in words { #expect(text.contains(word)) }
            }
        }
    }
}
