import Transport

/// Reads the members of one JSON object of a script, and refuses those that nobody asked for.
struct ObjectReader {
    private let value: JSONValue
    private let path: String
    private var known: Set<String> = []

    init(_ value: JSONValue, path: String) throws(ScriptError) {
        guard value.kind == .object else { throw ScriptError(path: path, problem: "must be an object") }
        self.value = value
        self.path = path
    }

    func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    private mutating func take<Result>(
        _ key: String, _ expected: String, _ read: (JSONValue) -> Result?
    ) throws(ScriptError) -> Result? {
        known.insert(key)
        guard let member = value.member(key) else { return nil }
        guard let result = read(member) else { throw ScriptError(path: path(of: key), problem: "must be \(expected)") }
        return result
    }

    mutating func value(_ key: String) throws(ScriptError) -> JSONValue? { try take(key, "") { $0 } }
    mutating func string(_ key: String) throws(ScriptError) -> String? { try take(key, "a string") { $0.string } }
    mutating func bool(_ key: String) throws(ScriptError) -> Bool? { try take(key, "true or false") { $0.bool } }

    mutating func count(_ key: String) throws(ScriptError) -> Int? {
        try take(key, "a whole number from 0") { value in value.int.flatMap { $0 >= 0 ? $0 : nil } }
    }

    mutating func milliseconds(_ key: String) throws(ScriptError) -> Duration? {
        try take(key, "milliseconds from 0") { value in
            value.double.flatMap { $0 >= 0 && $0 < 1e9 ? .microseconds(Int64($0 * 1000)) : nil }
        }
    }

    /// One string, or a list of strings.
    mutating func strings(_ key: String) throws(ScriptError) -> [String]? {
        try take(key, "a string or a list of strings") { Self.strings($0) }
    }

    /// One count, or a list of them.
    mutating func counts(_ key: String) throws(ScriptError) -> [Int]? {
        try take(key, "a number or a list of numbers") { value in
            if let one = value.int { return [one] }
            guard value.kind == .array else { return nil }
            let numbers = value.elements.map(\.int)
            return numbers.contains(nil) ? nil : numbers.compactMap { $0 }
        }
    }

    /// An object whose members are strings or lists of strings, as (name, value) pairs.
    mutating func fields(_ key: String) throws(ScriptError) -> [(name: String, value: String)]? {
        try take(key, "an object of strings") { value in
            guard value.kind == .object else { return nil }
            var fields: [(name: String, value: String)] = []
            for member in value.members {
                guard let name = member.key.string, let values = Self.strings(member.value) else { return nil }
                for value in values { fields.append((name, value)) }
            }
            return fields
        }
    }

    /// One of a closed set of words.
    mutating func word<Word: RawRepresentable<String>>(
        _ key: String, of type: Word.Type
    ) throws(ScriptError) -> Word? {
        try take(key, "a known word") { $0.string.flatMap(Word.init(rawValue:)) }
    }

    /// Throws when the object has a member that was not read.
    func finish() throws(ScriptError) {
        for member in value.members {
            guard let name = member.key.string, !known.contains(name) else { continue }
            throw ScriptError(path: path(of: name), problem: "unknown member")
        }
    }

    private static func strings(_ value: JSONValue) -> [String]? {
        if let one = value.string { return [one] }
        guard value.kind == .array else { return nil }
        let texts = value.elements.map(\.string)
        return texts.contains(nil) ? nil : texts.compactMap { $0 }
    }
}
