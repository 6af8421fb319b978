/// How much the models behind legs take, as far as it is known: what a configuration declares, else what the catalogue
/// says.
package struct ContextWindows: Sendable {
    /// Nothing is known of any leg.
    package static let none = ContextWindows()

    private var declared: [LegID: Int]
    private var catalogue: [String: CatalogueView]

    /// - Parameters:
    ///   - declared: In tokens.
    ///   - catalogue: The catalogue's view of each backend's kind, by the backend's id.
    package init(_ declared: [LegID: Int] = [:], catalogue: [String: CatalogueView] = [:]) {
        self.declared = declared
        self.catalogue = catalogue.filter { !$0.value.isEmpty }
    }

    /// Whether nothing is known.
    package var isEmpty: Bool { declared.isEmpty && catalogue.isEmpty }

    /// The window of a leg in tokens; nil where it is not known.
    package subscript(leg: LegID) -> Int? {
        declared[leg] ?? catalogue[leg.backend]?[leg.model]?.contextWindow
    }
}
