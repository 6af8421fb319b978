/// Generation options that a route selector sets; they override the client's.
package struct RouteParameters: Sendable, Equatable {
    package var temperature: Double?
    package var topP: Double?
    package var maxOutputTokens: Int?
    package var reasoningEffort: String?
    package var parallelToolCalls: Bool?
    package var verbosity: String?
    /// The provider that an aggregator is to use behind itself; the backend's kind knows where it goes.
    package var provider: String?

    /// No option at all.
    package static let none = RouteParameters()

    package init() {}

    /// Whether nothing is set.
    package var isEmpty: Bool { self == .none }

    /// How a parameter that has no place is named among the fields that were left out.
    package static func path(of name: String) -> String { "route.\(name)" }

    /// The options that are set, each with its path; the provider is none of them.
    package var options: [(field: CallField, path: String)] {
        var options: [(field: CallField, name: String)] = []
        if temperature != nil { options.append((.temperature, "temperature")) }
        if topP != nil { options.append((.topP, "top_p")) }
        if maxOutputTokens != nil { options.append((.maxOutputTokens, "max_output_tokens")) }
        if reasoningEffort != nil { options.append((.reasoningEffort, "reasoning_effort")) }
        if parallelToolCalls != nil { options.append((.parallelToolCalls, "parallel_tool_calls")) }
        if verbosity != nil { options.append((.verbosity, "verbosity")) }
        return options.map { ($0.field, Self.path(of: $0.name)) }
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
