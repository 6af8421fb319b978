import Transport

/// The content blocks of a message that is being streamed, one after the other.
///
/// Anthropic opens a block, fills it and closes it before the next; other dialects may mix the arguments of several calls.
/// So the first block goes out as it grows, and what comes for later ones waits until those before are complete: text when
/// something else follows, a call when its arguments are a whole JSON value, everything at the end of the answer.
struct AnthropicBlockQueue {
    enum TextKind {
        case text, refusal, thinking
    }

    private enum Kind: Equatable {
        case text, refusal, thinking
        case call(index: Int, id: String, name: String, isText: Bool)
        case whole
    }

    private struct Block {
        let kind: Kind
        /// What waits to be sent.
        var waiting = ""
        var citations: [RawJSON] = []
        /// The seal, sent when the block is closed since clients take it in one piece.
        var signature: String?
        /// The block of kind `whole`.
        var raw: RawJSON?
        var arguments = JSONCompletion()
    }

    private var blocks: [Block] = []
    private var isFirstOpen = false
    private var index = 0

    /// Adds text, to the last block if that is of the same kind.
    mutating func text(_ text: String, as kind: TextKind, into output: inout [UInt8]) {
        let kind: Kind =
            switch kind {
            case .text: .text
            case .refusal: .refusal
            case .thinking: .thinking
            }
        if blocks.last?.kind != kind || blocks.last?.signature != nil { push(Block(kind: kind), into: &output) }
        add(text, at: blocks.count - 1, into: &output)
    }

    /// Seals the thinking before it; a seal that follows something else stands in a block of its own.
    mutating func seal(_ signature: String, issuer: DialectID?, into output: inout [UInt8]) {
        if blocks.last?.kind != .thinking { push(Block(kind: .thinking), into: &output) }
        let last = blocks.count - 1
        guard let issuer else { return }
        let known = blocks[last].signature
        blocks[last].signature =
            known.map { $0 + signature }
            ?? ReasoningSeal(issuer: issuer, text: signature).shown(in: .anthropicMessages)
    }

    /// Adds a block that is complete.
    mutating func whole(_ raw: RawJSON, into output: inout [UInt8]) {
        var block = Block(kind: .whole)
        block.raw = raw
        push(block, into: &output)
    }

    /// Adds a tool call.
    mutating func call(_ index: Int, id: String, name: String, kind: ToolKind, into output: inout [UInt8]) {
        push(Block(kind: .call(index: index, id: id, name: name, isText: kind == .custom)), into: &output)
    }

    /// Adds to the arguments of a tool call.
    mutating func arguments(_ text: String, of call: Int, into output: inout [UInt8]) {
        let found = blocks.lastIndex { block in
            if case .call(call, _, _, _) = block.kind { return true }
            return false
        }
        guard let found, !text.isEmpty else { return }
        blocks[found].arguments.feed(text)
        add(text, at: found, into: &output)
        advance(into: &output)
    }

    /// Adds citations to the text before them.
    mutating func citations(_ array: RawJSON, into output: inout [UInt8]) {
        guard let document = try? JSONDocument(parsing: array.bytes) else { return }
        if blocks.last?.kind != .text { push(Block(kind: .text), into: &output) }
        for citation in document.root.elements { blocks[blocks.count - 1].citations.append(RawJSON(citation)) }
        if blocks.count == 1 { sendCitations(into: &output) }
    }

    /// Closes every block.
    mutating func finish(into output: inout [UInt8]) {
        while !blocks.isEmpty { closeFirst(into: &output) }
    }

    private mutating func push(_ block: Block, into output: inout [UInt8]) {
        blocks.append(block)
        advance(into: &output)
        if blocks.count == 1 { openFirst(into: &output) }
    }

    private mutating func add(_ text: String, at position: Int, into output: inout [UInt8]) {
        if position == 0, isFirstOpen, !isTextCall(blocks[0].kind) {
            delta(text, of: blocks[0].kind, into: &output)
        } else {
            blocks[position].waiting += text
        }
    }

    private func isTextCall(_ kind: Kind) -> Bool {
        if case .call(_, _, _, true) = kind { return true }
        return false
    }

    /// Closes blocks from the front as long as they are complete and another follows.
    private mutating func advance(into output: inout [UInt8]) {
        while blocks.count > 1, isComplete(blocks[0]) { closeFirst(into: &output) }
    }

    private func isComplete(_ block: Block) -> Bool {
        switch block.kind {
        case .text, .refusal, .thinking, .whole: true
        case .call(_, _, _, let isText): !isText && block.arguments.isWhole
        }
    }

    private mutating func openFirst(into output: inout [UInt8]) {
        guard !isFirstOpen, !blocks.isEmpty else { return }
        isFirstOpen = true
        let block = blocks[0]
        start(block, into: &output)
        if !isTextCall(block.kind), !block.waiting.isEmpty {
            delta(block.waiting, of: block.kind, into: &output)
            blocks[0].waiting = ""
        }
        sendCitations(into: &output)
    }

    private mutating func closeFirst(into output: inout [UInt8]) {
        openFirst(into: &output)
        let block = blocks.removeFirst()
        isFirstOpen = false
        if isTextCall(block.kind) {
            var input = JSONWriter()
            AnthropicToolInput.write(block.waiting, .custom, to: &input)
            delta(String(decoding: input.bytes, as: UTF8.self), of: block.kind, into: &output)
        }
        if let signature = block.signature {
            frame("content_block_delta", into: &output) { Self.delta("signature_delta", "signature", signature, &$0) }
        }
        frame("content_block_stop", into: &output) { _ in }
        index += 1
        openFirst(into: &output)
    }

