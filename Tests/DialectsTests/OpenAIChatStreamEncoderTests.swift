import Dialects
import Testing
import Transport

@Suite("OpenAI Chat stream encoder")
struct OpenAIChatStreamEncoderTests {
    private static let usage = frame(
        #"{"id":"chatcmpl-1","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#)
    private static let text = chunk(#"{"role":"assistant","content":"x"}"#) + chunk("{}", finish: "stop")

    @Test("a carried stream arrives byte for byte at a client that asked for usage")
    func carries() {
        let stream = Self.text + Self.usage + done
        #expect(carryStream(stream, includeUsage: true) == stream)
        let odd = stream.replacing("\n", with: "\r\n").replacing("data: {", with: "id: 5\r\ndata:{ ")
        #expect(carryStream(odd, includeUsage: true) == odd.replacing("data: [DONE]\r\n\r\n", with: done))
    }

    @Test("the usage chunk is hidden from a client that did not ask for it")
    func hidesUsage() {
        #expect(carryStream(Self.text + Self.usage + done, includeUsage: false) == Self.text + done)
    }

    @Test("usage that only a provider's own member states is told to a client that asked")
    func addsUsage() {
        let groq = chunk(
            "{}", finish: "stop", more: #","x_groq":{"usage":{"prompt_tokens":1,"completion_tokens":2}}"#)
        let shown = carryStream(groq + done, includeUsage: true)
        #expect(shown.hasPrefix(groq))
        #expect(answer(decode(shown).events)?.usage == Usage(input: 1, output: 2))
        #expect(decode(shown).hidden == [false, true, false])
        #expect(carryStream(groq + done, includeUsage: false) == groq + done)
    }

    @Test("[DONE] comes once, also where the provider left it out or repeated it")
    func endsOnce() {
        #expect(carryStream(Self.text, includeUsage: false) == Self.text + done)
        #expect(carryStream(Self.text + done + done, includeUsage: false) == Self.text + done)
    }

    @Test("a failed stream ends with an error and without [DONE]")
    func endsWithError() {
        let cut = chunk(#"{"content":"x"}"#)
        let shown = carryStream(cut, includeUsage: true)
        #expect(shown.hasPrefix(cut + #"data: {"error":{"message":"#))
        #expect(shown.contains(#""code":"stream_interrupted""#))
        #expect(!shown.contains("[DONE]"))
        #expect(!shown.contains("finish_reason\":\"stop"))
        #expect(decode(shown).failure?.kind == .providerError)
    }

    @Test("nothing is written after the end")
    func staysOver() {
        var encoder = OpenAIChatStreamEncoder(includeUsage: true, fallback: fallback)
        var output: [UInt8] = []
        encoder.encode(.ended, into: &output)
        #expect(encoder.isOver)
        let written = output
        encoder.encode(.textDelta(choice: 0, "x"), into: &output)
        encoder.encode(.failed(Failure(.timeout, "x")), into: &output)
        encoder.end(into: &output)
        #expect(output == written)
    }

    @Test("rebuilt chunks have the shape of OpenAI's")
    func rebuilds() {
        let events: [Event] = [
            .started(ResponseInfo(id: "id", model: "m", created: 3)), .textDelta(choice: 0, "a\n"),
            .reasoningDelta(choice: 0, "r"),
            .toolCallStarted(choice: 0, index: 0, id: "c", name: "f", kind: .function),
            .toolCallArguments(choice: 0, index: 0, "{}"), .finished(choice: 0, .toolCalls),
            .usage(Usage(input: 1, output: 2)), .ended,
        ]
        let head = #"{"id":"id","object":"chat.completion.chunk","created":3,"model":"m","choices":["#
        func expected(_ delta: String, finish: String = "null") -> String {
            frame(head + #"{"index":0,"delta":\#(delta),"finish_reason":\#(finish)}]}"#)
        }
        let chunks =
            expected(#"{"role":"assistant","content":"a\n"}"#) + expected(#"{"reasoning_content":"r"}"#)
            + expected(
                #"{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":""}}]}"#)
            + expected(#"{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}"#)
            + expected("{}", finish: #""tool_calls""#)
        let usage = frame(head + #"],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#)
        #expect(String(decoding: encodeStream(events), as: UTF8.self) == chunks + usage + done)
        #expect(String(decoding: encodeStream(events, includeUsage: false), as: UTF8.self) == chunks + done)
    }

    @Test("a keep-alive is a comment, which parsers skip")
    func keepsAlive() {
        var output = bytes(chunk(#"{"content":"x"}"#))
        let before = decode([output + bytes(done)])
        OpenAIChatStreamEncoder.keepAlive(into: &output)
        #expect(String(decoding: output, as: UTF8.self).hasSuffix(": keepalive\n\n"))
        #expect(decode([output + bytes(done)]).events == before.events)
    }
}
