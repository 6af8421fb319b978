import Runtime

extension Selector {
    /// The selector in one plain spelling; parsing it gives an equal selector, if this one was parsed too.
    ///
    /// A leaf that was made from a model name as it is may hold signs that no spelling can express.
    package var canonicalText: String {
        var text = ""
        var globals: [String] = []
        if let timeout = global.ttftTimeout { globals.append("ttft_timeout=\(timeout.annotationText)") }
        if let affinity = global.affinity { globals.append("affinity=\(affinity.rawValue)") }
        if !globals.isEmpty { text += "{\(globals.joined(separator: ","))}" }
        text += arms.map(\.canonicalText).joined(separator: "|")
        return text
    }
}

extension Arm {
    /// The arm as it stands between two `|`.
    fileprivate var canonicalText: String {
        switch kind {
        case .single: legs[0].canonicalText(weighted: false)
        case .race: legs.map { $0.canonicalText(weighted: false) }.joined(separator: "!")
        case .weighted where legs.count == 1: legs[0].canonicalText(weighted: true)
        case .weighted:
            legs.map { leg in
                // A name that begins with a brace would be read as a global block if no annotation stood before it.
                leg.canonicalText(weighted: leg.weight != 1 || leg.backend?.utf8.first == UInt8(ascii: "{"))
            }.joined(separator: "^")
        }
    }
}

extension Leaf {
    fileprivate func canonicalText(weighted: Bool) -> String {
        var annotations: [String] = []
        if first { annotations.append("first") }
        if weighted, weight != 1 || !first { annotations.append("weight=\(weight)") }
        if let handicap { annotations.append("handicap=\(handicap.annotationText)") }
        if let ttftTimeout { annotations.append("ttft_timeout=\(ttftTimeout.annotationText)") }
        if let minContext { annotations.append("min_context=\(minContext)") }
        if let maxContext { annotations.append("max_context=\(maxContext)") }

        var text = annotations.isEmpty ? "" : "[\(annotations.joined(separator: ","))]"
        if let backend {
            text += "\(backend):"
        } else if model.utf8.contains(UInt8(ascii: ":")) || model.utf8.first.map(Self.opensBlock) == true {
            text += ":"
        }
        text += model
        if !canonicalQuery.isEmpty { text += "?\(canonicalQuery)" }
        return text
    }

    private static func opensBlock(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{")
    }

    /// The query, escaped but for the brackets that close or open those of the path.
    ///
    /// Separators count only outside of brackets, in names and queries alike. Where a name's brackets do not match, its
    /// query must have made up for them, or the leaf could not have ended where it did.
    private var canonicalQuery: String {
        var depth = 0
        for byte in "\(backend ?? ""):\(model)".utf8 {
            if byte == UInt8(ascii: "[") { depth += 1 }
            if byte == UInt8(ascii: "]") { depth -= 1 }
        }
        guard depth != 0 else { return encodedQuery }
        let (escaped, plain) = depth > 0 ? ("%5D", "]") : ("%5B", "[")
        var pieces = encodedQuery.split(separator: escaped, omittingEmptySubsequences: false)[...]
        var query = String(pieces.removeFirst())
        var missing = abs(depth)
        for piece in pieces {
            query += missing > 0 ? plain : escaped
            query += piece
            missing -= 1
        }
        return query
    }
}

extension Duration {
    /// The duration in the shortest spelling that an annotation takes without loss.
    fileprivate var annotationText: String {
        let nanoseconds = wholeNanoseconds
        if nanoseconds % 1_000_000_000 == 0 { return "\(nanoseconds / 1_000_000_000)" }
        if nanoseconds % 1_000_000 == 0 { return "\(nanoseconds / 1_000_000)ms" }
        let fraction = "\(1_000_000_000 + nanoseconds % 1_000_000_000)".dropFirst()
        let digits = fraction.reversed().drop { $0 == "0" }.reversed()
        return "\(nanoseconds / 1_000_000_000).\(String(digits))s"
    }
}
