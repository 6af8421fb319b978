import Dialects
import FuzzSupport
import Transport

/// Decodes a request; what is accepted must say the same carried and rebuilt and survive translation, what is refused
/// must say why.
func fuzzAnthropicRequest(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let body = Array(UnsafeBufferPointer(start: data, count: count))
    guard let call = acceptedCall({ () throws(Failure) in try AnthropicRequestDecoder.decode(body) }) else { return 0 }
    precondition(call.original?.bytes == body, "an accepted request was changed")
    let carried = encoded(call)
    let rebuilt = AnthropicRequestEncoder.rebuild(call, as: "other/model", stream: call.stream)
    precondition(carried.droppedFields == rebuilt.droppedFields, "carrying and rebuilding drop different fields")
    if !call.features.contains(.foreignReasoning) {
        precondition(carried.droppedFields.isEmpty, "a field of the same dialect got lost")
    }
    let first = decoded(carried.body, "a carried request is refused")
    let second = decoded(rebuilt.body, "a rebuilt request is refused")
    precondition(first.model == "other/model" && second.model == "other/model", "the model was not replaced")
    precondition(first.stream == call.stream && second.stream == call.stream, "the stream switch changed")
    precondition(values(first) == values(second), "carrying and rebuilding say different things")
    if carried.droppedFields.isEmpty {
        precondition(values(first) == values(call), "carrying changed what a request says")
    }
    translate(call)
    return 0
}

/// What a call says; members without a canonical name have no order among those of other names.
private func values(_ call: Call) -> CallBody {
    var body = call.body()
    body.extras = body.extras.enumerated()
        .sorted { ($0.element.name, $0.offset) < ($1.element.name, $1.offset) }.map(\.element)
    return body
}

/// A request for another dialect must be one there, and come back as one here.
private func translate(_ call: Call) {
    let chat = OpenAIChatRequestEncoder.encode(call, as: "other", stream: call.stream)
    let there: Call
    do throws(Failure) {
        there = try OpenAIChatRequestDecoder.decode(chat.body)
    } catch {
        // A conversation of which nothing has a form there has no message left.
        precondition(
            error.parameter?.hasPrefix("messages") == true, "a translated request is refused: \(error.message)")
        return
    }
    do throws(Failure) {
        let back = try AnthropicRequestEncoder.encode(there, as: "other", stream: call.stream)
        _ = try AnthropicRequestDecoder.decode(back.body)
    } catch {
        precondition(
            error.parameter?.hasPrefix("messages") == true, "a request that came back is refused: \(error.message)")
    }
}

private func encoded(_ call: Call) -> EncodedRequest {
    do throws(Failure) {
        return try AnthropicRequestEncoder.encode(call, as: "other/model", stream: call.stream)
    } catch {
        preconditionFailure("an accepted request cannot be carried: \(error.message)")
    }
}

private func decoded(_ body: [UInt8], _ property: String) -> Call {
    do throws(Failure) {
        return try AnthropicRequestDecoder.decode(body)
    } catch {
        // Where all that was said was thinking that may not go out, nothing is left to say.
        if error.parameter == "messages" { return emptied(body) }
        preconditionFailure("\(property): \(error.message)")
    }
}

/// The call of a request whose messages were all taken out.
private func emptied(_ body: [UInt8]) -> Call {
    guard let document = try? JSONDocument(parsing: body), let messages = document.root["messages"], messages.count == 0
    else { preconditionFailure("a request without messages has some") }
    let filled = document.replacing(messages, with: Array(#"[{"role":"user","content":"x"}]"#.utf8))
    guard let call = try? AnthropicRequestDecoder.decode(filled) else {
        preconditionFailure("a request whose messages were all taken out is refused for something else")
    }
    return call
}
