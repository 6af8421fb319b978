/// Reads a stream of Amazon's events (`application/vnd.amazon.eventstream`) that arrives in chunks, split anywhere.
///
/// A message is a prelude (its length, the length of its headers, and a checksum over both), headers, a payload, and a
/// checksum over everything before it; numbers are big-endian. Feed a chunk, then take messages until there is none, then
/// feed the next. Belongs to one task at a time.
/// Source: https://smithy.io/2.0/aws/amazon-eventstream.html.
package struct AmazonEventStreamParser {
    /// The prelude, its checksum included.
    package static let preludeBytes = 12
    /// A message without headers and payload.
    package static let messageBytesMin = 16
    /// Memory beyond this is given back once it is read.
    package static let retainedBytesMax = 64 << 10

    private let limits: AmazonEventStreamLimits
    private var buffer: [UInt8] = []
    /// Bytes of the buffer that were read.
    private var start = 0
    /// The prelude of the message that is being read, once it was checked.
    private var prelude: (length: Int, headerBytes: Int)?
    private var failure: AmazonEventStreamError?

    package init(limits: AmazonEventStreamLimits = .default) {
        self.limits = limits
    }

    /// Whether a message has begun that is not whole.
    package var isInMessage: Bool { start < buffer.count }

    /// Hands over the next bytes of the stream.
    package mutating func feed(_ chunk: [UInt8]) {
        guard failure == nil else { return }
        if start == buffer.count {
            if buffer.capacity > Self.retainedBytesMax {
                buffer = []
            } else {
                buffer.removeAll(keepingCapacity: true)
            }
            start = 0
        } else if start > buffer.count / 2 {
            buffer.removeSubrange(..<start)
            start = 0
        }
        buffer.append(contentsOf: chunk)
    }

    /// The next whole message, nil when more bytes are needed; once it has thrown, it throws the same again.
    package mutating func next() throws(AmazonEventStreamError) -> AmazonEventStreamMessage? {
        if let failure { throw failure }
        do {
            return try read()
        } catch {
            failure = error
            buffer = []
            start = 0
            throw error
        }
    }

    private mutating func read() throws(AmazonEventStreamError) -> AmazonEventStreamMessage? {
        if prelude == nil { prelude = try readPrelude() }
        guard let prelude else { return nil }
        guard buffer.count - start >= prelude.length else { return nil }
        let end = start + prelude.length
        guard CRC32.checksum(buffer[start..<(end - 4)]) == number(at: end - 4) else { throw .checksumMismatch }
        let message = try AmazonEventStreamMessage(buffer[start..<end], headerBytes: prelude.headerBytes)
        start = end
        self.prelude = nil
        return message
    }

    /// The lengths are believed only when their checksum holds, so that no length is waited for that nobody sent.
    private func readPrelude() throws(AmazonEventStreamError) -> (length: Int, headerBytes: Int)? {
        guard buffer.count - start >= Self.preludeBytes else { return nil }
        let (length, headerBytes) = (Int(number(at: start)), Int(number(at: start + 4)))
        guard CRC32.checksum(buffer[start..<(start + 8)]) == number(at: start + 8) else { throw .checksumMismatch }
        guard length >= Self.messageBytesMin, headerBytes <= length - Self.messageBytesMin else {
            throw .malformedLength
        }
        guard length <= limits.messageBytesMax else { throw .messageTooLong(limit: limits.messageBytesMax) }
        guard headerBytes <= limits.headersBytesMax else { throw .headersTooLong(limit: limits.headersBytesMax) }
        return (length, headerBytes)
    }

    private func number(at index: Int) -> UInt32 {
        UInt32(buffer[index]) << 24 | UInt32(buffer[index + 1]) << 16 | UInt32(buffer[index + 2]) << 8
            | UInt32(buffer[index + 3])
    }
}
