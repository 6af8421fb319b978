/// What an event stream may send before it is refused.
package struct SSELimits: Sendable, Equatable {
    /// Length of one line in bytes without its end, 16 MiB by default.
    package var lineBytesMax: Int
    /// Length of one frame in bytes without its blank line, 16 MiB by default.
    package var eventBytesMax: Int

    package init(lineBytesMax: Int = 16 << 20, eventBytesMax: Int = 16 << 20) {
        precondition(lineBytesMax > 0 && eventBytesMax > 0, "event stream limits must be positive")
        self.lineBytesMax = lineBytesMax
        self.eventBytesMax = eventBytesMax
    }

    package static let `default` = SSELimits()
}
