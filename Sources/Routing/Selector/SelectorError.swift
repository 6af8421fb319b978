/// Why a text is no selector.
package struct SelectorError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, in the words of the selector language's reference; safe to show to a client.
    package let detail: String
    /// Where it is wrong: 1-based, counted in Unicode scalars; one past the end where something is missing there.
    package let column: Int

    package init(detail: String, column: Int) {
        self.detail = detail
        self.column = column
    }

    package var description: String { "routing: invalid route selector: \(detail)" }
}
