import Transport

/// Builds the values of a validated Responses request.
///
/// It reads leniently, since every check was made before: what is not as expected is left out, never a trap. Members of
/// the objects `text`, `reasoning` and `stream_options` without a canonical name become extras with the object as their
/// container, so that they are named precisely where they get lost.
enum OpenAIResponsesBodyReader {
    /// What the request says.
    static func body(_ document: JSONDocument) -> CallBody {
        document.withRoot { root in
            var body = CallBody()
            for member in root.members {
                let value = member.value
                guard let name = OpenAIResponsesMember.named(member.key) else {
                    body.extras.append(OpenAIChatBodyReader.extra(member))
                    continue
                }
                guard !value.isNull else { continue }
                read(name, value, into: &body)
            }
            return body
        }
    }

    private static func read(_ name: OpenAIResponsesMember, _ value: JSONCursor, into body: inout CallBody) {
        func keep<Value>(
            _ field: CallField, _ option: WritableKeyPath<CallOptions, Value?>, _ found: Value?
        ) {
            body.options[keyPath: option] = found
            body.spelling[field] = name.rawValue
        }
        switch name {
        case .model, .stream: break
        case .input: body.messages = OpenAIResponsesInputReader.messages(value)
        case .instructions:
            body.spelling[.instructions] = name.rawValue
            body.instructions = value.string.map { [Part(.text($0), path: SourcePath(name.rawValue))] } ?? []
        case .tools, .toolChoice: OpenAIResponsesToolReader.read(name, value, into: &body)
        case .text: readText(value, into: &body)
        case .reasoning:
            body.options.reasoningEffort = value["effort"]?.string
            body.spelling[.reasoningEffort] = "reasoning.effort"
            keepRest(of: value, name, except: ["effort"], into: &body)
        case .streamOptions: keepRest(of: value, name, except: [], into: &body)
        case .include: readInclude(value, into: &body)
        case .maxOutputTokens: keep(.maxOutputTokens, \.maxOutputTokens, value.int)
        case .temperature: keep(.temperature, \.temperature, value.double)
        case .topP: keep(.topP, \.topP, value.double)
        case .topLogprobs: keep(.topLogprobs, \.topLogprobs, value.int)
        case .parallelToolCalls: keep(.parallelToolCalls, \.parallelToolCalls, value.bool)
        case .metadata: keep(.metadata, \.metadata, SessionHint.removed(from: value))
        case .store: keep(.store, \.store, value.bool)
        case .serviceTier: keep(.serviceTier, \.serviceTier, value.string)
        case .promptCacheKey: keep(.promptCacheKey, \.promptCacheKey, value.string)
        case .safetyIdentifier: keep(.safetyIdentifier, \.safetyIdentifier, value.string)
        case .user: keep(.user, \.user, value.string)
        case .previousResponseID, .conversation, .prompt, .background, .truncation, .maxToolCalls:
            body.extras.append(RawMember(name: name.rawValue, value: RawJSON(value)))
        }
    }

    private static func keepRest(
        of object: JSONCursor, _ name: OpenAIResponsesMember, except known: [StaticString], into body: inout CallBody
    ) {
        for extra in OpenAIChatBodyReader.extras(of: object, except: known) where extra.value != RawJSON("null") {
            body.extras.append(RawMember(name.rawValue, name: extra.name, value: extra.value))
        }
    }

    private static func readText(_ value: JSONCursor, into body: inout CallBody) {
        body.spelling[.verbosity] = "text.verbosity"
        body.spelling[.responseFormat] = "text.format"
        body.options.verbosity = value["verbosity"]?.string
        if let format = value["format"], !format.isNull { body.options.responseFormat = responseFormat(format) }
        keepRest(of: value, .text, except: ["verbosity", "format"], into: &body)
    }

    private static func responseFormat(_ value: JSONCursor) -> ResponseFormat? {
        guard let type = value["type"]?.string else { return nil }
        switch type {
        case "text": return .text
        case "json_object": return .jsonObject
        case "json_schema":
            return .jsonSchema(
                name: value["name"]?.string, description: value["description"]?.string,
                schema: value["schema"].flatMap { $0.isNull ? nil : RawJSON($0) }, strict: value["strict"]?.bool)
        default: return .other(type: type, RawJSON(value))
        }
    }

    /// Log probabilities are an option elsewhere; what else is to be included only this dialect has.
    private static func readInclude(_ value: JSONCursor, into body: inout CallBody) {
        let asksForLogprobs = value.elements.contains { $0.equals(OpenAIResponsesRequestDecoder.logprobsInclude) }
        if asksForLogprobs {
            body.options.logprobs = true
            body.spelling[.logprobs] = OpenAIResponsesMember.include.rawValue
        }
        if !asksForLogprobs || value.count > 1 {
            body.extras.append(RawMember(name: OpenAIResponsesMember.include.rawValue, value: RawJSON(value)))
        }
    }
}
