import Transport

/// Writes `session/prompt` from a call's values, and names what has no place in it.
///
/// Source: https://agentclientprotocol.com/protocol/prompt-turn and https://agentclientprotocol.com/protocol/content.
struct ACPRequestWriter {
    /// The dialect that the values came from, for the spelling of its members.
    let source: DialectID
    let session: ACPSession
    var json = JSONWriter(reservingBytes: 1024)
    /// How many blocks of content were written.
    var blockCount = 0
    private(set) var dropped: [String] = []

    init(source: DialectID, session: ACPSession) {
        self.source = source
        self.session = session
    }

    /// Names a value of the client's request that has no place.
    mutating func drop(_ path: SourcePath) {
        dropped.append(path.text)
    }

    /// Names members that only their own dialect knows.
    mutating func dropExtras(_ extras: [RawMember], _ path: SourcePath) {
        for extra in extras { drop(path.member(extra.name)) }
    }

    /// Writes the whole request.
    mutating func write(_ body: CallBody) throws(Failure) -> EncodedRequest {
        json.beginObject()
        ACPMessage.begin(.prompt, "session/prompt", in: session.call, &json)
        json.beginObject()
        json.put("sessionId", session.id)
        json.key("prompt")
        json.beginArray()
        writeConversation(body)
        json.endArray()
        json.endObject()
        json.endObject()
        guard blockCount > 0 else {
            throw Failure(
                .invalidRequest, "The conversation holds nothing that an agent can be told.", side: .client,
                code: "unsupported_value")
        }
        dropTools(body)
        dropOptions(body)
        for extra in body.extras { drop(extra.path) }
        return EncodedRequest(body: json.bytes, droppedFields: dropped)
    }

    // MARK: What has no place

    /// An agent has its own tools, and no use for the client's.
    private mutating func dropTools(_ body: CallBody) {
        if !body.tools.isEmpty { drop(SourcePath(body.spelling[.tools])) }
        switch body.toolChoice {
        case nil, .auto, .none?: break
        case .required, .tool, .allowed: drop(SourcePath(body.spelling[.toolChoice]))
        }
    }

    /// How an agent makes its answer is its own affair; what asks for nothing is not named.
    private mutating func dropOptions(_ body: CallBody) {
        var options = body.options
        if options.choiceCount == 1 { options.choiceCount = nil }
        if options.logprobs == false { options.logprobs = nil }
        if options.parallelToolCalls == true { options.parallelToolCalls = nil }
        if options.store == false { options.store = nil }
        if options.serviceTier == "auto" { options.serviceTier = nil }
        if options.responseFormat == .text { options.responseFormat = nil }
        if options.safetyIdentifier == options.user { options.safetyIdentifier = nil }
        if options.modalities.allSatisfy({ $0 == "text" }) { options.modalities = [] }
        if let metadata = options.metadata, metadata == RawJSON("null") || metadata == RawJSON("{}") {
            options.metadata = nil
        }
        for field in CallField.allCases where options.take(field) { drop(SourcePath(body.spelling[field])) }
    }
}
