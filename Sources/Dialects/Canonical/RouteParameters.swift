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
