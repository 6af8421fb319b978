import Transport

/// One request of a client, as every dialect's decoder makes it.
///
/// A decoder validates the whole request, but reads only what every call needs. The rest stays in the client's bytes:
/// a call that goes out in its own dialect is carried (see `original`), and `body()` builds the values only for those
/// who ask. A value type, so a hook changes its own copy.
package struct Call: Sendable {
    /// The dialect that the client speaks.
    package let dialect: DialectID
    /// What the client asks for.
    package private(set) var operation: CallOperation
    /// The client's request, or nil once a hook changed what the call says: then only `body()` tells.
    package private(set) var original: JSONDocument?
    /// The model as the client named it; may hold a route selector.
    package var model: String
    /// Whether the client wants the answer as a stream.
    package var stream: Bool
    /// Whether the client wants usage in its stream.
    package var includeUsage: Bool
    /// How many alternatives the client asks for, at least 1.
    package var choiceCount: Int
    /// What the call asks of a model.
    package var features: CallFeatures
    /// Whether the configuration says of the model that the call goes to that it reasons, which its name may not tell.
    package var goesToReasoner = false
    /// What only the provider that issued it can resolve (an earlier response, a stored conversation or item), as
    /// paths in the client's spelling and order; empty for a call that says everything itself.
    package let issuerBoundFields: [String]
    /// What only a backend of the client's own dialect understands, and without which the call means nothing; paths in
    /// the client's spelling.
    package let nativeFields: [String]
    /// The earlier response that the call continues, where the client named one.
    package let previousResponseID: String?
    /// The session that the body names; nil where it names none.
    package var session: SessionHint?

    private var content: Content

    private enum Content: Sendable {
        case unread(JSONDocument, @Sendable (JSONDocument) -> CallBody)
        case values(CallBody)
    }

    /// Makes a call from a validated document; `read` builds the values from it and cannot fail.
    package init(
        dialect: DialectID, operation: CallOperation = .generate, original: JSONDocument, model: String, stream: Bool,
        includeUsage: Bool,
        choiceCount: Int = 1,
        features: CallFeatures,
        issuerBoundFields: [String] = [],
        previousResponseID: String? = nil,
        session: SessionHint? = nil,
        nativeFields: [String] = [],
        read: @escaping @Sendable (JSONDocument) -> CallBody
    ) {
        self.dialect = dialect
        self.operation = operation
        self.original = original
        self.model = model
        self.stream = stream
        self.includeUsage = includeUsage
        self.choiceCount = choiceCount
        self.features = features
        self.issuerBoundFields = issuerBoundFields
        self.previousResponseID = previousResponseID
        self.session = session
        self.nativeFields = nativeFields
        content = .unread(original, read)
    }

    /// What the call says, built anew for each asker until something changed it: keep the result.
    package func body() -> CallBody {
        switch content {
        case .unread(let document, let read): read(document)
        case .values(let body): body
        }
    }

    /// Changes what the call says; from now on its original bytes no longer go out.
    package mutating func replaceBody(_ body: CallBody) {
        original = nil
        content = .values(body)
    }

    /// The same call, asked for something else.
    package func asking(for operation: CallOperation) -> Call {
        var call = self
        call.operation = operation
        return call
    }

    /// Whether only the provider that issued what the call refers to can serve it.
    package var isBoundToIssuer: Bool { !issuerBoundFields.isEmpty }

    /// The failure (400) with which a leg of another dialect refuses a call that means something only to its issuer or
    /// in its own dialect; nil where the dialect can serve it.
    package func refusal(by dialect: DialectID) -> Failure? {
        guard dialect != self.dialect else { return nil }
        if let field = issuerBoundFields.first {
            return Self.refused(field, "only the provider that issued it can resolve it")
        }
        return nativeFields.first.map { Self.refused($0, "in this form it has no meaning in another protocol") }
    }

    private static func refused(_ field: String, _ reason: String) -> Failure {
        .malformed(
            field,
            "Invalid '\(field)': \(reason), and this request is served by a backend that speaks another protocol.",
            code: "unsupported_value")
    }
}
