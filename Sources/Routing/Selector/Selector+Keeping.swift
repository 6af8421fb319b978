extension Selector {
    /// The selector with these legs only, which take their part as before; nil where none is left.
    ///
    /// Each leg is asked about once.
    package func keeping(_ isKept: (Leaf) -> Bool) -> Selector? {
        var selector = self
        selector.arms = arms.compactMap { arm in
            var arm = arm
            arm.legs.removeAll { !isKept($0) }
            guard !arm.legs.isEmpty else { return nil }
            if arm.kind == .race, arm.legs.count == 1 {
                // A head start over nobody.
                arm.kind = .single
                arm.legs[0].handicap = nil
            }
            return arm
        }
        return selector.arms.isEmpty ? nil : selector
    }
}
