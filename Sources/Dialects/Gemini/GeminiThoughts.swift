/// Thoughts of another dialect that come back from a client of this one.
enum GeminiThoughts {
    /// Joins the pieces of a thought to the part that holds its foreign seal.
    ///
    /// Such a thought was streamed in pieces with its seal at the end, and clients give back part after part, each
    /// perhaps in a content of its own; its issuer wants one block with the whole text. Thoughts of Gemini's stay as
    /// they are.
    static func join(_ messages: inout [Message]) {
        guard messages.contains(where: { $0.parts.contains(where: isForeign) }) else { return }
        var text = ""
        var pieces: [(message: Int, part: Int)] = []
        var removed: [(message: Int, part: Int)] = []
        for message in messages.indices {
            if messages[message].role != .assistant {
                text = ""
                pieces = []
            }
            for part in messages[message].parts.indices {
                guard case .reasoning(var reasoning) = messages[message].parts[part].content else {
                    text = ""
                    pieces = []
                    continue
                }
                if reasoning.signature == nil {
                    text += reasoning.text
                    pieces.append((message, part))
                    continue
                }
                if isForeign(messages[message].parts[part]) {
                    reasoning.text = text + reasoning.text
                    messages[message].parts[part].content = .reasoning(reasoning)
                    removed += pieces
                }
                text = ""
                pieces = []
            }
        }
        for place in removed.reversed() { messages[place.message].parts.remove(at: place.part) }
        let emptied = Set(removed.map(\.message)).filter { messages[$0].parts.isEmpty }
        for message in emptied.sorted(by: >) { messages.remove(at: message) }
    }

    private static func isForeign(_ part: Part) -> Bool {
        guard case .reasoning(let reasoning) = part.content, let issuer = reasoning.issuer else { return false }
        return issuer != .gemini
    }
}
