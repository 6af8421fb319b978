import Transport

/// Puts the chunks of a chat completion, or of a completion of a prompt, together.
///
/// | in a chunk | in the body |
/// |---|---|
/// | text in a `delta` | joined; names, ids, roles and types are taken once |
/// | arrays in a `delta` | joined; elements with the same `index` are one |
/// | `logprobs`, `token_ids` | their arrays are joined |
/// | anything else | the last value that is not null |
///
/// Source: OpenAI API reference, "The chat completion chunk object"; what the official SDKs make of chunks.
struct OpenAIAnswerFold: AnswerFold {
    fileprivate struct Choice {
        let index: Int
        var members = JSONTree(.object)
        var message = JSONTree(.object)
        /// The tool calls, and the index that the provider gave each of them, which need not be unique.
        var calls: [JSONTree] = []
        var callIndices: [Int] = []
    }

    /// Members of a delta whose text is said as a whole.
    fileprivate static let words: Set<String> = ["role", "id", "type", "name", "format", "index", "signature"]
    /// What stands in chunks only, to hide their lengths.
    fileprivate static let padding = "obfuscation"

    private var root = JSONTree(.object)
    private var choices: [Choice] = []
    private let isChat: Bool

    /// Makes an empty one, for a chat or for a completion of a prompt, whatever its chunks call themselves.
    init(isChat: Bool) {
        self.isChat = isChat
    }

    mutating func add(_ chunk: JSONCursor, named name: ArraySlice<UInt8>) {
        for member in chunk.members {
            guard let name = member.key.string else { continue }
            let value = member.value
            switch name {
            case "choices": for choice in value.elements { add(choice: choice) }
            case "object": root.set(name, to: JSONTree(string: kind))
            case Self.padding: break
            // A server may count the seconds on from chunk to chunk; Azure's first chunk has neither id nor model.
            case "id", "model", "created": take(value, as: name, onlyOnce: true)
            default: take(value, as: name, onlyOnce: false)
            }
        }
    }

    /// What the body calls itself.
    private var kind: String { isChat ? "chat.completion" : "text_completion" }

    private mutating func take(_ value: JSONCursor, as name: String, onlyOnce: Bool) {
        guard let known = root[name] else { return root.set(name, to: JSONTree(value)) }
        let isMeant = onlyOnce ? known.isBlank || known.int == 0 : !value.isNull && !value.isEmptyString
        if isMeant { root.set(name, to: JSONTree(value)) }
    }

    private mutating func add(choice: JSONCursor) {
        let index = choice["index"]?.int ?? 0
        let found = choices.firstIndex { $0.index == index }
        if found == nil { choices.append(Choice(index: index)) }
        let place = found ?? choices.count - 1
        for member in choice.members {
            guard let name = member.key.string else { continue }
            let value = member.value
            switch name {
            case "index": break
            case "delta", "message": for part in value.members { choices[place].add(message: part) }
            // What is no text says nothing.
            case "text" where !value.isString: break
            case "text", "logprobs", "token_ids": choices[place].members.join(value, as: name)
            default:
                if value.isObject, choices[place].members[name]?.kind == .object {
                    choices[place].members.overlay(value, as: name)
                } else if choices[place].members[name] == nil || !value.isNull && !value.isEmptyString {
                    choices[place].members.set(name, to: JSONTree(value))
                }
            }
        }
    }

    func body(_ answer: Answer, whole: [UInt8]?) -> [UInt8] {
        var root = self.root
        if root["object"] == nil { root.set("object", to: JSONTree(string: kind)) }
        var list = JSONTree(.array)
        for choice in choices.sorted(by: { $0.index < $1.index }) {
            list.children.append(choice.whole(answer.choices.first { $0.index == choice.index }, isChat: isChat))
        }
        root.set("choices", to: list)
        return root.bytes
    }
}

extension OpenAIAnswerFold.Choice {
    fileprivate mutating func add(message member: JSONCursor.Member) {
        guard let name = member.key.string else { return }
        let value = member.value
        switch name {
        case OpenAIAnswerFold.padding: break
        case "tool_calls": for (place, call) in value.elements.enumerated() { add(call: call, place) }
        case "content" where value.isArray || message[name]?.kind == .array: message.join(content: value)
        default: message.join(value, as: name)
        }
    }

    /// Adds to the last call of its index, unless an id says that it is another one.
    private mutating func add(call value: JSONCursor, _ position: Int) {
        guard value.isObject else { return }
        let index = value["index"]?.int ?? position
        var found = callIndices.lastIndex(of: index)
        if let place = found, let id = value["id"], id.isString, !id.isEmptyString,
            let known = calls[place]["id"], !known.isBlank, known != JSONTree(id)
        {
            found = nil
        }
        if found == nil {
            callIndices.append(index)
            calls.append(JSONTree(.object))
        }
        let place = found ?? calls.count - 1
        for member in value.members {
            guard let name = member.key.string, name != "index" else { continue }
            calls[place].join(member.value, as: name)
        }
    }

