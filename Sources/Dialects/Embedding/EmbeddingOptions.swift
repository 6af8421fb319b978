/// What a client asks of the vectors of its inputs, in no protocol's terms.
package struct EmbeddingOptions: Sendable, Equatable {
    /// How a vector is written in JSON.
    package enum Encoding: Sendable, Equatable {
        /// An array of numbers.
        case numbers
        /// Little-endian 32-bit floats in base64.
        case base64
    }

    package var encoding: Encoding
    /// How many components a vector is to have; nil leaves it to the model.
    package var dimensions: Int?
    /// Whether the inputs came as a list: the answer then is one, too.
    package var isBatch: Bool
    /// The first input that is a list of token ids, as a path in the client's spelling: only OpenAI's own models take them.
    package var tokenIDs: String?
    /// The first input that is no text, as a path in the client's spelling.
    package var media: String?
    /// What the options of single inputs differ in, as a path in the client's spelling: other protocols have one for all.
    package var differing: String?
    /// Options without a counterpart in other protocols, as paths in the client's spelling and order.
    package var foreign: [String]

    package init(
        encoding: Encoding = .numbers, dimensions: Int? = nil, isBatch: Bool = true, tokenIDs: String? = nil,
        media: String? = nil, differing: String? = nil, foreign: [String] = []
    ) {
        self.encoding = encoding
        self.dimensions = dimensions
        self.isBatch = isBatch
        self.tokenIDs = tokenIDs
        self.media = media
        self.differing = differing
        self.foreign = foreign
    }
}
