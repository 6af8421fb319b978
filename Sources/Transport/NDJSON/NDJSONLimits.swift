/// What a stream of JSON lines may send before it is refused.
package struct NDJSONLimits: Sendable, Equatable {
    /// Length of one line in bytes without its LF, 1 MiB by default.
    package var lineBytesMax: Int

    package init(lineBytesMax: Int = 1 << 20) {
        precondition(lineBytesMax > 0, "the limits of JSON lines must be positive")
        self.lineBytesMax = lineBytesMax
    }

    package static let `default` = NDJSONLimits()
}
