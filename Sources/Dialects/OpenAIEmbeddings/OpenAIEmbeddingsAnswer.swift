import Transport

/// Reads and writes the list of vectors that OpenAI's protocol answers with.
package enum OpenAIEmbeddingsAnswer {
    /// The vectors of a 200 answer in the order of their indices; throws where the body is none, or an error.
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
            guard let data = root["data"], data.isArray, data.count > 0 else {
                throw Failure(.invalidResponse, "the provider's answer holds no vectors")
            }
            var vectors: [EmbeddingVector?] = Array(repeating: nil, count: data.count)
            var position = 0
            for element in data.elements {
                let index = element["index"]?.int ?? position
                guard let value = element["embedding"], vectors.indices.contains(index), vectors[index] == nil else {
                    throw Failure(.invalidResponse, "the provider's answer holds a vector without its place")
                }
                vectors[index] = try EmbeddingVector(value)
                position += 1
            }
            return EmbeddingAnswer(
                vectors: vectors.compactMap(\.self), model: root["model"]?.string,
                usage: root["usage"].flatMap(OpenAIChatUsage.read))
        }
    }

    /// What the vectors of a 200 answer took, where its bytes are passed on; throws where it holds none.
    package static func usage(ofCarried body: [UInt8], limits: JSONLimits = .default) throws(Failure) -> Usage? {
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
            guard let data = root["data"], data.isArray, data.count > 0,
                data.elements.allSatisfy({ EmbeddingVector.isVector($0["embedding"]) })
            else { throw Failure(.invalidResponse, "the provider's answer holds no vectors") }
            return root["usage"].flatMap(OpenAIChatUsage.read)
        }
    }

    /// The body of an answer.
    package static func body(
        _ answer: EmbeddingAnswer, as encoding: EmbeddingOptions.Encoding, model: String
    ) throws(Failure) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 4096)
        json.beginObject()
        json.key("object")
        json.string("list" as StaticString)
        json.key("data")
        json.beginArray()
        for (index, vector) in answer.vectors.enumerated() {
            json.beginObject()
            json.key("object")
            json.string("embedding" as StaticString)
            json.key("index")
            json.int(index)
            json.key("embedding")
            try vector.write(as: encoding, to: &json)
            json.endObject()
        }
        json.endArray()
        json.key("model")
        json.string(answer.model ?? model)
        if let usage = answer.usage {
            json.key("usage")
            json.beginObject()
            json.key("prompt_tokens")
            json.int(usage.input)
            json.key("total_tokens")
            json.int(usage.total)
            json.endObject()
        }
        json.endObject()
        return json.bytes
    }
}
