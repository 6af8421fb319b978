import Transport

/// Puts the events of a Messages stream together to the message.
///
/// The message of `message_start` gets the content blocks, each with its own deltas, and what `message_delta` says; a
/// count of its usage is the greatest that was stated.
/// Source: https://docs.anthropic.com/en/docs/build-with-claude/streaming.
struct AnthropicAnswerFold: AnswerFold {
    fileprivate struct Block {
        let index: Int
        var value: JSONTree
        /// The input as it was streamed.
        var input: [UInt8] = []
        /// Whether there were deltas of it.
        var hasInput = false
    }

    private var message = JSONTree(.object)
    private var hasStarted = false
    private var blocks: [Block] = []

    mutating func add(_ root: JSONCursor, named name: ArraySlice<UInt8>) {
        // As the events are told apart, so that both say the same.
        switch root["type"].flatMap(AnthropicAnswerReader.EventKind.init) ?? AnthropicAnswerReader.EventKind(name) {
        case .messageStart:
            guard !hasStarted, let started = root["message"] else { return }
            hasStarted = true
            message = JSONTree(started)
            for block in started["content"]?.elements ?? started.elements { begin(block, at: blocks.count) }
        case .blockStart:
            if let block = root["content_block"] { begin(block, at: root["index"]?.int ?? blocks.count) }
        case .blockDelta:
            if let delta = root["delta"] { add(delta, at: root["index"]?.int ?? 0) }
        case .messageDelta: end(root)
        case .blockStop, .messageStop, .ping, .error, nil: break
        }
    }

    /// Adds what a delta says to its block; servers that never began one do so with what they say of it.
    private mutating func add(_ delta: JSONCursor, at index: Int) {
        var place = blocks.lastIndex { $0.index == index }
        if place == nil, let block = Self.block(of: delta) {
            place = blocks.count
            blocks.append(Block(index: index, value: block))
        }
        if let place { blocks[place].add(delta) }
    }

    /// The empty block that a delta belongs to; nil for one that has no meaning without its block's start.
    private static func block(of delta: JSONCursor) -> JSONTree? {
        let members: [String]
        switch delta["type"]?.string {
        case "text_delta": members = ["text"]
        case "thinking_delta", "signature_delta": members = ["thinking", "signature"]
        default: return nil
        }
        var block = JSONTree(.object)
        block.set("type", to: JSONTree(string: members[0]))
        for name in members { block.set(name, to: JSONTree(.string)) }
        return block
    }

    private mutating func begin(_ block: JSONCursor, at index: Int) {
        guard block.isObject else { return }
        blocks.append(Block(index: index, value: JSONTree(block)))
    }

    /// Takes what `message_delta` says of the message.
    private mutating func end(_ root: JSONCursor) {
        for member in root.members {
            guard let name = member.key.string, name != "type" else { continue }
            switch name {
            case "delta":
                for part in member.value.members {
                    guard let inner = part.key.string else { continue }
                    if !part.value.isNull || message[inner] == nil { message.set(inner, to: JSONTree(part.value)) }
                }
            case "usage": count(member.value)
            default: message.set(name, to: JSONTree(member.value))
            }
        }
    }

    /// Servers that repeat a count as zero do not take it back.
    private mutating func count(_ stated: JSONCursor) {
        let place = message.place(of: "usage", orSetTo: JSONTree(.object))
        if message.children[place].kind != .object { message.children[place] = JSONTree(.object) }
        for member in stated.members {
            guard let name = member.key.string else { continue }
            let known = message.children[place][name]
            if let known, member.value.isNull || known.int ?? .min > member.value.int ?? .max { continue }
            message.children[place].set(name, to: JSONTree(member.value))
        }
    }

    func body(_ answer: Answer, whole: [UInt8]?) -> [UInt8] {
        var message = self.message
        var content = JSONTree(.array)
        for block in blocks { content.children.append(block.whole) }
        message.set("content", to: content)
        return message.bytes
    }
}

extension AnthropicAnswerFold.Block {
    /// Adds what a delta of any kind says: text is joined, a citation is one more, anything else replaces what was there.
    fileprivate mutating func add(_ delta: JSONCursor) {
        for member in delta.members {
            guard let name = member.key.string, name != "type" else { continue }
            let given = member.value
            if name == "partial_json" {
                hasInput = true
                _ = given.appendString(to: &input)
            } else if name == "citation" {
                let place = value.place(of: "citations", orSetTo: JSONTree(.array))
                if value.children[place].kind != .array { value.children[place] = JSONTree(.array) }
                value.children[place].children.append(JSONTree(given))
            } else if given.isString, let place = value.place(of: name), value.children[place].kind == .string {
                value.children[place].append(string: given)
            } else {
                value.set(name, to: JSONTree(given))
            }
        }
    }

    /// The block with its input in place.
    fileprivate var whole: JSONTree {
        guard hasInput else { return value }
        var json = JSONWriter(reservingBytes: input.count)
        AnthropicToolInput.write(String(decoding: input, as: UTF8.self), .function, to: &json)
        var whole = value
        if let document = try? JSONDocument(parsing: json.bytes) {
            document.withRoot { whole.set("input", to: JSONTree($0)) }
        }
        return whole
    }
}
