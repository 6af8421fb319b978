import Testing
import Transport

@testable import Dialects

@Suite struct EmbeddingTests {
    private func openAI(_ request: String) throws(Failure) -> Call {
        try OpenAIEmbeddingsRequestDecoder.decode(bytes(request))
    }

    private func gemini(_ request: String, isBatch: Bool) throws(Failure) -> Call {
        try GeminiEmbeddings.decode(bytes(request), model: "g", isBatch: isBatch)
    }

    private func options(_ call: Call) throws -> EmbeddingOptions {
        guard case .embed(let options) = call.operation else {
            throw Failure(.internalError, "the call asks for something else")
        }
        return options
    }

    // MARK: OpenAI's requests

    @Test(
        "every form of input is read as one message a vector",
        arguments: [
            (#""hello""#, ["hello"], false, nil), (#"["a","b"]"#, ["a", "b"], true, nil),
            ("[1,2,3]", ["[1,2,3]"], false, "input"), ("[[1,2],[3]]", ["[1,2]", "[3]"], true, "input[0]"),
        ] as [(String, [String], Bool, String?)])
    func inputs(input: String, texts: [String], isBatch: Bool, tokens: String?) throws {
        let call = try openAI(#"{"model":"m","input":\#(input)}"#)
        let found = call.body().messages.map { message -> String in
            switch message.parts[0].content {
            case .text(let text): text
            case .opaque(_, let raw): raw.description
            default: "?"
            }
        }
        #expect(found == texts)
        let options = try options(call)
        #expect(options.isBatch == isBatch && options.tokenIDs == tokens)
    }

    @Test(
        "a malformed request is refused naming the field",
        arguments: [
            ("[]", nil), (#"{"input":"a"}"#, "model"), (#"{"model":"","input":"a"}"#, "model"),
            (#"{"model":"m"}"#, "input"), (#"{"model":"m","input":""}"#, "input"),
            (#"{"model":"m","input":[]}"#, "input"), (#"{"model":"m","input":5}"#, "input"),
            (#"{"model":"m","input":["a",""]}"#, "input[1]"), (#"{"model":"m","input":["a",1]}"#, "input[1]"),
            (#"{"model":"m","input":[1,"a"]}"#, "input[1]"), (#"{"model":"m","input":[1,-2]}"#, "input[1]"),
            (#"{"model":"m","input":[[1],[]]}"#, "input[1]"), (#"{"model":"m","input":[[1],[1.5]]}"#, "input[1][0]"),
            (#"{"model":"m","input":"a","encoding_format":"hex"}"#, "encoding_format"),
            (#"{"model":"m","input":"a","dimensions":0}"#, "dimensions"),
            (#"{"model":"m","input":"a","user":1}"#, "user"),
            (#"{"model":"m","input":"a","input":"b"}"#, "input"),
        ] as [(String, String?)])
    func malformed(request: String, field: String?) {
        let failure = #expect(throws: Failure.self) { try openAI(request) }
        #expect(failure?.status == 400)
        #expect(failure?.parameter == field)
    }

    @Test("more inputs than OpenAI takes are refused")
    func tooMany() {
        let texts = Array(repeating: #""a""#, count: 2049).joined(separator: ",")
        let failure = #expect(throws: Failure.self) { try openAI(#"{"model":"m","input":[\#(texts)]}"#) }
        #expect(failure?.parameter == "input")
    }

    // MARK: Carriage

    @Test("an OpenAI client's bytes go out as they are but for the model")
    func carriage() throws {
        let call = try openAI(#"{ "input" : [ 1, 2.0 ],"x":1e3, "model":"m" , "encoding_format":"base64"}"#)
        let same = try OpenAIEmbeddingsRequestEncoder.encode(call, try options(call), as: "m")
        #expect(same.body == call.original?.bytes)
        let other = try OpenAIEmbeddingsRequestEncoder.encode(call, try options(call), as: "n")
        #expect(
            text(other.body) == #"{ "input" : [ 1, 2.0 ],"x":1e3, "model":"n" , "encoding_format":"base64"}"#)
        #expect(other.droppedFields.isEmpty)
    }

    @Test("Mistral gets its own word for dimensions, and nothing that it refuses")
    func mistral() throws {
        let call = try openAI(#"{"model":"m","input":"a","dimensions":256,"user":"u"}"#)
        let request = try OpenAIEmbeddingsRequestEncoder.encode(call, try options(call), as: "m", flavor: .mistral)
        #expect(text(request.body) == #"{"model":"m","input":"a","output_dimension":256}"#)
        #expect(request.droppedFields == ["user"])
    }

    // MARK: Across protocols

    @Test("an OpenAI client's texts become a batch of Gemini's, and what it has no place for is named")
    func toGemini() throws {
        let call = try openAI(#"{"model":"m","input":["a","b\n"],"dimensions":8,"user":"u"}"#)
        let request = try GeminiEmbeddings.encode(call, try options(call), as: "emb")
        #expect(
            text(request.body)
                == #"{"requests":[{"model":"models/emb","content":{"parts":[{"text":"a"}]},"outputDimensionality":8},{"model":"models/emb","content":{"parts":[{"text":"b\n"}]},"outputDimensionality":8}]}"#
        )
        #expect(request.droppedFields == ["user"])
        #expect(GeminiEmbeddings.method(for: call, try options(call)) == "batchEmbedContents")
    }

    @Test("a Gemini client's contents become OpenAI's input, a lone one no list")
    func fromGemini() throws {
        let single = try gemini(
            #"{"content":{"parts":[{"text":"a"},{"text":"b"}]},"task_type":"X","output_dimensionality":"4"}"#,
            isBatch: false)
        let first = try OpenAIEmbeddingsRequestEncoder.encode(single, try options(single), as: "m")
        #expect(text(first.body) == #"{"model":"m","input":"a\nb","encoding_format":"float","dimensions":4}"#)
        #expect(first.droppedFields == ["task_type"])
        let batch = try gemini(
            #"{"requests":[{"model":"models/g","content":{"parts":[{"text":"a"}]},"title":"t"},{"model":"models/g","content":{"parts":{"text":"b"}}}]}"#,
            isBatch: true)
        let second = try OpenAIEmbeddingsRequestEncoder.encode(batch, try options(batch), as: "m")
        #expect(text(second.body) == #"{"model":"m","input":["a","b"],"encoding_format":"float"}"#)
        #expect(second.droppedFields == ["requests[0].title"])
    }

    @Test("a Gemini client's batch keeps its bytes, and each request names the leg's model")
    func geminiCarriage() throws {
        let request =
            #"{"requests":[{"model":"models/g","content":{"parts":[{"text":"a"}]}},{"content":{"parts":[{"text":"b"}]}}]}"#
        let call = try gemini(request, isBatch: true)
        let encoded = try GeminiEmbeddings.encode(call, try options(call), as: "emb")
        #expect(
            text(encoded.body)
                == #"{"requests":[{"model":"models/emb","content":{"parts":[{"text":"a"}]}},{"content":{"parts":[{"text":"b"}]},"model":"models/emb"}]}"#
        )
        let single = try gemini(#"{"content":{"parts":[{"text":"a"}]}}"#, isBatch: false)
        let carried = try GeminiEmbeddings.encode(single, try options(single), as: "emb")
        #expect(carried.body == single.original?.bytes)
        #expect(GeminiEmbeddings.method(for: single, try options(single)) == "embedContent")
    }

    @Test(
        "a malformed Gemini request is refused naming the field",
        arguments: [
            ("{}", false, "content"), (#"{"content":{}}"#, false, "content.parts"),
            (#"{"content":{"parts":[{"text":1}]}}"#, false, "content.parts[0].text"),
            (#"{"content":{"parts":[{"text":"a"}]},"outputDimensionality":0}"#, false, "outputDimensionality"),
            ("{}", true, "requests"), (#"{"requests":[]}"#, true, "requests"),
            (#"{"requests":[{"content":{"parts":[{"text":"a"}]}},{}]}"#, true, "requests[1].content"),
        ])
    func malformedGemini(request: String, isBatch: Bool, field: String) {
        let failure = #expect(throws: Failure.self) { try gemini(request, isBatch: isBatch) }
        #expect(failure?.parameter == field)
    }

    // MARK: Answers

    @Test("vectors are packed as little-endian 32-bit floats, and unpacked to the shortest digits")
    func packing() throws {
        // The bytes of 1.0, -2.5 and 0.1 as IEEE 754 has them.
        let packed = "AACAPwAAIMDNzMw9"
        let numbers = EmbeddingAnswer(vectors: [.numbers(RawJSON("[1,-2.5,0.1]"))], model: "m", usage: Usage(input: 3))
        #expect(
            text(try OpenAIEmbeddingsAnswer.body(numbers, as: .base64, model: "x"))
                == #"{"object":"list","data":[{"object":"embedding","index":0,"embedding":"\#(packed)"}],"model":"m","usage":{"prompt_tokens":3,"total_tokens":3}}"#
        )
        let back = EmbeddingAnswer(vectors: [.base64(packed)])
        #expect(text(try GeminiEmbeddings.body(back, isBatch: true)) == #"{"embeddings":[{"values":[1.0,-2.5,0.1]}]}"#)
        #expect(text(try GeminiEmbeddings.body(back, isBatch: false)) == #"{"embedding":{"values":[1.0,-2.5,0.1]}}"#)
    }

    @Test("a vector that is none fails the answer", arguments: ["AACA", "!!!!", "AADAfw==", ""])
    func badPacking(packed: String) {
        let answer = EmbeddingAnswer(vectors: [.base64(packed)])
        #expect(throws: Failure.self) { try GeminiEmbeddings.body(answer, isBatch: true) }
    }

    @Test("a number that is too large for a packed vector fails the answer", arguments: ["1e39", "-1e300"])
    func beyondFloat(number: String) throws {
        let answer = EmbeddingAnswer(vectors: [.numbers(RawJSON("[0.5,\(number)]"))])
        #expect(throws: Failure.self) { try OpenAIEmbeddingsAnswer.body(answer, as: .base64, model: "m") }
        let numbers = try OpenAIEmbeddingsAnswer.body(answer, as: .numbers, model: "m")
        #expect(text(numbers).contains(number))
    }

    @Test("vectors come in the order of their indices")
    func order() throws {
        let answer = try OpenAIEmbeddingsAnswer.read(
            bytes(
                #"{"data":[{"index":1,"embedding":[2]},{"index":0,"embedding":"AACAPw=="}],"model":"m","usage":{"prompt_tokens":4,"total_tokens":4}}"#
            ))
        #expect(answer.vectors == [.base64("AACAPw=="), .numbers(RawJSON("[2]"))])
        #expect(answer.usage?.input == 4 && answer.usage?.output == 0)
    }

    @Test(
        "a 200 that holds no vectors is not believed",
        arguments: [
            "", "[]", "{}", #"{"data":[]}"#, #"{"data":[{"index":0}]}"#, #"{"data":[{"index":5,"embedding":[1]}]}"#,
            #"{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}"#,
            #"{"data":[{"index":0,"embedding":{}}]}"#, #"{"data":[{"index":0,"embedding":""}]}"#,
            #"{"error":{"message":"no"},"data":[]}"#,
        ])
    func notBelieved(body: String) {
        #expect(throws: Failure.self) { try OpenAIEmbeddingsAnswer.read(bytes(body)) }
        #expect(throws: Failure.self) { try GeminiEmbeddings.read(bytes(body)) }
    }

    @Test("an answer that is passed on is looked through, and its usage read")
    func carriedAnswer() throws {
        let good = #"{"data":[{"index":0,"embedding":"AACAPw=="}],"usage":{"prompt_tokens":4,"total_tokens":4}}"#
        #expect(try OpenAIEmbeddingsAnswer.usage(ofCarried: bytes(good))?.input == 4)
        for bad in ["", "{}", #"{"data":[{"embedding":""}]}"#, #"{"data":[{}]}"#, #"{"error":{"message":"no"}}"#] {
            #expect(throws: Failure.self) { try OpenAIEmbeddingsAnswer.usage(ofCarried: bytes(bad)) }
        }
    }

    @Test("Gemini's answers of both methods are read")
    func geminiAnswers() throws {
        let batch = try GeminiEmbeddings.read(bytes(#"{"embeddings":[{"values":[1,2]},{"values":[3]}]}"#))
        #expect(batch.vectors == [.numbers(RawJSON("[1,2]")), .numbers(RawJSON("[3]"))] && batch.usage == nil)
        let single = try GeminiEmbeddings.read(
            bytes(#"{"embedding":{"values":[1]},"usageMetadata":{"promptTokenCount":2}}"#))
        #expect(single.vectors == [.numbers(RawJSON("[1]"))] && single.usage?.input == 2)
    }
}
