import Dialects
import Testing
import Transport

@Suite("OpenAI legacy completions")
struct OpenAICompletionsTests {
    private func request(_ members: String = "", prompt: String = #""Once""#) -> String {
        #"{"model":"m","prompt":\#(prompt)\#(members.isEmpty ? "" : ",")\#(members)}"#
    }

    private func call(_ request: String) throws -> Call {
        try OpenAICompletionsRequestDecoder.decode(bytes(request))
    }

    private static let valid = [
        #"{"model":"m","prompt":"Once"}"#, #"{"model":"m","prompt":["Once"]}"#, #"{"model":"m","prompt":["a","b"]}"#,
        #"{"model":"m","prompt":[1,2,3]}"#, #"{"model":"m","prompt":[[1,2],[3]]}"#, #"{"model":"m","prompt":null}"#,
        #"{"model":"m","prompt":"x","suffix":"y","echo":true,"best_of":3,"n":2,"logprobs":5,"max_tokens":7,"temperature":0.5,"top_p":1,"stop":["a","b"],"seed":4,"presence_penalty":1,"frequency_penalty":-1,"logit_bias":{"50256":-100},"user":"u","future":[1.0]}"#,
        #"{"model":"m","prompt":"x","stream":true,"stream_options":{"include_usage":true,"x":1},"stop":"\n"}"#,
    ]

    @Test("a valid request is accepted, carried byte for byte, and rebuilt to say the same", arguments: valid)
    func carries(_ request: String) throws {
        let call = try call(request)
        let carried = try OpenAICompletionsRequestEncoder.encode(call, as: "m", stream: call.stream)
        #expect(text(carried.body) == request)
        let rebuilt = try OpenAICompletionsRequestEncoder.rebuild(call, as: "m", stream: call.stream)
        let again = try OpenAICompletionsRequestDecoder.decode(rebuilt.body)
        #expect(again.body() == call.body())
        #expect(again.choiceCount == call.choiceCount)
        #expect(again.nativeFields == call.nativeFields)
    }

