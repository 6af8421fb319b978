import Transport

/// The `:embedContent` and `:batchEmbedContents` methods (https://ai.google.dev/api/embeddings).
package enum GeminiEmbeddings {
    /// The call that the body makes, or the failure (400) that names the first malformed field.
    ///
    /// `isBatch` is whether the path names `batchEmbedContents`.
    package static func decode(
        _ body: [UInt8], model: String, isBatch: Bool, limits: CallLimits = .standard,
        jsonLimits: JSONLimits = .default
    ) throws(Failure) -> Call {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: body, limits: jsonLimits)
        } catch {
            throw GeminiErrors.unreadable(error)
        }
        return try document.withRoot { root throws(Failure) in
            guard root.isObject else {
                throw .malformed(nil, "The request must be a JSON object, but is \(FieldCheck.describe(root)).")
            }
            var options = EmbeddingOptions(isBatch: isBatch)
            do throws(MalformedField) {
                if isBatch { try checkBatch(root, limits, &options) } else { try check(root, "", limits, &options) }
            } catch {
                throw error.failure
            }
            return Call(
                dialect: .gemini, operation: .embed(options), original: document, model: model, stream: false,
                includeUsage: true, features: [], read: isBatch ? batchBody : singleBody)
        }
    }

    // MARK: Checks

    private static func checkBatch(
        _ root: JSONCursor, _ limits: CallLimits, _ options: inout EmbeddingOptions
    ) throws(MalformedField) {
        guard let requests = root["requests"], !requests.isNull else { throw .missing("requests") }
        guard requests.isArray else { throw FieldCheck.mismatch(requests, "requests", "an array of objects") }
        guard requests.count > 0 else {
            throw .value("requests", "expected at least one request", code: "empty_array")
        }
        try FieldCheck.count(requests.count, "requests", max: limits.embeddingInputCountMax)
        var index = 0
        for request in requests.elements {
            do throws(MalformedField) {
                guard request.isObject else { throw FieldCheck.mismatch(request, "", "an object") }
                try check(request, "requests[\(index)].", limits, &options, isFirst: index == 0)
            } catch {
                throw error.inside(index).inside("requests")
            }
            index += 1
        }
    }

    /// Checks one request; `place` stands before its members in paths.
    private static func check(
        _ request: JSONCursor, _ place: String, _ limits: CallLimits, _ options: inout EmbeddingOptions,
        isFirst: Bool = true
    ) throws(MalformedField) {
        guard let content = request["content"], !content.isNull else { throw .missing("content") }
        guard content.isObject else { throw FieldCheck.mismatch(content, "content", "an object") }
        do throws(MalformedField) {
            guard let parts = content["parts"], GeminiList.count(parts) > 0 else { throw .missing("parts") }
            var features: CallFeatures = []
            try GeminiContentCheck(limits: limits).checkContents(content, &features)
            var hasOther = false
            GeminiList.forEach(parts) { part, _ in if part["text"] == nil { hasOther = true } }
            if hasOther, options.media == nil { options.media = "\(place)content.parts" }
        } catch {
            throw error.inside("content")
        }
        for name in ["taskType", "task_type", "title"] {
            guard let value = request.member(name), !value.isNull else { continue }
            try FieldCheck.string(value, name)
            options.foreign.append(place + name)
        }
        var dimensions: Int?
        for name in ["outputDimensionality", "output_dimensionality"] {
            guard let value = request.member(name), !value.isNull else { continue }
            guard let count = value.lenientInt, count > 0 else {
                throw FieldCheck.mismatch(value, name, "an integer above 0")
            }
            dimensions = count
        }
        if isFirst {
            options.dimensions = dimensions
        } else if dimensions != options.dimensions, options.differing == nil {
            options.differing = "\(place)outputDimensionality"
        }
    }

    // MARK: Values

    private static func singleBody(_ document: JSONDocument) -> CallBody {
        document.withRoot { root in
            CallBody(messages: [message(root, "")])
        }
    }

    private static func batchBody(_ document: JSONDocument) -> CallBody {
        document.withRoot { root in
            var messages: [Message] = []
            var index = 0
            // An object has no elements: without requests there are no messages.
            for request in (root["requests"] ?? root).elements {
                messages.append(message(request, SourcePath("requests[\(index)]")))
                index += 1
            }
            return CallBody(messages: messages)
        }
    }

    private static func message(_ request: JSONCursor, _ path: SourcePath) -> Message {
        let path = path.member("content")
        return request["content"].flatMap { GeminiContentReader.messages($0, path).first }
            ?? Message(role: .user, parts: [], path: path)
    }

    // MARK: Provider's side

    /// The request as the provider gets it.
    ///
    /// A Gemini call that nothing changed is carried: the client's bytes, in which only the models are replaced. Any other
    /// call is written from its values, for `batchEmbedContents`.
    package static func encode(
        _ call: Call, _ options: EmbeddingOptions, as model: String
    ) throws(Failure) -> EncodedRequest {
        var name = JSONWriter()
        name.string(GeminiPath.resource(ofModel: model))
        if call.dialect == .gemini, let document = call.original {
            let root = document.root
            var edits: [JSONEdit] = []
            func rename(_ request: JSONValue, required: Bool) {
                guard request["model"]?.equals(GeminiPath.resource(ofModel: model)) ?? !required else {
                    return edits.append(.setMember("model", of: request, to: name.bytes))
                }
            }
            if options.isBatch {
                // Each request of a batch has to name the model of the path.
                for request in (root["requests"] ?? root).elements { rename(request, required: true) }
            } else {
                rename(root, required: false)
            }
            return EncodedRequest(body: edits.isEmpty ? document.bytes : document.applying(edits))
        }
        var json = JSONWriter(reservingBytes: 1024)
        json.beginObject()
        json.key("requests")
        json.beginArray()
        for message in call.body().messages {
            json.beginObject()
            json.key("model")
            json.raw(name.bytes)
            json.key("content")
            json.beginObject()
            json.key("parts")
            json.beginArray()
            json.beginObject()
            json.key("text")
            json.string(try message.embeddedText)
            json.endObject()
            json.endArray()
            json.endObject()
            if let dimensions = options.dimensions {
                json.key("outputDimensionality")
                json.int(dimensions)
            }
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return EncodedRequest(body: json.bytes, droppedFields: options.foreign)
    }

    /// The method that the encoded request is for.
    package static func method(for call: Call, _ options: EmbeddingOptions) -> String {
        call.dialect == .gemini && call.original != nil && !options.isBatch ? "embedContent" : "batchEmbedContents"
    }

    // MARK: Answers

    /// The vectors of a 200 answer of either method; throws where the body is none, or an error.
    package static func read(_ body: [UInt8], limits: JSONLimits = .default) throws(Failure) -> EmbeddingAnswer {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: body, limits: limits)
        } catch {
            throw Failure(.invalidResponse, "the provider's answer is not valid JSON")
        }
        return try document.withRoot { root throws(Failure) in
            if let error = root["error"], !error.isNull {
                throw ProviderErrorReader.failure(error, phase: .beforeOutput)
            }
            var vectors: [EmbeddingVector] = []
            if let list = root["embeddings"], list.isArray {
                for element in list.elements { vectors.append(try vector(element)) }
            } else if let single = root["embedding"] {
                vectors.append(try vector(single))
            }
            guard !vectors.isEmpty else {
                throw Failure(.invalidResponse, "the provider's answer holds no vectors")
            }
            let tokens = root["usageMetadata"]?["promptTokenCount"]?.lenientInt
            return EmbeddingAnswer(vectors: vectors, usage: tokens.map { Usage(input: max(0, $0)) })
        }
    }

    private static func vector(_ element: JSONCursor) throws(Failure) -> EmbeddingVector {
        guard let values = element["values"] else {
            throw Failure(.invalidResponse, "the provider's answer holds an embedding without values")
        }
        return try EmbeddingVector(values)
    }

    /// The body of an answer: a list, or the one embedding that was asked for.
    package static func body(_ answer: EmbeddingAnswer, isBatch: Bool) throws(Failure) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 4096)
        json.beginObject()
        json.key(isBatch ? "embeddings" as StaticString : "embedding")
        if isBatch { json.beginArray() }
        for vector in answer.vectors.prefix(isBatch ? .max : 1) {
            json.beginObject()
            json.key("values")
            try vector.write(as: .numbers, to: &json)
            json.endObject()
        }
        if isBatch { json.endArray() }
        if let usage = answer.usage {
            json.key("usageMetadata")
            json.beginObject()
            json.key("promptTokenCount")
            json.int(usage.input)
            json.key("totalTokenCount")
            json.int(usage.input)
            json.endObject()
        }
        json.endObject()
        return json.bytes
    }
}
