import Transport

/// Writes a streamed chat completion: carried frames as they came, or chunks built from events.
///
/// The stream ends with exactly one `[DONE]`, or with an error and none. Belongs to one task at a time.
package struct OpenAIChatStreamEncoder: AnswerEncoder {
    private let includeUsage: Bool
    private var info: ResponseInfo
    /// `data: {…,"choices":[{"index":` for the chunks of this answer, made once.
    private var prefix: [UInt8] = []
    private var startedChoices: [Int] = []
    private var usage: Usage?
    private var hasShownUsage = false
    /// Whether the stream was ended, well or not: nothing more may be written.
    package private(set) var isOver = false

    /// Makes an encoder; `fallback` tells what chunks say about the answer where the provider does not.
    package init(includeUsage: Bool, fallback: ResponseInfo) {
        self.includeUsage = includeUsage
        info = fallback
    }

    /// Appends a carried frame, whose events tell what it holds; the usage chunk is left out if nobody asked for it.
    package mutating func carry(_ frame: AnswerFrame, _ events: [Event], into output: inout [UInt8]) {
        guard !isOver else { return }
        for event in events {
            switch event {
            case .started(let started): adopt(started)
            case .usage(let stated): usage = stated
            case .failed(let failure): return fail(failure, into: &output)
            case .ended: return end(into: &output)
            case .textDelta(let choice, _), .toolCallStarted(let choice, _, _, _, _):
                if choice != 0 || startedChoices.isEmpty { noteStart(choice) }
            default: break
            }
        }
        if frame.isUsageOnly, !includeUsage { return }
        if frame.statesUsage { hasShownUsage = true }
        output.append(contentsOf: frame.bytes)
    }

    /// Appends the chunk that an event becomes, if it becomes one.
    package mutating func encode(_ event: Event, into output: inout [UInt8]) {
        guard !isOver else { return }
        switch event {
        case .started(let started): adopt(started)
        case .textDelta(let choice, let text): chunk(choice, &output) { $0.member("content", text) }
        case .reasoningDelta(let choice, let text): chunk(choice, &output) { $0.member("reasoning_content", text) }
        case .refusalDelta(let choice, let text): chunk(choice, &output) { $0.member("refusal", text) }
        case .reasoningDetails(let choice, let raw):
            // What other dialects sealed means nothing to a client or provider of this one.
            guard info.issuer == nil || info.issuer == .openAIChat else { break }
            chunk(choice, &output) { json in
                json.key("reasoning_details")
                json.raw(raw.bytes)
            }
        case .reasoningSignature: break
        case .toolCallStarted(let choice, let index, let id, let name, let kind):
            chunk(choice, &output) { $0.toolCallStart(index: index, id: id, name: name, kind: kind) }
            if kind == .custom { customCalls.append(CallKey(choice: choice, index: index)) }
            if kind == .legacyFunction { legacyCalls.append(CallKey(choice: choice, index: index)) }
        case .toolCallArguments(let choice, let index, let text):
            let key = CallKey(choice: choice, index: index)
            let kind: ToolKind =
                legacyCalls.contains(key) ? .legacyFunction : customCalls.contains(key) ? .custom : .function
            chunk(choice, &output) { $0.toolCallArguments(index: index, text, kind: kind) }
        case .media(let choice, let raw):
            // Of other dialects' media nothing has a place here.
            guard Self.isMedia(raw) else { return }
            chunk(choice, &output) { $0.members(of: raw) }
        case .annotations(let choice, let raw):
            chunk(choice, &output) { json in
                json.key("annotations")
                json.raw(raw.bytes)
            }
        case .logprobs(let choice, let raw): chunk(choice, &output, logprobs: raw) { _ in }
        case .finished(let choice, let reason): chunk(choice, &output, finish: reason) { _ in }
        case .usage(let stated): usage = stated
        case .failed(let failure): fail(failure, into: &output)
        case .ended: end(into: &output)
        }
    }

    /// Appends a comment, which clients skip, to keep the connection in use.
    package static func keepAlive(into output: inout [UInt8]) {
        SSEWriter.comment("keepalive", into: &output)
    }

    /// Ends the stream with an error in the form that OpenAI's clients raise; no `[DONE]` follows.
    package mutating func fail(_ failure: Failure, into output: inout [UInt8]) {
        guard !isOver else { return }
        isOver = true
        SSEWriter.data(OpenAIChatErrors.body(failure), into: &output)
    }

    /// Ends the stream well: usage if the client asked and has not seen it, then `[DONE]`.
    package mutating func end(into output: inout [UInt8]) {
        guard !isOver else { return }
        isOver = true
        if includeUsage, !hasShownUsage, let usage {
            output.append(contentsOf: "data: ".utf8)
            JSONWriter.append(to: &output) { json in
                json.beginObject()
                Self.head(info, &json)
                json.key("choices")
                json.beginArray()
                json.endArray()
                json.key("usage")
                OpenAIChatUsage.write(usage, to: &json)
                json.endObject()
            }
            output.append(contentsOf: "\n\n".utf8)
        }
        output.append(contentsOf: "data: [DONE]\n\n".utf8)
    }

    // MARK: - Chunks

    private struct CallKey: Equatable {
        let choice: Int
        let index: Int
    }

    private var customCalls: [CallKey] = []
    private var legacyCalls: [CallKey] = []

    /// Whether media is in the form of this dialect: audio, images or a part of the content.
    private static func isMedia(_ raw: RawJSON) -> Bool {
        guard let document = try? JSONDocument(parsing: raw.bytes) else { return false }
        return document.root.members.allSatisfy { member in
            member.key.equals("audio") || member.key.equals("images") || member.key.equals("content")
        }
    }

    /// Takes what the provider said about the answer; what it did not say stays the fallback.
    private mutating func adopt(_ started: ResponseInfo) {
        info.id = started.id ?? info.id
        info.model = started.model ?? info.model
        info.created = started.created ?? info.created
        info.systemFingerprint = started.systemFingerprint ?? info.systemFingerprint
        info.serviceTier = started.serviceTier ?? info.serviceTier
        info.issuer = started.issuer
        prefix.removeAll(keepingCapacity: true)
    }

    /// Notes a choice; true if it is new.
    @discardableResult
    private mutating func noteStart(_ choice: Int) -> Bool {
        if startedChoices.contains(choice) { return false }
        startedChoices.append(choice)
        return true
    }

    private mutating func chunk(
        _ choice: Int, _ output: inout [UInt8], finish: FinishReason? = nil, logprobs: RawJSON? = nil,
        _ delta: (inout JSONWriter) -> Void
    ) {
        if prefix.isEmpty { makePrefix() }
        let isFirst = noteStart(choice)
        output.append(contentsOf: prefix)
        JSONWriter.append(to: &output) { json in
            json.int(choice)
            json.key("delta")
            json.beginObject()
            if isFirst {
                json.key("role")
                json.string("assistant" as StaticString)
            }
            delta(&json)
            json.endObject()
            if let logprobs {
                json.key("logprobs")
                json.raw(logprobs.bytes)
            }
            json.key("finish_reason")
            if let finish {
                json.string(OpenAIChatFinish.word(finish))
            } else {
                json.null()
            }
        }
        output.append(contentsOf: "}]}\n\n".utf8)
    }

    private mutating func makePrefix() {
        let info = self.info
        prefix.append(contentsOf: "data: ".utf8)
        JSONWriter.append(to: &prefix) { json in
            json.beginObject()
            Self.head(info, &json)
            json.key("choices")
            json.beginArray()
            json.beginObject()
            json.key("index")
        }
    }

    private static func head(_ info: ResponseInfo, _ json: inout JSONWriter) {
        json.key("id")
        json.string(info.id ?? "chatcmpl-lip")
        json.key("object")
        json.string("chat.completion.chunk" as StaticString)
        json.key("created")
        json.int(info.created ?? 0)
        json.key("model")
        json.string(info.model ?? "")
        if let fingerprint = info.systemFingerprint {
            json.key("system_fingerprint")
            json.string(fingerprint)
        }
        if let tier = info.serviceTier {
            json.key("service_tier")
            json.string(tier)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: StaticString, _ text: String) {
        key(name)
        string(text)
    }

    /// Writes the members of an object that is known to be one, into the object being written.
    fileprivate mutating func members(of object: RawJSON) {
        guard let document = try? JSONDocument(parsing: object.bytes) else { return }
        for member in document.root.members {
            key(member.key.string ?? "")
            raw(member.value)
        }
    }

    fileprivate mutating func toolCallStart(index: Int, id: String, name: String, kind: ToolKind) {
        if kind == .legacyFunction {
            key("function_call")
            beginObject()
            member("name", name)
            member("arguments", "")
            return endObject()
        }
        let isCustom = kind == .custom
        key("tool_calls")
        beginArray()
        beginObject()
        key("index")
        int(index)
        member("id", id)
        member("type", isCustom ? "custom" : "function")
        key(isCustom ? "custom" : "function")
        beginObject()
        member("name", name)
        member(isCustom ? "input" : "arguments", "")
        endObject()
        endObject()
        endArray()
    }

    fileprivate mutating func toolCallArguments(index: Int, _ text: String, kind: ToolKind) {
        if kind == .legacyFunction {
            key("function_call")
            beginObject()
            member("arguments", text)
            return endObject()
        }
        let isCustom = kind == .custom
        key("tool_calls")
        beginArray()
        beginObject()
        key("index")
        int(index)
        key(isCustom ? "custom" : "function")
        beginObject()
        member(isCustom ? "input" : "arguments", text)
        endObject()
        endObject()
        endArray()
    }
}
