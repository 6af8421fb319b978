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

        guard let selector = keeping({ table.lacking($0, of: hard).isEmpty }) else {
            throw Failure(
                .invalidRequest, "missing required capabilities: \(lacking.names.joined(separator: ", "))",
                side: .client, code: "unsupported_parameter")
        }
        return selector
    }
}
