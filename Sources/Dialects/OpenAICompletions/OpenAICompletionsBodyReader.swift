import Transport

/// Builds the values of a validated completion request: a prompt of one text is one message of a user.
enum OpenAICompletionsBodyReader {
    /// What the request says.
    static func body(_ document: JSONDocument) -> CallBody {
        document.withRoot { root in
            var body = CallBody()
            for member in root.members {
                let value = member.value
                guard let name = OpenAICompletionsMember.named(member.key) else {
                    body.extras.append(OpenAIChatBodyReader.extra(member))
                    continue
                }
                read(name, value, into: &body)
            }
            return body
        }
    }

    private static func read(_ name: OpenAICompletionsMember, _ value: JSONCursor, into body: inout CallBody) {
        func keep<Value>(
            _ field: CallField, _ option: WritableKeyPath<CallOptions, Value?>, _ found: Value?
        ) {
            guard !value.isNull else { return }
            body.options[keyPath: option] = found
            body.spelling[field] = name.rawValue
        }
        /// Keeps a member that only this dialect has, unless it changes nothing.
        func keepRaw(isUsual: Bool) {
            if !value.isNull, !isUsual {
                body.extras.append(RawMember(name: name.rawValue, value: RawJSON(value)))
            }
        }
        switch name {
        case .model, .stream: break
        case .prompt: readPrompt(value, into: &body)
        case .streamOptions:
            if value.members.contains(where: { !$0.key.equals("include_usage") }) { keepRaw(isUsual: false) }
        case .echo: keepRaw(isUsual: value.bool == false)
        case .bestOf: keepRaw(isUsual: value.int == 1)
        case .suffix: keepRaw(isUsual: false)
        case .n: keep(.choiceCount, \.choiceCount, value.int)
        case .logprobs:
            // The number is that of alternatives; elsewhere a switch stands beside it.
            keep(.topLogprobs, \.topLogprobs, value.int)
            keep(.logprobs, \.logprobs, true)
        case .maxTokens: keep(.maxOutputTokens, \.maxOutputTokens, value.int)
        case .temperature: keep(.temperature, \.temperature, value.double)
        case .topP: keep(.topP, \.topP, value.double)
        case .seed: keep(.seed, \.seed, value.int)
        case .presencePenalty: keep(.presencePenalty, \.presencePenalty, value.double)
        case .frequencyPenalty: keep(.frequencyPenalty, \.frequencyPenalty, value.double)
        case .logitBias: keep(.logitBias, \.logitBias, RawJSON(value))
        case .user: keep(.user, \.user, value.string)
        case .stop:
            body.options.stop = value.string.map { [$0] } ?? value.elements.compactMap(\.string)
            body.spelling[.stop] = name.rawValue
        }
    }

    private static func readPrompt(_ value: JSONCursor, into body: inout CallBody) {
        let path = SourcePath("prompt")
        if let text = value.string ?? (value.count == 1 ? value[0]?.string : nil) {
            body.messages = [Message(role: .user, parts: [Part(.text(text), path: path)], path: path)]
        } else {
            body.extras.append(RawMember(name: path.text, value: RawJSON(value)))
        }
    }
}
