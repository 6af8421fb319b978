/// What the catalogue knows of the models that backends of one kind serve.
///
/// Immutable. A look-up costs a hash and, where no exact name is known, a comparison with each beginning of a name.
package struct CatalogueView: Sendable {
    /// What is known of one model.
    package struct Entry: Sendable, Equatable {
        package let vendor: String
        /// The pattern that matched.
        package let pattern: String
        /// In tokens; nil where it is not known.
        package let contextWindow: Int?
        /// The longest answer in tokens; nil where it is not known.
        package let outputTokensMax: Int?
        /// What it is known to lack.
        package let lacking: Capabilities
    }

    private var names: [String: Entry] = [:]
    /// The longest first.
    private var beginnings: [(text: String, entry: Entry)] = []

    /// A pattern that several vendors have belongs to the first of them.
    init(_ vendors: [ModelCatalogue.Vendor]) {
        var known: Set<String> = []
        for vendor in vendors {
            for row in vendor.rows where known.insert(row.pattern).inserted {
                let entry = Entry(
                    vendor: vendor.name, pattern: row.pattern, contextWindow: row.contextWindow,
                    outputTokensMax: row.outputTokensMax, lacking: row.lacking ?? vendor.lacking)
                if row.pattern.hasSuffix("*") {
                    beginnings.append((String(row.pattern.dropLast()), entry))
                } else {
                    names[row.pattern] = entry
                }
            }
        }
        beginnings.sort { $0.text.utf8.count > $1.text.utf8.count }
    }

    package var isEmpty: Bool { names.isEmpty && beginnings.isEmpty }

    /// What is known of a model: by its exact name, else by the longest beginning of it; nil where nothing is.
    package subscript(model: String) -> Entry? {
        if let entry = names[model] { return entry }
        return beginnings.first { model.hasPrefix($0.text) }?.entry
    }
}
