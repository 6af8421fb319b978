/// A part of the selector language that the gateway cannot serve yet.
package struct UnsupportedFeature: Sendable, Equatable {
    /// What it is, for a message: `races ('!')`.
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
        if selector.global.ttftTimeout != nil { return ("{ttft_timeout=N}", 1) }
        if selector.global.affinity != nil { return ("{affinity=…}", 1) }
        for arm in selector.arms {
            switch arm.kind {
            case .weighted: return ("weighted arms ('^', [weight=N], [first])", arm.legs[0].column)
            case .race: return ("races ('!')", arm.legs[0].column)
            case .single: break
            }
            for leaf in arm.legs {
                if leaf.ttftTimeout != nil { return ("[ttft_timeout=N]", leaf.column) }
                if leaf.minContext != nil { return ("[min_context=N]", leaf.column) }
                if leaf.maxContext != nil { return ("[max_context=N]", leaf.column) }
            }
        }
        return nil
    }
}
