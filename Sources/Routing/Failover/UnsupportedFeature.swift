/// A part of the selector language that the gateway cannot serve yet.
package struct UnsupportedFeature: Sendable, Equatable {
    /// What it is, for a message: `{affinity=…}`.
    package let name: String
    /// Where it stands: the column of its leaf, 1 for what the block in front sets.
    package let column: Int

    /// The first part of a selector that ``FailoverPlan`` does not know; nil if it knows all of it.
    package init?(in selector: Selector) {
        guard let (name, column) = Self.first(in: selector) else { return nil }
        self.name = name
        self.column = column
    }

    private static func first(in selector: Selector) -> (String, Int)? {
        if selector.global.affinity != nil { return ("{affinity=…}", 1) }
        return nil
    }
}
