/// How large a call may be, beyond the limits of the JSON that carries it.
package struct CallLimits: Sendable {
    /// Messages of a conversation.
    package var messageCountMax = 4096
    /// Items of a conversation in dialects that make each tool call and result one.
    package var itemCountMax = 16384
    /// Parts of one message.
    package var partCountMax = 2048
    /// Tools that a call declares.
    package var toolCountMax = 2048
    /// Tool calls of one message.
    package var toolCallCountMax = 2048
    /// A tool's name, in bytes.
    package var toolNameBytesMax = 256
    /// The model's name, in bytes; a route selector may stand there.
    package var modelBytesMax = 64 * 1024
    /// Alternatives that a call may ask for.
    package var choiceCountMax = 128
    /// Sequences that end the output.
    package var stopCountMax = 64
    /// Inputs of one request for embeddings; OpenAI's own bound.
    package var embeddingInputCountMax = 2048

    package init() {}

    /// The limits used when nothing else is said.
    package static let standard = CallLimits()
}
