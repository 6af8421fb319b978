/// Bounds on a YAML document, so that a hostile or broken one is refused instead of filling the memory.
struct YAMLLimits: Sendable {
    /// The whole text, in bytes.
    var documentBytesMax = 4 << 20
    /// Collections inside each other, aliases followed.
    var depthMax = 64
    /// Nodes of the document with every alias expanded.
    var nodeCountMax = 100_000
}

/// A text that is not a usable YAML document: where and why.
struct YAMLError: Error, Hashable {
    var message: String
    var mark: YAMLMark
}
