import Transport

/// Writes a whole answer as the body of generateContent.
package enum GeminiAnswerWriter {
    /// The body of the answer.
    package static func body(_ answer: Answer, fallback: ResponseInfo) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 1024)
        let info = answer.info
        json.beginObject()
        json.key("candidates")
        json.beginArray()
        for choice in answer.choices { write(choice, issuer: info.issuer, &json) }
        json.endArray()
        if let usage = answer.usage {
            json.key("usageMetadata")
            GeminiUsage.write(usage, to: &json)
        }
        json.key("modelVersion")
        json.string(info.model ?? fallback.model ?? "")
        json.key("responseId")
        json.string(info.id ?? fallback.id ?? "lip")
        json.endObject()
        return json.bytes
    }

    private static func write(_ choice: Answer.Choice, issuer: DialectID?, _ json: inout JSONWriter) {
        json.beginObject()
        json.key("content")
        json.beginObject()
        json.key("parts")
        json.beginArray()
        writeParts(choice.pieces, issuer: issuer, &json)
        json.endArray()
        json.key("role")
        json.string("model" as StaticString)
        json.endObject()
        if !GeminiRemarks.write(choice.annotations, to: &json) {
            json.key("finishReason")
            json.string(GeminiFinish.word(choice.finish ?? .stop))
        }
        json.key("index")
        json.int(choice.index)
        GeminiLogprobs.write(choice.logprobs, to: &json)
        json.endObject()
    }

    /// Writes the pieces; a seal of Gemini's goes to the call after it, else to the image before it, else on a text of
    /// its own.
    private static func writeParts(_ pieces: [Answer.Piece], issuer: DialectID?, _ json: inout JSONWriter) {
        var seal: String?
        for (index, piece) in pieces.enumerated() {
            let next = index + 1 < pieces.count ? pieces[index + 1] : nil
            switch piece.kind {
            case .text, .refusal:
                GeminiPartsWriter.text(piece.text, to: &json)
            case .reasoning:
                guard let signature = piece.signature, let issuer else {
                    if !piece.text.isEmpty { GeminiPartsWriter.text(piece.text, isThought: true, to: &json) }
                    continue
                }
                guard issuer == .gemini else {
                    let shown = GeminiSeal.shown(ReasoningSeal(issuer: issuer, text: signature))
                    GeminiPartsWriter.text(piece.text, isThought: true, signature: shown, to: &json)
                    continue
                }
                if !piece.text.isEmpty { GeminiPartsWriter.text(piece.text, isThought: true, to: &json) }
                if next?.kind == .toolCall {
                    seal = signature
                } else if !(piece.text.isEmpty && index > 0 && pieces[index - 1].kind == .media) {
                    GeminiPartsWriter.text("", signature: signature, to: &json)
                }
            case .toolCall:
                GeminiPartsWriter.call(
                    id: piece.callID, name: piece.callName, kind: piece.callKind, arguments: piece.text,
                    signature: seal, to: &json)
                seal = nil
            case .media:
                let isSealed = next?.kind == .reasoning && next?.text.isEmpty == true && issuer == .gemini
                if let raw = piece.raw {
                    _ = GeminiAnswerMedia.write(raw, signature: isSealed ? next?.signature : nil, to: &json)
                }
            case .reasoningDetails: break
            }
        }
    }
}
