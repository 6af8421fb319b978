import Dialects

extension RouteParameters {
    /// The longest text that a parameter takes, in bytes.
    package static let textBytesMax = 4096

    /// The code of the error that a malformed parameter is.
    static let malformedCode = "invalid_route_parameter"

    /// Reads the parameters of a leaf; a malformed one is a 400 that names it.
    ///
    /// Parameters that are not known here (`unknownNames(of:)`) stay part of the candidate's key and mean nothing else. Of a parameter that stands more than once the first value counts; a blank value counts as none.
    package init(_ leaf: Leaf) throws(Failure) {
        self.init()
        guard !leaf.parameters.isEmpty else { return }
        temperature = try Self.value(leaf, ["temperature"], "must be a number from 0 to 2") { Self.number($0, 0...2) }
        topP = try Self.value(leaf, ["top_p", "topP"], "must be a number from 0 to 1") { Self.number($0, 0...1) }
        maxOutputTokens = try Self.value(
            leaf, ["max_output_tokens", "max_tokens"], "must be an integer from 0 to 2147483647", Self.count)
        reasoningEffort = try Self.value(leaf, ["reasoning_effort"], Self.textProblem, Self.text)
        parallelToolCalls = try Self.value(
            leaf, ["parallel_tool_calls"], "must be 1, true, yes or on, or 0, false, no or off", Self.flag)
        verbosity = try Self.value(leaf, ["verbosity"], Self.textProblem, Self.text)
        provider = try Self.value(
            leaf, ["provider"], "must be letters, digits and any of . _ - /", Self.slug)
    }

    /// The names that a route may set.
    package static let names = [
        "temperature", "top_p", "topP", "max_output_tokens", "max_tokens", "reasoning_effort", "parallel_tool_calls",
        "verbosity", "provider",
    ]

    /// The names of the leaf's parameters that mean nothing here.
    package static func unknownNames(of leaf: Leaf) -> [String] {
        leaf.parameters.lazy.map(\.name).filter { !names.contains($0) }
    }

    /// What is wrong with the leaf's parameters, one by one.
    ///
    /// - Parameter ignored: Tells of parameters whose values are not known yet.
    package static func problems(
        of leaf: Leaf, ignoring ignored: (QueryParameter) -> Bool = { _ in false }
    ) -> [String] {
        var parameters = leaf.parameters.filter { !ignored($0) }
        var problems: [String] = []
        while true {
            do throws(Failure) {
                _ = try RouteParameters(Leaf(backend: leaf.backend, model: leaf.model, parameters: parameters))
                return problems
            } catch {
                problems.append(error.message)
                parameters.removeAll { $0.name == error.parameter }
            }
        }
    }

    private static let textProblem = "must be at most \(textBytesMax) bytes"

    private static func value<Value>(
        _ leaf: Leaf, _ names: [String], _ problem: String, _ read: (String) -> Value?
    ) throws(Failure) -> Value? {
        for name in names {
            guard let parameter = leaf.parameters.first(where: { $0.name == name }) else { continue }
            let source = SelectorText(parameter.first)
            let trimmed = source.trimmed(source.all)
            if trimmed.isEmpty { continue }
            guard let value = read(source.string(trimmed)) else {
                throw Failure.malformed(name, "route parameter \(name): \(problem)", code: malformedCode)
            }
            return value
        }
        return nil
    }

    private static func number(_ text: String, _ range: ClosedRange<Double>) -> Double? {
        // `Double` would also take hexadecimal digits, infinities and NaN.
        guard text.utf8.allSatisfy(isDecimal), let value = Double(text), range.contains(value) else { return nil }
        return value
    }

    private static func isDecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }

    private static func count(_ text: String) -> Int? {
        guard let value = Int(text), (0...Int(Int32.max)).contains(value) else { return nil }
        return value
    }

    private static func flag(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "1", "true", "yes", "on": true
        case "0", "false", "no", "off": false
        default: nil
        }
    }

    private static func text(_ text: String) -> String? {
        text.utf8.count <= textBytesMax ? text : nil
    }

    private static func slug(_ text: String) -> String? {
        let isSlug = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
                UInt8(ascii: "/"):
                true
            default: false
            }
        }
        return isSlug ? self.text(text) : nil
    }
}
