import Transport

/// Checks the parameters of a message against the protocol and against what the agent remembers.
///
/// Source: https://agentclientprotocol.com/protocol/schema.
struct ACPParameters {
    /// The only way to authenticate, where the agent has one.
    static let authMethod = "login"

    private let value: JSONValue
    private let agent: String
    private let traits: Set<ACPRequest.Trait>
    private let id: [UInt8]?
    private(set) var session = ""
    private(set) var newSession = ""

    init(_ value: JSONValue, agent: String, traits: Set<ACPRequest.Trait>, id: [UInt8]?) {
        self.value = value
        self.agent = agent
        self.traits = traits
        self.id = id
    }

    mutating func run(_ method: ACPRequest.Method) throws(ErrorReply) {
        switch method {
        case .initialize: try checkIntroduction()
        case .authenticate: try checkAuthentication()
        case .newSession: try openSession()
        case .prompt:
            try allow(["sessionId", "prompt"])
            try findSession()
            try checkPrompt()
        case .cancel:
            try allow(["sessionId"])
            try findSession()
        case .close:
            try allow(["sessionId"])
            guard traits.contains(.close) else { throw ACP.error(-32601, "Method not found: session/close", id: id) }
            try findSession()
            let number = Int(session.split(separator: "_").last ?? "") ?? 0
            ACPAgents.with(agent) { _ = $0.closed.insert(number) }
        case .response: return
        }
    }

    private func invalid(_ message: String) -> ErrorReply { ACP.error(-32602, "Invalid params: \(message)", id: id) }

    private func allow(_ names: Set<String>) throws(ErrorReply) {
        for member in value.members where !names.contains(member.key.string ?? "") {
            throw invalid("unknown member \(member.key.string ?? "")")
        }
    }

    // MARK: Handshake

    private func checkIntroduction() throws(ErrorReply) {
        try allow(["protocolVersion", "clientCapabilities", "clientInfo"])
        guard value["protocolVersion"]?.int == 1 else { throw invalid("protocolVersion") }
        guard value["clientCapabilities"]?.isObject == true else { throw invalid("clientCapabilities") }
        guard value["clientInfo"]?["name"]?.string != nil, value["clientInfo"]?["version"]?.string != nil else {
            throw invalid("clientInfo")
        }
        ACPAgents.with(agent) { $0.isInitialized = true }
    }

    private func requireIntroduction() throws(ErrorReply) {
        guard ACPAgents.with(agent, { $0.isInitialized }) else {
            throw ACP.error(-32600, "Invalid request: initialize comes first", id: id)
        }
    }

    private func checkAuthentication() throws(ErrorReply) {
        try allow(["methodId"])
        try requireIntroduction()
        guard traits.contains(.auth), value["methodId"]?.string == Self.authMethod else { throw invalid("methodId") }
        ACPAgents.with(agent) { $0.isAuthenticated = true }
    }

    private mutating func openSession() throws(ErrorReply) {
        try allow(["cwd", "mcpServers"])
        try requireIntroduction()
        guard value["cwd"]?.string?.hasPrefix("/") == true else { throw invalid("cwd must be an absolute path") }
        guard value["mcpServers"]?.isArray == true else { throw invalid("mcpServers must be a list") }
        guard !traits.contains(.auth) || ACPAgents.with(agent, { $0.isAuthenticated }) else {
            throw ACP.error(-32000, "Authentication required", id: id)
        }
        let number = ACPAgents.with(agent) { agent in
            agent.sessionCount += 1
            return agent.sessionCount
        }
        newSession = "sess_\(agent)_\(number)"
    }

    private mutating func findSession() throws(ErrorReply) {
        try requireIntroduction()
        let prefix = "sess_\(agent)_"
        guard let session = value["sessionId"]?.string, session.hasPrefix(prefix),
            let number = Int(session.dropFirst(prefix.count)), number > 0,
            ACPAgents.with(agent, { number <= $0.sessionCount && !$0.closed.contains(number) })
        else { throw invalid("unknown sessionId") }
        self.session = session
    }

    // MARK: Prompt

    private func checkPrompt() throws(ErrorReply) {
        guard let prompt = value["prompt"], prompt.isArray, prompt.count > 0 else {
            throw invalid("prompt must be a list with something in it")
        }
        for (index, block) in prompt.elements.enumerated() { try check(block, "prompt[\(index)]") }
    }

    private func check(_ block: JSONValue, _ path: String) throws(ErrorReply) {
        func has(_ name: StaticString) -> Bool { block[name]?.string?.isEmpty == false }
        let type = block["type"]?.string ?? ""
        let members: Set<String>
        let isRight: Bool
        switch type {
        case "text":
            members = ["text"]
            isRight = has("text")
        case "image":
            try require(.image, type, path)
            members = ["mimeType", "data", "uri"]
            isRight = has("data") && block["mimeType"]?.string?.hasPrefix("image/") == true
        case "audio":
            try require(.audio, type, path)
            members = ["mimeType", "data"]
            isRight = has("data") && block["mimeType"]?.string?.hasPrefix("audio/") == true
        case "resource":
            try require(.context, type, path)
            members = ["resource"]
            let resource = block["resource"]
            isRight =
                resource?["uri"]?.string?.isEmpty == false
                && (resource?["text"]?.string == nil) != (resource?["blob"]?.string == nil)
        case "resource_link":
            members = ["uri", "name", "mimeType", "title", "description", "size"]
            isRight = has("uri") && has("name")
        default: throw invalid("\(path) has the unknown type '\(type)'")
        }
        guard isRight else { throw invalid("\(path) is no \(type)") }
        for member in block.members {
            let name = member.key.string ?? ""
            guard name == "type" || name == "annotations" || members.contains(name) else {
                throw invalid("\(path) has the unknown member \(name)")
            }
        }
    }

    private func require(_ trait: ACPRequest.Trait, _ type: String, _ path: String) throws(ErrorReply) {
        guard traits.contains(trait) else { throw invalid("\(path): this agent takes no \(type)") }
    }
}
