import Transport

/// What a reply is in this protocol: a response with its items, written as far as it has come.
struct OpenAIResponsesOutput {
    /// One item of the output.
    enum Item {
        case reasoning
        case message
        /// The reply's tool call of this number.
        case call(Int)
    }

    let reply: Reply
    let request: OpenAIResponsesRequest
    let id: Int
    let items: [Item]
    /// Whether the response that ends a stream holds its items.
    let endsWithOutput: Bool

    init(reply: Reply, request: OpenAIResponsesRequest, id: Int, endsWithOutput: Bool = true) {
        self.endsWithOutput = endsWithOutput
        self.reply = reply
        self.request = request
        self.id = id
        var items: [Item] = reply.reasoning.isEmpty ? [] : [.reasoning]
        if hasText(reply) || !reply.refusal.isEmpty { items.append(.message) }
        items += reply.toolCalls.indices.map { .call($0) }
        self.items = items
    }

    /// Whether reasoning is shown as it is, and not as a summary.
    var showsRawReasoning: Bool { reply.reasoningField == "reasoning_text" }
    /// Whether the message has a part of text.
    var hasTextPart: Bool { hasText(reply) }

    /// An item's id.
    func itemID(_ index: Int) -> String {
        switch items[index] {
        case .reasoning: "rs_mock\(id)_\(index)"
        case .message: "msg_mock\(id)_\(index)"
        case .call(let call): isCustom(call) ? "ctc_mock\(id)_\(index)" : "fc_mock\(id)_\(index)"
        }
    }

    /// Whether a call is one of a tool that takes free text.
    func isCustom(_ call: Int) -> Bool { request.customTools.contains(reply.toolCalls[call].name) }

    /// `completed`, or what the script's finish reason makes of it.
    var status: String { incompleteReason == nil ? "completed" : "incomplete" }

    private var incompleteReason: String? {
        switch reply.finishReason {
        case "length": "max_output_tokens"
        case "content_filter": "content_filter"
        default: nil
        }
    }

    /// Writes an item, empty or whole.
    func writeItem(_ index: Int, isDone: Bool, to json: inout JSONWriter) {
        json.beginObject()
        json.key("id")
        json.string(itemID(index))
        json.key("type")
        switch items[index] {
        case .reasoning:
            json.string("reasoning")
            writeReasoning(isDone: isDone, to: &json)
        case .message:
            json.string("message")
            writeStatus(isDone, to: &json)
            json.key("role")
            json.string("assistant")
            json.key("content")
            json.beginArray()
            if isDone {
                if hasTextPart { writePart(isRefusal: false, reply.wholeText, to: &json) }
                if !reply.refusal.isEmpty { writePart(isRefusal: true, reply.refusal.joined(), to: &json) }
            }
            json.endArray()
        case .call(let call):
            let value = reply.toolCalls[call]
            json.string(isCustom(call) ? "custom_tool_call" : "function_call")
            writeStatus(isDone, to: &json)
            json.key("call_id")
            json.string(value.id)
            json.key("name")
            json.string(value.name)
            json.key(isCustom(call) ? "input" : "arguments")
            json.string(isDone ? value.arguments.joined() : "")
        }
        json.endObject()
    }

    private func writeReasoning(isDone: Bool, to json: inout JSONWriter) {
        let text = reply.reasoning.joined()
        json.key("summary")
        json.beginArray()
        if isDone, !showsRawReasoning { Self.writeText("summary_text", text, to: &json) }
        json.endArray()
        if showsRawReasoning {
            json.key("content")
            json.beginArray()
            if isDone { Self.writeText("reasoning_text", text, to: &json) }
            json.endArray()
        }
        if isDone, request.wantsSealedReasoning {
            json.key("encrypted_content")
            json.string("sealed-mock\(id)")
        }
    }

    private func writeStatus(_ isDone: Bool, to json: inout JSONWriter) {
        json.key("status")
        json.string(isDone ? status : "in_progress")
    }

    /// Writes a part that has a type and a text.
    static func writeText(_ type: String, _ text: String, to json: inout JSONWriter) {
        json.beginObject()
        json.key("type")
        json.string(type)
        json.key("text")
        json.string(text)
        json.endObject()
    }

    /// Writes a part of the message.
    func writePart(isRefusal: Bool, _ text: String, to json: inout JSONWriter) {
        json.beginObject()
        json.key("type")
        json.string(isRefusal ? "refusal" : "output_text")
        json.key(isRefusal ? "refusal" : "text")
        json.string(text)
        if !isRefusal {
            for name in ["annotations", "logprobs"] {
                json.key(name)
                json.beginArray()
                json.endArray()
            }
        }
        json.endObject()
    }

    /// Writes the response as it begins or as it ends.
    func writeResponse(isDone: Bool, to json: inout JSONWriter) {
        json.beginObject()
        json.key("id")
        json.string("resp_mock\(id)")
        json.key("object")
        json.string("response")
        json.key("created_at")
        json.int(OpenAIChat.created)
        json.key("status")
        json.string(isDone ? status : "in_progress")
        json.key("error")
        json.null()
        json.key("incomplete_details")
        if isDone, let reason = incompleteReason {
            json.beginObject()
            json.key("reason")
            json.string(reason)
            json.endObject()
        } else {
            json.null()
        }
        json.key("model")
        json.string(reply.model ?? request.model)
        json.key("output")
        json.beginArray()
        if isDone, endsWithOutput { for index in items.indices { writeItem(index, isDone: true, to: &json) } }
        json.endArray()
        writeEcho(to: &json)
        json.key("usage")
        if isDone, reply.usagePlacement != .none { writeUsage(to: &json) } else { json.null() }
        json.endObject()
    }

    private func writeEcho(to json: inout JSONWriter) {
        let usual = [
            ("background", "false"), ("instructions", "null"), ("max_output_tokens", "null"), ("metadata", "{}"),
            ("parallel_tool_calls", "true"), ("previous_response_id", "null"), ("service_tier", "\"default\""),
            ("store", "true"), ("temperature", "1.0"), ("text", "{\"format\":{\"type\":\"text\"}}"),
            ("tool_choice", "\"auto\""), ("tools", "[]"), ("top_p", "1.0"), ("truncation", "\"disabled\""),
        ]
        for (name, value) in usual {
            json.key(name)
            if let given = request.root.member(name), !given.isNull {
                json.raw(given)
            } else {
                json.raw(Array(value.utf8))
            }
        }
    }

    private func writeUsage(to json: inout JSONWriter) {
        if let raw = reply.usage.raw {
            json.raw(raw)
            return
        }
        json.beginObject()
        json.key("input_tokens")
        json.int(reply.usage.inputTokens)
        json.key("input_tokens_details")
        json.beginObject()
        json.key("cached_tokens")
        json.int(reply.usage.cachedTokens ?? 0)
        json.key("cache_write_tokens")
        json.int(0)
        json.endObject()
        json.key("output_tokens")
        json.int(reply.outputTokens)
        json.key("output_tokens_details")
        json.beginObject()
        json.key("reasoning_tokens")
        json.int(reply.usage.reasoningTokens ?? 0)
        json.endObject()
        json.key("total_tokens")
        json.int(reply.usage.inputTokens + reply.outputTokens)
        json.endObject()
    }
}

/// Whether a reply says anything in words.
private func hasText(_ reply: Reply) -> Bool {
    switch reply.text {
    case .words(let count): count > 0
    case .pieces(let pieces): !pieces.isEmpty
    }
}
