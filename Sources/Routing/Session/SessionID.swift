import Runtime

/// The name of a session: one that lip issued (`s_` and 32 lower-case hexadecimal digits), or one that the client chose.
package enum SessionID: Hashable, Sendable, CustomStringConvertible {
    /// The longest name that a client may choose, in bytes of UTF-8.
    package static let chosenBytesMax = 256
    private static let prefix: StaticString = "s_"

    /// Drawn by lip; worth nothing without its token.
    case issued(RandomID)
    /// A client's own name for its conversation; means something beside its principal only.
    case chosen(String)

    /// Draws a new id.
    package init(from generator: inout XoshiroGenerator) {
        self = .issued(RandomID(from: &generator))
    }

    /// Reads a name: in the form of `description` one that lip issued, in any other form one that a client chose.
    package init(_ text: String) {
        if let number = RandomID(text, after: Self.prefix) {
            self = .issued(number)
        } else {
            self = .chosen(text)
        }
    }

    package var description: String {
        switch self {
        case .issued(let number): number.text(after: Self.prefix)
        case .chosen(let text): text
        }
    }
}
