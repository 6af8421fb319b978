/// Generation options that a route selector sets; they override the client's.
package struct RouteParameters: Sendable, Equatable {
    package var temperature: Double?
    package var topP: Double?
    package var maxOutputTokens: Int?
    package var reasoningEffort: String?
    package var parallelToolCalls: Bool?
    package var verbosity: String?

    /// No option at all.
    package static let none = RouteParameters()

    package init() {}

    /// Reads a leaf's parameters in their order; the first of a repeated name wins, blanks and unknown names are left.
    ///
    /// A malformed value is a 400 that names the parameter.
    package init(parsing parameters: [(name: String, value: String)]) throws(Failure) {
        for (name, text) in parameters where !text.allSatisfy(\.isWhitespace) {
            switch name {
            case "temperature" where temperature == nil:
                temperature = try Self.number(text, name, 0...2)
            case "top_p" where topP == nil, "topP" where topP == nil:
                topP = try Self.number(text, name, 0...1)
            case "max_output_tokens" where maxOutputTokens == nil, "max_tokens" where maxOutputTokens == nil:
                guard let value = Int(text), (0...Int(Int32.max)).contains(value) else {
                    throw Self.malformed(name, text, "an integer from 0 to \(Int32.max)")
                }
                maxOutputTokens = value
            case "reasoning_effort" where reasoningEffort == nil: reasoningEffort = text
            case "verbosity" where verbosity == nil: verbosity = text
            case "parallel_tool_calls" where parallelToolCalls == nil:
                switch text.lowercased() {
                case "1", "true", "yes", "on": parallelToolCalls = true
                case "0", "false", "no", "off": parallelToolCalls = false
                default: throw Self.malformed(name, text, "true or false")
                }
            default: break
            }
        }
    }

    private static func number(_ text: String, _ name: String, _ range: ClosedRange<Double>) throws(Failure) -> Double {
        guard let value = Double(text), range.contains(value) else {
            throw malformed(name, text, "a number from \(Int(range.lowerBound)) to \(Int(range.upperBound))")
        }
        return value
    }

    private static func malformed(_ name: String, _ text: String, _ expected: String) -> Failure {
        .malformed(
            name, "Route parameter '\(name)' must be \(expected), not '\(text)'.", code: "invalid_route_parameter")
    }

    /// The options with these laid over them.
    package func applied(to options: CallOptions) -> CallOptions {
        var options = options
        options.temperature = temperature ?? options.temperature
        options.topP = topP ?? options.topP
        options.maxOutputTokens = maxOutputTokens ?? options.maxOutputTokens
        options.reasoningEffort = reasoningEffort ?? options.reasoningEffort
        options.parallelToolCalls = parallelToolCalls ?? options.parallelToolCalls
        options.verbosity = verbosity ?? options.verbosity
        return options
    }
}
