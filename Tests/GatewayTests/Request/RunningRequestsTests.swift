import Routing
import Runtime
import Testing

@testable import Gateway

@Suite struct RunningRequestsTests {
    /// Notes why it was called off.
    private final class Waiting: RunningRequest {
        let record: RequestRecord
        var runningIndex: Int?
        var causes: [CancellationCause] = []

        init(of principal: Principal = .local) {
            record = RequestRecord(id: "r", endpoint: .chatCompletions, start: MonotonicInstant(nanoseconds: 0))
            record.principal = principal
        }

        func callOff(because cause: CancellationCause) {
            causes.append(cause)
        }
    }

    @Test("the end of the process calls off who runs, and who comes after it")
    func shutDown() {
        let running = RunningRequests()
        let (first, second, gone, late) = (Waiting(), Waiting(of: .clientKey(1)), Waiting(), Waiting())
        for request in [first, gone, second] { running.add(request) }
        running.remove(gone)
        running.shutDown()
        running.add(late)
        for request in [first, second, late] { #expect(request.causes == [.shutDown]) }
        #expect(gone.causes == [])
        for request in [first, second, late] { running.remove(request) }
        running.shutDown()
        #expect(late.causes == [.shutDown] && late.runningIndex == nil)
    }

    @Test("a client calls off the requests of its A-leg, and no others")
    func cancel() throws {
        let running = RunningRequests()
        var random = XoshiroGenerator(seed: 1)
        let registry = SessionRegistry(countMax: 1, idleTimeout: .seconds(1))
        let session = try registry.open(
            .chosen("chat"), by: .local, at: MonotonicInstant(nanoseconds: 0), using: &random
        ).session
        let (mine, theirs, other) = (Waiting(), Waiting(of: .clientKey(1)), Waiting())
        for request in [mine, theirs] { request.record.join(session, token: nil) }
        for request in [mine, theirs, other] { running.add(request) }
        #expect(running.cancel(session.aLeg, of: .local) == 1)
        #expect(mine.causes == [.explicit] && theirs.causes == [] && other.causes == [])
    }
}
