import Runtime

/// The name of a B-leg, one attempt at a provider: `b_` and 32 lower-case hexadecimal digits.
package struct BLegID: Hashable, Sendable, CustomStringConvertible {
    private static let prefix: StaticString = "b_"

    private let number: RandomID

    /// Draws a new id.
    package init(from generator: inout XoshiroGenerator) {
        number = RandomID(from: &generator)
    }

    /// Reads an id as `description` writes it; nil for anything else.
    package init?(_ text: String) {
        guard let number = RandomID(text, after: Self.prefix) else { return nil }
        self.number = number
    }

    package var description: String { number.text(after: Self.prefix) }
}
