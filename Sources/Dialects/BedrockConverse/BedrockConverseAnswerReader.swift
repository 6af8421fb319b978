import Transport

/// Turns the objects of a Converse answer (events of a stream, or one whole answer) into events.
///
/// A pure state machine: it knows which content blocks are open. A stream's text and reasoning have no start of their own;
/// its counts come behind the reason for its end.
/// Source: Bedrock API reference, `ConverseStreamOutput` and `ContentBlock`.
struct BedrockConverseAnswerReader: AnswerReader {
    /// Content blocks that an answer may hold.
    static let blockCountMax = 4096

    /// A tool call whose input may still come.
    private struct OpenCall {
        let block: Int
        let call: Int
        var hasInput = false
    }

    /// The kinds of events in a stream.
    enum EventKind {
        case messageStart, blockStart, blockDelta, blockStop, messageStop, metadata

        /// nil for kinds that are not known yet, which are passed over.
        init?(_ name: ArraySlice<UInt8>) {
            // As bytes: a text of this length would be allocated for every event.
            if name.elementsEqual("contentBlockDelta".utf8) {
                self = .blockDelta
            } else if name.elementsEqual("contentBlockStart".utf8) {
                self = .blockStart
            } else if name.elementsEqual("contentBlockStop".utf8) {
                self = .blockStop
            } else if name.elementsEqual("messageStart".utf8) {
                self = .messageStart
            } else if name.elementsEqual("messageStop".utf8) {
                self = .messageStop
            } else if name.elementsEqual("metadata".utf8) {
                self = .metadata
            } else {
                return nil
            }
        }
    }

    private var open: [OpenCall] = []
    private var blockCount = 0
    private var callCount = 0
    /// The formats of images that have begun, by block.
    private var imageFormats: [Int: String] = [:]
    private var hasStarted = false
    /// Whether model output was among the events so far.
    private(set) var hasOutput = false
    /// Whether the reason for the end was stated.
    private(set) var hasFinished = false

    /// Appends the events of one event of a stream; true if it is the last.
    mutating func read(
        event root: JSONCursor, _ kind: EventKind, _ events: inout [Event]
    ) throws(Failure) -> Bool {
        guard root.isObject else { throw invalid("the provider's stream holds an event that is not a JSON object") }
        let first = events.count
        var isLast = false
        switch kind {
        case .messageStart: start(&events)
        case .blockStart:
            start(&events)
            if let start = root["start"] { try begin(start, index: root["contentBlockIndex"]?.int ?? 0, &events) }
        case .blockDelta:
            start(&events)
            if let delta = root["delta"] { try read(delta, index: root["contentBlockIndex"]?.int ?? 0, &events) }
        case .blockStop:
            let index = root["contentBlockIndex"]?.int ?? 0
            if let position = open.lastIndex(where: { $0.block == index }) {
                finish(open.remove(at: position), &events)
            }
        case .messageStop:
            start(&events)
            readStop(root, &events)
        case .metadata:
            start(&events)
            if let usage = root["usage"].flatMap(BedrockConverseUsage.read) { events.append(.usage(usage)) }
            isLast = hasFinished
        }
        if !hasOutput { hasOutput = events[first...].contains(where: \.commits) }
        return isLast
    }

    /// Appends the events of a whole answer.
    mutating func read(answer root: JSONCursor, _ events: inout [Event]) throws(Failure) {
        guard root.isObject else { throw invalid("the provider's answer is not a JSON object") }
        guard let message = root["output"]?["message"], let content = message["content"], content.isArray else {
            if let type = root["__type"]?.string {
                throw BedrockConverseErrors.failure(
                    exception: Array(type.utf8)[...], message: root["message"]?.string, phase: phase)
            }
            throw invalid("the provider's answer holds no message with content")
        }
        start(&events)
        for block in content.elements {
            guard block.isObject else {
                throw invalid("the provider's answer holds a content block that is not an object")
            }
            try read(whole: block, &events)
        }
        readStop(root, &events)
        if let usage = root["usage"].flatMap(BedrockConverseUsage.read) { events.append(.usage(usage)) }
    }

    private mutating func start(_ events: inout [Event]) {
        guard !hasStarted else { return }
        hasStarted = true
        events.append(.started(ResponseInfo(issuer: .bedrockConverse)))
    }

    private mutating func readStop(_ value: JSONCursor, _ events: inout [Event]) {
        guard let reason = value["stopReason"], reason.isString, !hasFinished else { return }
        for call in open { finish(call, &events) }
        open.removeAll(keepingCapacity: true)
        hasFinished = true
        let sequence = value["additionalModelResponseFields"]?["stop_sequence"]?.string
        events.append(.finished(choice: 0, BedrockConverseFinish.read(reason, sequence: sequence)))
    }
}

// MARK: - Blocks of a stream

