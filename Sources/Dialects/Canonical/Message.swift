/// Who speaks in a message.
package enum Role: String, Sendable, Hashable {
    case system, developer, user, assistant, tool
}

/// One turn of a conversation.
package struct Message: Sendable, Equatable {
    /// Who speaks.
    package var role: Role
    /// A name for the speaker, where the client gave one.
    package var name: String?
    /// What is said, in order; may be empty only for an assistant.
    package var parts: [Part]
    /// Members without a canonical name.
    package var extras: [RawMember]
    /// What the provider itself put on its output (ids, states): goes back to its dialect, and is no one's request.
    package var marks: [RawMember]
    /// Where the message stood, such as `messages[2]`.
    package var path: SourcePath

    package init(
        role: Role, name: String? = nil, parts: [Part], extras: [RawMember] = [], marks: [RawMember] = [],
        path: SourcePath = ""
    ) {
        self.marks = marks
        self.role = role
        self.name = name
        self.parts = parts
        self.extras = extras
        self.path = path
    }
}

/// One piece of a message.
package struct Part: Sendable, Equatable {
    /// What a part holds.
    package enum Content: Sendable, Equatable {
        case text(String)
        case image(Image)
        case audio(Audio)
        case file(File)
        /// The assistant's words of refusal.
        case refusal(String)
        /// The assistant's earlier reasoning.
        case reasoning(Reasoning)
        case toolCall(ToolCall)
        case toolResult(ToolResult)
        /// A part that only its own dialect knows, whole.
        case opaque(type: String, RawJSON)
    }

    /// What the part holds.
    package var content: Content
    /// A prompt-cache marker as source text.
    package var cacheControl: RawJSON?
    /// Members without a canonical name.
    package var extras: [RawMember]
    /// The same of the object inside, where the dialect wraps one (`image_url`, `function` and the like).
    package var innerExtras: [RawMember]
    /// What the provider itself put on its output (ids, states): goes back to its dialect, and is no one's request.
    package var marks: [RawMember]
    /// Whether an opaque part was an element of the conversation itself, beside the messages, and is no message's content.
    package var isItem: Bool
    /// Where the part stood, such as `messages[2].content[0]`.
    package var path: SourcePath

    package init(
        _ content: Content, cacheControl: RawJSON? = nil, extras: [RawMember] = [], innerExtras: [RawMember] = [],
        marks: [RawMember] = [], isItem: Bool = false, path: SourcePath = ""
    ) {
        self.marks = marks
        self.isItem = isItem
        self.content = content
        self.cacheControl = cacheControl
        self.extras = extras
        self.innerExtras = innerExtras
        self.path = path
    }
}

/// An image by address or inline.
package struct Image: Sendable, Equatable {
    /// An `http(s)` address or a data URL.
    package var url: String
    /// How closely to look: `auto`, `low`, `high` or a value that a provider added.
    package var detail: String?

    package init(url: String, detail: String? = nil) {
        self.url = url
        self.detail = detail
    }
}

/// Inline audio.
package struct Audio: Sendable, Equatable {
    /// The audio in base64.
    package var data: String
    /// Its format, such as `wav` or `mp3`.
    package var format: String

    package init(data: String, format: String) {
        self.data = data
        self.format = format
    }
}

/// A file inline, by address or by a provider's id.
package struct File: Sendable, Equatable {
    /// The content in base64 or as a data URL.
    package var data: String?
    /// The id of a file uploaded to the provider.
    package var id: String?
    /// The address of the file.
    package var url: String?
    /// Its name.
    package var name: String?
    /// Its media type, where stated.
    package var mediaType: String?

    package init(
        data: String? = nil, id: String? = nil, url: String? = nil, name: String? = nil, mediaType: String? = nil
    ) {
        self.data = data
        self.id = id
        self.url = url
        self.name = name
        self.mediaType = mediaType
    }
}

/// Reasoning of an earlier turn, which goes back only to the dialect that issued it when it is sealed.
package struct Reasoning: Sendable, Equatable {
    /// The reasoning text, empty when only its sealed form is known.
    package var text: String
    /// The provider's seal.
    package var signature: String?
    /// The whole block in its dialect, for encrypted or structured forms.
    package var block: RawJSON?
    /// The dialect that seal and block are of; nil where there is neither.
    package var issuer: DialectID?

    package init(text: String, signature: String? = nil, block: RawJSON? = nil, issuer: DialectID? = nil) {
        self.text = text
        self.signature = signature
        self.block = block
        self.issuer = issuer
    }
}

/// A call that the assistant made.
package struct ToolCall: Sendable, Equatable {
    /// The call's id; empty in the legacy `function_call` form, which has none.
    package var id: String
    /// The tool's name.
    package var name: String
    /// JSON text for a function, any text for a custom tool; kept as the model wrote it, valid or not.
    package var arguments: String
    package var kind: ToolKind
    /// A provider's seal on the call (Gemini's thought signature).
    package var signature: String?

    package init(
        id: String, name: String, arguments: String, kind: ToolKind = .function, signature: String? = nil
    ) {
        self.id = id
        self.name = name
        self.arguments = arguments
        self.kind = kind
        self.signature = signature
    }
}

/// What a tool answered.
package struct ToolResult: Sendable, Equatable {
    /// The id of the call that this answers; empty in the legacy `function` role, which has none.
    package var callID: String
    /// The tool's name, where known.
    package var name: String?
    /// What it answered.
    package var parts: [Part]
    /// Whether the tool failed, where the dialect can say so.
    package var isError: Bool
    /// What kind of call it answers, where the dialect says so.
    package var kind: ToolKind

    package init(
        callID: String, name: String? = nil, parts: [Part], isError: Bool = false, kind: ToolKind = .function
    ) {
        self.kind = kind
        self.callID = callID
        self.name = name
        self.parts = parts
        self.isError = isError
    }
}
