import Transport

/// Turns the objects of a Messages answer (events of a stream, or one whole message) into events.
///
/// A pure state machine: it knows which content blocks are open and what is gathered for them.
/// Source: https://docs.anthropic.com/en/docs/build-with-claude/streaming.
struct AnthropicAnswerReader {
    /// Content blocks that an answer may hold.
    static let blockCountMax = 4096
    /// Bytes that may be gathered for a block that is shown only when it is complete.
    static let gatheredBytesMax = 16 << 20

    private enum BlockKind {
        case text, thinking, redacted
        case call(Int)
        /// A block that only this dialect knows, as it began.
        case own(RawJSON)
    }

    private struct Block {
        let index: Int
        let kind: BlockKind
        /// The input as the block's start gave it, where deltas may follow.
        var initialInput = ""
        var hasInput = false
        /// The input gathered for a block of this dialect's own.
        var gathered = ""
    }

    private var open: [Block] = []
    private var blockCount = 0
    private var callCount = 0
    private var usage = AnthropicUsage()
    /// Whether the message began.
    private(set) var hasStarted = false
    /// Whether model output was among the events so far.
    private(set) var hasOutput = false
    /// Whether the reason for the end was stated.
    private(set) var hasFinished = false

    /// Appends the events of one event of a stream, named by `name` where it does not name itself.
    mutating func read(
        event root: JSONCursor, named name: ArraySlice<UInt8>, _ events: inout [Event]
    ) throws(Failure) -> SSEFrameRemarks {
        guard root.isObject else { throw invalid("the provider's stream holds an event that is not a JSON object") }
        let firstEvent = events.count
        let kind = root["type"].flatMap(EventKind.init) ?? EventKind(name)
        var remarks = SSEFrameRemarks()
        switch kind {
        case .messageStart:
            guard let message = root["message"], message.isObject else {
                throw invalid("the provider's stream holds a message_start without a message")
            }
            start(message, &events)
        case .blockStart:
            try checkStarted()
            guard let block = root["content_block"], block.isObject else {
                throw invalid("the provider's stream holds a content_block_start without a block")
            }
            try begin(block, index: root["index"]?.int ?? blockCount, &events)
        case .blockDelta:
            try checkStarted()
            if let delta = root["delta"] { try read(delta: delta, index: root["index"]?.int ?? 0, &events) }
            remarks.isRepeatable = true
        case .blockStop:
            try checkStarted()
            if let position = open.lastIndex(where: { $0.index == root["index"]?.int ?? 0 }) {
                finish(open.remove(at: position), &events)
            }
        case .messageDelta:
            try checkStarted()
            if let delta = root["delta"] { readStop(delta, &events) }
            if let stated = root["usage"], usage.read(stated) { events.append(.usage(usage.usage)) }
        case .messageStop:
            try checkStarted()
            flush(&events)
            remarks.hasEnded = true
        case .error: throw ProviderErrorReader.failure(root, phase: phase)
        case .ping: break
        case nil:
            // New kinds of events may come at any time; an error without a type may as well.
            if root["error"].map({ !$0.isNull }) ?? false { throw ProviderErrorReader.failure(root, phase: phase) }
        }
        noteOutput(events[firstEvent...])
        return remarks
    }

    /// Appends the events of a whole message.
    mutating func read(message root: JSONCursor, _ events: inout [Event]) throws(Failure) {
        guard root.isObject else { throw invalid("the provider's answer is not a JSON object") }
        if root["type"]?.equals("error") == true || (root["error"].map { !$0.isNull } ?? false) {
            throw ProviderErrorReader.failure(root, phase: phase)
        }
        guard let content = root["content"], content.isArray else {
            throw invalid("the provider's answer holds no message with content")
        }
        start(root, &events)
        for block in content.elements {
            guard block.isObject else {
                throw invalid("the provider's answer holds a content block that is not an object")
            }
            try begin(block, index: blockCount, &events)
            flush(&events)
        }
        readStop(root, &events)
    }

    /// Completes the blocks that are open, once nothing more can come.
    mutating func flush(_ events: inout [Event]) {
        for block in open { finish(block, &events) }
        open.removeAll(keepingCapacity: true)
    }

    private mutating func start(_ message: JSONCursor, _ events: inout [Event]) {
        guard !hasStarted else { return }
        hasStarted = true
        let stated = message["usage"]
        events.append(
            .started(
                ResponseInfo(
                    id: message["id"]?.string, model: message["model"]?.string,
                    serviceTier: stated?["service_tier"]?.string, issuer: .anthropicMessages)))
        if let stated, usage.read(stated) { events.append(.usage(usage.usage)) }
    }

    private mutating func readStop(_ value: JSONCursor, _ events: inout [Event]) {
        guard let reason = value["stop_reason"], reason.isString, !hasFinished else { return }
        flush(&events)
        hasFinished = true
        events.append(
            .finished(choice: 0, AnthropicFinish.read(reason, sequence: value["stop_sequence"]?.string)))
    }

    private func checkStarted() throws(Failure) {
        guard hasStarted else { throw invalid("the provider's stream holds content before its message_start") }
    }

    private mutating func noteOutput(_ events: ArraySlice<Event>) {
        guard !hasOutput else { return }
        for event in events where event.commits { hasOutput = true }
    }
}

// MARK: - Content blocks

