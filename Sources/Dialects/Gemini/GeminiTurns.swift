/// Turns of the model that come back in pieces.
enum GeminiTurns {
    /// Joins contents of the model that follow each other into one message.
    ///
    /// Google's SDKs keep every chunk of a stream as a content of its own, and give all of them back; to Gemini that is
    /// one turn, while other dialects want a call's results right behind the message that made the call. Texts of
    /// different chunks become one, and the empty text of a last chunk goes.
    static func join(_ messages: inout [Message]) {
        guard zip(messages, messages.dropFirst()).contains(where: { $0.role == .assistant && $1.role == .assistant })
        else { return }
        var joined: [Message] = []
        joined.reserveCapacity(messages.count)
        for message in messages {
            guard message.role == .assistant, let last = joined.indices.last, joined[last].role == .assistant else {
                joined.append(message)
                continue
            }
            for part in message.parts { add(part, to: &joined[last].parts) }
            joined[last].extras += message.extras
        }
        messages = joined
    }

    private static func add(_ part: Part, to parts: inout [Part]) {
        guard case .text(let text) = part.content, part.extras.isEmpty else { return parts.append(part) }
        if text.isEmpty, !parts.isEmpty { return }
        guard let last = parts.indices.last, case .text(let before) = parts[last].content, parts[last].extras.isEmpty
        else { return parts.append(part) }
        parts[last].content = .text(before + text)
    }
}
