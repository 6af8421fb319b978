import Transport

/// Writes a streamed Messages answer: carried frames as they came, or the events of a message built from events.
///
/// The stream ends with exactly one `message_stop`, or with an `error` event and none. Belongs to one task at a time.
/// Source: https://docs.anthropic.com/en/docs/build-with-claude/streaming.
package struct AnthropicStreamEncoder: AnswerEncoder {
    private var info: ResponseInfo
    private var queue = AnthropicBlockQueue()
    private var usage: Usage?
    private var finish: FinishReason?
    private var hasStarted = false
    private var hasCalls = false
    private var hasRefusal = false
    /// Whether the stream was ended, well or not: nothing more may be written.
    package private(set) var isOver = false

    /// Makes an encoder; `fallback` tells what the message says about itself where the provider does not.
    ///
    /// This dialect always states usage, asked or not.
    package init(includeUsage: Bool, fallback: ResponseInfo) {
        info = fallback
    }

    /// Appends a carried frame, whose events tell what it holds.
    package mutating func carry(_ frame: AnswerFrame, _ events: [Event], into output: inout [UInt8]) {
        guard !isOver else { return }
        for event in events {
            switch event {
            case .started(let started):
                adopt(started)
                hasStarted = true
            case .failed(let failure): return fail(failure, into: &output)
            case .ended:
                isOver = true
                // The provider left its last event out.
                if frame.bytes.isEmpty { Self.stop(into: &output) }
            default: break
            }
        }
        output.append(contentsOf: frame.bytes)
    }

    /// Appends what an event becomes, if it becomes anything now.
    package mutating func encode(_ event: Event, into output: inout [UInt8]) {
        guard !isOver else { return }
        switch event {
        case .started(let started): adopt(started)
        case .usage(let stated): usage = stated
        case .finished(0, let reason): finish = reason
        case .failed(let failure): fail(failure, into: &output)
        case .ended: end(into: &output)
        case .textDelta(0, let text):
            guard !text.isEmpty else { return }
            start(into: &output)
            queue.text(text, as: .text, into: &output)
        case .refusalDelta(0, let text):
            guard !text.isEmpty else { return }
            hasRefusal = true
            start(into: &output)
            queue.text(text, as: .refusal, into: &output)
        case .reasoningDelta(0, let text):
            guard !text.isEmpty else { return }
            start(into: &output)
            queue.text(text, as: .thinking, into: &output)
        case .reasoningSignature(0, let signature):
            start(into: &output)
            queue.seal(signature, issuer: info.issuer, into: &output)
        case .reasoningDetails(0, let raw):
            start(into: &output)
            for block in AnthropicSealedBlock.blocks(raw, issuer: info.issuer) { queue.whole(block, into: &output) }
        case .toolCallStarted(0, let index, let id, let name, let kind):
            hasCalls = true
            start(into: &output)
            let id = id.isEmpty ? "toolu_\(info.id ?? "lip")_\(index)" : id
            queue.call(index, id: id, name: name, kind: kind, into: &output)
        case .toolCallArguments(0, let index, let text): queue.arguments(text, of: index, into: &output)
        case .media(0, let raw):
            guard let block = AnthropicOwnBlock.block(raw) else { return }
            start(into: &output)
            queue.whole(RawJSON(bytes: block.bytes), into: &output)
        case .annotations(0, let raw):
            guard info.issuer == .anthropicMessages else { return }
            start(into: &output)
            queue.citations(raw, into: &output)
        case .finished, .textDelta, .refusalDelta, .reasoningDelta, .reasoningSignature, .reasoningDetails,
            .toolCallStarted, .toolCallArguments, .media, .annotations, .logprobs:
            // This dialect has one choice, and no log probabilities.
            break
        }
    }

    /// Ends the stream with an error in the form that Anthropic's clients raise; no `message_stop` follows.
    package mutating func fail(_ failure: Failure, into output: inout [UInt8]) {
        guard !isOver else { return }
        isOver = true
        SSEWriter.event(name: "error" as StaticString, data: AnthropicErrors.body(failure), into: &output)
    }

    /// Appends a `ping`, which Anthropic sends itself and its clients skip.
    package static func keepAlive(into output: inout [UInt8]) {
        output.append(contentsOf: "event: ping\ndata: {\"type\": \"ping\"}\n\n".utf8)
    }

    /// Takes what the provider said about the answer; what it did not say stays the fallback.
    private mutating func adopt(_ started: ResponseInfo) {
        info.id = started.id ?? info.id
        info.model = started.model ?? info.model
        info.serviceTier = started.serviceTier ?? info.serviceTier
        info.issuer = started.issuer
    }

    /// Begins the message with the first of its content, when most is known about it.
    private mutating func start(into output: inout [UInt8]) {
        guard !hasStarted else { return }
        hasStarted = true
        let info = self.info
        let usage = self.usage
        output.append(contentsOf: "event: message_start\ndata: ".utf8)
        JSONWriter.append(to: &output) { json in
            json.beginObject()
            json.key("type")
            json.string("message_start" as StaticString)
            json.key("message")
            json.beginObject()
            AnthropicAnswerWriter.writeHead(info, fallback: info, &json)
            json.key("content")
            json.beginArray()
            json.endArray()
            json.key("stop_reason")
            json.null()
            json.key("stop_sequence")
            json.null()
            json.key("usage")
            AnthropicUsage.write(usage, tier: info.serviceTier, to: &json)
            json.endObject()
            json.endObject()
        }
        output.append(contentsOf: "\n\n".utf8)
    }

    private mutating func end(into output: inout [UInt8]) {
        start(into: &output)
        queue.finish(into: &output)
        isOver = true
        let reason = AnthropicFinish.settled(finish, hasCalls: hasCalls, hasRefusal: hasRefusal)
        let usage = self.usage
        output.append(contentsOf: "event: message_delta\ndata: ".utf8)
        JSONWriter.append(to: &output) { json in
            json.beginObject()
            json.key("type")
            json.string("message_delta" as StaticString)
            json.key("delta")
            json.beginObject()
            AnthropicFinish.write(reason, to: &json)
            json.endObject()
            json.key("usage")
            AnthropicUsage.write(usage, to: &json)
            json.endObject()
        }
        output.append(contentsOf: "\n\n".utf8)
        Self.stop(into: &output)
    }

    private static func stop(into output: inout [UInt8]) {
        output.append(contentsOf: "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n".utf8)
    }
}
