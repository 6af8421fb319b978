import Dialects
import Testing
import Transport

@Suite("Gemini stream encoder")
struct GeminiStreamEncoderTests {
    private static let stream = GeminiEventDecoderTests.stream

    @Test("a carried stream arrives byte for byte")
    func carries() {
        #expect(Gemini.carry(Self.stream) == Self.stream)
        let odd = ": x\nid: 1\n" + Self.stream.replacing("data: {", with: "data:  {")
        #expect(Gemini.carry(odd) == odd)
    }

    @Test("each form is carried into the other, with the same objects")
    func convertsForms() {
        let array = Gemini.carry(Self.stream, form: .array)
        #expect(array.hasPrefix("[{") && array.hasSuffix("}]"))
        #expect(Gemini.decode(array).events == GeminiEventDecoderTests.events)
        let back = Gemini.carry(GeminiEventDecoderTests.array(Self.stream))
        #expect(back.hasPrefix("data: {") && back.hasSuffix("}\n\n"))
        #expect(Gemini.decode(back).events == GeminiEventDecoderTests.events)
        #expect(!back.contains("\ndata: ,"))
    }

    @Test("rebuilt chunks say the same in both forms", arguments: [GeminiStreamForm.events, .array])
    func rebuilds(_ form: GeminiStreamForm) throws {
        let events = GeminiEventDecoderTests.events
        let stream = Gemini.encode(events, form: form)
        let first = try #require(answer(events))
        let second = try #require(answer(Gemini.decode(stream).events))
        #expect(first.choices == second.choices)
        #expect(first.usage == second.usage)
        #expect(first.info == second.info)
        #expect(second.isComplete)
    }

