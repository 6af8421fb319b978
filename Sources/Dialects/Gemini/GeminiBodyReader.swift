import Transport

/// Builds the values of a validated generateContent request.
///
/// It reads leniently, since every check was made before: what is not as expected is left out, never a trap. Members
/// without a canonical name inside `generationConfig` and `toolConfig`, and inside the objects in these that are read,
/// become extras with that object as their container.
enum GeminiBodyReader {
    /// What the request says.
    static func body(_ document: JSONDocument) -> CallBody {
        document.withRoot { root in
            var body = CallBody()
            for member in root.members {
                let value = member.value
                guard !value.isNull else { continue }
                guard let name = GeminiMember(member.key) else {
                    body.extras.append(OpenAIChatBodyReader.extra(member))
                    continue
                }
                switch name {
                case .contents:
                    body.messages = GeminiContentReader.messages(value, SourcePath(member.key.spelled))
                case .systemInstruction:
                    body.spelling[.instructions] = member.key.spelled
                    body.instructions = GeminiContentReader.instructions(value, SourcePath(member.key.spelled))
                case .tools:
                    body.spelling[.tools] = member.key.spelled
                    body.tools = GeminiToolReader.tools(value, SourcePath(member.key.spelled))
                case .toolConfig: GeminiToolReader.readConfig(value, member.key.spelled, into: &body)
                case .generationConfig: GeminiOptionReader.read(value, member.key.spelled, into: &body)
                case .safetySettings, .cachedContent, .labels:
                    body.extras.append(OpenAIChatBodyReader.extra(member))
                case .model: break
                }
            }
            return body
        }
    }
}
