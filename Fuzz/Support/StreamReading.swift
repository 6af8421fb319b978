import Dialects

/// Everything that a decoder makes of a stream.
package struct StreamReading: Equatable {
    package private(set) var events: [Event] = []
    /// The frames, without the line ends: where these are mixed, a split between CR and LF decides to which frame the LF
    /// belongs.
    private var frames: [UInt8] = []

    /// Reads a stream that comes in these pieces, and shows each frame with its events.
    package init(
        _ pieces: [[UInt8]], _ decoder: some AnswerDecoder, onFrame: (AnswerFrame, [Event]) -> Void = { _, _ in }
    ) {
        var decoder = decoder
        for piece in pieces {
            decoder.feed(piece)
            take(&decoder, onFrame)
        }
        decoder.finish()
        take(&decoder, onFrame)
    }

    /// Reads a stream whole and in pieces, and checks what holds in every dialect: both readings are the same, the
    /// stream ends once, and a tool call starts once, before its arguments.
    package init(checking input: SplitInput, _ decoder: () -> some AnswerDecoder) {
        self.init([input.bytes], decoder())
        precondition(StreamReading(input.pieces, decoder()) == self, "a split changed the events or frames")
        let ends = events.filter(Self.isEnd)
        precondition(ends.count == 1 && events.last.map(Self.isEnd) == true, "a stream does not end once, at its end")
        precondition(startsCallsOnce, "a tool call's arguments come before its start, or it starts twice")
    }

    /// Whether the stream ended as it should.
    package var hasEnded: Bool { events.last == .ended }

    /// The whole answer; nil if the stream failed.
    package var answer: Answer? { Self.answer(events) }

    /// The answer that events make; nil if one of them is a failure.
    package static func answer(_ events: [Event]) -> Answer? {
        var answer = Answer()
        for event in events {
            do throws(Failure) { try answer.append(event) } catch { return nil }
        }
        return answer
    }

    private mutating func take(_ decoder: inout some AnswerDecoder, _ onFrame: (AnswerFrame, [Event]) -> Void) {
        while let frame = decoder.next() {
            onFrame(frame, decoder.events)
            events += decoder.events
            frames += frame.bytes.filter { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
        }
    }

    private static func isEnd(_ event: Event) -> Bool {
        switch event {
        case .ended, .failed: true
        default: false
        }
    }

    private var startsCallsOnce: Bool {
        var started: Set<[Int]> = []
        for event in events {
            switch event {
            case .toolCallStarted(let choice, let index, _, _, _):
                if !started.insert([choice, index]).inserted { return false }
            case .toolCallArguments(let choice, let index, _):
                if !started.contains([choice, index]) { return false }
            default: break
            }
        }
        return true
    }
}
