import Transport

/// Builds the values of a validated Messages request.
///
/// It reads leniently, since every check was made before: what is not as expected is left out, never a trap.
enum AnthropicBodyReader {
    /// What the request says.
    static func body(_ document: JSONDocument) -> CallBody {
        document.withRoot { root in
            var body = CallBody()
            for member in root.members {
                guard let name = AnthropicMember.named(member.key) else {
                    body.extras.append(extra(member))
                    continue
                }
                guard !member.value.isNull else { continue }
                read(name, member.value, into: &body)
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

    private static func read(_ name: AnthropicMember, _ value: JSONCursor, into body: inout CallBody) {
        func keep<Value>(
            _ field: CallField, _ option: WritableKeyPath<CallOptions, Value?>, _ found: Value?
        ) {
            body.options[keyPath: option] = found
            body.spelling[field] = name.rawValue
        }
        switch name {
        case .model, .stream: break
        case .messages: body.messages = AnthropicBlockReader.messages(value)
        case .system:
            body.spelling[.instructions] = name.rawValue
            body.instructions = AnthropicBlockReader.parts(value, SourcePath(name.rawValue))
        case .tools:
            body.spelling[.tools] = name.rawValue
            body.tools = AnthropicToolReader.tools(value)
        case .toolChoice: AnthropicToolReader.readChoice(value, into: &body)
        case .maxTokens: keep(.maxOutputTokens, \.maxOutputTokens, value.int)
        case .temperature: keep(.temperature, \.temperature, value.double)
        case .topP: keep(.topP, \.topP, value.double)
        case .topK: keep(.topK, \.topK, value.int)
        case .serviceTier: keep(.serviceTier, \.serviceTier, value.string)
        case .stopSequences:
            body.options.stop = value.elements.compactMap(\.string)
            body.spelling[.stop] = name.rawValue
        case .thinking: readThinking(value, into: &body)
        case .outputConfig: readOutputConfig(value, into: &body)
        case .metadata:
            body.options.user = value["user_id"]?.string
            body.spelling[.user] = "metadata.user_id"
            keepRest(of: value, except: ["user_id", "lip_session_id", "lip_resume_token"], as: name, into: &body)
        }
    }

    /// A fixed budget has a canonical name; every other kind of thinking is this dialect's own.
    private static func readThinking(_ value: JSONCursor, into body: inout CallBody) {
        guard value["type"]?.equals("enabled") == true, let budget = value["budget_tokens"]?.int else {
            body.extras.append(RawMember(name: AnthropicMember.thinking.rawValue, value: RawJSON(value)))
            return
        }
        body.options.reasoningBudgetTokens = budget
        body.spelling[.reasoningBudgetTokens] = AnthropicMember.thinking.rawValue
        keepRest(of: value, except: ["type", "budget_tokens"], as: .thinking, into: &body)
    }

    private static func readOutputConfig(_ value: JSONCursor, into body: inout CallBody) {
        if let effort = value["effort"]?.string {
            body.options.reasoningEffort = effort
            body.spelling[.reasoningEffort] = "output_config.effort"
        }
        if let format = value["format"], format.isObject {
            let schema = format["schema"]
            let isPlain = format["type"]?.equals("json_schema") == true && format.count == 2
            body.options.responseFormat =
                if isPlain, let schema {
                    .jsonSchema(name: nil, description: nil, schema: RawJSON(schema), strict: nil)
                } else {
                    .other(type: format["type"]?.string ?? "", RawJSON(format))
                }
            body.spelling[.responseFormat] = "output_config.format"
        }
        keepRest(of: value, except: ["effort", "format"], as: .outputConfig, into: &body)
    }

    /// Keeps what an object says beyond its named members, as an object under the same name.
    static func keepRest(
        of value: JSONCursor, except known: [StaticString], as name: AnthropicMember, into body: inout CallBody
    ) {
        let rest = extras(of: value, except: known)
        guard !rest.isEmpty else { return }
        var json = JSONWriter()
        json.beginObject()
        for member in rest {
            json.key(member.name)
            json.raw(member.value.bytes)
        }
        json.endObject()
        body.extras.append(RawMember(name: name.rawValue, value: RawJSON(bytes: json.bytes)))
    }
}
