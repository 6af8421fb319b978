import Transport

/// Writes a Converse request from a call's values, and names what has no place in it.
///
/// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html.
struct BedrockConverseRequestWriter {
    /// The dialect that the values came from, for the spelling of its members.
    let source: DialectID
    let traits: BedrockConverseModel
    var json = JSONWriter(reservingBytes: 1024)
    var ids = BedrockConverseCallIDs()
    var documentNames = BedrockConverseDocumentNames()
    private(set) var dropped: [String] = []

    init(source: DialectID, model: String) {
        self.source = source
        traits = BedrockConverseModel(model)
    }

    /// Names a value of the client's request that has no place.
    mutating func drop(_ path: SourcePath) {
        dropped.append(path.text)
    }

    /// Names a field of the client's request that has no place.
    mutating func drop(_ field: CallField, of body: CallBody) {
        dropped.append(body.spelling[field])
    }

    /// Writes the whole request.
    mutating func write(_ body: CallBody) -> EncodedRequest {
        json.beginObject()
        writeConversation(body)
        let tools = writeTools(body)
        writeOptions(body, tools)
        for extra in body.extras { drop(extra.path) }
        json.endObject()
        return EncodedRequest(body: json.bytes, droppedFields: dropped)
    }

    /// Names members that only their own dialect knows.
    mutating func dropExtras(_ extras: [RawMember], _ path: SourcePath) {
        for extra in extras { drop(path.member(extra.name)) }
    }
}
