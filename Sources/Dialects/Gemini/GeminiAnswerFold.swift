import Transport

/// Puts the chunks of streamGenerateContent together to the answer of generateContent.
///
/// The parts of a candidate follow each other; texts of the same kind are joined unless one is sealed, as Google asks of
/// those who keep its signatures. Log probabilities and citations are joined, of everything else the last is meant.
/// Source: https://ai.google.dev/api/generate-content; https://ai.google.dev/gemini-api/docs/thought-signatures.
struct GeminiAnswerFold: AnswerFold {
    fileprivate struct Candidate {
        let index: Int
        var members = JSONTree(.object)
        var content = JSONTree(.object)
        var parts: [JSONTree] = []
    }

    private var root = JSONTree(.object)
    private var candidates: [Candidate] = []

    mutating func add(_ chunk: JSONCursor, named name: ArraySlice<UInt8>) {
        for member in chunk.members where !member.value.isNull {
            guard let name = member.key.string else { continue }
            if name == "candidates" {
                for candidate in member.value.elements where candidate.isObject { add(candidate: candidate) }
            } else {
                root.set(name, to: JSONTree(member.value))
            }
        }
    }

    private mutating func add(candidate: JSONCursor) {
        let index = candidate["index"]?.int ?? 0
        let found = candidates.firstIndex { $0.index == index }
        if found == nil { candidates.append(Candidate(index: index)) }
        let place = found ?? candidates.count - 1
        for member in candidate.members where !member.value.isNull {
            guard let name = member.key.string else { continue }
            let value = member.value
            switch name {
            case "content": candidates[place].add(content: value)
            case "logprobsResult", "citationMetadata": candidates[place].members.joinLists(value, as: name)
            default: candidates[place].members.set(name, to: JSONTree(value))
            }
        }
    }

    func body(_ answer: Answer, whole: [UInt8]?) -> [UInt8] {
        var list = JSONTree(.array)
        for candidate in candidates.sorted(by: { $0.index < $1.index }) { list.children.append(candidate.whole) }
        var body = JSONTree(.object)
        body.set("candidates", to: list)
        for (name, value) in zip(root.names, root.children) { body.set(name, to: value) }
        return body.bytes
    }
}

extension GeminiAnswerFold.Candidate {
    fileprivate mutating func add(content value: JSONCursor) {
        for member in value.members where !member.value.isNull {
            guard let name = member.key.string else { continue }
            if name == "parts" {
                for part in member.value.elements where part.isObject { add(part: JSONTree(part)) }
            } else {
                content.set(name, to: JSONTree(member.value))
            }
        }
    }

    /// Joins a text to the one before it where both say nothing but text, and both or neither are thoughts.
    private mutating func add(part: JSONTree) {
        if let last = parts.indices.last, Self.isPlainText(part), Self.isPlainText(parts[last]),
            part["thought"] == parts[last]["thought"], let text = part["text"],
            let place = parts[last].place(of: "text")
        {
            parts[last].children[place].append(text)
        } else {
            parts.append(part)
        }
    }

    private static func isPlainText(_ part: JSONTree) -> Bool {
        part["text"]?.kind == .string && part.names.allSatisfy { $0 == "text" || $0 == "thought" }
    }

    fileprivate var whole: JSONTree {
        var content = self.content
        var list = JSONTree(.array)
        // What a stream ends with, where its last chunk has nothing to say.
        list.children = parts.count > 1 ? parts.filter { !Self.isPlainText($0) || $0["text"]?.isBlank == false } : parts
        content.set("parts", to: list)
        var whole = JSONTree(.object)
        whole.set("content", to: content)
        for (name, value) in zip(members.names, members.children) { whole.set(name, to: value) }
        return whole
    }
}

extension JSONTree {
    /// Joins the arrays in an object to those of a member; an element that is there already is not repeated.
    fileprivate mutating func joinLists(_ value: JSONCursor, as name: String) {
        guard let place = place(of: name), children[place].kind == .object else {
            return set(name, to: JSONTree(value))
        }
        for member in value.members {
            guard let inner = member.key.string else { continue }
            guard member.value.isArray, let list = children[place].place(of: inner) else {
                children[place].set(inner, to: JSONTree(member.value))
                continue
            }
            for element in member.value.elements {
                let element = JSONTree(element)
                let known = children[place].children[list].children.suffix(Self.lookBackMax)
                let isKnown = name == "citationMetadata" && known.contains(element)
                if !isKnown { children[place].children[list].children.append(element) }
            }
        }
    }
}
