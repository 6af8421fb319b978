import Transport

/// Writes requests for embeddings for a provider.
package enum OpenAIEmbeddingsRequestEncoder {
    /// The request as the provider gets it.
    ///
    /// An OpenAI client's call that nothing changed is carried: its bytes, in which only the model is replaced, and what
    /// the flavor spells differently. Any other call is written from its values.
    package static func encode(
        _ call: Call, _ options: EmbeddingOptions, as model: String, flavor: OpenAIEmbeddingsFlavor = .openAI
    ) throws(Failure) -> EncodedRequest {
        if call.dialect == .openAIChat, let document = call.original {
            return carry(document, call, as: model, flavor)
        }
        return try write(call, options, as: model, flavor)
    }

    private static func carry(
        _ document: JSONDocument, _ call: Call, as model: String, _ flavor: OpenAIEmbeddingsFlavor
    ) -> EncodedRequest {
        let root = document.root
        var edits: [JSONEdit] = []
        var dropped: [String] = []
        if model != call.model {
            var name = JSONWriter()
            name.string(model)
            edits.append(.setMember("model", of: root, to: name.bytes))
        }
        if flavor.dimensionsMember != "dimensions", let dimensions = root["dimensions"] {
            edits.append(.removeMember("dimensions", of: root))
            if !dimensions.isNull {
                edits.append(.setMember(flavor.dimensionsMember, of: root, to: Array(dimensions.raw)))
            }
        }
        if let known = flavor.knownMembers {
            for member in root.members {
                guard let name = member.key.string, !known.contains(name) else { continue }
                edits.append(.removeMember(name, of: root))
                dropped.append(name)
            }
        }
        return EncodedRequest(body: edits.isEmpty ? document.bytes : document.applying(edits), droppedFields: dropped)
    }

    private static func write(
        _ call: Call, _ options: EmbeddingOptions, as model: String, _ flavor: OpenAIEmbeddingsFlavor
    ) throws(Failure) -> EncodedRequest {
        let body = call.body()
        var json = JSONWriter(reservingBytes: 1024)
        json.beginObject()
        json.key("model")
        json.string(model)
        json.key("input")
        if options.isBatch { json.beginArray() }
        for message in body.messages { try write(message, flavor, to: &json) }
        if options.isBatch { json.endArray() }
        json.key("encoding_format")
        json.string(options.encoding == .base64 ? "base64" : "float")
        if let dimensions = options.dimensions {
            json.key(flavor.dimensionsMember)
            json.int(dimensions)
        }
        var dropped = options.foreign
        if flavor.knownMembers == nil, let user = body.options.user {
            json.key("user")
            json.string(user)
            dropped.removeAll { $0 == body.spelling[.user] }
        }
        json.endObject()
        return EncodedRequest(body: json.bytes, droppedFields: dropped)
    }

    private static func write(
        _ message: Message, _ flavor: OpenAIEmbeddingsFlavor, to json: inout JSONWriter
    ) throws(Failure) {
        if message.parts.count == 1, case .opaque(_, let tokens) = message.parts[0].content, flavor.takesTokenIDs {
            return json.raw(tokens.bytes)
        }
        json.string(try message.embeddedText)
    }
}

extension Message {
    /// The text of an input that is to become one vector; throws 400 where it is more than text.
    var embeddedText: String {
        get throws(Failure) {
            var texts: [String] = []
            for part in parts {
                guard case .text(let text) = part.content else {
                    throw .malformed(
                        part.path.text,
                        "Invalid '\(part.path.text)': the backend that serves this request makes vectors of text only.",
                        code: "unsupported_value")
                }
                texts.append(text)
            }
            return texts.joined(separator: "\n")
        }
    }
}
