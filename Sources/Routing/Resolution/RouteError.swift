import Dialects

/// Why a request finds no selector that can be served.
package enum RouteError: Error, Sendable, Equatable {
    /// The text that was chosen is no selector; after an alias rewrote it, `text` is the rewritten one.
    case invalidSelector(SelectorError, text: String)
    /// A leaf names a backend that is not configured.
    case unknownBackend(String, column: Int)
    /// Nothing knows the model, and unknown ones are refused.
    case unknownModel(String)

    /// What is wrong, in words that may be shown to the client.
    package var message: String {
        switch self {
        case .invalidSelector(let error, _): "invalid route selector: \(error.detail) (column \(error.column))"
        case .unknownBackend(let backend, let column):
            "unknown backend \(QuotedText.quoted(backend)) in the route selector (column \(column))"
        case .unknownModel(let model): "the model \(QuotedText.quoted(model)) does not exist"
        }
    }

    /// The same as an answer: 400, or 404 for an unknown model.
    package var failure: Failure {
        switch self {
        case .invalidSelector: Failure(.invalidRequest, message, side: .client, code: "invalid_route_selector")
        case .unknownBackend: Failure(.invalidRequest, message, side: .client, code: "unknown_backend")
        case .unknownModel:
            Failure(.notFound, message, side: .client, code: "model_not_found", parameter: "model")
        }
    }
}
