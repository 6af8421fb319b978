import Transport

/// Collects the events of an answer, and writes them as the body of a call that did not ask for a stream.
package struct OpenAIChatCollector {
    private var answer: Answer
    private let fallback: ResponseInfo

    /// Makes a collector; `fallback` tells what the body says about the answer where the provider does not.
    package init(fallback: ResponseInfo, limits: AnswerLimits = .standard) {
        answer = Answer(limits: limits)
        self.fallback = fallback
    }

    /// Adds one event; throws the failure that it is, or the limit that it breaks.
    package mutating func append(_ event: Event) throws(Failure) {
        try answer.append(event)
    }

    /// What was collected so far.
    package var collected: Answer { answer }

    /// The body; throws where the answer never ended, since nothing may pass for complete that is not.
    package func body() throws(Failure) -> [UInt8] {
        guard answer.isComplete else {
            throw Failure(.prematureEnd, "the provider's answer stopped before it was complete")
        }
        return OpenAIChatAnswerWriter.body(answer, fallback: fallback)
    }
}

/// Writes a whole answer as a chat completion.
package enum OpenAIChatAnswerWriter {
    /// The body of the answer.
    package static func body(_ answer: Answer, fallback: ResponseInfo) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 1024)
        let info = answer.info
        json.beginObject()
        json.key("id")
        json.string(info.id ?? fallback.id ?? "chatcmpl-lip")
        json.key("object")
        json.string("chat.completion" as StaticString)
        json.key("created")
        json.int(info.created ?? fallback.created ?? 0)
        json.key("model")
        json.string(info.model ?? fallback.model ?? "")
        json.key("choices")
        json.beginArray()
        // What other dialects sealed means nothing to a client or provider of this one.
        let showsDetails = info.issuer == nil || info.issuer == .openAIChat
        for choice in answer.choices { write(choice, showsDetails: showsDetails, &json) }
        json.endArray()
        if let usage = answer.usage {
            json.key("usage")
            OpenAIChatUsage.write(usage, to: &json)
        }
        if let tier = info.serviceTier {
            json.key("service_tier")
            json.string(tier)
        }
        if let fingerprint = info.systemFingerprint {
            json.key("system_fingerprint")
            json.string(fingerprint)
        }
        json.endObject()
        return json.bytes
    }

    private static func write(_ choice: Answer.Choice, showsDetails: Bool, _ json: inout JSONWriter) {
        json.beginObject()
        json.key("index")
        json.int(choice.index)
        json.key("message")
        writeMessage(choice, showsDetails: showsDetails, &json)
        json.key("logprobs")
        writeLogprobs(choice.logprobs, &json)
        json.key("finish_reason")
        json.string(OpenAIChatFinish.word(choice.finish ?? impliedFinish(choice)))
        json.endObject()
    }

    /// The reason where the provider ended its answer without one.
    private static func impliedFinish(_ choice: Answer.Choice) -> FinishReason {
        choice.pieces.contains { $0.kind == .toolCall } ? .toolCalls : .stop
    }

    private static func writeMessage(_ choice: Answer.Choice, showsDetails: Bool, _ json: inout JSONWriter) {
        func joined(_ kind: Answer.Piece.Kind) -> String? {
            let texts = choice.pieces.filter { $0.kind == kind }.map(\.text)
            return texts.isEmpty ? nil : texts.joined()
        }
        let refusal = joined(.refusal)
        let calls = choice.pieces.filter { $0.kind == .toolCall }
        let media = OpenAIChatMedia(choice.pieces)
        json.beginObject()
        json.key("role")
        json.string("assistant" as StaticString)
        json.key("content")
        let text = joined(.text)
        if !media.contentParts.isEmpty {
            media.writeContent(text, &json)
        } else if let text {
            json.string(text)
        } else if !calls.isEmpty || refusal != nil || media.audio != nil {
            json.null()
        } else {
            json.string("" as StaticString)
        }
        json.key("refusal")
        if let refusal {
            json.string(refusal)
        } else {
            json.null()
        }
        writeReasoning(showsDetails ? choice.pieces : [], joined(.reasoning), &json)
        if !choice.annotations.isEmpty {
            json.key("annotations")
            writeJoined(choice.annotations, &json)
        }
        media.write(&json)
        writeCalls(calls, &json)
        json.endObject()
    }

    /// Reasoning under the name that its provider uses: OpenRouter's where its structured form is there.
    private static func writeReasoning(_ pieces: [Answer.Piece], _ text: String?, _ json: inout JSONWriter) {
        let details = pieces.filter { $0.kind == .reasoningDetails }.compactMap(\.raw)
        if let text {
            json.key(details.isEmpty ? "reasoning_content" : "reasoning")
            json.string(text)
        }
        if !details.isEmpty {
            json.key("reasoning_details")
            writeJoined(details, &json)
        }
    }

    private static func writeCalls(_ calls: [Answer.Piece], _ json: inout JSONWriter) {
        if let legacy = calls.first(where: { $0.callKind == .legacyFunction }) {
            json.key("function_call")
            writeNamed(legacy, "arguments", &json)
        }
        let calls = calls.filter { $0.callKind != .legacyFunction }
        guard !calls.isEmpty else { return }
        json.key("tool_calls")
        json.beginArray()
        for call in calls {
            let isCustom = call.callKind == .custom
            json.beginObject()
            json.key("id")
            json.string(call.callID)
            json.key("type")
            json.string(isCustom ? "custom" : "function")
            json.key(isCustom ? "custom" : "function")
            writeNamed(call, isCustom ? "input" : "arguments", &json)
            json.endObject()
        }
        json.endArray()
    }

    private static func writeNamed(_ call: Answer.Piece, _ input: StaticString, _ json: inout JSONWriter) {
        json.beginObject()
        json.key("name")
        json.string(call.callName)
        json.key(input)
        json.string(call.text)
        json.endObject()
    }

    /// Writes several arrays as one.
    static func writeJoined(_ arrays: [RawJSON], _ json: inout JSONWriter) {
        json.beginArray()
        for array in arrays {
            guard let document = try? JSONDocument(parsing: array.bytes) else { continue }
            for element in document.root.elements { json.raw(element) }
        }
        json.endArray()
    }

    /// Writes the log probabilities of all chunks as one object: each member's arrays joined.
    private static func writeLogprobs(_ records: [RawJSON], _ json: inout JSONWriter) {
        guard !records.isEmpty else { return json.null() }
        if records.count == 1 { return json.raw(records[0].bytes) }
        var names: [String] = []
        var arrays: [String: [RawJSON]] = [:]
        for record in records {
            guard let document = try? JSONDocument(parsing: record.bytes) else { continue }
            for member in document.root.members {
                guard let name = member.key.string else { continue }
                if !names.contains(name) { names.append(name) }
                if member.value.isArray { arrays[name, default: []].append(RawJSON(member.value)) }
            }
        }
        json.beginObject()
        for name in names {
            json.key(name)
            if let found = arrays[name] {
                writeJoined(found, &json)
            } else {
                json.null()
            }
        }
        json.endObject()
    }
}
