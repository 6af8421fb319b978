import Dialects

extension Selector {
    /// The selector without the legs that cannot do what a call needs, which then take part in nothing.
    ///
    /// What a call can do without (``Capabilities/soft``) keeps no leg out.
    ///
    /// - Throws: That no leg is left.
    package func servable(
        _ required: Capabilities, by table: CapabilityTable
    ) throws(Failure) -> Selector {
        let hard = required.subtracting(.soft)
        guard !hard.isEmpty, !table.isEmpty else { return self }
        var lacking: Capabilities = []
        for leaf in leaves { lacking.formUnion(table.lacking(leaf, of: hard)) }
        guard !lacking.isEmpty else { return self }

        var selector = self
        selector.arms = arms.compactMap { arm in
            var arm = arm
            arm.legs.removeAll { !table.lacking($0, of: hard).isEmpty }
            guard !arm.legs.isEmpty else { return nil }
            if arm.kind == .race, arm.legs.count == 1 {
                // A head start over nobody.
                arm.kind = .single
                arm.legs[0].handicap = nil
            }
            return arm
        }
        guard !selector.arms.isEmpty else {
            throw Failure(
                .invalidRequest, "missing required capabilities: \(lacking.names.joined(separator: ", "))",
                side: .client, code: "unsupported_parameter")
        }
        return selector
    }
}
