/// How one provider's embeddings differ from OpenAI's own.
package enum OpenAIEmbeddingsFlavor: Sendable, Equatable {
    /// OpenAI, and the servers that follow it.
    case openAI
    /// Mistral: text only, `output_dimension`, and no member that it does not know
    /// (https://docs.mistral.ai/api/endpoint/embeddings).
    case mistral

    /// Whether inputs may be token ids.
    package var takesTokenIDs: Bool { self == .openAI }

    /// The member that says how many components a vector has.
    var dimensionsMember: String { self == .openAI ? "dimensions" : "output_dimension" }

    /// The members that are known where others are refused; nil where others are let be.
    var knownMembers: Set<String>? {
        switch self {
        case .openAI: nil
        case .mistral:
            ["model", "input", "encoding_format", "dimensions", "output_dimension", "output_dtype", "metadata"]
        }
    }
}
