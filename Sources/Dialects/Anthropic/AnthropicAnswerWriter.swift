import Transport

/// Writes a whole answer as a message.
package enum AnthropicAnswerWriter {
    /// The body of the answer; of several alternatives the first, since this dialect has one.
    package static func body(_ answer: Answer, fallback: ResponseInfo) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 1024)
        let choice = answer.choices.first { $0.index == 0 }
        let pieces = choice?.pieces ?? []
        json.beginObject()
        writeHead(answer.info, fallback: fallback, &json)
        json.key("content")
        json.beginArray()
        for piece in content(pieces, answer.info, fallback) { json.raw(piece) }
        json.endArray()
        AnthropicFinish.write(
            AnthropicFinish.settled(
                choice?.finish, hasCalls: pieces.contains { $0.kind == .toolCall },
                hasRefusal: pieces.contains { $0.kind == .refusal }), to: &json)
        json.key("usage")
        AnthropicUsage.write(answer.usage, tier: answer.info.serviceTier, to: &json)
        json.endObject()
        return json.bytes
    }

    /// Writes what stands before the content of a message.
    static func writeHead(_ info: ResponseInfo, fallback: ResponseInfo, _ json: inout JSONWriter) {
        json.key("id")
        json.string(info.id ?? fallback.id ?? "msg_lip")
        json.key("type")
        json.string("message" as StaticString)
        json.key("role")
        json.string("assistant" as StaticString)
        json.key("model")
        json.string(info.model ?? fallback.model ?? "")
    }

    /// The content blocks; citations stand with the text that they came behind.
    private static func content(
        _ pieces: [Answer.Piece], _ info: ResponseInfo, _ fallback: ResponseInfo
    ) -> [[UInt8]] {
        var blocks: [[UInt8]] = []
        for piece in pieces {
            switch piece.kind {
            case .text:
                let citations = info.issuer == .anthropicMessages ? piece.annotations : []
                if !piece.text.isEmpty || !citations.isEmpty { blocks.append(text(piece.text, citations)) }
            case .refusal: if !piece.text.isEmpty { blocks.append(text(piece.text, [])) }
            case .reasoning: blocks.append(thinking(piece, info.issuer))
            case .reasoningDetails:
                if let raw = piece.raw {
                    blocks += AnthropicSealedBlock.blocks(raw, issuer: info.issuer).map(\.bytes)
                }
            case .toolCall: blocks.append(call(piece, info.id ?? fallback.id))
            case .media: if let raw = piece.raw, let block = AnthropicOwnBlock.block(raw) { blocks.append(block.bytes) }
            }
        }
        return blocks
    }

    private static func text(_ text: String, _ citations: [RawJSON]) -> [UInt8] {
        var json = JSONWriter(reservingBytes: text.utf8.count + 32)
        json.beginObject()
        json.key("type")
        json.string("text" as StaticString)
        json.key("text")
        json.string(text)
        if !citations.isEmpty {
            json.key("citations")
            json.beginArray()
            for array in citations {
                guard let document = try? JSONDocument(parsing: array.bytes) else { continue }
                for citation in document.root.elements { json.raw(citation) }
            }
            json.endArray()
        }
        json.endObject()
        return json.bytes
    }

    private static func thinking(_ piece: Answer.Piece, _ issuer: DialectID?) -> [UInt8] {
        var signature = ""
        if let sealed = piece.signature, let issuer {
            signature = ReasoningSeal(issuer: issuer, text: sealed).shown(in: .anthropicMessages)
        }
        var json = JSONWriter(reservingBytes: piece.text.utf8.count + signature.utf8.count + 64)
        json.beginObject()
        json.key("type")
        json.string("thinking" as StaticString)
        json.key("thinking")
        json.string(piece.text)
        json.key("signature")
        json.string(signature)
        json.endObject()
        return json.bytes
    }

    private static func call(_ piece: Answer.Piece, _ answerID: String?) -> [UInt8] {
        var json = JSONWriter(reservingBytes: piece.text.utf8.count + 96)
        json.beginObject()
        json.key("type")
        json.string("tool_use" as StaticString)
        json.key("id")
        json.string(piece.callID.isEmpty ? "toolu_\(answerID ?? "lip")_\(piece.callIndex)" : piece.callID)
        json.key("name")
        json.string(piece.callName)
        json.key("input")
        AnthropicToolInput.write(piece.text, piece.callKind, to: &json)
        json.endObject()
        return json.bytes
    }
}
