/// A seal or sealed block of one dialect, in the hands of a client that speaks another.
///
/// Clients give seals back as they got them. So where lip shows reasoning of one dialect in another, it marks the seal with
/// its issuer, and knows it again when the conversation returns: it goes back to the dialect that issued it, and to no other.
package struct ReasoningSeal: Sendable, Equatable {
    /// The dialect that made the seal.
    package var issuer: DialectID
    /// The seal, or the source text of a sealed block.
    package var text: String

    private static let prefix = "lip1:"

    package init(issuer: DialectID, text: String) {
        self.issuer = issuer
        self.text = text
    }

    /// Reads a seal that a client of `dialect` sent: a marked one, else one of that dialect's own.
    package init(_ text: String, sentIn dialect: DialectID) {
        if let marked = Self.marked(text) {
            self = marked
        } else {
            self.init(issuer: dialect, text: text)
        }
    }

    /// The seal as a client of `dialect` gets it.
    package func shown(in dialect: DialectID) -> String {
        issuer == dialect ? text : "\(Self.prefix)\(issuer.rawValue):\(text)"
    }

    private static func marked(_ text: String) -> ReasoningSeal? {
        guard text.utf8.starts(with: prefix.utf8) else { return nil }
        let rest = text.utf8.dropFirst(prefix.utf8.count)
        guard let colon = rest.firstIndex(of: UInt8(ascii: ":")),
            let issuer = DialectID(rawValue: String(decoding: rest[..<colon], as: UTF8.self))
        else { return nil }
        return ReasoningSeal(issuer: issuer, text: String(decoding: rest[rest.index(after: colon)...], as: UTF8.self))
    }
}
