import Glibc

/// Cuts a stream of JSON lines (NDJSON) that arrives in chunks, split anywhere, into its lines.
///
/// Lines end with LF or CRLF; blank ones are passed over, and the last one needs no end. Feed a chunk, then take lines
/// until there is none, then feed the next. What the lines hold is not looked at. Belongs to one task at a time.
/// Source: https://github.com/ndjson/ndjson-spec, sections 3.1 and 3.2.
package struct NDJSONParser {
    /// Memory beyond this is given back once it is read.
    package static let retainedBytesMax = 64 << 10

    private let limits: NDJSONLimits
    private var buffer: [UInt8] = []
    /// The first byte of the line that is being read.
    private var start = 0
    /// Bytes before this are known to hold no end of that line.
    private var scanned = 0
    private var hasEnded = false
    private var failure: NDJSONError?

    package init(limits: NDJSONLimits = .default) {
        self.limits = limits
    }

    /// Hands over the next bytes of the stream.
    package mutating func feed(_ chunk: [UInt8]) {
        guard failure == nil, !hasEnded else { return }
        if start == buffer.count {
            if buffer.capacity > Self.retainedBytesMax {
                buffer = []
            } else {
                buffer.removeAll(keepingCapacity: true)
            }
            scanned = 0
            start = 0
        } else if start > buffer.count / 2 {
            buffer.removeSubrange(..<start)
            scanned -= start
            start = 0
        }
        buffer.append(contentsOf: chunk)
    }

    /// Tells that the stream is complete: what is left is its last line.
    package mutating func finish() {
        hasEnded = true
    }

    /// The next line without its end, nil when more bytes are needed; once it has thrown, it throws the same again.
    ///
    /// The slice shares the parser's buffer: drop it before the next bytes are fed, or they are copied.
    package mutating func next() throws(NDJSONError) -> ArraySlice<UInt8>? {
        if let failure { throw failure }
        while let line = try nextLine() {
            if line.contains(where: { $0 != 0x20 && $0 != 0x09 }) { return line }
        }
        return nil
    }

    private mutating func nextLine() throws(NDJSONError) -> ArraySlice<UInt8>? {
        let end = lineEnd
        // The LF alone is left out of the count: whether a CR belongs to the end is not known before it comes.
        guard (end ?? buffer.count) - start <= limits.lineBytesMax else {
            let error = NDJSONError.lineTooLong(limit: limits.lineBytesMax)
            failure = error
            buffer = []
            throw error
        }
        guard let end = end ?? (hasEnded && start < buffer.count ? buffer.count : nil) else {
            scanned = buffer.count
            return nil
        }
        var line = buffer[start..<end]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        start = min(end + 1, buffer.count)
        scanned = start
        return line
    }

    /// The position of the first LF at or after `scanned`.
    private var lineEnd: Int? {
        buffer.withUnsafeBytes { bytes in
            guard scanned < bytes.count, let base = bytes.baseAddress else { return nil }
            return memchr(base + scanned, CInt(UInt8(ascii: "\n")), bytes.count - scanned).map {
                UnsafeRawPointer($0) - base
            }
        }
    }
}
