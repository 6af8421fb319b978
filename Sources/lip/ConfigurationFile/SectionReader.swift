import Runtime

/// Reads the members of one mapping of the file; every member that nobody asked for is an unknown key.
///
/// Reading a member that is absent, or wrong (which is reported), leaves the default in place. Call ``finish()`` last.
final class SectionReader {
    let context: ReadingContext
    let path: String
    let mark: YAMLMark
    private let members: [(key: String, keyMark: YAMLMark, value: YAMLNode)]
    private var known: [String] = []

    /// Takes the members apart, reporting keys that are no text and keys that stand twice.
    init(_ pairs: [YAMLPair], path: String, mark: YAMLMark, context: ReadingContext) {
        self.context = context
        self.path = path
        self.mark = mark
        var members: [(key: String, keyMark: YAMLMark, value: YAMLNode)] = []
        for pair in pairs {
            guard case .scalar(let scalar) = pair.key.content, !pair.key.isNull else {
                context.log.error(
                    "a key must be text, found \(pair.key.kindDescription)", path: path, at: pair.key.mark)
                continue
            }
            if let first = members.first(where: { $0.key == scalar.text }) {
                context.log.error(
                    "the key \(quoted(scalar.text)) stands twice, first in line \(first.keyMark.line)", path: path,
                    at: pair.key.mark)
                continue
            }
            members.append((scalar.text, pair.key.mark, pair.value))
        }
        self.members = members
    }

    // MARK: Members

    /// The names of all members, in order, for mappings whose keys are the user's own.
    var keys: [(name: String, mark: YAMLMark)] { members.map { ($0.key, $0.keyMark) } }

    func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// The member's node; nil when absent.
    func node(_ key: String) -> YAMLNode? {
        if !known.contains(key) { known.append(key) }
        return members.first { $0.key == key }?.value
    }

    /// Where the member's key stands.
    func keyMark(_ key: String) -> YAMLMark? {
        members.first { $0.key == key }?.keyMark
    }

    /// Reports every member that was not asked for; `hints` tells what to do about names known from elsewhere.
    func finish(hints: [String: String] = [:]) {
        for member in members where !known.contains(member.key) {
            context.log.error(
                "unknown key \(quoted(member.key))", path: path, at: member.keyMark,
                suggestion: hints[member.key] ?? Suggestion.didYouMean(member.key, among: known))
        }
    }

    // MARK: Collections

    /// A mapping inside this one; nil when absent or empty, which means all defaults.
    func section(_ key: String) -> SectionReader? {
        guard let node = node(key), !node.isNull else { return nil }
        guard case .mapping(let pairs) = node.content else {
            context.wrong(node, path: path(of: key), expected: "a mapping")
            return nil
        }
        return SectionReader(pairs, path: path(of: key), mark: node.mark, context: context)
    }

    /// The items of a list with their paths; nil when absent or nothing.
    func list(_ key: String) -> [(path: String, node: YAMLNode)]? {
        guard let node = node(key), !node.isNull else { return nil }
        guard case .sequence(let items) = node.content else {
            let isMapping = if case .mapping = node.content { true } else { false }
            context.wrong(
                node, path: path(of: key), expected: "a list",
                suggestion: isMapping
                    ? "begin each item with a dash and a blank" : "write it in brackets, as in [one, two]")
            return nil
        }
        return items.enumerated().map { ("\(path(of: key))[\($0.offset)]", $0.element) }
    }

    // MARK: Scalars

    /// A text with its secrets filled in, never empty.
    func text(_ key: String) -> LocatedText? {
        guard let node = node(key) else { return nil }
        return context.text(node, path: path(of: key))
    }

    /// A text that is a credential as a whole.
    func secret(_ key: String) -> Secret? {
        guard let node = node(key) else { return nil }
        return context.secret(node, path: path(of: key))
    }

    func bool(_ key: String, into value: inout Bool) {
        guard let node = node(key) else { return }
        guard case .scalar(let scalar) = node.content, case .bool(let read) = scalar.resolved else {
            var suggestion: String?
            if case .scalar(let scalar) = node.content {
                switch scalar.text.lowercased() {
                case "yes", "on", "y", "1", "true": suggestion = "did you mean true?"
                case "no", "off", "n", "0", "false": suggestion = "did you mean false?"
                default: break
                }
            }
            return wrongScalar(key, node, expected: "true or false", suggestion: suggestion)
        }
        value = read
    }

