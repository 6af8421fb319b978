import Transport

/// Writes a streamed completion of the legacy interface: carried frames as they came, or chunks built from events.
///
/// The stream ends with exactly one `[DONE]`, or with an error and none. Only text has a place in it: refusals are text,
/// reasoning and tool calls are left out. Belongs to one task at a time.
package struct OpenAICompletionsStreamEncoder: AnswerEncoder {
    private let includeUsage: Bool
    private var info: ResponseInfo
    private var usage: Usage?
    private var hasShownUsage = false
    /// How many characters of log probabilities each choice has had.
    private var offsets: [Int: Int] = [:]
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
        case .textDelta(let choice, let text), .refusalDelta(let choice, let text): chunk(choice, text, &output)
        case .logprobs(let choice, let raw):
            if let logprobs = OpenAICompletionsObject.logprobs(raw, offset: &offsets[choice, default: 0]) {
                chunk(choice, "", logprobs: logprobs, &output)
            }
        case .finished(let choice, let reason): chunk(choice, "", finish: reason, &output)
        case .usage(let stated): usage = stated
        case .failed(let failure): fail(failure, into: &output)
        case .ended: end(into: &output)
        case .reasoningDelta, .reasoningSignature, .reasoningDetails, .toolCallStarted, .toolCallArguments, .media,
            .annotations:
            break
        }
    }

    /// Ends the stream with an error in the form that OpenAI's clients raise; no `[DONE]` follows.
    package mutating func fail(_ failure: Failure, into output: inout [UInt8]) {
        guard !isOver else { return }
        isOver = true
        SSEWriter.data(OpenAICompletionsErrors.body(failure), into: &output)
    }

    /// Appends a comment, which clients skip, to keep the connection in use.
    package static func keepAlive(into output: inout [UInt8]) {
        SSEWriter.comment("keepalive", into: &output)
    }

    private mutating func end(into output: inout [UInt8]) {
        isOver = true
        if includeUsage, !hasShownUsage, let usage {
            frame(&output) { json in
                json.key("choices")
                json.beginArray()
                json.endArray()
                json.key("usage")
                OpenAIChatUsage.write(usage, to: &json)
            }
        }
        output.append(contentsOf: "data: [DONE]\n\n".utf8)
    }

    /// Takes what the provider said about the answer; what it did not say stays the fallback.
    private mutating func adopt(_ started: ResponseInfo) {
        info.id = started.id ?? info.id
        info.model = started.model ?? info.model
        info.created = started.created ?? info.created
        info.systemFingerprint = started.systemFingerprint ?? info.systemFingerprint
    }

    private func chunk(
        _ choice: Int, _ text: String, logprobs: RawJSON? = nil, finish: FinishReason? = nil, _ output: inout [UInt8]
    ) {
        frame(&output) { json in
            json.key("choices")
            json.beginArray()
            OpenAICompletionsObject.writeChoice(choice, text: text, logprobs: logprobs, finish: finish, &json)
            json.endArray()
        }
    }

    private func frame(_ output: inout [UInt8], _ members: (inout JSONWriter) -> Void) {
        output.append(contentsOf: "data: ".utf8)
        let start = output.count
        JSONWriter.append(to: &output) { json in
            json.beginObject()
            OpenAICompletionsObject.writeHead(info, &json)
            members(&json)
            json.endObject()
        }
        // Log probabilities stay as the provider wrote them; a line end between their values would end the data.
        for position in start..<output.count where output[position] == 0x0A || output[position] == 0x0D {
            output[position] = 0x20
        }
        output.append(contentsOf: "\n\n".utf8)
    }
}
