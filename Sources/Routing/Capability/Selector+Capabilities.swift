import Dialects

extension Capabilities {
    /// The answer (400) to a call that needs these where no leg has them.
    package var refusal: Failure {
        Failure(
            .invalidRequest, "missing required capabilities: \(names.joined(separator: ", "))", side: .client,
            code: "unsupported_parameter")
    }
}

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
            throw lacking.refusal
        }
        return selector
    }
}
