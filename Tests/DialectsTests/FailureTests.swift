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
