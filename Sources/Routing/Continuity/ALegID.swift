import Runtime

/// The name of an A-leg, a client's conversation: `a_` and 32 lower-case hexadecimal digits.
package struct ALegID: Hashable, Sendable, CustomStringConvertible {
    private static let prefix = "a_"

    private let number: RandomID

    /// Draws a new id.
    package init(from generator: inout XoshiroGenerator) {
        number = RandomID(from: &generator)
    }

    /// Reads an id as `description` writes it; nil for anything else.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.prefix), let number = RandomID(text.utf8.dropFirst(Self.prefix.utf8.count)) else {
            return nil
        }
        self.number = number
    }

    package var description: String { Self.prefix + number.description }
}
