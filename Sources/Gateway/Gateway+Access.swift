import Dialects
import Routing
import Transport

/// Who is served: the phase *authenticate* of a request's life.
extension Gateway {
    /// Names the paths, since a base URL without its `/v1` is the most frequent mistake.
    private static let nothingHere =
        "There is nothing at this path. lip serves POST /v1/chat/completions, /v1/completions, /v1/responses, /v1/messages, /v1/embeddings and /v1beta/models/MODEL:generateContent, and GET /v1/models: the base URL of an OpenAI SDK ends with /v1, that of the others with the port."

    /// Who the request comes from.
    ///
    /// - Throws: Why it is not served: an unknown path, another method, or a client that is not known.
    func principal(of exchange: HTTPExchange, _ endpoint: Endpoint) throws(Failure) -> Principal {
        let request = exchange.request
        guard !endpoint.methods.isEmpty else {
            throw Failure(.notFound, Self.nothingHere, side: .client)
        }
        guard endpoint.takes(request.method) else {
            throw Failure(.methodNotAllowed, "This path takes \(endpoint.allow) only.", side: .client)
        }
        guard configuration.access.isAuthenticationRequired, endpoint.needsAuthentication else {
            if endpoint.isAdministrative && !request.remoteAddress.isLoopback { throw Self.notLocal }
            return .local
        }
        let takesKeyInQuery = endpoint.takesKeyInQuery(request)
        guard let credential = ClientCredential.find(request, inQuery: takesKeyInQuery) else {
            let example = ClientCredential.example(for: endpoint.errorFrontend(request))
            throw Failure(
                .authentication, "No API key was given: send it as \(example).", side: .client,
                code: "missing_api_key")
        }
        guard let principal = configuration.access.principal(of: credential) else {
            throw Failure(.authentication, "The API key is not known here.", side: .client, code: "invalid_api_key")
        }
        return principal
    }

    private static let notLocal = Failure(
        .permission, "Without server.api_keys this path answers on the loopback interface only.", side: .client)
}
