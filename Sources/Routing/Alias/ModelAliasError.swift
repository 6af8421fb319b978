/// Why a line of `model_aliases` cannot be used.
package struct ModelAliasError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The part of the line that is wrong.
    package enum Field: String, Sendable {
        case pattern, replacement
    }

    /// The line, counted from 0.
    package let rule: Int
    package let field: Field
    /// The whole message, with the line's place in the configuration.
    package let description: String

    init(emptyIn field: Field, ofRule rule: Int) {
        self.rule = rule
        self.field = field
        description = "model_aliases[\(rule)]: empty \(field.rawValue)"
    }

    init(_ problem: String, in field: Field, ofRule rule: Int) {
        self.rule = rule
        self.field = field
        description = "model_aliases[\(rule)].\(field.rawValue): \(problem)"
    }
}
