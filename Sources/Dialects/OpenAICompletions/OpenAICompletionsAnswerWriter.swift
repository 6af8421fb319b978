import Transport

/// Writes a whole answer as a completion of the legacy interface.
package enum OpenAICompletionsAnswerWriter {
    /// The body of the answer.
    package static func body(_ answer: Answer, fallback: ResponseInfo) -> [UInt8] {
        var info = fallback
        info.id = answer.info.id ?? fallback.id
        info.model = answer.info.model ?? fallback.model
        info.created = answer.info.created ?? fallback.created
        info.systemFingerprint = answer.info.systemFingerprint ?? fallback.systemFingerprint
        var json = JSONWriter(reservingBytes: 1024)
        json.beginObject()
        OpenAICompletionsObject.writeHead(info, &json)
        json.key("choices")
        json.beginArray()
        for choice in answer.choices {
            var offset = 0
            let logprobs = choice.logprobs.compactMap { OpenAICompletionsObject.logprobs($0, offset: &offset) }
            let spoken = choice.pieces.filter { $0.kind == .text || $0.kind == .refusal }
            OpenAICompletionsObject.writeChoice(
                choice.index, text: spoken.map(\.text).joined(),
                logprobs: OpenAICompletionsObject.joined(logprobs), finish: choice.finish ?? .stop, &json)
        }
        json.endArray()
        if let usage = answer.usage {
            json.key("usage")
            OpenAIChatUsage.write(usage, to: &json)
        }
        json.endObject()
        return json.bytes
    }
}
