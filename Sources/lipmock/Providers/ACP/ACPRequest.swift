import Transport

/// A message to an agent, checked the way an agent checks it.
///
/// The path tells which agent, and what it can do: `/NAME/TRAIT/…/v1/acp`, without a name `agent`.
struct ACPRequest: ProviderRequest {
    /// What an agent can do beside the least, by the words in its path.
    enum Trait: String {
        case image, audio, context, auth, close
    }

    enum Method: String {
        case initialize, authenticate
        case newSession = "session/new"
        case prompt = "session/prompt"
        case cancel = "session/cancel"
        case close = "session/close"
        /// An answer to what the agent asked.
        case response
    }

    /// The agent's name for a prompt; with the method behind it for anything else.
    var model: String
    var stream: Bool { method == .prompt }
    let agent: String
    let traits: Set<Trait>
    let method: Method
    /// The id of the request as it came; nil for what is not answered.
    let id: [UInt8]?
    let session: String
    /// What a session that is asked for is called.
    let newSession: String

    init(_ request: ReceivedRequest) throws(ErrorReply) {
        guard request.method == "POST" else {
            throw ErrorReply(status: 405, message: "an agent is spoken to with POST")
        }
        guard request.header("content-type") == "application/json" else {
            throw ErrorReply(status: 415, message: "the Content-Type must be application/json")
        }
        let words = request.path.split(separator: "/").dropLast(2).map { String($0) }
        agent = words.first ?? "agent"
        var traits: Set<Trait> = []
        for word in words.dropFirst() {
            guard let trait = Trait(rawValue: word) else {
                throw ErrorReply(status: 404, message: "no agent can do '\(word)'")
            }
            traits.insert(trait)
        }
        self.traits = traits
        guard let document = try? JSONDocument(parsing: request.body) else {
            throw ACP.error(-32700, "Parse error", id: nil)
        }
        let root = document.root
        let id = root["id"].map { Array($0.raw) }
        self.id = id
        guard root.isObject, root["jsonrpc"]?.string == "2.0" else {
            throw ACP.error(-32600, "Invalid request: jsonrpc must be \"2.0\"", id: id)
        }
        guard let name = root["method"]?.string else {
            guard id != nil, (root["result"] == nil) != (root["error"] == nil) else {
                throw ACP.error(-32600, "Invalid request: neither a method nor an answer", id: id)
            }
            method = .response
            (model, session, newSession) = ("\(agent)/response", "", "")
            return
        }
        guard let method = Method(rawValue: name), method != .response else {
            throw ACP.error(-32601, "Method not found: \(name)", id: id)
        }
        self.method = method
        model = method == .prompt ? agent : "\(agent)/\(name)"
        guard (id == nil) == (method == .cancel) else {
            throw ACP.error(-32600, "Invalid request: \(name) \(id == nil ? "needs an" : "has no") id", id: id)
        }
        guard let parameters = root["params"], parameters.isObject else {
            throw ACP.error(-32602, "Invalid params: expected an object", id: id)
        }
        var check = ACPParameters(parameters, agent: agent, traits: traits, id: id)
        try check.run(method)
        (session, newSession) = (check.session, check.newSession)
    }
}
