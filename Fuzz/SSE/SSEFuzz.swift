import FuzzSupport
import Transport

/// Reads a stream in two ways of splitting it, which must give the same events.
///
/// The first byte seeds the split, the rest is the stream.
func fuzzSSE(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let input = SplitInput(data, count) else { return 0 }
    let limits = SSELimits(lineBytesMax: 64, eventBytesMax: 256)

    var whole = Reading(limits)
    whole.feed(input.bytes)
    whole.finish()

    var parts = Reading(limits)
    for piece in input.pieces { parts.feed(piece) }
    parts.finish()

    precondition(whole.events == parts.events, "a split changed the events")
    precondition(whole.isFailed == parts.isFailed, "a split changed the outcome")
    precondition(whole.unfinished == parts.unfinished, "a split changed what was left")
    precondition(whole.lastEventID == parts.lastEventID, "a split changed the id")

    // What was read can be written and read again.
    var written: [UInt8] = []
    for event in whole.events where !event.data.contains(UInt8(ascii: "\r")) {
        SSEWriter.data(event.data, into: &written)
    }
    var again = Reading(SSELimits(lineBytesMax: 1 << 20, eventBytesMax: 1 << 20))
    again.feed(written)
    precondition(again.events.map(\.data) == whole.events.map(\.data), "what was written reads differently")
    return 0
}

private struct Event: Equatable {
    var name: [UInt8]
    var data: [UInt8]
    var id: [UInt8]?
    var retry: Int?
    /// Without the LF after a CR at the end: a split stream of mixed line ends may gain one.
    var raw: [UInt8]

    init(_ event: SSEEvent) {
        name = Array(event.name)
        data = Array(event.data)
        id = event.id.map(Array.init)
        retry = event.retryMilliseconds
        raw = Array(event.rawFrame)
        if raw.suffix(2) == [13, 10] { raw.removeLast() }
    }
}

private struct Reading {
    private var parser: SSEParser
    var events: [Event] = []
    var isFailed = false
    var unfinished: Event?
    var lastEventID: [UInt8] = []

    init(_ limits: SSELimits) {
        parser = SSEParser(limits: limits)
    }

    mutating func feed(_ chunk: [UInt8]) {
        do {
            parser.feed(chunk)
            while let event = try parser.next() { events.append(Event(event)) }
        } catch {
            isFailed = true
        }
    }

    mutating func finish() {
        lastEventID = parser.lastEventID
        if !isFailed, case .unfinished(let event) = parser.finish() { unfinished = Event(event) }
    }
}
