/// What is publicly known of models: whose they are, how much they take, what they cannot do.
///
/// Immutable; asked through the view of a backend kind (``view(of:)``), since a name means something only to those who
/// serve it.
package struct ModelCatalogue: Sendable, Equatable {
    /// One vendor: a maker of models, or a host of others' under its own names.
    package struct Vendor: Sendable, Equatable {
        package var name: String
        /// The backend kinds that reach its models.
        package var kinds: [String]
        /// What its models lack of which no row says otherwise.
        package var lacking: Capabilities
        package var rows: [Row]

        package init(name: String, kinds: [String], lacking: Capabilities = [], rows: [Row] = []) {
            self.name = name
            self.kinds = kinds
            self.lacking = lacking
            self.rows = rows
        }
    }

    /// What is known of a model, or of all whose names begin alike.
    package struct Row: Sendable, Equatable {
        /// The name, with a `*` at the end where it is a beginning.
        package var pattern: String
        /// In tokens; nil where it is not known.
        package var contextWindow: Int?
        /// The longest answer in tokens; nil where it is not known.
        package var outputTokensMax: Int?
        /// What it is known to lack; nil for what its vendor's models lack.
        package var lacking: Capabilities?

        package init(
            _ pattern: String, contextWindow: Int? = nil, outputTokensMax: Int? = nil, lacking: Capabilities? = nil
        ) {
            self.pattern = pattern
            self.contextWindow = contextWindow
            self.outputTokensMax = outputTokensMax
            self.lacking = lacking
        }
    }

    /// In the order of their text.
    package private(set) var vendors: [Vendor]

    package init(_ vendors: [Vendor] = []) {
        self.vendors = vendors
    }

    /// How many names and beginnings of names it knows.
    package var rowCount: Int { vendors.reduce(0) { $0 + $1.rows.count } }

    /// The catalogue with the rows of another one asked before its own.
    ///
    /// Of a vendor that both have, the other one's kinds count if it names any, and what it says that its models lack
    /// if it says anything; a row for the same pattern takes the place of the one here.
    package func extended(by other: ModelCatalogue) -> ModelCatalogue {
        var result = self
        for vendor in other.vendors {
            guard let place = result.vendors.firstIndex(where: { $0.name == vendor.name }) else {
                result.vendors.append(vendor)
                continue
            }
            var merged = result.vendors[place]
            if !vendor.kinds.isEmpty { merged.kinds = vendor.kinds }
            if !vendor.lacking.isEmpty { merged.lacking = vendor.lacking }
            let replaced = Set(vendor.rows.map(\.pattern))
            merged.rows.removeAll { replaced.contains($0.pattern) }
            merged.rows = vendor.rows + merged.rows
            result.vendors[place] = merged
        }
        return result
    }

    /// What the catalogue says to backends of a kind.
    package func view(of kind: String) -> CatalogueView {
        CatalogueView(vendors.filter { $0.kinds.contains(kind) })
    }
}
