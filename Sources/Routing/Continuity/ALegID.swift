import Runtime

/// The name of an A-leg, a client's conversation: `a_` and 32 lower-case hexadecimal digits.
package struct ALegID: Hashable, Sendable, CustomStringConvertible {
    private static let prefix: StaticString = "a_"

    private let number: RandomID

    /// Draws a new id: 48 bits of the time in milliseconds, then 80 random ones.
    ///
    /// The time goes first so that the latest A-legs stand beside each other in the indexes of a file: with ids in no order,
    /// each would change pages of its own (measured with 100,000 of them: 30 to 40 µs a turn instead of 8).
    ///
    /// - Parameter time: In nanoseconds since the Unix epoch.
    package init(from generator: inout XoshiroGenerator, at time: Int64 = WallClock.now()) {
        var number = RandomID(from: &generator)
        number.high = (UInt64(max(time, 0)) / 1_000_000) << 16 | (number.high & 0xFFFF)
        self.number = number
    }

    /// Reads an id as `description` writes it; nil for anything else.
    package init?(_ text: String) {
        guard let number = RandomID(text, after: Self.prefix) else { return nil }
        self.number = number
    }

    package var description: String { number.text(after: Self.prefix) }
}
