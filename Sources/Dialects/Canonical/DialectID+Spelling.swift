/// How dialects spell what the canonical model has one name for, where a path is put together from the outside.
extension DialectID {
    /// The path, below a part, of how closely an image is to be looked at.
    var imageDetail: String { self == .openAIChat ? "image_url.detail" : "detail" }

    /// The member in which a tool call carries its provider's seal.
    var callSeal: String { self == .gemini ? "thoughtSignature" : "signature" }
}