    @Test("rebuilt chunks have the shape of Google's")
    func hasShape() {
        let stream = Gemini.encode([
            .started(ResponseInfo(id: "i", model: "m")), .textDelta(choice: 0, "a\n"), .reasoningDelta(choice: 0, "r"),
            .toolCallStarted(choice: 0, index: 0, id: "c", name: "f", kind: .function),
            .toolCallArguments(choice: 0, index: 0, #"{"a""#), .toolCallArguments(choice: 0, index: 0, ":1}"),
            .finished(choice: 0, .toolCalls), .usage(Usage(input: 1, output: 3, reasoning: 2)), .ended,
        ])
        func expected(_ part: String) -> String {
            "data: {\"candidates\":[{\"content\":{\"parts\":[\(part)],\"role\":\"model\"},\"index\":0}],\"modelVersion\":\"m\",\"responseId\":\"i\"}\n\n"
        }
        #expect(
            stream == expected(#"{"text":"a\n"}"#) + expected(#"{"text":"r","thought":true}"#)
                + expected(#"{"functionCall":{"id":"c","name":"f","args":{"a":1}}}"#)
                + "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\"}],\"role\":\"model\"},\"finishReason\":\"STOP\",\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":1,\"candidatesTokenCount\":1,\"totalTokenCount\":4,\"thoughtsTokenCount\":2},\"modelVersion\":\"m\",\"responseId\":\"i\"}\n\n"
        )
    }

    @Test("no finish reason is shown before the answer is known to be complete")
    func holdsFinish() {
        let events: [Event] = [.started(ResponseInfo()), .textDelta(choice: 0, "x"), .finished(choice: 0, .stop)]
        #expect(!Gemini.encode(events).contains("finishReason"))
        let failed = Gemini.encode(events + [.failed(Failure(.prematureEnd, "cut"))])
        #expect(!failed.contains("finishReason"))
        #expect(Gemini.decode(failed).failure?.message == "cut")
    }

    @Test("arguments reassemble under any split, and what is no object is wrapped")
    func joinsArguments() throws {
        let arguments = #"{"a":"é\"}","n":12345678901234567890.10,"o":{"x":[]}}"#
        for cut in arguments.indices {
            let stream = Gemini.encode([
                .toolCallStarted(choice: 0, index: 0, id: "c", name: "f", kind: .function),
                .toolCallArguments(choice: 0, index: 0, String(arguments[..<cut])),
                .toolCallArguments(choice: 0, index: 0, String(arguments[cut...])), .finished(choice: 0, .toolCalls),
                .ended,
            ])
            #expect(stream.contains(#""args":\#(arguments)}"#))
        }
        for (given, kind, expected) in [
            ("", ToolKind.function, "{}"), ("{\n \"a\": 1\r\n}", .function, #"{ "a": 1}"#),
            ("[1]", .function, #"{"value":[1]}"#),
            (#"{"a""#, .function, #"{"value":"{\"a\""}"#),
            ("free text", .custom, #"{"input":"free text"}"#),
        ] {
            let stream = Gemini.encode([
                .toolCallStarted(choice: 0, index: 0, id: "", name: "f", kind: kind),
                .toolCallArguments(choice: 0, index: 0, given), .ended,
            ])
            #expect(stream.contains(#"{"functionCall":{"name":"f","args":\#(expected)}}"#))
        }
    }

    @Test("an error ends the stream once, in the form that every client raises")
    func endsWithError() {
        let failure = Failure(.overloaded, "busy", status: 503)
        let envelope = #"{"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}}"#
        #expect(Gemini.encode([.failed(failure), .ended, .textDelta(choice: 0, "x")]) == envelope + "\n")
        #expect(Gemini.encode([.failed(failure), .ended], form: .array) == "[\(envelope)]")
        let cut = Gemini.frame(Gemini.chunk(#"{"text":"x"}"#))
        #expect(Gemini.carry(cut).hasPrefix(cut + #"{"error":{"code":502,"#))
        #expect(Gemini.carry(cut, form: .array).hasSuffix("}}]"))
        #expect(Gemini.decode(Gemini.carry(cut)).failure?.message.contains("stopped") == true)
    }

    @Test(
        "a keep-alive changes nothing wherever it stands between frames", arguments: [GeminiStreamForm.events, .array])
    func keepsAlive(_ form: GeminiStreamForm) {
        var encoder = GeminiStreamEncoder(includeUsage: true, fallback: Gemini.fallback, form: form)
        var output: [UInt8] = []
        for event in GeminiEventDecoderTests.events {
            GeminiStreamEncoder.keepAlive(into: &output)
            encoder.encode(event, into: &output)
        }
        #expect(answer(Gemini.decode([output]).events)?.choices == answer(GeminiEventDecoderTests.events)?.choices)
    }

    @Test("seals go back only to who issued them, and stay whole on the way")
    func keepsSeals() throws {
        // Anthropic's thinking, shown to a Gemini client in pieces.
        let stream = Gemini.encode([
            .started(ResponseInfo(id: "i", model: "m", issuer: .anthropicMessages)), .reasoningDelta(choice: 0, "let "),
            .reasoningDelta(choice: 0, "me"), .reasoningSignature(choice: 0, "EqQB+/=="), .textDelta(choice: 0, "hi"),
            .finished(choice: 0, .stop), .ended,
        ])
        // A client gives back every part as it got it, in a content for each chunk.
        let contents = stream.split(separator: "\n\n").dropLast().map { frame in
            let start = frame.firstRange(of: #"{"parts""#)?.lowerBound ?? frame.startIndex
            let end = frame.firstRange(of: #","index""#)?.lowerBound ?? frame.endIndex
            return frame[start..<end]
        }
        let request = #"{"contents":[\#(contents.joined(separator: ",")),{"role":"user","parts":[{"text":"go on"}]}]}"#
        let call = try Gemini.call(request)
        #expect(call.features.contains(.foreignReasoning))
        let parts = call.body().messages.flatMap(\.parts).map(\.content)
        #expect(
            parts == [
                .reasoning(Reasoning(text: "let me", signature: "EqQB+/==", issuer: .anthropicMessages)), .text("hi"),
                .text("go on"),
            ])
        // Gemini itself must not see it.
        let encoded = try GeminiRequestEncoder.encode(call, as: "gemini-3-pro", stream: false)
        #expect(!text(encoded.body).contains("thoughtSignature"))
        #expect(encoded.droppedFields == ["contents[2].parts[0]"])
        // An answer whose issuer is not known shows no seal at all.
        #expect(!Gemini.encode([.reasoningSignature(choice: 0, "x"), .ended]).contains("thoughtSignature"))
    }

    @Test("Gemini's own seals return to their calls from a client of another dialect")
    func returnsSeals() throws {
        let call = Call(
            dialect: .anthropicMessages, original: try JSONDocument(parsing: bytes("{}")), model: "m", stream: false,
            includeUsage: false, features: [],
            read: { _ in
                CallBody(messages: [
                    Message(role: .user, parts: [Part(.text("go"))]),
                    Message(
                        role: .assistant,
                        parts: [
                            Part(.reasoning(Reasoning(text: "why", signature: "c2ln", issuer: .gemini))),
                            Part(.toolCall(ToolCall(id: "1", name: "f", arguments: "{}"))),
                            Part(.toolCall(ToolCall(id: "2", name: "f", arguments: "{}"))),
                            Part(.reasoning(Reasoning(text: "", signature: "dGFpbA==", issuer: .gemini))),
                        ]),
                ])
            })
        let encoded = try GeminiRequestEncoder.encode(call, as: "gemini-3-pro", stream: false)
        #expect(
            text(encoded.body)
                == #"{"contents":[{"role":"user","parts":[{"text":"go"}]},{"role":"model","parts":[{"text":"why","thought":true},{"functionCall":{"id":"1","name":"f","args":{}},"thoughtSignature":"c2ln"},{"functionCall":{"id":"2","name":"f","args":{}}},{"text":"","thoughtSignature":"dGFpbA=="}]}]}"#
        )
        #expect(encoded.droppedFields.isEmpty)
    }
}
