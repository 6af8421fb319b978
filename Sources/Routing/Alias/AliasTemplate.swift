/// A replacement with references to a pattern's groups: `$1`, `${1}`, `${name}`, and `$$` for the sign itself.
///
/// A reference without braces takes as many letters, digits and underscores as follow: `$1x` names a group `1x`. What
/// names no group stands for nothing; a `$` that begins no reference stands for itself.
struct AliasTemplate: Sendable {
    enum Part: Sendable {
        case text([UInt8])
        case group(Int)
    }

    private(set) var parts: [Part] = []

    init(_ template: String, for pattern: AliasPattern) {
        let scalars = Array(template.unicodeScalars)
        var literal = String.UnicodeScalarView()
        var offset = 0
        while offset < scalars.count {
            guard scalars[offset] == "$" else {
                literal.append(scalars[offset])
                offset += 1
                continue
            }
            if offset + 1 < scalars.count, scalars[offset + 1] == "$" {
                literal.append("$")
                offset += 2
            } else if let (name, end) = Self.reference(in: scalars, at: offset) {
                append(&literal)
                if let group = Self.group(name, of: pattern) { parts.append(.group(group)) }
                offset = end
            } else {
                literal.append("$")
                offset += 1
            }
        }
        append(&literal)
    }

    private mutating func append(_ literal: inout String.UnicodeScalarView) {
        guard !literal.isEmpty else { return }
        parts.append(.text(Array(String(literal).utf8)))
        literal = String.UnicodeScalarView()
    }

    private static func reference(in scalars: [Unicode.Scalar], at dollar: Int) -> (name: String, end: Int)? {
        var start = dollar + 1
        let isBraced = start < scalars.count && scalars[start] == "{"
        if isBraced { start += 1 }
        let end = scalars[start...].firstIndex { !isNamePart($0) } ?? scalars.count
        guard start < end else { return nil }
        let name = String(String.UnicodeScalarView(scalars[start..<end]))
        guard isBraced else { return (name, end) }
        return end < scalars.count && scalars[end] == "}" ? (name, end + 1) : nil
    }

    private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        if scalar == "_" { return true }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber:
            return true
        default:
            return false
        }
    }

    /// The group of a decimal number without leading zeros, or of a name.
    private static func group(_ name: String, of pattern: AliasPattern) -> Int? {
        let isNumber = name.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        if isNumber, name == "0" || name.utf8.first != UInt8(ascii: "0") {
            return Int(name).flatMap { $0 <= pattern.groupCount ? $0 : nil }
        }
        return pattern.group(named: name)
    }
}
