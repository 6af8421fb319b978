import Transport

/// Writes Messages requests for a provider.
package enum AnthropicRequestEncoder {
    /// The request as the provider gets it.
    ///
    /// A Messages call that nothing changed is carried: the client's bytes, in which only the model, the stream switch and
    /// the route's parameters are replaced, and from which thinking that the provider would refuse is taken out and named.
    /// Any other call is written from its values, and what the dialect has no place for is named.
    package static func encode(
        _ call: Call, as model: String, stream: Bool, parameters: RouteParameters = .none,
        flavor: AnthropicFlavor = .anthropic
    ) throws(Failure) -> EncodedRequest {
        if call.dialect == .anthropicMessages, let document = call.original, parameters.reasoningEffort == nil {
            var carriage = AnthropicCarriage(document, flavor: flavor)
            return carriage.request(call, as: model, stream: stream, parameters)
        }
        return rebuild(call, as: model, stream: stream, parameters: parameters, flavor: flavor)
    }

    /// The request written from the call's values, whatever its dialect.
    package static func rebuild(
        _ call: Call, as model: String, stream: Bool, parameters: RouteParameters = .none,
        flavor: AnthropicFlavor = .anthropic
    ) -> EncodedRequest {
        var body = call.body()
        if call.dialect != .anthropicMessages { body.readReasoning(of: call.dialect) }
        body.options = parameters.applied(to: body.options)
        if parameters.reasoningEffort != nil { body.overrideThinking() }
        var writer = AnthropicRequestWriter(source: call.dialect, model: model, flavor: flavor)
        writer.json.reserve((call.original?.bytes.count ?? 0) + 512)
        let plansThinking = call.dialect != .anthropicMessages || parameters.reasoningEffort != nil
        return writer.write(body, stream: stream, plansThinking: plansThinking)
    }
}

extension CallBody {
    /// Takes out what the client says about thinking, for the route's effort to take its place.
    fileprivate mutating func overrideThinking() {
        options.reasoningBudgetTokens = nil
        extras.removeAll { $0.isOwn(AnthropicMember.thinking.rawValue) }
    }
}

/// Changes a client's own bytes in as few places as the leg asks for.
struct AnthropicCarriage {
    private let document: JSONDocument
    private let flavor: AnthropicFlavor
    private var edits: [JSONEdit] = []
    private var dropped: [String] = []

    init(_ document: JSONDocument, flavor: AnthropicFlavor) {
        self.document = document
        self.flavor = flavor
    }

    /// The client's request with the edits made.
    mutating func request(
        _ call: Call, as model: String, stream: Bool, _ parameters: RouteParameters
    ) -> EncodedRequest {
        if let version = flavor.versionInBody {
            edits.append(.removeMember("model", of: document.root))
            set("anthropic_version") { $0.string(version) }
        } else if model != call.model {
            set("model") { $0.string(model) }
        }
        if stream != call.stream { set("stream") { $0.bool(stream) } }
        if call.features.contains(.foreignReasoning) { removeForeignReasoning() }
        if parameters != .none { override(parameters) }
        if call.session != nil { edits.append(SessionHint.removal(from: document)) }
        let body = edits.isEmpty ? document.bytes : document.applying(edits)
        return EncodedRequest(body: body, droppedFields: dropped)
    }

    private mutating func set(_ name: String, _ write: (inout JSONWriter) -> Void) {
        set(name, of: document.root, write)
    }

    private mutating func set(_ name: String, of object: JSONValue, _ write: (inout JSONWriter) -> Void) {
        var json = JSONWriter()
        write(&json)
        edits.append(.setMember(name, of: object, to: json.bytes))
    }

    private mutating func override(_ parameters: RouteParameters) {
        if let value = parameters.temperature { set("temperature") { $0.double(value) } }
        if let value = parameters.topP { set("top_p") { $0.double(value) } }
        if let value = parameters.maxOutputTokens {
            set("max_tokens") { $0.int(value) }
            lowerBudget(below: value)
        }
        if let value = parameters.parallelToolCalls { overrideParallelCalls(value) }
        if parameters.verbosity != nil { dropped.append(RouteParameters.path(of: "verbosity")) }
    }

    /// A budget must be smaller than the limit, or the provider refuses the request.
    private mutating func lowerBudget(below limit: Int) {
        guard let thinking = document.root["thinking"], let budget = thinking["budget_tokens"]?.int, budget >= limit
        else { return }
        if limit > AnthropicThinking.budgetMin {
            set("budget_tokens", of: thinking) { $0.int(max(AnthropicThinking.budgetMin, limit / 4 * 3)) }
        } else {
            edits.append(.removeMember("thinking", of: document.root))
            dropped.append("thinking")
        }
    }

    private mutating func overrideParallelCalls(_ value: Bool) {
        guard let tools = document.root["tools"], tools.count > 0 else { return }
        if let choice = document.root["tool_choice"], choice.isObject {
            guard choice["type"]?.equals("none") != true else { return }
            set("disable_parallel_tool_use", of: choice) { $0.bool(!value) }
        } else {
            set("tool_choice") { json in
                json.beginObject()
                json.key("type")
                json.string("auto" as StaticString)
                json.key("disable_parallel_tool_use")
                json.bool(!value)
                json.endObject()
            }
        }
    }

    /// Takes out thinking that another dialect sealed, or nobody, since the provider refuses the whole request for it.
    private mutating func removeForeignReasoning() {
        guard let messages = document.root["messages"] else { return }
        for (index, message) in messages.elements.enumerated() {
            guard let content = message["content"], content.isArray else { continue }
            var removed: [Int] = []
            for (position, block) in content.elements.enumerated() where isRefused(block) { removed.append(position) }
            guard !removed.isEmpty else { continue }
            dropped += removed.map { "messages[\(index)].content[\($0)]" }
            if removed.count == content.count {
                edits.append(.removeElement(at: index, of: messages))
            } else {
                for position in removed { edits.append(.removeElement(at: position, of: content)) }
            }
        }
    }

    private func isRefused(_ block: JSONValue) -> Bool {
        guard let type = block["type"] else { return false }
        let text: String
        if type.equals("thinking") {
            text = block["signature"]?.string ?? ""
        } else if type.equals("redacted_thinking") {
            text = block["data"]?.string ?? ""
        } else {
            return false
        }
        if text.isEmpty { return flavor.refusesUnsealedThinking }
        return ReasoningSeal(text, sentIn: .anthropicMessages).issuer != .anthropicMessages
    }
}
