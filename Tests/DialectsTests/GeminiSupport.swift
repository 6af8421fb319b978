import Dialects
import Testing
import Transport

/// Helpers of the Gemini suites.
enum Gemini {
    static let fallback = ResponseInfo(id: "resp-f", model: "fallback", created: 7)

    /// A request with one user content and more members.
    static func request(
        _ members: String = "", contents: String = #"[{"role":"user","parts":[{"text":"hi"}]}]"#
    ) -> String {
        #"{"contents":\#(contents)\#(members.isEmpty ? "" : ",")\#(members)}"#
    }

    static func call(_ request: String, model: String = "m", stream: Bool = false) throws -> Call {
        try GeminiRequestDecoder.decode(bytes(request), model: model, stream: stream)
    }

    static func failure(_ request: String) -> Failure? {
        do {
            _ = try GeminiRequestDecoder.decode(bytes(request), model: "m", stream: false)
            return nil
        } catch {
            return error
        }
    }

    /// What a chat request becomes for Gemini.
    static func fromChat(
        _ request: String, as model: String = "gemini-2.5-flash", parameters: RouteParameters = .none
    ) throws -> (body: String, dropped: [String]) {
        let encoded = try GeminiRequestEncoder.encode(
            chatCall(request), as: model, stream: false, parameters: parameters)
        return (text(encoded.body), encoded.droppedFields)
    }

    /// What a Gemini request becomes for an OpenAI-compatible provider.
    static func toChat(_ request: String) throws -> (body: String, dropped: [String]) {
        let encoded = OpenAIChatRequestEncoder.encode(try call(request), as: "gpt", stream: false)
        return (text(encoded.body), encoded.droppedFields)
    }

    /// A chunk with one candidate that holds these parts.
    static func chunk(
        _ parts: String, finish: String? = nil, index: Int = 0, more: String = "", beside: String = ""
    ) -> String {
        let reason = finish.map { #","finishReason":"\#($0)""# } ?? ""
        return
            #"{"candidates":[{"content":{"parts":[\#(parts)],"role":"model"}\#(reason),"index":\#(index)\#(beside)}]\#(more),"modelVersion":"gemini-2.5-flash","responseId":"r1"}"#
    }

    static func frame(_ data: String) -> String { "data: \(data)\r\n\r\n" }

    /// Decodes a stream that arrives in these pieces and then ends.
    static func decode(_ pieces: [[UInt8]], choiceCount: Int = 1) -> Decoded {
        var decoder = GeminiEventDecoder(choiceCount: choiceCount)
        var result = Decoded()
        func take() {
            while let frame = decoder.next() {
                result.events += decoder.events
                if !frame.bytes.isEmpty { result.frames.append(text(frame.bytes)) }
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

    static func decode(_ stream: String, choiceCount: Int = 1) -> Decoded {
        decode([bytes(stream)], choiceCount: choiceCount)
    }

    /// What a client gets that is carried a stream.
    static func carry(_ stream: String, form: GeminiStreamForm = .events) -> String {
        var decoder = GeminiEventDecoder()
        var encoder = GeminiStreamEncoder(includeUsage: true, fallback: fallback, form: form)
        var output: [UInt8] = []
        decoder.feed(bytes(stream))
        while let frame = decoder.next() { encoder.carry(frame, decoder.events, into: &output) }
        decoder.finish()
        while let frame = decoder.next() { encoder.carry(frame, decoder.events, into: &output) }
        return text(output)
    }

    /// What rebuilt chunks the events become.
    static func encode(_ events: [Event], form: GeminiStreamForm = .events) -> String {
        var encoder = GeminiStreamEncoder(includeUsage: true, fallback: fallback, form: form)
        var output: [UInt8] = []
        for event in events { encoder.encode(event, into: &output) }
        return text(output)
    }
}
