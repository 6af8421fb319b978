import Runtime
import Testing

@testable import Gateway

@Suite("How long an answer may stand still") struct OutputWatchTests {
    /// Something that is read at a time in seconds, by a reader that began to wait for it at another.
    private struct Piece {
        var hasEvents = false
        var waitedFrom: Int
        var at: Int
    }

    /// What a watch of ten seconds says of each piece.
    private func verdicts(_ pieces: [Piece]) -> [Bool] {
        let start = MonotonicInstant(nanoseconds: 1_000_000_000)
        var watch = OutputWatch(limit: .seconds(10), at: start)
        return pieces.map { piece in
            watch.resumed(at: start + .seconds(piece.waitedFrom))
            return watch.read(hasEvents: piece.hasEvents, at: start + .seconds(piece.at))
        }
    }

    @Test("signs of life keep nothing alive, events do")
    func signs() {
        let signs = (1...10).map { Piece(waitedFrom: $0 - 1, at: $0) }
        let event = Piece(hasEvents: true, waitedFrom: 10, at: 11)
        let more = (12...22).map { Piece(waitedFrom: $0 - 1, at: $0) }
        #expect(verdicts(signs + [event] + more) == Array(repeating: false, count: 21) + [true])
    }

    @Test("an event that comes late is no silence any more")
    func late() {
        #expect(verdicts([Piece(hasEvents: true, waitedFrom: 0, at: 60)]) == [false])
    }

    @Test("the time that a slow client takes is not the provider's")
    func slowClient() {
        let pieces = [
            Piece(hasEvents: true, waitedFrom: 0, at: 1), Piece(waitedFrom: 1000, at: 1005),
            Piece(waitedFrom: 1005, at: 1012),
        ]
        #expect(verdicts(pieces) == [false, false, true])
    }
}
