/// One parameter of a leaf's query, with every value that was written for it.
package struct QueryParameter: Sendable, Equatable {
    /// The decoded name; what is not UTF-8 is shown with replacement characters.
    package let name: String
    /// The decoded values in written order, never empty; the first one counts.
    package let values: [String]

    package init(name: String, values: [String]) {
        self.name = name
        self.values = values
    }

    package var first: String { values[0] }
}
