import Transport

/// Builds the values of a validated chat completion request.
///
/// It reads leniently, since every check was made before: what is not as expected is left out, never a trap.
enum OpenAIChatBodyReader {
    /// What the request says.
    static func body(_ document: JSONDocument) -> CallBody {
        document.withRoot { root in
            var body = CallBody()
            for member in root.members {
                let value = member.value
                guard let name = OpenAIChatMember.named(member.key) else {
                    body.extras.append(extra(member))
                    continue
                }
                guard !value.isNull else { continue }
                read(name, value, into: &body)
            }
            return body
        }
    }

    static func extra(_ member: JSONCursor.Member) -> RawMember {
        RawMember(name: member.key.string ?? "", value: RawJSON(member.value))
    }

    /// The members of an object that are none of these.
    static func extras(of object: JSONCursor?, except known: [StaticString]) -> [RawMember] {
        guard let object else { return [] }
        return object.members.filter { member in !known.contains { member.key.equals($0) } }.map(extra)
    }

    private static func read(_ name: OpenAIChatMember, _ value: JSONCursor, into body: inout CallBody) {
        func keep<Value>(
            _ field: CallField, _ option: WritableKeyPath<CallOptions, Value?>, _ found: Value?
        ) {
            body.options[keyPath: option] = found
            body.spelling[field] = name.rawValue
        }
        switch name {
        case .model, .stream: break
        case .streamOptions:
            // Its one known member is in the call itself; others must not get lost when it is rebuilt.
            if value.members.contains(where: { !$0.key.equals("include_usage") }) {
                body.extras.append(RawMember(name: name.rawValue, value: RawJSON(value)))
            }
        case .messages:
            body.messages = OpenAIChatMessageReader.messages(value)
        case .tools, .functions, .toolChoice, .functionCall:
            OpenAIChatToolReader.read(name, value, into: &body)
        case .n: keep(.choiceCount, \.choiceCount, value.int)
        case .temperature: keep(.temperature, \.temperature, value.double)
        case .topP: keep(.topP, \.topP, value.double)
        case .topK: keep(.topK, \.topK, value.int)
        case .maxTokens:
            // The newer name wins where both are given.
            if body.options.maxOutputTokens == nil { keep(.maxOutputTokens, \.maxOutputTokens, value.int) }
        case .maxCompletionTokens: keep(.maxOutputTokens, \.maxOutputTokens, value.int)
        case .seed: keep(.seed, \.seed, value.int)
        case .presencePenalty: keep(.presencePenalty, \.presencePenalty, value.double)
        case .frequencyPenalty: keep(.frequencyPenalty, \.frequencyPenalty, value.double)
        case .logitBias: keep(.logitBias, \.logitBias, RawJSON(value))
        case .logprobs: keep(.logprobs, \.logprobs, value.bool)
        case .topLogprobs: keep(.topLogprobs, \.topLogprobs, value.int)
        case .reasoningEffort: keep(.reasoningEffort, \.reasoningEffort, value.string)
        case .parallelToolCalls: keep(.parallelToolCalls, \.parallelToolCalls, value.bool)
        case .responseFormat: keep(.responseFormat, \.responseFormat, responseFormat(value))
        case .audio: keep(.audio, \.audio, RawJSON(value))
        case .prediction: keep(.prediction, \.prediction, RawJSON(value))
        case .webSearchOptions: keep(.webSearch, \.webSearch, RawJSON(value))
        case .verbosity: keep(.verbosity, \.verbosity, value.string)
        case .serviceTier: keep(.serviceTier, \.serviceTier, value.string)
        case .store: keep(.store, \.store, value.bool)
        case .metadata: keep(.metadata, \.metadata, SessionHint.removed(from: value))
        case .user: keep(.user, \.user, value.string)
        case .safetyIdentifier: keep(.safetyIdentifier, \.safetyIdentifier, value.string)
        case .promptCacheKey: keep(.promptCacheKey, \.promptCacheKey, value.string)
        case .stop:
            body.options.stop = value.string.map { [$0] } ?? value.elements.compactMap(\.string)
            body.spelling[.stop] = name.rawValue
        case .modalities:
            body.options.modalities = value.elements.compactMap(\.string)
            body.spelling[.modalities] = name.rawValue
        }
    }

    private static func responseFormat(_ value: JSONCursor) -> ResponseFormat? {
        guard let type = value["type"]?.string else { return nil }
        switch type {
        case "text": return .text
        case "json_object": return .jsonObject
        case "json_schema":
            let schema = value["json_schema"]
            return .jsonSchema(
                name: schema?["name"]?.string, description: schema?["description"]?.string,
                schema: schema?["schema"].flatMap { $0.isNull ? nil : RawJSON($0) }, strict: schema?["strict"]?.bool)
        default: return .other(type: type, RawJSON(value))
        }
    }
}

extension RawJSON {
    /// Copies a value's source text.
    init(_ value: JSONCursor) {
        self.init(bytes: Array(value.raw))
    }

    /// Copies a value's source text.
    init(_ value: JSONValue) {
        self.init(bytes: Array(value.raw))
    }
}
