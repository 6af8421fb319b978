import Dialects
import Testing
import Transport

@Suite("Gemini answers, errors and paths")
struct GeminiAnswerTests {
    @Test("a whole answer becomes the events of the streamed one")
    func decodesWhole() throws {
        let whole = #"""
            {"candidates":[{"content":{"parts":[{"text":"let me see","thought":true},{"text":"Héllo 😀"},{"functionCall":{"name":"f","args":{"a": 1.0,"s":"}\"{"}},"thoughtSignature":"c2ln"},{"functionCall":{"id":"x","name":"g"}}],"role":"model"},"finishReason":"STOP","index":0}],
             "usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":5,"thoughtsTokenCount":3,"cachedContentTokenCount":4,"totalTokenCount":18},"modelVersion":"gemini-2.5-flash","responseId":"r1"}
            """#
        #expect(try GeminiUnaryDecoder.decode(bytes(whole)) == GeminiEventDecoderTests.events)
        let streamed = GeminiEventDecoderTests.array(GeminiEventDecoderTests.stream)
        #expect(try GeminiUnaryDecoder.decode(bytes(streamed)) == GeminiEventDecoderTests.events)
    }

    @Test("a collected stream is the body of the unary call")
    func collects() throws {
        let collected = try #require(answer(GeminiEventDecoderTests.events))
        let body = GeminiAnswerWriter.body(collected, fallback: Gemini.fallback)
        #expect(
            text(body)
                == #"{"candidates":[{"content":{"parts":[{"text":"let me see","thought":true},{"text":"Héllo 😀"},{"functionCall":{"id":"call_r1_0_0","name":"f","args":{"a": 1.0,"s":"}\"{"}},"thoughtSignature":"c2ln"},{"functionCall":{"id":"x","name":"g","args":{}}}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":5,"totalTokenCount":18,"cachedContentTokenCount":4,"thoughtsTokenCount":3},"modelVersion":"gemini-2.5-flash","responseId":"r1"}"#
        )
        #expect(answer(try GeminiUnaryDecoder.decode(body)) == collected)
    }

    @Test("media, remarks and log probabilities survive collection")
    func collectsRest() throws {
        let chunk = Gemini.chunk(
            #"{"inlineData":{"mimeType":"image/png","data":"AAAA"},"thoughtSignature":"c2ln"},{"executableCode":{"code":"1"}},{"inlineData":{"mimeType":"audio/pcm","data":"AAAA"}},{"text":"t"},{"text":"","thoughtSignature":"ZW5k"}"#,
            finish: "RECITATION",
            beside:
                #","finishMessage":"why","groundingMetadata":{"a":1.50},"logprobsResult":{"topCandidates":[{"candidates":[{"token":"x","logProbability":-0.5}]}],"chosenCandidates":[{"token":"x","logProbability":-0.50}]}"#
        )
        for events in [
            try GeminiUnaryDecoder.decode(bytes(chunk)), Gemini.decode(Gemini.frame(chunk)).events,
            Gemini.decode(Gemini.encode(Gemini.decode(Gemini.frame(chunk)).events)).events,
        ] {
            let body = text(GeminiAnswerWriter.body(try #require(answer(events)), fallback: Gemini.fallback))
            for member in [
                #"{"inlineData":{"mimeType":"image/png","data":"AAAA"}"#, #"{"executableCode":{"code":"1"}}"#,
                #"{"inlineData":{"mimeType":"audio/pcm","data":"AAAA"}}"#, #"{"text":"t"}"#,
                #"{"text":"","thoughtSignature":"ZW5k"}"#, #""finishReason":"RECITATION""#, #""finishMessage":"why""#,
                #""groundingMetadata":{"a":1.50}"#,
                #""logprobsResult":{"topCandidates":[{"candidates":[{"token":"x","logProbability":-0.5}]}],"chosenCandidates":[{"token":"x","logProbability":-0.50}]}"#,
            ] { #expect(body.contains(member), "\(member)") }
        }
    }

    @Test(
        "a 200 that is no answer throws",
        arguments: [
            ("", .invalidResponse), ("{}", .invalidResponse), ("[]", .invalidResponse), ("7", .invalidResponse),
            (#"{"candidates":[]}"#, .invalidResponse),
            (#"{"promptFeedback":{"blockReason":"SAFETY"}}"#, .contentBlocked),
            (#"{"error":{"code":429,"message":"slow","status":"RESOURCE_EXHAUSTED"}}"#, .rateLimited),
            (#"[{"error":{"code":500,"message":"x","status":"INTERNAL"}}]"#, .providerError),
        ] as [(String, Failure.Kind)])
    func refuses(_ body: String, _ kind: Failure.Kind) {
        do {
            _ = try GeminiUnaryDecoder.decode(bytes(body))
            Issue.record("no failure")
        } catch {
            #expect(error.kind == kind)
            #expect(error.phase == .beforeOutput)
        }
    }

    @Test(
        "Google's errors are understood",
        arguments: [
            (
                400,
                #"{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}]}}"#,
                .authentication, "API_KEY_INVALID"
            ),
            (
                400,
                #"{"error":{"code":400,"message":"The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}"#,
                .contextLength, "400"
            ),
            (400, #"{"error":{"code":400,"message":"bad","status":"INVALID_ARGUMENT"}}"#, .invalidRequest, "400"),
            (403, #"{"error":{"code":403,"message":"no","status":"PERMISSION_DENIED"}}"#, .permission, "403"),
            (404, #"{"error":{"code":404,"message":"no","status":"NOT_FOUND"}}"#, .notFound, "404"),
            (500, #"{"error":{"code":500,"message":"no","status":"INTERNAL"}}"#, .providerError, "500"),
            (503, #"[{"error":{"code":503,"message":"no","status":"UNAVAILABLE"}}]"#, .overloaded, "503"),
            (504, #"{"error":{"code":504,"message":"no","status":"DEADLINE_EXCEEDED"}}"#, .timeout, "504"),
        ] as [(Int, String, Failure.Kind, String)])
    func readsErrors(_ status: Int, _ body: String, _ kind: Failure.Kind, _ code: String) {
        let failure = ProviderErrorReader.failure(status: status, body: bytes(body))
        #expect(failure.kind == kind)
        #expect(failure.code == code)
        #expect(failure.side == .provider)
    }

    @Test("the delay in an error's details is how long to wait, unless a header says it")
    func readsDelay() {
        let body = bytes(
            #"{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.074824224s"}]}}"#
        )
        let failure = ProviderErrorReader.failure(status: 429, body: body)
        #expect(failure.kind == .rateLimited)
        #expect(failure.type == "RESOURCE_EXHAUSTED")
        #expect(failure.retryAfter == .milliseconds(34075))
        #expect(
            ProviderErrorReader.failure(status: 429, body: body, retryAfter: .seconds(3)).retryAfter == .seconds(3))
        let rendered = text(GeminiErrors.body(failure))
        #expect(rendered.contains(#"{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"35s"}"#))
    }

    @Test(
        "failures are told in Google's envelope",
        arguments: [
            (Failure(.invalidRequest, "m", side: .client), 400, "INVALID_ARGUMENT"),
            (Failure(.authentication, "m"), 401, "UNAUTHENTICATED"),
            (Failure(.permission, "m"), 403, "PERMISSION_DENIED"), (Failure(.notFound, "m"), 404, "NOT_FOUND"),
            (Failure(.methodNotAllowed, "m"), 405, "UNIMPLEMENTED"), (Failure(.tooLarge, "m"), 413, "INVALID_ARGUMENT"),
            (Failure(.contextLength, "m"), 400, "INVALID_ARGUMENT"),
            (Failure(.contentBlocked, "m"), 400, "INVALID_ARGUMENT"),
            (Failure(.contentBlocked, "m", status: 403), 403, "PERMISSION_DENIED"),
            (Failure(.notFound, "m", type: "invalid_request_error"), 404, "NOT_FOUND"),
            (Failure(.authentication, "m", type: "invalid_request_error"), 401, "UNAUTHENTICATED"),
            (Failure(.rateLimited, "m"), 429, "RESOURCE_EXHAUSTED"),
            (Failure(.quotaExhausted, "m"), 429, "RESOURCE_EXHAUSTED"),
            (Failure(.unsupported, "m"), 501, "UNIMPLEMENTED"), (Failure(.providerError, "m"), 502, "UNAVAILABLE"),
            (Failure(.overloaded, "m"), 502, "UNAVAILABLE"), (Failure(.connection, "m"), 502, "UNAVAILABLE"),
            (Failure(.timeout, "m"), 504, "DEADLINE_EXCEEDED"), (Failure(.prematureEnd, "m"), 502, "UNAVAILABLE"),
            (Failure(.invalidResponse, "m"), 502, "UNAVAILABLE"), (Failure(.unavailable, "m"), 503, "UNAVAILABLE"),
            (Failure(.cancelled, "m"), 499, "CANCELLED"), (Failure(.internalError, "m"), 500, "INTERNAL"),
        ])
    func rendersErrors(_ failure: Failure, _ status: Int, _ word: String) {
        let (rendered, body) = GeminiErrors.render(failure)
        #expect(rendered == status)
        #expect(text(body) == #"{"error":{"code":\#(status),"message":"m","status":"\#(word)"}}"#)
    }

    @Test("a malformed field stands in the details")
    func rendersField() {
        #expect(
            text(GeminiErrors.body(.malformed("contents[0].role", "bad", code: "invalid_value")))
                == #"{"error":{"code":400,"message":"bad","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"contents[0].role","description":"bad"}]},{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"invalid_value","domain":"lip"}]}}"#
        )
    }

    @Test(
        "paths name model and action",
        arguments: [
            ("/v1beta/models/gemini-2.5-pro:generateContent", "gemini-2.5-pro", .generateContent),
            ("/v1/models/g:streamGenerateContent", "g", .streamGenerateContent),
            ("/v1beta1/models/g:countTokens", "g", .countTokens),
            (
                "/v1beta/models/openrouter:google/gemini:free:generateContent", "openrouter:google/gemini:free",
                .generateContent
            ),
            ("/v1beta/models/%5Bweight%3D2%5Da%3Ab%7Cc%3Ad%3AgenerateContent", "[weight=2]a:b|c:d", .generateContent),
            ("/v1beta/models/a/models/b:embedContent", "a/models/b", .embedContent),
            ("/v1beta/models/g:predict", "g", .other("predict")),
            ("/v1beta/tunedModels/t:generateContent", "tunedModels/t", .generateContent),
            ("/v1beta1/projects/p/locations/l/publishers/google/models/g:generateContent", "g", .generateContent),
        ] as [(String, String, GeminiPath.Action)])
    func readsPaths(_ path: String, _ model: String, _ action: GeminiPath.Action) {
        let read = GeminiPath(path)
        #expect(read?.model == model)
        #expect(read?.action == action)
    }

    @Test(
        "other paths are none",
        arguments: [
            "", "/", "/v1beta/models", "/v1beta/models/g", "/v2/models/g:generateContent",
            "/v1beta/models/:generateContent",
            "/v1beta/models/g:", "/v1beta/models/%zz:generateContent", "/v1beta/models/%ff:generateContent",
            "/v1/chat/completions", "v1beta/models/g:generateContent", "/v1beta/models/g:a/b",
        ])
    func refusesPaths(_ path: String) {
        #expect(GeminiPath(path) == nil)
    }

    @Test("addresses are written as they are read")
    func writesPaths() {
        #expect(GeminiPath.target(model: "g", stream: false) == "models/g:generateContent")
        #expect(GeminiPath.target(model: "models/g", stream: true) == "models/g:streamGenerateContent?alt=sse")
        for model in ["a:b/c d%|é", "[x=1]a", "tunedModels/t"] {
            let path = "/v1beta/" + GeminiPath.target(model: model, stream: false)
            #expect(GeminiPath(path)?.model == model)
        }
        #expect(GeminiStreamForm(query: "key=x&alt=sse") == .events)
        #expect(GeminiStreamForm(query: "%24alt=sse") == .events)
        for query in ["", "alt=json", "alt", "malt=sse", "alt=sse2"] {
            #expect(GeminiStreamForm(query: query) == .array)
        }
    }

    @Test("the tokens of contents, or of a whole request, can be counted")
    func countsTokens() throws {
        let inner = Gemini.request(#""tools":[{"functionDeclarations":[{"name":"f"}]}]"#)
        for name in ["generateContentRequest", "generate_content_request"] {
            let call = try GeminiCountTokens.decode(bytes(#"{"\#(name)": \#(inner)}"#), model: "m")
            #expect(call.body() == (try Gemini.call(inner)).body())
        }
        #expect(try GeminiCountTokens.decode(bytes(Gemini.request()), model: "m").body().messages.count == 1)
        for (body, path) in [
            ("{}", "contents"), (#"{"generateContentRequest":7}"#, "generateContentRequest"),
            (#"{"generateContentRequest":{}}"#, "generateContentRequest.contents"),
            (#"{"generateContentRequest":{"contents":[7]}}"#, "generateContentRequest.contents[0]"),
            (#"{"generateContentRequest":\#(inner),"contents":[{}]}"#, "contents"),
        ] {
            do {
                _ = try GeminiCountTokens.decode(bytes(body), model: "m")
                Issue.record("\(body) was taken")
            } catch {
                #expect(error.parameter == path)
            }
        }
        #expect(text(GeminiCountTokens.body(totalTokens: 7)) == #"{"totalTokens":7}"#)
    }
}
