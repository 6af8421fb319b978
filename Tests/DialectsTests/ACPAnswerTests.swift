import Dialects
import Testing
import Transport

@Suite("ACP answers") struct ACPAnswerTests {
    private static let started = Event.started(ResponseInfo())

    private static func failure(_ events: [Event]) -> Failure? {
        if case .failed(let failure)? = events.last { return failure }
        return nil
    }

    @Test(
        "updates become events",
        arguments: [
            (
                acpChunk("Hel") + acpChunk("") + acpChunk("lo"),
                [.textDelta(choice: 0, "Hel"), .textDelta(choice: 0, "lo")]
            ),
            (
                acpChunk("hm", thought: true) + acpChunk("Hi"),
                [.reasoningDelta(choice: 0, "hm"), .textDelta(choice: 0, "Hi")]
            ),
            (
                acpUpdate(
                    #""sessionUpdate":"tool_call","toolCallId":"t","title":"Read a.txt","kind":"read","status":"pending""#
                )
                    + acpUpdate(#""sessionUpdate":"tool_call_update","toolCallId":"t","status":"completed""#)
                    + acpUpdate(#""sessionUpdate":"tool_call","toolCallId":"u","kind":"edit""#),
                [.reasoningDelta(choice: 0, "[tool] Read a.txt\n"), .reasoningDelta(choice: 0, "[tool] edit\n")]
            ),
            (
                acpChunk("First", thought: true)
                    + acpUpdate(#""sessionUpdate":"tool_call","title":"Look""#) + acpChunk(#"then\n"#, thought: true)
                    + acpUpdate(#""sessionUpdate":"tool_call","title":"Look again""#),
                [
                    .reasoningDelta(choice: 0, "First"), .reasoningDelta(choice: 0, "\n[tool] Look\n"),
                    .reasoningDelta(choice: 0, "then\n"), .reasoningDelta(choice: 0, "[tool] Look again\n"),
                ]
            ),
            (
                acpUpdate(
                    #""sessionUpdate":"plan","entries":[{"content":"Read","status":"pending"},{"content":"Write","status":"pending"}]"#
                )
                    + acpUpdate(
                        #""sessionUpdate":"plan","entries":[{"content":"Read","status":"completed"},{"content":"Write","status":"pending"}]"#
                    )
                    + acpUpdate(#""sessionUpdate":"plan","entries":[{"content":"Test","status":"pending"}]"#),
                [
                    .reasoningDelta(choice: 0, "[plan] Read\n[plan] Write\n"),
                    .reasoningDelta(choice: 0, "[plan] Test\n"),
                ]
            ),
            (
                acpUpdate(
                    #""sessionUpdate":"agent_message_chunk","content":{"type":"image","mimeType":"image/png","data":"iVBO"}"#
                ),
                [
                    .media(
                        choice: 0,
                        RawJSON(#"{"images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO"}}]}"#))
                ]
            ),
            (
                acpUpdate(
                    #""sessionUpdate":"agent_message_chunk","content":{"type":"resource_link","uri":"file:///a","name":"a"}"#
                )
                    + acpUpdate(
                        #""sessionUpdate":"agent_message_chunk","content":{"type":"resource","resource":{"uri":"x:y","text":"whole"}}"#
                    )
                    + acpUpdate(
                        #""sessionUpdate":"agent_message_chunk","content":{"type":"resource","resource":{"uri":"x:y","blob":"AA=="}}"#
                    ),
                [
                    .textDelta(choice: 0, "[a](file:///a)"), .textDelta(choice: 0, "whole"),
                    .textDelta(choice: 0, "[x:y](x:y)"),
                ]
            ),
            (
                acpUpdate(#""sessionUpdate":"available_commands_update","availableCommands":[]"#)
                    + acpUpdate(#""sessionUpdate":"current_mode_update","currentModeId":"ask""#)
                    + acpUpdate(#""sessionUpdate":"usage_update","used":1,"size":2"#)
                    + acpUpdate(#""sessionUpdate":"user_message_chunk","content":{"type":"text","text":"hi"}"#)
                    + acpUpdate(#""sessionUpdate":"something_new""#) + acpUpdate(#""other":1"#)
                    + acpUpdate(
                        #""sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"theirs"}"#,
                        session: "x")
                    + #"{"jsonrpc":"2.0","method":"_vendor/note","params":{}}"# + "\n"
                    + #"{"jsonrpc":"2.0","id":3,"result":{}}"# + "\n",
                []
            ),
        ] as [(String, [Event])])
    func decodes(_ updates: String, _ events: [Event]) {
        let stream = bytes(updates + acpEnd())
        let expected = [Self.started] + events + [.finished(choice: 0, .stop), .ended]
        #expect(decodeACP([stream]).events == expected)
        for size in [1, 3, 7, 64] {
            let pieces = stride(from: 0, to: stream.count, by: size).map {
                Array(stream[$0..<min(stream.count, $0 + size)])
            }
            #expect(decodeACP(pieces).events == expected, "pieces of \(size)")
        }
    }

    @Test(
        "why a turn ended",
        arguments: [
            ("end_turn", .stop), ("max_tokens", .length), ("max_turn_requests", .length), ("refusal", .refusal),
            ("tired", .other("tired")),
        ] as [(String, FinishReason)])
    func finish(_ word: String, _ reason: FinishReason) {
        #expect(
            decodeACP(acpChunk("Hi") + acpEnd(word)) == [
                Self.started, .textDelta(choice: 0, "Hi"), .finished(choice: 0, reason), .ended,
            ])
    }

    @Test("the end needs no line end, and what follows it is nobody's")
    func ends() {
        #expect(decodeACP(String(acpEnd().dropLast())) == [Self.started, .finished(choice: 0, .stop), .ended])
        #expect(
            decodeACP(acpEnd() + acpChunk("late") + "not json")
                == [Self.started, .finished(choice: 0, .stop), .ended])
    }

    @Test(
        "counts are one algebra, whichever parts are beside the others",
        arguments: [
            (#"{"totalTokens":30,"inputTokens":20,"outputTokens":10}"#, Usage(input: 20, output: 10)),
            (
                #"{"totalTokens":30,"inputTokens":20,"outputTokens":10,"cachedReadTokens":5,"thoughtTokens":4}"#,
                Usage(input: 20, output: 10, cacheRead: 5, reasoning: 4)
            ),
            (
                #"{"totalTokens":36,"inputTokens":20,"outputTokens":10,"cachedReadTokens":5,"cachedWriteTokens":1}"#,
                Usage(input: 26, output: 10, cacheRead: 5, cacheWrite: 1)
            ),
            (
                #"{"totalTokens":34,"inputTokens":20,"outputTokens":10,"cachedReadTokens":5,"thoughtTokens":4}"#,
                Usage(input: 20, output: 14, cacheRead: 5, reasoning: 4)
            ),
            (
                #"{"totalTokens":39,"inputTokens":20,"outputTokens":10,"cachedReadTokens":5,"thoughtTokens":4}"#,
                Usage(input: 25, output: 14, cacheRead: 5, reasoning: 4)
            ),
            (#"{"outputTokens":-3}"#, Usage(input: 0, output: 0)),
        ] as [(String, Usage)])
    func usage(_ json: String, _ usage: Usage) {
        let events = decodeACP(acpEnd("end_turn", #","usage":\#(json)"#))
        #expect(events == [Self.started, .usage(usage), .finished(choice: 0, .stop), .ended])
        #expect(usage.isConsistent)
    }

    @Test("no counts are none", arguments: ["null", "{}", #"{"totalTokens":5}"#])
    func noUsage(_ json: String) {
        #expect(
            decodeACP(acpEnd("end_turn", #","usage":\#(json)"#)) == [Self.started, .finished(choice: 0, .stop), .ended])
    }

    @Test(
        "an error is the answer, and nothing is tried after it",
        arguments: [
            (
                #"{"code":-32603,"message":"Internal error","data":{"details":"out of order"}}"#, .providerError,
                "Internal error: out of order"
            ),
            (#"{"code":-32603,"message":"","data":"out of order"}"#, .providerError, "out of order"),
            (#"{"code":-32602,"message":"Invalid params"}"#, .invalidRequest, "Invalid params"),
            (#"{"code":-32002,"message":"Resource not found"}"#, .notFound, "Resource not found"),
            (#"{"code":-32000,"message":"Authentication required"}"#, .permission, "Authentication required"),
            (#"{"code":7}"#, .providerError, "the agent reported an error without an explanation"),
        ] as [(String, Failure.Kind, String)])
    func errors(_ error: String, _ kind: Failure.Kind, _ message: String) {
        for id in ["4", "null"] {
            let line = #"{"jsonrpc":"2.0","id":\#(id),"error":\#(error)}"# + "\n"
            let early = Self.failure(decodeACP(line))
            #expect((early?.kind, early?.message, early?.phase) == (kind, message, .beforeOutput))
            #expect(early?.retry == .never)
            #expect(early?.code == nil, "JSON-RPC's numbers mean nothing to a client")
            let late = Self.failure(decodeACP(acpChunk("Hi") + line))
            #expect((late?.kind, late?.message, late?.phase) == (kind, message, .afterOutput))
        }
    }

    @Test(
        "what is no answer never looks like one",
        arguments: [
            ("", .prematureEnd, "stopped before session/prompt was answered"),
            (acpChunk("Hi"), .prematureEnd, "stopped before session/prompt was answered"),
            (acpEnd("cancelled"), .prematureEnd, "the agent cancelled its turn"),
            ("{ not json\n", .invalidResponse, "a line that is not JSON"),
            ("[]\n", .invalidResponse, "a line that is not a JSON object"),
            (#"{"jsonrpc":"2.0","id":4,"result":{}}"#, .invalidResponse, "without a stopReason"),
            (#"{"jsonrpc":"2.0","id":4,"result":null}"#, .invalidResponse, "without a stopReason"),
            (#"{"jsonrpc":"2.0","id":5,"result":{"stopReason":"end_turn"}}"#, .prematureEnd, "was answered"),
            (acpChunk("Hi") + String(acpEnd().dropLast(3)), .invalidResponse, "a line that is not JSON"),
        ] as [(String, Failure.Kind, String)])
    func broken(_ stream: String, _ kind: Failure.Kind, _ words: String) {
        let events = decodeACP(stream)
        let failure = Self.failure(events)
        #expect(failure?.kind == kind)
        #expect(failure?.message.contains(words) == true)
        #expect(failure?.phase == (stream.contains("Hi") ? .afterOutput : .beforeOutput))
        #expect(events.count { if case .ended = $0 { true } else { false } } == 0)
    }

    @Test("a line over the limit fails the answer")
    func longLine() {
        let failure = Self.failure(
            decodeACP(acpChunk("Hi") + String(repeating: "x", count: 300), limits: NDJSONLimits(lineBytesMax: 256)))
        #expect((failure?.kind, failure?.phase) == (.invalidResponse, .afterOutput))
        #expect(failure?.message == "a line of the stream is longer than 256 bytes")
    }

    @Test("what the agent asks is refused at once: permissions once and by its own word, everything else as unknown")
    func requests() {
        func asked(_ id: String, _ method: String, _ parameters: String) -> String {
            #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":\#(parameters)}"# + "\n"
        }
        let options =
            #"{"options":[{"optionId":"y","kind":"allow_once"},{"optionId":"never","kind":"reject_always"},{"optionId":"n","kind":"reject_once"}]}"#
        let stream =
            asked("7", "session/request_permission", options)
            + asked(#""p-1""#, "session/request_permission", #"{"options":[{"optionId":"y","kind":"allow_once"}]}"#)
            + asked("8", "fs/read_text_file", #"{"path":"/etc/passwd"}"#) + acpChunk("Fine.") + acpEnd()
        let (events, replies) = decodeACP([bytes(stream)])
        #expect(
            events == [Self.started, .textDelta(choice: 0, "Fine."), .finished(choice: 0, .stop), .ended])
        #expect(
            replies == [
                #"{"jsonrpc":"2.0","id":7,"result":{"outcome":{"outcome":"selected","optionId":"n"}}}"#,
                #"{"jsonrpc":"2.0","id":"p-1","result":{"outcome":{"outcome":"cancelled"}}}"#,
                #"{"jsonrpc":"2.0","id":8,"error":{"code":-32601,"message":"lip has no fs/read_text_file"}}"#,
            ])
        let flood = (0..<300).map { asked("\($0)", "terminal/create", "{}") }.joined()
        #expect(Self.failure(decodeACP(flood + acpEnd()))?.message == "the agent asks for more than it waits for")
    }

    @Test("whether the agent is still at work is known")
    func answered() {
        var decoder = ACPEventDecoder(acpSession)
        decoder.feed(bytes(acpChunk("Hi")))
        while decoder.next() != nil {}
        #expect(!decoder.isAnswered)
        decoder.feed(bytes(acpEnd("cancelled")))
        while decoder.next() != nil {}
        #expect(decoder.isAnswered && decoder.isOver)
    }
}
