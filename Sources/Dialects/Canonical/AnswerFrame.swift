/// One frame of a provider's stream: its bytes for carriage, while the decoder holds its events.
package struct AnswerFrame: Sendable {
    /// The frame as it came, blank line included; empty for the end of the body, which has no frame.
    package let bytes: ArraySlice<UInt8>
    /// Whether it states usage and nothing else.
    package let isUsageOnly: Bool
    /// Whether a client finds usage in it.
    package let statesUsage: Bool
    /// Its number in the stream, in dialects that count their frames.
    package let sequence: Int?
    /// The whole answer as the dialect's unary body, where the frame holds that too: what a client gets that did not
    /// ask for a stream, exact to the byte.
    package let wholeBody: ArraySlice<UInt8>?

    package init(
        bytes: ArraySlice<UInt8>, isUsageOnly: Bool = false, statesUsage: Bool = false, sequence: Int? = nil,
        wholeBody: ArraySlice<UInt8>? = nil
    ) {
        self.sequence = sequence
        self.wholeBody = wholeBody
        self.bytes = bytes
        self.isUsageOnly = isUsageOnly
        self.statesUsage = statesUsage
    }
}
