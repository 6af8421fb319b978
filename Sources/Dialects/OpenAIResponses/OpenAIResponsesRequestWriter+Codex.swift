import Transport

/// What is written otherwise for the backend of ChatGPT's Codex.
extension OpenAIResponsesRequestWriter {
    /// Writes the instructions, which have to be there, and the input, in which nobody may be `system`.
    ///
    /// What a system message says before anyone else speaks is the instructions, unless nothing else is said; a later one
    /// is the developer's.
    mutating func writeCodexConversation(_ body: CallBody) {
        var instructions = texts(of: body.instructions)
        var messages = body.messages[...]
        if !isNative {
            while messages.count > 1, let message = messages.first, Self.instructs(message) {
                messages.removeFirst()
                instructions += texts(of: message.parts)
                if message.name != nil { drop(message.path.member("name")) }
                for extra in message.extras { drop(message.path.member(extra.name)) }
            }
        }
        let text = instructions.joined(separator: "\n\n")
        json.put("instructions", text.isEmpty ? OpenAIResponsesCodex.instructions : text)
        writeInput(
            messages.map { message in
                guard message.role == .system else { return message }
                var message = message
                message.role = .developer
                return message
            })
    }

    private static func instructs(_ message: Message) -> Bool {
        guard message.role == .system || message.role == .developer else { return false }
        return message.parts.allSatisfy { part in
            if case .text = part.content { return true }
            return false
        }
    }

    /// The options without those that are refused there, which are named.
    mutating func codexOptions(_ body: CallBody) -> CallOptions {
        var options = body.options
        func drop<Value>(_ field: CallField, _ option: WritableKeyPath<CallOptions, Value?>) {
            guard options[keyPath: option] != nil else { return }
            self.drop(SourcePath(body.spelling[field]))
            options[keyPath: option] = nil
        }
        drop(.maxOutputTokens, \.maxOutputTokens)
        drop(.temperature, \.temperature)
        drop(.topP, \.topP)
        drop(.topLogprobs, \.topLogprobs)
        if options.logprobs == true { drop(.logprobs, \.logprobs) }
        drop(.metadata, \.metadata)
        if options.serviceTier != OpenAIResponsesCodex.tier { drop(.serviceTier, \.serviceTier) }
        drop(.safetyIdentifier, \.safetyIdentifier)
        drop(.user, \.user)
        if options.store == true { drop(.store, \.store) }
        return options
    }

    /// Writes a member that a client of this dialect sent, if it is known there.
    ///
    /// What is asked to be included, and what stood in `reasoning` or `text`, is written with these.
    mutating func writeCodexExtra(_ extra: RawMember) {
        let isUnknown = extra.container.isEmpty && !OpenAIResponsesCodex.takes(extra.name, nil)
        if isUnknown || extra.container == "stream_options" {
            drop(extra.path)
        } else if extra.container.isEmpty, !extra.isOwn(OpenAIResponsesMember.include.rawValue) {
            writeExtra(extra)
        }
    }

    /// Asks for reasoning's seal, besides what a client of this dialect asked for.
    mutating func writeCodexInclude(_ body: CallBody) {
        let own = isNative ? body.extras.first { $0.isOwn(OpenAIResponsesMember.include.rawValue) }?.value : nil
        let list = own.flatMap { try? JSONDocument(parsing: $0.bytes) }?.root
        json.key("include")
        json.raw(OpenAIResponsesCodex.include(list) ?? own?.bytes ?? [])
    }
}