extension AnthropicAnswerReader {
    private mutating func begin(
        _ value: JSONCursor, index: Int, _ events: inout [Event]
    ) throws(Failure) {
        blockCount += 1
        guard blockCount <= Self.blockCountMax else {
            throw invalid("the provider's answer holds more than \(Self.blockCountMax) content blocks")
        }
        guard let type = value["type"] else {
            throw invalid("the provider's answer holds a content block without a type")
        }
        if type.equals("text") {
            if let text = value["text"]?.string, !text.isEmpty { events.append(.textDelta(choice: 0, text)) }
            if let citations = value["citations"], citations.count > 0 {
                events.append(.annotations(choice: 0, RawJSON(citations)))
            }
            open.append(Block(index: index, kind: .text))
        } else if type.equals("tool_use") {
            events.append(
                .toolCallStarted(
                    choice: 0, index: callCount, id: value["id"]?.string ?? "", name: value["name"]?.string ?? "",
                    kind: .function))
            var block = Block(index: index, kind: .call(callCount))
            if let input = value["input"], input.isObject, input.count > 0 {
                block.initialInput = String(decoding: input.raw, as: UTF8.self)
            }
            open.append(block)
            callCount += 1
        } else if type.equals("thinking") {
            if let text = value["thinking"]?.string, !text.isEmpty { events.append(.reasoningDelta(choice: 0, text)) }
            if let signature = value["signature"]?.string, !signature.isEmpty {
                events.append(.reasoningSignature(choice: 0, signature))
            }
            open.append(Block(index: index, kind: .thinking))
        } else if type.equals("redacted_thinking") {
            // An array, as the member of this name holds elsewhere.
            events.append(
                .reasoningDetails(choice: 0, RawJSON(bytes: [UInt8(ascii: "[")] + value.raw + [UInt8(ascii: "]")])))
            open.append(Block(index: index, kind: .redacted))
        } else {
            open.append(Block(index: index, kind: .own(RawJSON(value))))
        }
    }

    private mutating func read(
        delta: JSONCursor, index: Int, _ events: inout [Event]
    ) throws(Failure) {
        guard let type = delta["type"] else { return }
        if type.equals("text_delta") {
            if let text = delta["text"], !text.isEmptyString, let text = text.string {
                events.append(.textDelta(choice: 0, text))
            }
        } else if type.equals("input_json_delta") {
            guard let text = delta["partial_json"]?.string, !text.isEmpty else { return }
            try readInput(text, index: index, &events)
        } else if type.equals("thinking_delta") {
            if let text = delta["thinking"]?.string, !text.isEmpty { events.append(.reasoningDelta(choice: 0, text)) }
        } else if type.equals("signature_delta") {
            if let signature = delta["signature"]?.string, !signature.isEmpty {
                events.append(.reasoningSignature(choice: 0, signature))
            }
        } else if type.equals("citations_delta"), let citation = delta["citation"], citation.isObject {
            events.append(
                .annotations(choice: 0, RawJSON(bytes: [UInt8(ascii: "[")] + citation.raw + [UInt8(ascii: "]")])))
        }
    }

    private mutating func readInput(_ text: String, index: Int, _ events: inout [Event]) throws(Failure) {
        guard let position = open.lastIndex(where: { $0.index == index }) else {
            throw invalid("the provider's stream holds input for a content block that is not open")
        }
        switch open[position].kind {
        case .call(let call):
            open[position].hasInput = true
            events.append(.toolCallArguments(choice: 0, index: call, text))
        case .own:
            open[position].gathered += text
            guard open[position].gathered.utf8.count <= Self.gatheredBytesMax else {
                throw invalid("the provider's stream holds a content block of more than \(Self.gatheredBytesMax) bytes")
            }
        case .text, .thinking, .redacted: break
        }
    }

    private func finish(_ block: Block, _ events: inout [Event]) {
        switch block.kind {
        case .text, .thinking, .redacted: break
        case .call(let call):
            // A call without arguments has none in its deltas either, but elsewhere arguments must be JSON.
            if !block.hasInput {
                let input = block.initialInput.isEmpty ? "{}" : block.initialInput
                events.append(.toolCallArguments(choice: 0, index: call, input))
            }
        case .own(let raw): events.append(.media(choice: 0, AnthropicOwnBlock.media(raw, input: block.gathered)))
        }
    }

    /// The kinds of events in a stream.
    enum EventKind {
        case messageStart, blockStart, blockDelta, blockStop, messageDelta, messageStop, ping, error

        init?(_ type: JSONCursor) {
            if type.equals("content_block_delta") {
                self = .blockDelta
            } else if type.equals("content_block_start") {
                self = .blockStart
            } else if type.equals("content_block_stop") {
                self = .blockStop
            } else if type.equals("message_start") {
                self = .messageStart
            } else if type.equals("message_delta") {
                self = .messageDelta
            } else if type.equals("message_stop") {
                self = .messageStop
            } else if type.equals("ping") {
                self = .ping
            } else if type.equals("error") {
                self = .error
            } else {
                return nil
            }
        }

        init?(_ name: ArraySlice<UInt8>) {
            switch String(decoding: name, as: UTF8.self) {
            case "content_block_delta": self = .blockDelta
            case "content_block_start": self = .blockStart
            case "content_block_stop": self = .blockStop
            case "message_start": self = .messageStart
            case "message_delta": self = .messageDelta
            case "message_stop": self = .messageStop
            case "ping": self = .ping
            case "error": self = .error
            default: return nil
            }
        }
    }
}
