import Dialects
import FuzzSupport
import Transport

/// Decodes a request; what is accepted must say the same carried and rebuilt, what is refused must say why, and what
/// becomes a chat must be one.
func fuzzOpenAIResponsesRequest(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let body = Array(UnsafeBufferPointer(start: data, count: count))
    guard let call = acceptedCall({ () throws(Failure) in try OpenAIResponsesRequestDecoder.decode(body) }) else {
        return 0
    }
    precondition(call.original?.bytes == body, "an accepted request was changed")
    let carried: EncodedRequest
    let rebuilt: EncodedRequest
    do throws(Failure) {
        carried = try OpenAIResponsesRequestEncoder.encode(call, as: "other/model", stream: call.stream)
        rebuilt = try OpenAIResponsesRequestEncoder.rebuild(call, as: "other/model", stream: call.stream)
    } catch {
        preconditionFailure("a request of the same dialect is refused: \(error.message)")
    }
    let first = decoded(carried.body, "a carried request is refused", mayBeEmpty: !carried.droppedFields.isEmpty)
    let second = decoded(rebuilt.body, "a rebuilt request is refused", mayBeEmpty: !rebuilt.droppedFields.isEmpty)
    if let first, let second {
        precondition(first.model == "other/model" && second.model == "other/model", "the model was not replaced")
        precondition(first.stream == call.stream && second.stream == call.stream, "the stream switch changed")
        precondition(Set(first.issuerBoundFields).count == Set(call.issuerBoundFields).count, "a binding got lost")
        // Foreign reasoning has no place of its own when rebuilt.
        if !call.features.contains(.foreignReasoning) {
            precondition(carried.droppedFields.isEmpty && rebuilt.droppedFields.isEmpty, "a field got lost")
            precondition(values(first) == values(call), "carrying changed what a request says")
            precondition(values(second) == values(call), "rebuilding changed what a request says")
        }
    }
    if call.refusal(by: .openAIChat) == nil {
        let chat = OpenAIChatRequestEncoder.encode(call, as: "m", stream: call.stream)
        precondition((try? JSONDocument(parsing: chat.body)) != nil, "a translated request is not JSON")
    }
    return 0
}

private func decoded(_ body: [UInt8], _ property: String, mayBeEmpty: Bool) -> Call? {
    do throws(Failure) {
        return try OpenAIResponsesRequestDecoder.decode(body)
    } catch {
        if mayBeEmpty, error.code == "empty_array" { return nil }
        preconditionFailure("\(property): \(error.message)")
    }
}

/// What a call says, but for the options of a stream, which go where it goes, and the order of unnamed members.
private func values(_ call: Call) -> CallBody {
    var body = call.body()
    body.extras.removeAll { $0.container == "stream_options" }
    body.extras.sort { ($0.container, $0.name, $0.value.description) < ($1.container, $1.name, $1.value.description) }
    return body
}
