import Dialects
import Testing
import Transport

/// Text as bytes.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Bytes as text.
func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

/// The call that a chat request makes.
func chatCall(_ request: String) throws -> Call {
    try OpenAIChatRequestDecoder.decode(bytes(request))
}

/// A chat request with one user message and more members.
func chatRequest(_ members: String = "", messages: String = #"[{"role":"user","content":"hi"}]"#) -> String {
    #"{"model":"m","messages":\#(messages)\#(members.isEmpty ? "" : ",")\#(members)}"#
}

/// The failure that a chat request is refused with.
func chatFailure(_ request: String) -> Failure? {
    do {
        _ = try OpenAIChatRequestDecoder.decode(bytes(request))
        return nil
    } catch {
        return error
    }
}

/// One frame of a stream with the given data.
func frame(_ data: String) -> String { "data: \(data)\n\n" }

/// A chunk with one choice.
func chunk(_ delta: String, finish: String? = nil, index: Int = 0, more: String = "") -> String {
    let reason = finish.map { "\"\($0)\"" } ?? "null"
    return frame(
        #"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt","choices":[{"index":\#(index),"delta":\#(delta),"finish_reason":\#(reason)}]\#(more)}"#
    )
}

let done = "data: [DONE]\n\n"

/// Everything that a decoder makes of a body, given in these pieces.
struct Decoded: Equatable {
    var events: [Event] = []
    var frames: [String] = []
    var hidden: [Bool] = []

    /// The failure at the end, if it failed.
    var failure: Failure? {
        if case .failed(let failure) = events.last { failure } else { nil }
    }

    var hasEnded: Bool { events.last == .ended }
}

/// Decodes a stream that arrives in these pieces and then ends.
func decode(_ pieces: [[UInt8]], choiceCount: Int = 1) -> Decoded {
    var decoder = OpenAIChatEventDecoder(choiceCount: choiceCount)
    var result = Decoded()
    func take() {
        while let frame = decoder.next() {
            result.events += decoder.events
            if !frame.bytes.isEmpty {
                result.frames.append(text(frame.bytes))
                result.hidden.append(frame.isUsageOnly)
            }
        }
    }
    for piece in pieces {
        decoder.feed(piece)
        take()
    }
    decoder.finish()
    take()
    return result
}

/// Decodes a stream that arrives at once and then ends.
func decode(_ stream: String, choiceCount: Int = 1) -> Decoded {
    decode([bytes(stream)], choiceCount: choiceCount)
}

/// The answer that events make; nil if they fail.
func answer(_ events: [Event]) -> Answer? {
    var answer = Answer()
    for event in events {
        do { try answer.append(event) } catch { return nil }
    }
    return answer
}

/// What rebuilt chunks the events become.
func encodeStream(_ events: [Event], includeUsage: Bool = true) -> [UInt8] {
    var encoder = OpenAIChatStreamEncoder(includeUsage: includeUsage, fallback: fallback)
    var output: [UInt8] = []
    for event in events { encoder.encode(event, into: &output) }
    return output
}

/// What a client gets that is carried a stream.
func carryStream(_ stream: String, includeUsage: Bool) -> String {
    var decoder = OpenAIChatEventDecoder()
    var encoder = OpenAIChatStreamEncoder(includeUsage: includeUsage, fallback: fallback)
    var output: [UInt8] = []
    decoder.feed(bytes(stream))
    while let frame = decoder.next() { encoder.carry(frame, decoder.events, into: &output) }
    decoder.finish()
    while let frame = decoder.next() { encoder.carry(frame, decoder.events, into: &output) }
    return text(output)
}

let fallback = ResponseInfo(id: "chatcmpl-f", model: "fallback", created: 7)

/// A generator whose numbers follow from its seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
