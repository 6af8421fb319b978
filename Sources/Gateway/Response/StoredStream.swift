import Dialects
import Transport

/// What has gone to the client of a stream that is passed on as it comes: enough to end it with an error, if need be.
struct StoredStream {
    private var parser = SSEParser()
    /// The data of the last whole event.
    private var last: [UInt8] = []
    /// Whether the bytes are those of an event stream, as far as they came.
    private var isReadable = true
    /// The last two bytes: after a blank line, something new may begin.
    private var tail: [UInt8] = []

    /// Takes the next bytes that the client is sent.
    mutating func add(_ chunk: [UInt8]) {
        tail = Array((tail + chunk.suffix(2)).suffix(2))
        var newest: [UInt8]?
        do throws(SSEError) {
            try parser.feed(chunk) { newest = Array($0.data) }
        } catch {
            isReadable = false
        }
        if let newest { last = newest }
    }

    /// The event that tells of a failure, with its place in the order; nil in the middle of an event, where the client
    /// could not tell it from the rest of that.
    func errorEvent(_ failure: Failure) -> [UInt8]? {
        guard isReadable, tail.isEmpty || tail == Array("\n\n".utf8) else { return nil }
        let number = (try? JSONDocument(parsing: last))?.root["sequence_number"]?.int
        return OpenAIResponsesErrors.event(failure, sequence: number.map { $0 + 1 } ?? 0)
    }
}