extension BedrockConverseAnswerReader {
    private mutating func countBlock() throws(Failure) {
        blockCount += 1
        guard blockCount <= Self.blockCountMax else {
            throw invalid("the provider's answer holds more than \(Self.blockCountMax) content blocks")
        }
    }

    private mutating func begin(_ start: JSONCursor, index: Int, _ events: inout [Event]) throws(Failure) {
        try countBlock()
        if let use = start["toolUse"], use.isObject {
            open.append(OpenCall(block: index, call: beginCall(use, &events)))
        } else if let image = start["image"] {
            imageFormats[index] = image["format"]?.string ?? ""
        }
    }

    private mutating func beginCall(_ use: JSONCursor, _ events: inout [Event]) -> Int {
        let call = callCount
        callCount += 1
        events.append(
            .toolCallStarted(
                choice: 0, index: call, id: use["toolUseId"]?.string ?? "", name: use["name"]?.string ?? "",
                kind: .function))
        return call
    }

    private mutating func read(_ delta: JSONCursor, index: Int, _ events: inout [Event]) throws(Failure) {
        if let text = delta["text"] {
            if !text.isEmptyString, let text = text.string { events.append(.textDelta(choice: 0, text)) }
        } else if let use = delta["toolUse"] {
            guard let position = open.lastIndex(where: { $0.block == index }) else {
                throw invalid("the provider's stream holds input for a tool call that is not open")
            }
            if let input = use["input"]?.string, !input.isEmpty {
                open[position].hasInput = true
                events.append(.toolCallArguments(choice: 0, index: open[position].call, input))
            }
        } else if let reasoning = delta["reasoningContent"] {
            read(reasoning: reasoning, &events)
        } else if let citation = delta["citation"], citation.isObject {
            events.append(.annotations(choice: 0, Self.array(citation)))
        } else if let image = delta["image"] {
            if let media = Self.image(format: imageFormats[index] ?? "", source: image["source"]) {
                events.append(.media(choice: 0, media))
            }
        }
    }

    /// Reasoning in pieces, as streams have it, or the sealed form of a whole one.
    private func read(reasoning value: JSONCursor, _ events: inout [Event]) {
        if let text = value["text"]?.string, !text.isEmpty { events.append(.reasoningDelta(choice: 0, text)) }
        if let signature = value["signature"]?.string, !signature.isEmpty {
            events.append(.reasoningSignature(choice: 0, signature))
        }
        if value["redactedContent"]?.isString == true {
            events.append(.reasoningDetails(choice: 0, Self.array(value)))
        }
    }

    /// A call without arguments has none in its deltas either, but elsewhere arguments must be JSON.
    private func finish(_ call: OpenCall, _ events: inout [Event]) {
        if !call.hasInput { events.append(.toolCallArguments(choice: 0, index: call.call, "{}")) }
    }

    private static func array(_ value: JSONCursor) -> RawJSON {
        RawJSON(bytes: [UInt8(ascii: "[")] + value.raw + [UInt8(ascii: "]")])
    }

    /// An image in the form of chat completions, which the other dialects know; nil where there are no bytes.
    private static func image(format: String, source: JSONCursor?) -> RawJSON? {
        guard let data = source?["bytes"]?.string, !data.isEmpty else { return nil }
        var json = JSONWriter(reservingBytes: data.utf8.count + 96)
        json.beginObject()
        json.key("images")
        json.beginArray()
        json.beginObject()
        json.word("type", "image_url")
        json.key("image_url")
        json.beginObject()
        json.put("url", AnthropicMedia.dataURL(mediaType: "image/\(format.isEmpty ? "png" : format)", base64: data))
        json.endObject()
        json.endObject()
        json.endArray()
        json.endObject()
        return RawJSON(bytes: json.bytes)
    }
}

// MARK: - Blocks of a whole answer

extension BedrockConverseAnswerReader {
    private mutating func read(whole block: JSONCursor, _ events: inout [Event]) throws(Failure) {
        try countBlock()
        if let text = block["text"]?.string {
            if !text.isEmpty { events.append(.textDelta(choice: 0, text)) }
        } else if let use = block["toolUse"], use.isObject {
            let call = beginCall(use, &events)
            let input = use["input"].map { String(decoding: $0.raw, as: UTF8.self) } ?? "{}"
            events.append(.toolCallArguments(choice: 0, index: call, input))
        } else if let reasoning = block["reasoningContent"] {
            read(reasoning: reasoning["reasoningText"] ?? reasoning, &events)
        } else if let cited = block["citationsContent"] {
            for piece in cited["content"].map({ Array($0.elements) }) ?? [] {
                if let text = piece["text"]?.string, !text.isEmpty { events.append(.textDelta(choice: 0, text)) }
            }
            if let citations = cited["citations"], citations.count > 0 {
                events.append(.annotations(choice: 0, RawJSON(citations)))
            }
        } else if let image = block["image"] {
            if let media = Self.image(format: image["format"]?.string ?? "", source: image["source"]) {
                events.append(.media(choice: 0, media))
            }
        }
    }
}