    /// The choice as it stands in a body; `known` is what the events say of it.
    fileprivate func whole(_ known: Answer.Choice?, isChat: Bool) -> JSONTree {
        var choice = JSONTree(.object)
        var index = JSONWriter()
        index.int(self.index)
        if let document = try? JSONDocument(parsing: index.bytes) {
            document.withRoot { choice.set("index", to: JSONTree($0)) }
        }
        if isChat { choice.set("message", to: wholeMessage(known)) }
        for (name, value) in zip(members.names, members.children) { choice.set(name, to: value) }
        // A completion that says nothing has a text all the same.
        if !isChat, choice["text"] == nil { choice.set("text", to: JSONTree(.string)) }
        if choice["finish_reason"]?.isBlank ?? true {
            let hasCalls = known?.pieces.contains { $0.kind == .toolCall } ?? false
            let reason = known?.finish ?? (hasCalls ? .toolCalls : .stop)
            choice.set("finish_reason", to: JSONTree(string: OpenAIChatFinish.word(reason)))
        }
        if choice["logprobs"] == nil { choice.set("logprobs", to: JSONTree(.scalar)) }
        return choice
    }

    private func wholeMessage(_ known: Answer.Choice?) -> JSONTree {
        var message = self.message
        if message["role"]?.isBlank ?? true { message.set("role", to: JSONTree(string: "assistant")) }
        if message["content"]?.isBlank ?? true {
            // A message that calls or declines has no text, where others may have an empty one.
            let saysMore = ["function_call", "refusal", "audio"].contains { name in
                message[name].map { !$0.isBlank } ?? false
            }
            message.set("content", to: saysMore || !calls.isEmpty ? JSONTree(.scalar) : JSONTree(.string))
        }
        guard !calls.isEmpty else { return message }
        let started = known?.pieces.filter { $0.kind == .toolCall && $0.callKind != .legacyFunction } ?? []
        var list = JSONTree(.array)
        list.children = calls
        for place in calls.indices {
            if calls[place]["type"] == nil { list.children[place].set("type", to: JSONTree(string: "function")) }
            // Servers that give a call no id get the one that lip knows it by.
            if calls[place]["id"]?.isBlank ?? true, place < started.count {
                list.children[place].set("id", to: JSONTree(string: started[place].callID))
            }
        }
        message.set("tool_calls", to: list)
        return message
    }
}

extension JSONTree {
    /// Joins what a delta says to a member: text to text, arrays to arrays, objects member by member.
    fileprivate mutating func join(_ value: JSONCursor, as name: String) {
        guard let place = place(of: name) else { return set(name, to: JSONTree(value)) }
        switch (children[place].kind, value.kind) {
        case (_, .null): break
        case (.string, .string):
            if !OpenAIAnswerFold.words.contains(name) {
                children[place].append(string: value)
            } else if children[place].isBlank {
                children[place] = JSONTree(value)
            }
        // A text that was begun is not taken back by what is none.
        case (.string, _) where !children[place].isBlank: break
        case (.array, .array): for element in value.elements { children[place].join(element: element) }
        case (.object, .object):
            for member in value.members {
                if let inner = member.key.string { children[place].join(member.value, as: inner) }
            }
        default: children[place] = JSONTree(value)
        }
    }

    /// Joins an element to the one of the same index and type, else appends it.
    private mutating func join(element: JSONCursor) {
        guard let index = element["index"]?.int,
            let place = children.suffix(Self.lookBackMax).lastIndex(where: { $0["index"]?.int == index }),
            children[place]["type"] == element["type"].map({ JSONTree($0) })
        else { return children.append(JSONTree(element)) }
        for member in element.members {
            if let name = member.key.string { children[place].join(member.value, as: name) }
        }
    }

    /// Joins a content that comes in parts, or as text and in parts (Mistral).
    fileprivate mutating func join(content value: JSONCursor) {
        let place = place(of: "content", orSetTo: JSONTree(.array))
        if children[place].kind != .array {
            var parts = JSONTree(.array)
            if children[place].kind == .string, !children[place].isBlank {
                parts.children.append(Self.textPart(children[place]))
            }
            children[place] = parts
        }
        if value.isString, !value.isEmptyString {
            children[place].join(part: Self.textPart(JSONTree(value)))
        }
        for part in value.elements { children[place].join(part: JSONTree(part)) }
    }

    private static func textPart(_ text: JSONTree) -> JSONTree {
        var part = JSONTree(.object)
        part.set("type", to: JSONTree(string: "text"))
        part.set("text", to: text)
        return part
    }

    /// Joins a part to the last one where both are text, or both thinking that is made of such parts.
    private mutating func join(part: JSONTree) {
        guard let last = children.indices.last, children[last].names == part.names,
            children[last]["type"] == part["type"]
        else { return children.append(part) }
        if let place = children[last].place(of: "text"), let text = part["text"], text.kind == .string,
            children[last].children[place].kind == .string
        {
            children[last].children[place].append(text)
        } else if let place = children[last].place(of: "thinking"), let inner = part["thinking"],
            inner.kind == .array, children[last].children[place].kind == .array
        {
            for piece in inner.children { children[last].children[place].join(part: piece) }
        } else {
            children.append(part)
        }
    }

    /// Takes over the members of an object, each in the place of the one that was there.
    fileprivate mutating func overlay(_ value: JSONCursor, as name: String) {
        guard let place = place(of: name) else { return set(name, to: JSONTree(value)) }
        for member in value.members {
            if let inner = member.key.string { children[place].set(inner, to: JSONTree(member.value)) }
        }
    }
}
