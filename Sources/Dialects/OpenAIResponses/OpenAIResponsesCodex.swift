import Transport

/// What the backend of ChatGPT's Codex takes of the protocol.
///
/// It refuses every top-level member that it does not know (`{"detail":"Unsupported parameter: …"}`), an input that is no
/// list, messages of the role `system`, requests without `instructions`, and any `store` and `stream` but false and true.
/// It keeps nothing, so that reasoning goes on only by its seal. There is no document of OpenAI's about it. Sources: the
/// requests of its own client (github.com/openai/codex, `codex-rs/codex-api/src/common.rs`, `ResponsesApiRequest`);
/// what others measured (github.com/langwatch/langwatch/pull/7507, github.com/BerriAI/litellm/pull/21209,
/// github.com/Wei-Shaw/sub2api/issues/919, github.com/ginlix-ai/LangAlpha/pull/100).
package enum OpenAIResponsesCodex {
    /// What stands for the instructions of a request that has none.
    static let instructions = "Answer the user, and follow what the conversation asks for."
    /// The value of `include` that asks for reasoning's seal.
    static let sealInclude: StaticString = "reasoning.encrypted_content"

    /// The only tier that is known there: what Codex calls fast.
    static let tier = "priority"

    /// Whether a top-level member with this value is known there.
    static func takes(_ name: String, _ value: String?) -> Bool {
        switch name {
        case "service_tier": value == tier
        case "model", "instructions", "input", "tools", "tool_choice", "parallel_tool_calls", "reasoning", "store",
            "stream", "include", "text", "prompt_cache_key", "client_metadata":
            true
        default: false
        }
    }

    /// Why a call cannot go there, since it refers to what the backend would have to keep; nil where it can.
    package static func refusal(of call: Call) -> Failure? {
        for field in call.issuerBoundFields where !field.hasPrefix("input[") { return refusal(field) }
        guard !call.issuerBoundFields.isEmpty, let input = call.original?.root["input"] else { return nil }
        // What was compacted is sealed in the item itself, and may go back.
        let index = input.elements.enumerated().first { _, item in
            item.withCursor {
                if case .itemReference = OpenAIResponsesItemType($0) { return true }
                return false
            }
        }?.offset
        return index.map { refusal("input[\($0)]") }
    }

    private static func refusal(_ field: String) -> Failure {
        .malformed(
            field,
            "Invalid '\(field)': the backend that serves this request keeps no responses, so it cannot refer to any; "
                + "send the conversation in 'input'.",
            code: "unsupported_value")
    }

    // MARK: - Requests that are carried

    /// The client's request with what the backend asks for, and without what it refuses.
    static func carry(
        _ document: JSONDocument, _ call: Call, as model: String, _ parameters: RouteParameters
    ) -> EncodedRequest {
        let root = document.root
        var edits: [JSONEdit] = []
        var dropped: [String] = []
        if model != call.model { edits.append(.setMember("model", of: root, to: text { $0.string(model) })) }
        removeUnknown(of: document, &edits, &dropped)
        if root["store"]?.bool != false {
            edits.append(.setMember("store", of: root, to: Array("false".utf8)))
            if root["store"]?.bool == true { dropped.append("store") }
        }
        if !call.stream { edits.append(.setMember("stream", of: root, to: Array("true".utf8))) }
        if root["instructions"]?.string?.isEmpty ?? true {
            edits.append(.setMember("instructions", of: root, to: text { $0.string(instructions) }))
        }
        if let include = include(root["include"]) { edits.append(.setMember("include", of: root, to: include)) }
        if let input = root["input"] { fit(input, of: root, &edits, &dropped) }
        OpenAIResponsesRequestEncoder.edit(root, taken(of: parameters, &dropped), &edits)
        return EncodedRequest(
            body: edits.isEmpty ? document.bytes : document.applying(edits), droppedFields: dropped)
    }

    private static func removeUnknown(
        of document: JSONDocument, _ edits: inout [JSONEdit], _ dropped: inout [String]
    ) {
        var seen: Set<String> = []
        for member in document.root.members {
            guard let name = member.key.string, !takes(name, member.value.string), seen.insert(name).inserted else {
                continue
            }
            edits.append(.removeMember(name, of: document.root))
            // A null says nothing, and the session is lip's own.
            let isSaid =
                name == "metadata"
                ? document.withRoot { $0["metadata"].flatMap(SessionHint.removed) }.map { $0 != RawJSON("null") }
                    ?? false
                : !member.value.isNull
            if isSaid { dropped.append(name) }
        }
    }

    /// The input as the list that it has to be, without reasoning that nobody there could resolve.
    private static func fit(
        _ input: JSONValue, of root: JSONValue, _ edits: inout [JSONEdit], _ dropped: inout [String]
    ) {
        guard !input.isString else {
            let list = text { json in
                json.beginArray()
                json.beginObject()
                json.word("type", "message")
                json.word("role", "user")
                json.key("content")
                json.beginArray()
                json.beginObject()
                json.word("type", "input_text")
                json.key("text")
                json.raw(input.raw)
                json.endObject()
                json.endArray()
                json.endObject()
                json.endArray()
            }
            edits.append(.setMember("input", of: root, to: list))
            return
        }
        var index = 0
        for item in input.elements {
            let (isLost, isSystem) = item.withCursor { item in
                switch OpenAIResponsesItemType(item) {
                case .reasoning:
                    (OpenAIResponsesReasoning.isForeign(item) || item["encrypted_content"]?.isString != true, false)
                case .message: (false, item["role"]?.equals("system") == true)
                default: (false, false)
                }
            }
            if isLost {
                edits.append(.removeElement(at: index, of: input))
                dropped.append("input[\(index)]")
            } else if isSystem {
                edits.append(.setMember("role", of: item, to: text { $0.string(Role.developer.rawValue) }))
            }
            index += 1
        }
    }

    /// The list of what is to be included, with reasoning's seal; nil where it has that already.
    static func include(_ list: JSONValue?) -> [UInt8]? {
        if let list, list.elements.contains(where: { $0.withCursor { $0.equals(sealInclude) } }) { return nil }
        return text { json in
            json.beginArray()
            for element in list?.elements.map(\.raw) ?? [] { json.raw(element) }
            json.string(sealInclude)
            json.endArray()
        }
    }

    /// The route's parameters without those that have no place there, which are named.
    private static func taken(of parameters: RouteParameters, _ dropped: inout [String]) -> RouteParameters {
        var taken = parameters
        func drop(_ name: String, if isSet: Bool) {
            if isSet, !dropped.contains(name) { dropped.append(name) }
        }
        drop("temperature", if: parameters.temperature != nil)
        drop("top_p", if: parameters.topP != nil)
        drop("max_output_tokens", if: parameters.maxOutputTokens != nil)
        taken.temperature = nil
        taken.topP = nil
        taken.maxOutputTokens = nil
        return taken
    }

    private static func text(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        write(&writer)
        return writer.bytes
    }
}
