import Dialects
import Routing
import Runtime
import Testing

@Suite struct TokenEstimateTests {
    private func tokens(_ body: CallBody) -> Int { TokenEstimate(body).tokens }

    @Test("four bytes of text are a token, rounded up, and a message weighs four beyond its words")
    func text() {
        func message(_ text: String) -> CallBody {
            CallBody(messages: [Message(role: .user, parts: [Part(.text(text))])])
        }
        #expect(tokens(CallBody()) == 0)
        #expect(tokens(message("")) == 4)
        #expect(tokens(message("a")) == 5)
        #expect(tokens(message("abcd")) == 5)
        #expect(tokens(message("abcde")) == 6)
        #expect(tokens(message("日本")) == 6)
        #expect(TokenEstimate(message("abcd")).description == "5 tokens (a token for four bytes of text)")
    }

    @Test("instructions, tools, calls and their results count; the bytes of media do not")
    func everything() {
        let twelve = "twelve bytes"
        let schema = RawJSON(#"{"type":"x"}"#)
        let body = CallBody(
            instructions: [Part(.text(twelve))],
            messages: [
                Message(
                    role: .assistant, name: "four",
                    parts: [
                        Part(.toolCall(ToolCall(id: "ignored", name: "four", arguments: #"{"a":1} "#))),
                        Part(.reasoning(Reasoning(text: twelve, signature: "ignored"))),
                    ]),
                Message(
                    role: .tool, parts: [Part(.toolResult(ToolResult(callID: "ignored", parts: [Part(.text(twelve))])))]
                ),
                Message(
                    role: .user,
                    parts: [Part(.image(Image(url: "data:image/png;base64," + String(repeating: "A", count: 10_000))))]),
            ],
            tools: [Tool(name: "four", description: "four", definition: .function(parameters: schema, strict: nil))])
        // 12 + 4 + (4 + 8) + 12 + 12 + (4 + 4 + 12) bytes are 18 tokens.
        #expect(tokens(body) == 18 + 3 * 4 + 1000)
    }

    @Test(
        "max_context is the largest that fits, min_context must be exceeded",
        arguments: [
            ("[max_context=4096]a:m", 4096, true), ("[max_context=4096]a:m", 4097, false),
            ("[min_context=1024]a:m", 1024, false), ("[min_context=1024]a:m", 1025, true),
            ("[min_context=1024,max_context=4096]a:m", 1024, false),
            ("[min_context=1024,max_context=4096]a:m", 4096, true), ("a:m", 1_000_000, true),
        ])
    func bounds(selector: String, size: Int, isEligible: Bool) throws {
        let drive = try PlanDrive(selector, size: size)
        #expect(drive.step == (isEligible ? "1 a:m" : "413"))
    }

    @Test("requests go to the leg that is made for their size")
    func bySize() throws {
        let selector = "[max_context=1K]small:m|[min_context=1K,max_context=10K]middle:m|[min_context=10K]large:m"
        #expect(try PlanDrive(selector, size: 900).step == "1 small:m")
        #expect(try PlanDrive(selector, size: 9000).step == "1 middle:m")
        #expect(try PlanDrive(selector, size: 90_000).step == "1 large:m")
        var failed = try PlanDrive(selector, size: 900)
        failed.fail(status: 400)
        #expect(failed.step == "400")
    }

    @Test("a request that fits nowhere is refused with its size and how that is known")
    func nowhere() throws {
        let drive = try PlanDrive("[max_context=10]a:m|[min_context=50]b:m", size: 11)
        let answer = try #require(drive.answer)
        #expect(answer.status == 413)
        #expect(answer.kind == .contextLength)
        #expect(answer.code == "context_length_exceeded")
        #expect(answer.message.contains("11 tokens (a token for four bytes of text)"))
        #expect(drive.plan.attemptsMade == 0)
    }

    @Test("what failed or had no key says more than what did not fit")
    func afterFailure() throws {
        var failed = try PlanDrive("[max_context=10]a:m|b:m", size: 11) { $0.attemptsMax = 1 }
        failed.fail(status: 500)
        #expect(failed.step == "502")
        var skipped = try PlanDrive("[max_context=10]a:m|b:m", size: 11)
        skipped.skip(.coolingDown(until: skipped.now + .seconds(70)))
        #expect(skipped.step == "429")
    }

    @Test("one leg under two bounds is taken at the place where the request fits")
    func twoPlaces() throws {
        let drive = try PlanDrive("[max_context=10,ttft_timeout=1]a:m|[min_context=10,ttft_timeout=9]a:m", size: 11)
        #expect(drive.attempt?.deadline?.budget == .seconds(9))
    }
}
