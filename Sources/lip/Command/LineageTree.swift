import Gateway
import Transport

/// An A-leg's attempts as lines for people, with times that count from its first attempt.
struct LineageTree {
    let text: String

    /// - Parameter attempts: The array that `GET /admin/attempts` answers.
    init(id: String, _ attempts: JSONValue) {
        let rows = Array(attempts.elements)
        let origin = rows.first.flatMap { Self.time($0, "StartedAt") } ?? 0
        var text = "\(id)  \(rows.count == 1 ? "1 attempt" : "\(rows.count) attempts")\n"
        if let first = rows.first {
            text += "started \(Self.string(first, "StartedAt"))"
            let selector = Self.string(first, "Selector")
            text += selector.isEmpty ? "\n" : "  by \(selector)\n"
        }
        for (index, row) in rows.enumerated() {
            let isLast = index == rows.count - 1
            let (branch, margin) = isLast ? ("└─ ", "   ") : ("├─ ", "│  ")
            let start = Self.time(row, "StartedAt") ?? origin
            text += "\(branch)\(Self.integer(row, "Seq") ?? 0)  \(Self.string(row, "BackendID")):"
            text += "\(Self.string(row, "EffectiveModel"))  at +\(Self.span(start - origin))\n"
            text += "\(margin)   \(Self.ending(row, start: start))\n"
            let reason = Self.string(row, "Reason")
            if !reason.isEmpty { text += "\(margin)   \(reason)\n" }
        }
        self.text = text
    }

    /// How an attempt ended, when, and what it consumed.
    private static func ending(_ row: JSONValue, start: Int64) -> String {
        var text = string(row, "Outcome")
        let cause = string(row, "CancellationCause")
        if !cause.isEmpty { text += " (\(cause))" }
        if let status = integer(row, "ProviderStatus") { text += ", provider status \(status)" }
        if row.member("Resent")?.bool == true { text += ", asked twice" }
        if let end = time(row, "FinishedAt") { text += " after \(span(end - start))" }
        if let output = time(row, "FirstOutputAt") { text += ", first output after \(span(output - start))" }
        if let usage = row.member("Usage") {
            text += ", \(integer(usage, "InputTokens") ?? 0) tokens in, \(integer(usage, "OutputTokens") ?? 0) out"
        }
        return text
    }

    /// A field's text, without characters that would move a terminal's cursor: models are named by clients.
    private static func string(_ row: JSONValue, _ name: String) -> String {
        let text = row.member(name)?.string ?? ""
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.isPrintable ? $0 : "\u{FFFD}" }))
    }

    private static func integer(_ row: JSONValue, _ name: String) -> Int? { row.member(name)?.int }

    private static func time(_ row: JSONValue, _ name: String) -> Int64? {
        row.member(name)?.string.flatMap { Timestamp($0) }?.nanoseconds
    }

    /// `0.4 ms`, `12 ms` or `3.2 s`.
    static func span(_ nanoseconds: Int64) -> String {
        func tenths(_ unit: Int64) -> String { "\(nanoseconds / unit).\(nanoseconds % unit * 10 / unit)" }
        if nanoseconds < 10_000_000 { return "\(tenths(1_000_000)) ms" }
        if nanoseconds < 1_000_000_000 { return "\(nanoseconds / 1_000_000) ms" }
        return "\(tenths(1_000_000_000)) s"
    }
}

extension Unicode.Scalar.Properties {
    fileprivate var isPrintable: Bool {
        switch generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: false
        default: true
        }
    }
}
