import Dialects
import FuzzSupport
import Transport

/// Decodes a request; what is accepted must go out as it came and say the same rebuilt, and become a request of another
/// dialect without a trap; what is refused must say why.
func fuzzGeminiRequest(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let body = Array(UnsafeBufferPointer(start: data, count: count))
    guard
        let call = acceptedCall({ () throws(Failure) in try GeminiRequestDecoder.decode(body, model: "m", stream: false)
            })
    else { return 0 }
    precondition(call.original?.bytes == body, "an accepted request was changed")
    _ = OpenAIChatRequestEncoder.encode(call, as: "other", stream: true)

    let rebuilt: EncodedRequest
    do throws(Failure) {
        let carried = try GeminiRequestEncoder.encode(call, as: "m", stream: false)
        if !call.features.contains(.foreignReasoning) {
            precondition(carried.body == body && carried.droppedFields.isEmpty, "a carried request was changed")
        }
        rebuilt = try GeminiRequestEncoder.rebuild(call, as: "m", stream: false)
    } catch {
        preconditionFailure("a request of the same dialect cannot be written: \(error.message)")
    }
    let again: Call
    do throws(Failure) {
        again = try GeminiRequestDecoder.decode(rebuilt.body, model: "m", stream: false)
    } catch {
        // What nobody knows may be spelled in both ways at once; only the provider could say what that means.
        precondition(error.code == "duplicate_parameter", "a rebuilt request is refused: \(error.message)")
        return 0
    }
    precondition(texts(again) == texts(call), "rebuilding changed what a request says")
    precondition(again.body().options == call.body().options, "rebuilding changed an option")
    precondition(unnamed(again) == unnamed(call), "rebuilding moved or lost an unnamed member")
    return 0
}

/// What is said in a conversation.
private func texts(_ call: Call) -> [String] {
    call.body().messages.flatMap(\.parts).compactMap { part in
        switch part.content {
        case .text(let text): text
        case .toolCall(let call): call.name + call.arguments
        default: nil
        }
    }
}

/// The members without a canonical name, each with how deep it stands, in any order: a rebuilt request spells what is
/// around them in its own way.
private func unnamed(_ call: Call) -> [String] {
    call.body().extras.map { extra in
        "\(extra.container.split(separator: ".").count) \(extra.name) \(extra.value)"
    }.sorted()
}