    func int(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let node = node(key) else { return nil }
        guard case .scalar(let scalar) = node.content, case .number = scalar.resolved, let value = Int(scalar.text)
        else {
            wrongScalar(key, node, expected: "a whole number")
            return nil
        }
        guard range.contains(value) else {
            report(key, node, outOfRange(scalar.text, range.lowerBound.description, range.upperBound, Int.max))
            return nil
        }
        return value
    }

    func double(_ key: String, above lower: Double, upTo upper: Double) -> Double? {
        guard let node = node(key) else { return nil }
        guard case .scalar(let scalar) = node.content, case .number = scalar.resolved, let value = Double(scalar.text)
        else {
            wrongScalar(key, node, expected: "a number")
            return nil
        }
        guard value > lower, value <= upper else {
            report(key, node, "\(scalar.text) is out of range: above \(lower) and at most \(upper)")
            return nil
        }
        return value
    }

    func duration(_ key: String, into value: inout Duration, atLeast lower: Duration = .milliseconds(1)) {
        guard let node = node(key), let text = quantity(key, node, "a duration such as 300ms, 1.5s, 2m or 1h") else {
            return
        }
        do {
            let read = try DurationText.parse(text)
            guard read >= lower else {
                return report(key, node, "\(text) is out of range: at least \(DurationText.format(lower))")
            }
            value = read
        } catch {
            report(key, node, error.message, suggestion: error.suggestion)
        }
    }

    func size(_ key: String, into value: inout Int, in range: ClosedRange<Int>) {
        guard let node = node(key), let text = quantity(key, node, "a size such as 64KiB or 32MiB") else { return }
        do {
            let read = try SizeText.parse(text)
            guard range.contains(read) else {
                return report(key, node, outOfRange(text, "\(range.lowerBound) bytes", range.upperBound, Int.max))
            }
            value = read
        } catch {
            report(key, node, error.message, suggestion: error.suggestion)
        }
    }

    func tokens(_ key: String) -> Int? {
        guard let node = node(key), let text = quantity(key, node, "a number of tokens such as 128K") else {
            return nil
        }
        do {
            return try TokenCountText.parse(text)
        } catch {
            report(key, node, error.message)
            return nil
        }
    }

    func choice<Value: RawRepresentable & CaseIterable>(
        _ key: String, into value: inout Value
    ) where Value.RawValue == String {
        let names = Value.allCases.map(\.rawValue)
        let expected = "one of \(names.joined(separator: ", "))"
        guard let node = node(key) else { return }
        guard case .scalar(let scalar) = node.content, !node.isNull else {
            return wrongScalar(key, node, expected: expected)
        }
        guard let read = Value(rawValue: scalar.text) else {
            return report(
                key, node, "expected \(expected), found \(quoted(scalar.text))",
                suggestion: Suggestion.didYouMean(scalar.text, among: names))
        }
        value = read
    }

    // MARK: Reports

    /// Reports an error of a member's value.
    func report(_ key: String, _ node: YAMLNode, _ message: String, suggestion: String? = nil) {
        context.log.error(message, path: path(of: key), at: node.mark, suggestion: suggestion)
    }

    /// Reports a scalar of the wrong type, with its text.
    private func wrongScalar(_ key: String, _ node: YAMLNode, expected: String, suggestion: String? = nil) {
        context.wrong(node, path: path(of: key), expected: expected, tellsValue: true, suggestion: suggestion)
    }

    /// Warns that a key that is set has no effect in this version.
    func warnInactive(_ key: String, _ effect: String) {
        guard let mark = keyMark(key) else { return }
        context.log.warning("has no effect in this version: \(effect)", path: path(of: key), at: mark)
    }

    private func quantity(_ key: String, _ node: YAMLNode, _ expected: String) -> String? {
        guard case .scalar(let scalar) = node.content, !node.isNull else {
            wrongScalar(key, node, expected: expected)
            return nil
        }
        return scalar.text
    }

    private func outOfRange(_ text: String, _ lower: String, _ upper: Int, _ unbounded: Int) -> String {
        "\(text) is out of range: at least \(lower)" + (upper == unbounded ? "" : ", at most \(upper)")
    }
}
