import Dialects
import FuzzSupport
import Transport

/// Decodes a request; what is accepted must say the same carried and rebuilt, what is refused must say why.
func fuzzOpenAIChatRequest(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let body = Array(UnsafeBufferPointer(start: data, count: count))
    guard let call = acceptedCall({ () throws(Failure) in try OpenAIChatRequestDecoder.decode(body) }) else { return 0 }
    precondition(call.original?.bytes == body, "an accepted request was changed")
    // Requests that mix OpenAI's older and newer forms of tools have no single meaning.
    let root = call.original?.root
    let older = root?["functions"] != nil || root?["function_call"] != nil
    let newer = root?["tools"] != nil || root?["tool_choice"] != nil
    if older && newer { return 0 }

    let carried = OpenAIChatRequestEncoder.encode(call, as: "other/model", stream: call.stream)
    let rebuilt = OpenAIChatRequestEncoder.rebuild(call, as: "other/model", stream: call.stream)
    precondition(carried.droppedFields.isEmpty && rebuilt.droppedFields.isEmpty, "a field of the same dialect got lost")
    let first = decoded(carried.body, "a carried request is refused")
    let second = decoded(rebuilt.body, "a rebuilt request is refused")
    precondition(first.model == "other/model" && second.model == "other/model", "the model was not replaced")
    precondition(first.stream == call.stream && second.stream == call.stream, "the stream switch changed")
    precondition(values(first) == values(call), "carrying changed what a request says")
    precondition(values(second) == values(call), "rebuilding changed what a request says")
    return 0
}

private func decoded(_ body: [UInt8], _ property: String) -> Call {
    do throws(Failure) {
        return try OpenAIChatRequestDecoder.decode(body)
    } catch {
        preconditionFailure("\(property): \(error.message)")
    }
}

/// What a call says, but for the stream options, which the gateway sets itself.
private func values(_ call: Call) -> CallBody {
    var body = call.body()
    body.extras.removeAll { $0.name == "stream_options" }
    return body
}
