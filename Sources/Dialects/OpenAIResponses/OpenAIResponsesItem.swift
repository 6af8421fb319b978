import Transport

/// One item of the output that is being built for a client.
struct OpenAIResponsesItem {
    /// What an item is.
    enum Kind {
        case message, reasoning, functionCall, customToolCall
        /// An item of this dialect that stays as it came.
        case whole
    }

    /// How far an item has come.
    enum Status: String {
        case inProgress = "in_progress"
        case completed
        case incomplete
    }

    /// One part of a message.
    struct Content {
        let isRefusal: Bool
        var text = ""
        /// Annotations in this dialect.
        var annotations: [RawJSON] = []
        /// Elements of log probabilities.
        var logprobs: [RawJSON] = []
        var isDone = false
    }

    let kind: Kind
    let id: String
    var status = Status.inProgress
    /// The parts of a message.
    var parts: [Content] = []
    /// The reasoning, or the call's arguments or input.
    var text = ""
    var callID = ""
    var name = ""
    /// The seal of reasoning, as its issuer made it.
    var seal: String?
    /// The dialect that made the seal.
    var issuer = DialectID.openAIResponses
    /// The item where it stays as it came.
    var raw: RawJSON?

    /// Writes the item as it stands.
    func write(to json: inout JSONWriter) {
        if let raw { return json.raw(raw.bytes) }
        json.beginObject()
        json.put("id", id)
        switch kind {
        case .message:
            json.word("type", "message")
            json.put("status", status.rawValue)
            json.word("role", "assistant")
            json.key("content")
            json.beginArray()
            for part in parts { Self.write(part, to: &json) }
            json.endArray()
        case .reasoning:
            json.word("type", "reasoning")
            json.put("status", status.rawValue)
            json.key("summary")
            json.beginArray()
            if !text.isEmpty { Self.writeSummary(text, to: &json) }
            json.endArray()
            json.put(
                "encrypted_content", seal.map { ReasoningSeal(issuer: issuer, text: $0).shown(in: .openAIResponses) })
        case .functionCall, .customToolCall:
            let isCustom = kind == .customToolCall
            json.put("type", isCustom ? "custom_tool_call" : "function_call")
            json.put("status", status.rawValue)
            json.put("call_id", callID)
            json.put("name", name)
            json.put(isCustom ? "input" : "arguments", text)
        case .whole: break
        }
        json.endObject()
    }

    /// Writes a part of a message.
    static func write(_ part: Content, to json: inout JSONWriter) {
        json.beginObject()
        if part.isRefusal {
            json.word("type", "refusal")
            json.put("refusal", part.text)
        } else {
            json.word("type", "output_text")
            json.key("annotations")
            write(part.annotations, to: &json)
            json.key("logprobs")
            write(part.logprobs, to: &json)
            json.put("text", part.text)
        }
        json.endObject()
    }

    /// Writes a part of a reasoning summary.
    static func writeSummary(_ text: String, to json: inout JSONWriter) {
        json.beginObject()
        json.word("type", "summary_text")
        json.put("text", text)
        json.endObject()
    }

    /// Writes values that are JSON already as an array.
    static func write(_ values: [RawJSON], to json: inout JSONWriter) {
        json.beginArray()
        for value in values { json.raw(value.bytes) }
        json.endArray()
    }
}
