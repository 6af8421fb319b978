/// One frame of a provider's stream: its bytes for carriage, while the decoder holds its events.
package struct AnswerFrame: Sendable {
    /// The frame as it came, blank line included; empty for the end of the body, which has no frame.
    package let bytes: ArraySlice<UInt8>
    /// Whether it states usage and nothing else.
    package let isUsageOnly: Bool
    /// Whether a client finds usage in it.
    package let statesUsage: Bool

    package init(bytes: ArraySlice<UInt8>, isUsageOnly: Bool = false, statesUsage: Bool = false) {
        self.bytes = bytes
        self.isUsageOnly = isUsageOnly
        self.statesUsage = statesUsage
    }
}
