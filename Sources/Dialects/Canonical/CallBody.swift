/// What a call says: the conversation, the tools and the options, as values that every dialect can encode.
///
/// Made from the client's bytes only when something needs it (translation, a hook, a cache): a call that is carried in
/// its own dialect never pays for it.
package struct CallBody: Sendable, Equatable {
    /// Instructions that stand beside the conversation (Anthropic `system`, Gemini `systemInstruction`, Responses
    /// `instructions`); those inside it are messages with the role system or developer.
    package var instructions: [Part]
    package var messages: [Message]
    package var tools: [Tool]
    package var toolChoice: ToolChoice?
    /// Whether tools and choice stood in OpenAI's older form, `functions` and `function_call`.
    package var usesLegacyFunctions: Bool
    package var options: CallOptions
    /// Members without a canonical name: top-level ones, and those of inner objects that are read member by member.
    package var extras: [RawMember]
    /// The client's spelling of each field that it sent.
    package var spelling: FieldSpelling

    package init(
        instructions: [Part] = [], messages: [Message] = [], tools: [Tool] = [], toolChoice: ToolChoice? = nil,
        usesLegacyFunctions: Bool = false, options: CallOptions = CallOptions(), extras: [RawMember] = [],
        spelling: FieldSpelling = FieldSpelling()
    ) {
        self.instructions = instructions
        self.messages = messages
        self.tools = tools
        self.toolChoice = toolChoice
        self.usesLegacyFunctions = usesLegacyFunctions
        self.options = options
        self.extras = extras
        self.spelling = spelling
    }
}

/// How the client spelled the fields that it sent, such as `max_tokens` for the output limit.
///
/// All spellings compare equal: they do not change what a call says.
package struct FieldSpelling: Sendable, Equatable {
    private var paths: [CallField: String] = [:]

    package init() {}

    /// The client's path of a field, or the canonical name of a field that the client did not send.
    package subscript(field: CallField) -> String {
        get { paths[field] ?? field.rawValue }
        set { paths[field] = newValue }
    }

    package static func == (lhs: FieldSpelling, rhs: FieldSpelling) -> Bool { true }
}
