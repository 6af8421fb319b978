/// What kind of input a tool takes.
package enum ToolKind: String, Sendable, Hashable {
    /// Arguments are a JSON object after a schema.
    case function
    /// Input is free text, possibly after a grammar.
    case custom
    /// A function in OpenAI's older form, `functions` and `function_call`: at most one call a message, without an id.
    case legacyFunction
}

/// A tool that the model may call.
package struct Tool: Sendable, Equatable {
    /// What a tool is.
    package enum Definition: Sendable, Equatable {
        /// A function with a JSON schema (nil: no arguments).
        case function(parameters: RawJSON?, strict: Bool?)
        /// A tool that takes text; `format` is OpenAI's description of the accepted text.
        case custom(format: RawJSON?)
        /// A tool that the provider runs itself, such as web search: the whole definition in its dialect.
        case provider(type: String, definition: RawJSON)
    }

    /// The tool's name; for a provider's own tool its type where it has no name.
    package var name: String
    /// What the tool does, for the model.
    package var description: String?
    /// What the tool is.
    package var definition: Definition
    /// A prompt-cache marker as source text.
    package var cacheControl: RawJSON?
    /// Members without a canonical name.
    package var extras: [RawMember]
    /// The same of the object inside, where the dialect wraps one (`function`, `custom`).
    package var innerExtras: [RawMember]
    /// Where the tool stood, such as `tools[0]`.
    package var path: SourcePath

    package init(
        name: String, description: String? = nil, definition: Definition, cacheControl: RawJSON? = nil,
        extras: [RawMember] = [], innerExtras: [RawMember] = [], path: SourcePath = ""
    ) {
        self.name = name
        self.description = description
        self.definition = definition
        self.cacheControl = cacheControl
        self.extras = extras
        self.innerExtras = innerExtras
        self.path = path
    }
}

/// Which tools the model may or must call.
package enum ToolChoice: Sendable, Equatable {
    /// The model decides.
    case auto
    /// No tool.
    case none
    /// At least one tool.
    case required
    /// Exactly this tool.
    case tool(name: String, kind: ToolKind)
    /// One of these tools: must call one if `required`, may otherwise.
    case allowed(names: [String], required: Bool)
}
