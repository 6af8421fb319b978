/// One dispatched event of a stream.
///
/// Its slices share the memory of the chunk they came in, so taking them copies nothing; whoever keeps one keeps the
/// whole chunk, and makes the next writer of that buffer copy it.
package struct SSEEvent: Sendable {
    /// The frame's source: the chunk, or what the parser gathered.
    let source: [UInt8]
    let frame: Range<Int>
    let fields: SSEFields

    /// The exact bytes of the frame, from its first line to its blank line: comments and unknown fields included.
    ///
    /// Frames that hold no data are not dispatched and appear nowhere. A byte order mark belongs to no frame. If a chunk
    /// ends between the CR and the LF of the blank line, the frame has its LF all the same, unless the stream's lines
    /// end with a CR alone.
    package var rawFrame: ArraySlice<UInt8> { source[frame] }

    /// The data lines, joined by LF.
    package var data: ArraySlice<UInt8> {
        fields.joinedData.isEmpty ? slice(fields.data) : fields.joinedData[...]
    }

    /// Calls back with the data lines, joined by LF; the buffer must not leave the closure.
    package func withData<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        if !fields.joinedData.isEmpty { return try fields.joinedData.withUnsafeBufferPointer(body) }
        let range = frame.lowerBound + fields.data.lowerBound..<frame.lowerBound + fields.data.upperBound
        return try source.withUnsafeBufferPointer { bytes throws(Failure) in
            try body(UnsafeBufferPointer(rebasing: bytes[range]))
        }
    }

    /// The `event` field; empty if there was none, which the specification calls `message`.
    package var name: ArraySlice<UInt8> { slice(fields.name) }

    /// The frame's `id` field, nil if it had none.
    package var id: ArraySlice<UInt8>? { fields.id.map(slice) }

    /// The frame's `retry` field in milliseconds, nil if it had no valid one.
    package var retryMilliseconds: Int? { fields.retryMilliseconds }

    private func slice(_ range: Range<Int>) -> ArraySlice<UInt8> {
        source[frame.lowerBound + range.lowerBound..<frame.lowerBound + range.upperBound]
    }
}

/// What the lines of a frame said so far; ranges count from the frame's first byte.
struct SSEFields: Sendable {
    var dataLineCount = 0
    /// The data, if it is a single line.
    var data = 0..<0
    /// The data, if it is several lines (a line feed at least, so never empty then).
    var joinedData: [UInt8] = []
    var name = 0..<0
    var id: Range<Int>?
    var retryMilliseconds: Int?
    /// Whether a line was something other than a comment.
    var hasField = false
}

/// How an event stream ended.
package enum SSEEnd: Sendable {
    /// After a blank line: nothing is missing. Comments may follow.
    case clean
    /// In the middle of an event, which the specification discards: here is what there was of it, the unfinished last
    /// line taken as finished. Its data may be empty.
    case unfinished(SSEEvent)
}