    @Test("the model, the stream switch, usage and parameters are replaced in place")
    func edits() throws {
        var parameters = RouteParameters()
        parameters.maxOutputTokens = 3
        let encoded = try OpenAICompletionsRequestEncoder.encode(
            try call(request(#""max_tokens": 9"#)), as: "v/x", stream: true, parameters: parameters)
        #expect(
            text(encoded.body)
                == #"{"model":"v/x","prompt":"Once","max_tokens": 3,"stream":true,"stream_options":{"include_usage":true}}"#
        )
    }

    @Test(
        "a malformed field is named",
        arguments: [
            (#"{"prompt":"x"}"#, "model"), (#"{"model":"m"}"#, "prompt"), (#"{"model":1,"prompt":"x"}"#, "model"),
            (#"{"model":"m","prompt":[]}"#, "prompt"), (#"{"model":"m","prompt":["a",1]}"#, "prompt[1]"),
            (#"{"model":"m","prompt":[1,"a"]}"#, "prompt[1]"), (#"{"model":"m","prompt":[1,-1]}"#, "prompt[1]"),
            (#"{"model":"m","prompt":[[1],"a"]}"#, "prompt[1]"),
            (#"{"model":"m","prompt":[[1],["a"]]}"#, "prompt[1][0]"),
            (#"{"model":"m","prompt":{"a":1}}"#, "prompt"), (#"{"model":"m","prompt":"x","n":0}"#, "n"),
            (#"{"model":"m","prompt":"x","logprobs":true}"#, "logprobs"),
            (#"{"model":"m","prompt":"x","echo":1}"#, "echo"), (#"{"model":"m","prompt":"x","stop":[1]}"#, "stop[0]"),
            (#"{"model":"m","prompt":["a","b"],"n":128}"#, "prompt"),
            (#"{"model":"m","prompt":"x","prompt":"y"}"#, "prompt"),
            (#"{"model":"m","prompt":"x","stream_options":{"include_usage":1}}"#, "stream_options.include_usage"),
        ])
    func namesMalformedFields(_ request: String, _ parameter: String) {
        #expect {
            _ = try call(request)
        } throws: { error in
            (error as? Failure)?.parameter == parameter && (error as? Failure)?.status == 400
        }
    }

    @Test(
        "each prompt has its own answers, and only one text becomes a conversation",
        arguments: [
            (#""x""#, 2, nil), (#"["x"]"#, 2, nil), (#"["x","y","z"]"#, 6, "prompt"), ("[1,2]", 2, "prompt"),
            ("[[1],[2]]", 4, "prompt"), ("null", 2, "prompt"),
        ] as [(String, Int, String?)])
    func countsChoices(_ prompt: String, _ count: Int, _ refused: String?) throws {
        let call = try call(request(#""n":2"#, prompt: prompt))
        #expect(call.choiceCount == count)
        #expect(call.refusal(by: .openAIChat)?.parameter == refused)
        #expect(call.refusal(by: .openAICompletions) == nil)
    }

    @Test("a prompt becomes one message, and what has no place in a chat is named")
    func becomesChat() throws {
        let encoded = OpenAIChatRequestEncoder.encode(
            try call(
                request(
                    #""suffix":"y","echo":true,"best_of":3,"n":2,"logprobs":5,"max_tokens":7,"stop":"\n","logit_bias":{"1":1},"user":"u""#
                )), as: "m", stream: false)
        #expect(
            text(encoded.body)
                == #"{"model":"m","messages":[{"role":"user","content":"Once"}],"max_completion_tokens":7,"n":2,"stop":"\n","logit_bias":{"1":1},"logprobs":true,"top_logprobs":5,"user":"u"}"#
        )
        #expect(encoded.droppedFields == ["suffix", "echo", "best_of"])
        let plain = OpenAIChatRequestEncoder.encode(
            try call(request(#""suffix":null,"echo":false,"best_of":1"#)), as: "m", stream: false)
        #expect(plain.droppedFields.isEmpty)
    }

    @Test("a conversation is no prompt")
    func refusesConversations() throws {
        let chat = try chatCall(chatRequest())
        #expect {
            _ = try OpenAICompletionsRequestEncoder.encode(chat, as: "m", stream: false)
        } throws: { error in
            (error as? Failure)?.status == 400
        }
    }

    // MARK: - Answers

    private static let unary =
        #"{"id":"cmpl-1","object":"text_completion","created":5,"model":"m","choices":[{"text":" upon","index":0,"logprobs":{"tokens":[" upon"],"token_logprobs":[-0.5],"top_logprobs":[{" upon":-0.5}],"text_offset":[4]},"finish_reason":"length"},{"text":" a","index":1,"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#

    private static let chunks =
        frame(
            #"{"id":"cmpl-1","object":"text_completion","created":5,"choices":[{"text":" up","index":0,"logprobs":null,"finish_reason":null}],"model":"m","usage":null}"#
        )
        + frame(
            #"{"id":"cmpl-1","object":"text_completion","created":5,"choices":[{"text":"on","index":0,"logprobs":null,"finish_reason":"stop"}],"model":"m","usage":null}"#
        )
    private static let usageChunk = frame(
        #"{"id":"cmpl-1","object":"text_completion","created":5,"choices":[],"model":"m","usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#
    )

    private func decoded(_ pieces: [[UInt8]], choiceCount: Int = 1) -> [Event] {
        var decoder = OpenAICompletionsEventDecoder(choiceCount: choiceCount)
        var events: [Event] = []
        for piece in pieces {
            decoder.feed(piece)
            while decoder.next() != nil { events += decoder.events }
        }
        decoder.finish()
        while decoder.next() != nil { events += decoder.events }
        return events
    }

    @Test("a stream becomes events, split anywhere")
    func readsStreams() {
        let expected: [Event] = [
            .started(ResponseInfo(id: "cmpl-1", model: "m", created: 5)), .textDelta(choice: 0, " up"),
            .textDelta(choice: 0, "on"), .finished(choice: 0, .stop), .usage(Usage(input: 1, output: 2)), .ended,
        ]
        let source = bytes(Self.chunks + Self.usageChunk + done)
        for cut in 0...source.count {
            #expect(decoded([Array(source[..<cut]), Array(source[cut...])]) == expected)
        }
    }

    @Test("a stream that stops too early, or holds an error, has failed")
    func failsStreams() {
        func failure(_ stream: String) -> Failure? {
            if case .failed(let failure) = decoded([bytes(stream)]).last { failure } else { nil }
        }
        let first = String(Self.chunks.prefix { $0 != "\n" }) + "\n\n"
        #expect(failure(first)?.kind == .prematureEnd)
        #expect(failure(first)?.phase == .afterOutput)
        #expect(failure("")?.kind == .prematureEnd)
        #expect(failure(frame(#"{"error":{"message":"x","code":"rate_limit_exceeded"}}"#))?.kind == .rateLimited)
        #expect(failure(frame("[1]"))?.kind == .invalidResponse)
        #expect(failure(frame(#"{"choices":[{"index":999,"text":"x"}]}"#))?.kind == .invalidResponse)
    }

    @Test("a whole completion becomes events, and is written as it was")
    func roundTripsUnary() throws {
        let events = try OpenAICompletionsUnaryDecoder.decode(bytes(Self.unary))
        #expect(events.last == .ended)
        let body = OpenAICompletionsAnswerWriter.body(try #require(answer(events)), fallback: fallback)
        #expect(text(body) == Self.unary)
    }

    @Test(
        "a 200 that is no answer is a failure",
        arguments: [
            ("", .invalidResponse), ("{}", .providerError), (#"{"choices":[]}"#, .invalidResponse),
            (#"{"choices":[{"message":{"content":"x"}}]}"#, .invalidResponse),
            (#"{"error":{"message":"no","code":"context_length_exceeded"}}"#, .contextLength),
        ] as [(String, Failure.Kind)])
    func refusesNonAnswers(_ body: String, _ kind: Failure.Kind) {
        #expect {
            _ = try OpenAICompletionsUnaryDecoder.decode(bytes(body))
        } throws: { error in
            (error as? Failure)?.kind == kind
        }
    }

    @Test("a carried stream is as it came, its usage hidden from those who did not ask", arguments: [true, false])
    func carriesStreams(includeUsage: Bool) {
        var decoder = OpenAICompletionsEventDecoder()
        var encoder = OpenAICompletionsStreamEncoder(includeUsage: includeUsage, fallback: fallback)
        var output: [UInt8] = []
        decoder.feed(bytes(Self.chunks + Self.usageChunk + done))
        while let frame = decoder.next() { encoder.carry(frame, decoder.events, into: &output) }
        #expect(text(output) == Self.chunks + (includeUsage ? Self.usageChunk : "") + done)
        #expect(encoder.isOver)
    }

    @Test("a chat's answer becomes a completion, streamed and whole alike")
    func translates() throws {
        let events: [Event] = [
            .started(ResponseInfo(id: "chatcmpl-7", model: "gpt", created: 3)), .reasoningDelta(choice: 0, "hm"),
            .textDelta(choice: 0, "Hé"),
            .logprobs(
                choice: 0,
                RawJSON(
                    #"{"content":[{"token":"Hé","logprob":-0.5,"bytes":[72],"top_logprobs":[{"token":"Hé","logprob":-0.5}]}]}"#
                )), .textDelta(choice: 0, "y"),
            .logprobs(choice: 0, RawJSON(#"{"content":[{"token":"y","logprob":-1,"top_logprobs":[]}]}"#)),
            .finished(choice: 0, .length), .usage(Usage(input: 1, output: 2)), .ended,
        ]
        let body = OpenAICompletionsAnswerWriter.body(try #require(answer(events)), fallback: fallback)
        #expect(
            text(body)
                == #"{"id":"cmpl-7","object":"text_completion","created":3,"model":"gpt","choices":[{"text":"Héy","index":0,"logprobs":{"tokens":["Hé","y"],"token_logprobs":[-0.5,-1],"top_logprobs":[{"Hé":-0.5},{}],"text_offset":[0,2]},"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#
        )
        var encoder = OpenAICompletionsStreamEncoder(includeUsage: true, fallback: fallback)
        var output: [UInt8] = []
        for event in events { encoder.encode(event, into: &output) }
        #expect(text(output).hasSuffix(done))
        let again = decoded([output])
        let collected = OpenAICompletionsAnswerWriter.body(try #require(answer(again)), fallback: fallback)
        #expect(text(collected) == text(body))
    }

    @Test("a failure ends the stream with an error and no end mark")
    func fails() {
        var encoder = OpenAICompletionsStreamEncoder(includeUsage: true, fallback: fallback)
        var output: [UInt8] = []
        encoder.encode(.textDelta(choice: 0, "x"), into: &output)
        encoder.encode(.failed(Failure(.timeout, "late")), into: &output)
        encoder.encode(.ended, into: &output)
        #expect(text(output).hasSuffix(#""code":"timeout"}}"# + "\n\n"))
        #expect(!text(output).contains("[DONE]"))
    }
}
