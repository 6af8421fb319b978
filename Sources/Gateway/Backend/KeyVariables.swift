extension BackendKind.KeyVariables {
    /// The largest number looked for.
    package static let numberMax = 32

    /// The variables that hold a key, in order: the bare name, then the numbered ones up to the first gap.
    ///
    /// Where the numbers begin with 1, a missing 1 is no gap. Blank values count as missing, repeated values once.
    package func lookUp(_ variable: (String) -> String?) -> [(name: String, value: String)] {
        var found: [(name: String, value: String)] = []
        func take(_ name: String) -> Bool {
            guard let value = variable(name).map(Self.trimmed), !value.isEmpty else { return false }
            if !found.contains(where: { $0.value == value }) { found.append((name, value)) }
            return true
        }
        _ = take(root)
        for number in firstNumber...Self.numberMax {
            if !take("\(root)_\(number)"), number != 1 { break }
        }
        return found
    }

    private static func trimmed(_ text: String) -> String {
        let isBlank: (Character) -> Bool = { $0.isWhitespace }
        guard let start = text.firstIndex(where: { !isBlank($0) }), let end = text.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(text[start...end])
    }
}
