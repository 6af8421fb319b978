/// What a stream of Amazon's events may send before it is refused.
package struct AmazonEventStreamLimits: Sendable, Equatable {
    /// Length of one message in bytes, framing included; 24 MiB by default, the most that Amazon's own clients take.
    package var messageBytesMax: Int
    /// Length of one message's headers in bytes; 128 KiB by default.
    package var headersBytesMax: Int

    package init(messageBytesMax: Int = 24 << 20, headersBytesMax: Int = 128 << 10) {
        precondition(messageBytesMax > 0 && headersBytesMax > 0, "event stream limits must be positive")
        self.messageBytesMax = messageBytesMax
        self.headersBytesMax = headersBytesMax
    }

    package static let `default` = AmazonEventStreamLimits()
}
