import Dialects
import FuzzSupport
import Transport

/// Decodes a request; what is accepted must be carried byte for byte, say the same carried and rebuilt, and be a chat
/// where it can become one; what is refused must say why.
func fuzzOpenAICompletionsRequest(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let body = Array(UnsafeBufferPointer(start: data, count: count))
    guard let call = acceptedCall({ () throws(Failure) in try OpenAICompletionsRequestDecoder.decode(body) }) else {
        return 0
    }
    precondition(call.original?.bytes == body, "an accepted request was changed")
    for stream in [false, true] { check(call, stream: stream) }
    if call.refusal(by: .openAIChat) == nil {
        let chat = OpenAIChatRequestEncoder.encode(call, as: "m", stream: call.stream)
        do throws(Failure) {
            let read = try OpenAIChatRequestDecoder.decode(chat.body)
            precondition(
                read.body().messages.map(texts) == call.body().messages.map(texts), "a chat says something else")
        } catch {
            preconditionFailure("a translated request is no chat: \(error.message)")
        }
    }
    return 0
}

/// What the provider gets of a call, streamed or not, must be the call.
private func check(_ call: Call, stream: Bool) {
    let hasStreamOptions = call.original?.root["stream_options"] != nil
    let same: EncodedRequest
    let carried: EncodedRequest
    let rebuilt: EncodedRequest
    do throws(Failure) {
        same = try OpenAICompletionsRequestEncoder.encode(call, as: call.model, stream: stream)
        carried = try OpenAICompletionsRequestEncoder.encode(call, as: "other/model", stream: stream)
        rebuilt = try OpenAICompletionsRequestEncoder.rebuild(call, as: "other/model", stream: stream)
    } catch {
        preconditionFailure("a request of the same dialect is refused: \(error.message)")
    }
    if stream == call.stream, stream ? call.includeUsage : !hasStreamOptions {
        precondition(same.body == call.original?.bytes, "a request that nothing changes is not carried")
    }
    for encoded in [same, carried, rebuilt] {
        precondition(encoded.droppedFields.isEmpty, "a field of the same dialect got lost")
        let again: Call
        do throws(Failure) {
            again = try OpenAICompletionsRequestDecoder.decode(encoded.body)
        } catch {
            preconditionFailure("an encoded request is refused: \(error.message)")
        }
        precondition(again.stream == stream, "the stream switch is wrong")
        precondition(!stream || again.includeUsage, "a stream without usage")
        precondition(again.choiceCount == call.choiceCount, "another number of answers")
        precondition(again.features == call.features, "other features")
        precondition(again.nativeFields == call.nativeFields, "other native fields")
        precondition(values(again) == values(call), "encoding changed what a request says")
    }
    for encoded in [carried, rebuilt] {
        precondition(
            (try? JSONDocument(parsing: encoded.body))?.root["model"]?.string == "other/model",
            "the model was not replaced")
    }
}

/// What a call says, but for the stream options, which the gateway sets itself.
private func values(_ call: Call) -> CallBody {
    var body = call.body()
    body.extras.removeAll { $0.name == "stream_options" }
    body.extras.sort { ($0.name, $0.value.description) < ($1.name, $1.value.description) }
    return body
}

private func texts(_ message: Message) -> [String] {
    message.parts.compactMap { part in
        if case .text(let text) = part.content { text } else { nil }
    }
}
