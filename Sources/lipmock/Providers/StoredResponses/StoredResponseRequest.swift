/// A request about a response that is kept.
struct StoredResponseRequest: ProviderRequest {
    enum Action {
        case retrieve, delete, cancel, inputItems
    }

    let id: String
    let action: Action
    /// Scripts know these requests by their path; the model is none that a client named.
    let model = "stored"
    let stream = false

    init(_ request: ReceivedRequest) throws(ErrorReply) {
        guard let front = request.path.firstRange(of: "/responses/") else {
            throw ErrorReply(status: 404, message: "Invalid URL (\(request.method) \(request.path))")
        }
        let parts = request.path[front.upperBound...].split(separator: "/", omittingEmptySubsequences: false)
        id = String(parts[0])
        switch (request.method, parts.dropFirst().joined(separator: "/")) {
        case ("GET", ""): action = .retrieve
        case ("DELETE", ""): action = .delete
        case ("POST", "cancel"): action = .cancel
        case ("GET", "input_items"): action = .inputItems
        default: throw ErrorReply(status: 404, message: "Invalid URL (\(request.method) \(request.path))")
        }
        guard id.hasPrefix("resp_mock") else {
            throw ErrorReply(status: 404, message: "Response with id '\(id)' not found.")
        }
    }
}