    private mutating func sendCitations(into output: inout [UInt8]) {
        guard !blocks.isEmpty, isFirstOpen else { return }
        for citation in blocks[0].citations {
            frame("content_block_delta", into: &output) { json in
                json.key("delta")
                json.beginObject()
                json.key("type")
                json.string("citations_delta" as StaticString)
                json.key("citation")
                json.raw(citation.bytes)
                json.endObject()
            }
        }
        blocks[0].citations.removeAll()
    }

    // MARK: - Frames

    private func start(_ block: Block, into output: inout [UInt8]) {
        if case .whole = block.kind, let raw = block.raw { return startWhole(raw, into: &output) }
        frame("content_block_start", into: &output) { json in
            json.key("content_block")
            json.beginObject()
            json.key("type")
            switch block.kind {
            case .text, .refusal:
                json.string("text" as StaticString)
                json.key("text")
                json.string("" as StaticString)
            case .thinking:
                json.string("thinking" as StaticString)
                json.key("thinking")
                json.string("" as StaticString)
                json.key("signature")
                json.string("" as StaticString)
            case .call(_, let id, let name, _):
                json.string("tool_use" as StaticString)
                json.key("id")
                json.string(id)
                json.key("name")
                json.string(name)
                json.key("input")
                json.beginObject()
                json.endObject()
            case .whole: json.string("text" as StaticString)
            }
            json.endObject()
        }
    }

    /// A block with an input begins without it, and gets it as a delta.
    private func startWhole(_ raw: RawJSON, into output: inout [UInt8]) {
        guard let document = try? JSONDocument(parsing: raw.bytes) else { return }
        let input = document.root["input"].flatMap { $0.isObject && $0.count > 0 ? $0 : nil }
        frame("content_block_start", into: &output) { json in
            json.key("content_block")
            guard input != nil else { return json.raw(raw.bytes) }
            json.beginObject()
            for member in document.root.members {
                json.key(member.key.string ?? "")
                if member.key.equals("input") {
                    json.beginObject()
                    json.endObject()
                } else {
                    json.raw(member.value)
                }
            }
            json.endObject()
        }
        guard let input else { return }
        let text = String(decoding: input.raw, as: UTF8.self)
        frame("content_block_delta", into: &output) { Self.delta("input_json_delta", "partial_json", text, &$0) }
    }

    private func delta(_ text: String, of kind: Kind, into output: inout [UInt8]) {
        frame("content_block_delta", into: &output) { json in
            switch kind {
            case .text, .refusal, .whole: Self.delta("text_delta", "text", text, &json)
            case .thinking: Self.delta("thinking_delta", "thinking", text, &json)
            case .call: Self.delta("input_json_delta", "partial_json", text, &json)
            }
        }
    }

    private static func delta(
        _ type: StaticString, _ member: StaticString, _ text: String, _ json: inout JSONWriter
    ) {
        json.key("delta")
        json.beginObject()
        json.key("type")
        json.string(type)
        json.key(member)
        json.string(text)
        json.endObject()
    }

    /// Appends an event about the block that is open; members come after `type` and `index`.
    private func frame(_ name: StaticString, into output: inout [UInt8], _ members: (inout JSONWriter) -> Void) {
        let index = self.index
        name.withUTF8Buffer { name in
            output.append(contentsOf: "event: ".utf8)
            output.append(contentsOf: name)
            output.append(contentsOf: "\ndata: ".utf8)
        }
        let start = output.count
        JSONWriter.append(to: &output) { json in
            json.beginObject()
            json.key("type")
            json.string(name)
            json.key("index")
            json.int(index)
            members(&json)
            json.endObject()
        }
        // Source text may be spread over lines, which between a JSON document's tokens are as good as blanks.
        for position in start..<output.count where output[position] == 0x0A || output[position] == 0x0D {
            output[position] = 0x20
        }
        output.append(contentsOf: "\n\n".utf8)
    }
}

/// Tells when JSON text that arrives in pieces is a whole value, if it is an object or array.
struct JSONCompletion {
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    private var hasBegun = false

    /// Whether every bracket that was opened was closed.
    var isWhole: Bool { hasBegun && depth == 0 && !isInString }

    mutating func feed(_ text: String) {
        for byte in text.utf8 {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                hasBegun = true
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
        }
    }
}

/// Sealed reasoning that has no text, as this dialect shows it.
enum AnthropicSealedBlock {
    /// The blocks for one event's details; another dialect's stand in the data of one, marked with their issuer.
    static func blocks(_ details: RawJSON, issuer: DialectID?) -> [RawJSON] {
        guard let issuer else { return [] }
        if issuer == .anthropicMessages {
            guard let document = try? JSONDocument(parsing: details.bytes) else { return [] }
            return document.root.elements.filter { $0["type"]?.equals("redacted_thinking") == true }.map { RawJSON($0) }
        }
        var json = JSONWriter()
        json.beginObject()
        json.key("type")
        json.string("redacted_thinking" as StaticString)
        json.key("data")
        json.string(ReasoningSeal(issuer: issuer, text: details.description).shown(in: .anthropicMessages))
        json.endObject()
        return [RawJSON(bytes: json.bytes)]
    }
}
