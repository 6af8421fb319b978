/// What a JSON document may cost before it is refused.
package struct JSONLimits: Sendable, Equatable {
    /// Length of the document in bytes, 64 MiB by default and at most 2 GiB.
    package var documentBytesMax: Int
    /// Objects and arrays within each other, 128 by default.
    package var nestingDepthMax: Int
    /// Values and member names together, 1,000,000 by default and at most 16,777,215.
    package var nodesMax: Int

    package init(
        documentBytesMax: Int = 64 << 20,
        nestingDepthMax: Int = 128,
        nodesMax: Int = 1_000_000
    ) {
        precondition((1...(1 << 31)).contains(documentBytesMax), "documentBytesMax is out of range")
        precondition((1...65_536).contains(nestingDepthMax), "nestingDepthMax is out of range")
        precondition((1...0xFF_FFFF).contains(nodesMax), "nodesMax is out of range")
        self.documentBytesMax = documentBytesMax
        self.nestingDepthMax = nestingDepthMax
        self.nodesMax = nodesMax
    }

    package static let `default` = JSONLimits()
}
