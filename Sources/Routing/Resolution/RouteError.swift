import Dialects

/// Why a request finds no selector that can be served.
package enum RouteError: Error, Sendable, Equatable {
    /// The text that was chosen is no selector; after an alias rewrote it, `text` is the rewritten one.
    case invalidSelector(SelectorError, text: String)
    /// A leaf names a backend that is not configured.
    case unknownBackend(String, column: Int)
    /// A leaf sets a parameter to what it cannot be; `problem` names it.
    case malformedParameter(String, problem: String, column: Int)
    /// A backend is named where a model is asked for; without a column it is all that `X-LIP-Route` holds.
    case backendWithoutModel(String, column: Int?)
    /// A logical model is named as one leaf among others, or with something beside it.
    case logicalModelWithinSelector(String, column: Int)
    /// An alias makes the name of a logical model of that model's own selector.
    case logicalModelLeadsToItself(String)
    /// Nothing knows the model, and unknown ones are refused.
    case unknownModel(String)

    /// Whether the same selector can be served once a backend is found to have a model of that name.
    var isOfUnknownName: Bool {
        switch self {
        case .backendWithoutModel, .logicalModelWithinSelector, .logicalModelLeadsToItself, .unknownModel: true
        case .invalidSelector, .unknownBackend, .malformedParameter: false
        }
    }

    /// What is wrong, in words that may be shown to the client.
    package var message: String {
        switch self {
        case .invalidSelector(let error, _): "invalid route selector: \(error.detail) (column \(error.column))"
        case .unknownBackend(let backend, let column):
            "unknown backend \(QuotedText.quoted(backend)) in the route selector (column \(column))"
        case .malformedParameter(_, let problem, let column): "\(problem) (column \(column))"
        case .backendWithoutModel(let backend, let column):
            "\(column == nil ? "X-LIP-Route" : "the route selector") names the backend \(QuotedText.quoted(backend)) without a model; write \(QuotedText.quoted("\(backend):MODEL"))"
                + (column.map { " (column \($0))" } ?? "")
        case .logicalModelWithinSelector(let name, let column):
            "the logical model \(QuotedText.quoted(name)) stands within a route selector; it can only be named alone (column \(column))"
        case .logicalModelLeadsToItself(let name):
            "the logical model \(QuotedText.quoted(name)) leads to itself: an alias makes its name of its selector"
        case .unknownModel(let model): "the model \(QuotedText.quoted(model)) does not exist"
        }
    }

    /// The same as an answer: 400, or 404 for an unknown model.
    package var failure: Failure {
        switch self {
        case .invalidSelector, .backendWithoutModel, .logicalModelWithinSelector, .logicalModelLeadsToItself:
            Failure(.invalidRequest, message, side: .client, code: "invalid_route_selector")
        case .malformedParameter(let name, _, _):
            .malformed(name, message, code: RouteParameters.malformedCode)
        case .unknownBackend: Failure(.invalidRequest, message, side: .client, code: "unknown_backend")
        case .unknownModel:
            Failure(.notFound, message, side: .client, code: "model_not_found", parameter: "model")
        }
    }
}
