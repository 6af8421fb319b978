import Dialects
import Testing
import Transport

@Suite("Failures")
struct FailureTests {
    @Test(
        "an upstream error keeps its status, words, code and type",
        arguments: [
            (
                400, #"{"error":{"message":"bad","type":"invalid_request_error","param":"n","code":"c"}}"#,
                .invalidRequest, 400, "bad", "c", "invalid_request_error", "n"
            ),
            (
                400, #"{"error":{"message":"This model's maximum context length is 8192 tokens","code":null}}"#,
                .contextLength, 400, "This model's maximum context length is 8192 tokens", nil, nil, nil
            ),
            (
                400, #"{"error":{"message":"x","code":"context_length_exceeded"}}"#, .contextLength, 400, "x",
                "context_length_exceeded", nil, nil
            ),
            (
                400, #"{"error":{"message":"x","code":"content_filter"}}"#, .contentBlocked, 400, "x", "content_filter",
                nil, nil
            ),
            (
                401,
                #"{"error":{"message":"Incorrect API key provided: sk-proj-abcdefghijkl123.","code":"invalid_api_key"}}"#,
                .authentication, 401, "Incorrect API key provided: <redacted>", "invalid_api_key", nil, nil
            ),
            (402, #"{"error":{"message":"pay","code":402}}"#, .quotaExhausted, 402, "pay", "402", nil, nil),
            (
                403, #"{"error":{"code":403,"message":"no","status":"PERMISSION_DENIED"}}"#, .permission, 403, "no",
                "403", "PERMISSION_DENIED", nil
            ),
            (
                404,
                #"{"object":"error","message":"The model `x` does not exist.","type":"NotFoundError","param":null,"code":404}"#,
                .notFound, 404, "The model `x` does not exist.", "404", "NotFoundError", nil
            ),
            (404, #"{"detail":"Not Found"}"#, .notFound, 404, "Not Found", nil, nil, nil),
            (
                405, "", .methodNotAllowed, 405, "the provider answered with status 405 and no explanation", nil, nil,
                nil
            ),
            (408, "slow", .timeout, 504, "slow", nil, nil, nil),
            (413, "too big", .tooLarge, 413, "too big", nil, nil, nil),
            (
                413, #"{"error":{"message":"prompt is too long"}}"#, .contextLength, 413, "prompt is too long", nil,
                nil, nil
            ),
            (
                422,
                #"{"detail":[{"loc":["body","messages",0],"msg":"field required","type":"missing"},{"loc":["body"],"msg":"extra"}]}"#,
                .invalidRequest, 422, "body.messages.0: field required; body: extra", nil, nil, nil
            ),
            (
                429, #"{"error":{"message":"slow down","type":"tokens","code":"rate_limit_exceeded"}}"#, .rateLimited,
                429, "slow down", "rate_limit_exceeded", "tokens", nil
            ),
            (
                429, #"{"error":{"message":"broke","code":"insufficient_quota"}}"#, .quotaExhausted, 429, "broke",
                "insufficient_quota", nil, nil
            ),
            (500, #"{"error":"Internal error"}"#, .providerError, 502, "Internal error", nil, nil, nil),
            (
                500, #"{"error":"Bad Gateway","message":"backend down","code":1}"#, .providerError, 502, "backend down",
                "1", nil, nil
            ),
            (
                502, "<html><head><title>502 Bad Gateway</title></head><body><h1>x</h1></body></html>", .providerError,
                502, "502 Bad Gateway", nil, nil, nil
            ),
            (
                502, "<html><style>b{c}</style><body>\n <p>Oh\n  no</p></body>", .providerError, 502, "Oh no", nil, nil,
                nil
            ),
            (503, #"{"message":"busy"}"#, .overloaded, 502, "busy", nil, nil, nil),
            (504, #"[{"error":{"message":"late","code":504}}]"#, .timeout, 504, "late", "504", nil, nil),
            (
                529, #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, .overloaded, 502,
                "Overloaded", nil, "overloaded_error", nil
            ),
            (
                502,
                #"{"error":{"message":"Provider returned error","code":502,"metadata":{"raw":"socket closed","provider_name":"x"}}}"#,
                .providerError, 502, "Provider returned error: socket closed", "502", nil, nil
            ),
            (
                400, #"{"errors":[{"message":"first"},{"message":"second"}]}"#, .invalidRequest, 400, "first", nil, nil,
                nil
            ),
            (418, "{\"broken", .invalidRequest, 418, "{\"broken", nil, nil, nil),
            (302, "", .invalidResponse, 502, "the provider answered with status 302 and no explanation", nil, nil, nil),
        ] as [(Int, String, Failure.Kind, Int, String, String?, String?, String?)])
    func readsUpstreamErrors(
        _ status: Int, _ body: String, _ kind: Failure.Kind, _ clientStatus: Int, _ message: String, _ code: String?,
        _ type: String?, _ parameter: String?
    ) {
        let failure = ProviderErrorReader.failure(status: status, body: bytes(body), retryAfter: .seconds(3))
        #expect(failure.kind == kind)
        #expect(failure.status == clientStatus)
        #expect(failure.providerStatus == status)
        #expect(failure.side == .provider)
        #expect(failure.message == message)
        #expect(failure.code == code)
        #expect(failure.type == type)
        #expect(failure.parameter == parameter)
        #expect(failure.retryAfter == .seconds(3))
    }

    /// What clients are told of a kind: the status, and the type in OpenAI's, Anthropic's and Google's words.
    struct Told: Sendable {
        var kind: Failure.Kind
        var status: Int
        var openAI: String
        var anthropic: String
        var google: String

        init(_ kind: Failure.Kind, _ status: Int, _ openAI: String, _ anthropic: String, _ google: String) {
            (self.kind, self.status, self.openAI, self.anthropic, self.google) =
                (kind, status, openAI, anthropic, google)
        }
    }

    static let told = [
        Told(.invalidRequest, 400, "invalid_request_error", "invalid_request_error", "INVALID_ARGUMENT"),
        Told(.authentication, 401, "authentication_error", "authentication_error", "UNAUTHENTICATED"),
        Told(.permission, 403, "permission_error", "permission_error", "PERMISSION_DENIED"),
        Told(.notFound, 404, "not_found_error", "not_found_error", "NOT_FOUND"),
        Told(.methodNotAllowed, 405, "invalid_request_error", "invalid_request_error", "UNIMPLEMENTED"),
        Told(.tooLarge, 413, "invalid_request_error", "request_too_large", "INVALID_ARGUMENT"),
        Told(.contextLength, 400, "invalid_request_error", "invalid_request_error", "INVALID_ARGUMENT"),
        Told(.contentBlocked, 400, "invalid_request_error", "invalid_request_error", "INVALID_ARGUMENT"),
        Told(.rateLimited, 429, "rate_limit_error", "rate_limit_error", "RESOURCE_EXHAUSTED"),
        Told(.quotaExhausted, 429, "insufficient_quota", "rate_limit_error", "RESOURCE_EXHAUSTED"),
        Told(.unsupported, 501, "not_implemented_error", "api_error", "UNIMPLEMENTED"),
        Told(.providerError, 502, "api_error", "api_error", "UNAVAILABLE"),
        Told(.overloaded, 502, "api_error", "api_error", "UNAVAILABLE"),
        Told(.connection, 502, "api_error", "api_error", "UNAVAILABLE"),
        Told(.timeout, 504, "timeout_error", "timeout_error", "DEADLINE_EXCEEDED"),
        Told(.prematureEnd, 502, "api_error", "api_error", "UNAVAILABLE"),
        Told(.invalidResponse, 502, "api_error", "api_error", "UNAVAILABLE"),
        Told(.unavailable, 503, "api_error", "overloaded_error", "UNAVAILABLE"),
        Told(.exhausted, 503, "api_error", "overloaded_error", "UNAVAILABLE"),
        Told(.cancelled, 499, "server_error", "invalid_request_error", "CANCELLED"),
        Told(.internalError, 500, "server_error", "api_error", "INTERNAL"),
    ]

    @Test("status and type agree for every kind of failure, in all protocols", arguments: told)
    func statusAndType(_ told: Told) throws {
        let failure = Failure(told.kind, "boom")
        let rendered = [
            OpenAIChatErrors.render(failure), OpenAICompletionsErrors.render(failure),
            OpenAIResponsesErrors.render(failure), AnthropicErrors.render(failure), GeminiErrors.render(failure),
        ]
        #expect(rendered.allSatisfy { $0.status == told.status })
        let errors = try rendered.map { try #require(try JSONDocument(parsing: $0.body).root["error"]) }
        #expect(errors.prefix(3).allSatisfy { $0["type"]?.string == told.openAI })
        #expect(errors[3]["type"]?.string == told.anthropic)
        #expect(errors[4]["status"]?.string == told.google)
        #expect(errors[4]["code"]?.int == told.status)
    }

    @Test("no kind of failure is left out")
    func allKinds() {
        #expect(Set(Self.told.map(\.kind)) == Set(Failure.Kind.allCases))
    }

    @Test(
        "what a provider calls its error does not contradict the status that Anthropic's and Google's clients get",
        arguments: told,
        [
            "overloaded_error", "authentication_error", "invalid_request_error", "billing_error", "INTERNAL",
            "UNAUTHENTICATED", "NOT_FOUND",
        ])
    func foreignTypes(_ told: Told, _ type: String) throws {
        let failure = Failure(told.kind, "boom", type: type)
        let anthropic = try JSONDocument(parsing: AnthropicErrors.render(failure).body).root["error"]?["type"]?.string
        #expect(anthropic == told.anthropic)
        let google = try JSONDocument(parsing: GeminiErrors.render(failure).body).root["error"]?["status"]?.string
        #expect(google == told.google)
    }

    @Test(
        "a client is told to wait for whole seconds from 1, and only where coming back may help",
        arguments: [
            (429, .zero, 1), (429, .milliseconds(1), 1), (503, .milliseconds(1001), 2), (502, .seconds(7), 7),
            (504, .zero, 1), (400, .seconds(7), nil), (401, .seconds(7), nil),
        ] as [(Int, Duration, Int64?)])
    func retryAfter(_ status: Int, _ wait: Duration, _ seconds: Int64?) {
        #expect(Failure(.providerError, "x", status: status, retryAfter: wait).retryAfterSeconds == seconds)
        #expect(Failure(.providerError, "x", status: status).retryAfterSeconds == nil)
        let google = String(
            decoding: GeminiErrors.body(Failure(.providerError, "x", status: status, retryAfter: wait)), as: UTF8.self)
        #expect(google.contains("retryDelay") == (seconds != nil))
        if let seconds { #expect(google.contains(#""retryDelay":"\#(seconds)s""#)) }
    }

    @Test("every kind has a status, and an envelope that OpenAI's clients understand", arguments: Failure.Kind.allCases)
    func rendersEveryKind(_ kind: Failure.Kind) throws {
        let (status, body) = OpenAIChatErrors.render(Failure(kind, "says \"why\"", parameter: "messages[0]"))
        #expect((400..<600).contains(status))
        let error = try #require(try JSONDocument(parsing: body).root["error"])
        #expect(error["message"]?.string == "says \"why\"")
        #expect(error["param"]?.string == "messages[0]")
        #expect(error["type"]?.string?.isEmpty == false)
        #expect(error["code"] != nil)
        #expect(error.count == 4)
    }

    @Test(
        "statuses and types follow the kind",
        arguments: [
            (.invalidRequest, 400, "invalid_request_error"), (.authentication, 401, "authentication_error"),
            (.permission, 403, "permission_error"), (.notFound, 404, "not_found_error"),
            (.tooLarge, 413, "invalid_request_error"), (.rateLimited, 429, "rate_limit_error"),
            (.quotaExhausted, 429, "insufficient_quota"),
            (.internalError, 500, "server_error"), (.unsupported, 501, "not_implemented_error"),
            (.providerError, 502, "api_error"), (.prematureEnd, 502, "api_error"), (.unavailable, 503, "api_error"),
            (.timeout, 504, "timeout_error"),
        ] as [(Failure.Kind, Int, String)])
    func mapsKinds(_ kind: Failure.Kind, _ status: Int, _ type: String) {
        let rendered = OpenAIChatErrors.render(Failure(kind, "x"))
        #expect(rendered.status == status)
        #expect(text(rendered.body).contains(#""type":"\#(type)""#))
    }

    @Test("a malformed request without a code says null, as OpenAI does")
    func rendersNulls() {
        let body = OpenAIChatErrors.render(Failure.malformed(nil, "x")).body
        #expect(text(body) == #"{"error":{"message":"x","type":"invalid_request_error","param":null,"code":null}}"#)
    }

    @Test(
        "what may be tried next follows from the failure",
        arguments: [
            (.connection, .otherLeg), (.providerError, .otherLeg), (.timeout, .otherLeg), (.prematureEnd, .otherLeg),
            (.overloaded, .otherLeg), (.rateLimited, .rotateKey), (.authentication, .rotateKey),
            (.contextLength, .largerContext), (.invalidRequest, .never), (.permission, .never), (.notFound, .never),
        ] as [(Failure.Kind, Failure.Retry)])
    func decidesRetry(_ kind: Failure.Kind, _ retry: Failure.Retry) {
        let failure = Failure(kind, "x", side: .provider)
        #expect(failure.retry == retry)
        #expect(failure.afterOutput().retry == .never)
        #expect(failure.afterOutput().phase == .afterOutput)
        #expect(Failure(kind, "x", side: .client).retry == .never)
    }

    @Test(
        "what looks like a secret never leaves",
        arguments: [
            ("key sk-abcdefgh12345678 bad", "key <redacted> bad"), ("sk-ant-api03-AbCdEf_123-x", "<redacted>"),
            ("Authorization: Bearer abcdefghijklmnop1234", "Authorization: Bearer <redacted>"),
            ("url https://user:pass@host/x", "url https://<redacted>@host/x"),
            ("https://x/y?key=AIzaSyA1234567890abcdef&z=1", "https://x/y?key=<redacted>&z=1"),
            ("api_key=0123456789abcdef", "api_key=<redacted>"), ("AKIAIOSFODNN7EXAMPLE", "<redacted>"),
            ("hint sk-***********abcd.", "hint <redacted>"),
            ("bearer authentication failed", "bearer authentication failed"),
            ("risk-free task-list", "risk-free task-list"),
            ("see https://platform.openai.com/docs@1", "see https://platform.openai.com/docs@1"),
            ("a\u{0}b\nc\u{7F}", "a b c "), ("max_tokens=100 token=short", "max_tokens=100 token=short"),
        ])
    func redacts(_ given: String, _ expected: String) {
        #expect(Failure(.internalError, given).message == expected)
    }

    @Test("messages are cut at their bound, between characters")
    func boundsMessages() {
        let long = Failure(.internalError, String(repeating: "é", count: 5000)).message
        #expect(long.utf8.count <= Failure.messageBytesMax + 3)
        #expect(long.hasSuffix("é…"))
        #expect(SafeText.message("abc", bytesMax: 3) == "abc")
        #expect(SafeText.message("abcd", bytesMax: 3) == "abc…")
        #expect(SafeText.message(utf8: [0x61, 0xFF, 0x62], bytesMax: 10) == "a\u{FFFD}b")
        let secret = String(repeating: "x", count: 4090) + " sk-abcdefghijklmnop"
        #expect(!Failure(.internalError, secret).message.contains("sk-a"))
    }
}
