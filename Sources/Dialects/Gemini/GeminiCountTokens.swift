import Transport

/// The `:countTokens` method (https://ai.google.dev/api/tokens#method:-models.counttokens).
package enum GeminiCountTokens {
    /// The call whose tokens are to be counted: the body's own contents, or a whole request in it.
    package static func decode(
        _ body: [UInt8], model: String, limits: CallLimits = .standard, jsonLimits: JSONLimits = .default
    ) throws(Failure) -> Call {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: body, limits: jsonLimits)
        } catch {
            throw GeminiErrors.unreadable(error)
        }
        let inner = document.root.members.first { member in
            !member.value.isNull
                && member.key.withCursor { $0.names("generateContentRequest", "generate_content_request") }
        }
        guard let inner else {
            return try GeminiRequestDecoder.decode(document, model: model, stream: false, limits: limits)
                .asking(for: .countTokens(isWrapped: false))
        }
        let name = inner.key.string ?? ""
        guard inner.value.isObject else {
            throw MalformedField.type(name, expected: "an object", found: "something else").failure
        }
        if document.root.members.contains(where: { $0.key.equals("contents") && !$0.value.isNull }) {
            throw MalformedField.value("contents", "only one of it and '\(name)' may be given").failure
        }
        let request: JSONDocument
        do {
            request = try JSONDocument(parsing: Array(inner.value.raw), limits: jsonLimits)
        } catch {
            throw GeminiErrors.unreadable(error)
        }
        return try GeminiRequestDecoder.decode(request, model: model, stream: false, limits: limits, inside: name)
            .asking(for: .countTokens(isWrapped: true))
    }

    /// The request as the provider gets it: the client's bytes, or a whole request in its member.
    package static func encode(
        _ call: Call, as model: String, flavor: GeminiFlavor = .gemini
    ) throws(Failure) -> EncodedRequest {
        var request = try GeminiRequestEncoder.encode(call, as: model, stream: false, flavor: flavor)
        let isCarried =
            call.dialect == .gemini && call.original != nil && !call.features.contains(.foreignReasoning)
        if isCarried, call.operation == .countTokens(isWrapped: false) { return request }
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: request.body)
        } catch {
            throw Failure(.internalError, "the encoded request cannot be read")
        }
        var name = JSONWriter()
        name.string(GeminiPath.resource(ofModel: model))
        var json = JSONWriter(reservingBytes: request.body.count + 64)
        json.beginObject()
        json.key("generateContentRequest")
        json.raw(document.applying([.setMember("model", of: document.root, to: name.bytes)]))
        json.endObject()
        request.body = json.bytes
        return request
    }

    /// The count that a provider answered; nil where its answer holds none.
    package static func totalTokens(_ body: [UInt8]) -> Int? {
        guard let document = try? JSONDocument(parsing: body) else { return nil }
        let count: Int = document.withRoot { root in
            guard root.isObject, root["error"] == nil else { return -1 }
            // Protocol buffers leave a zero out of their JSON.
            guard let total = root["totalTokens"] else { return 0 }
            return total.int ?? -1
        }
        return count >= 0 ? count : nil
    }

    /// The answer's body.
    package static func body(totalTokens: Int, cachedTokens: Int? = nil) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("totalTokens")
        json.int(totalTokens)
        if let cachedTokens {
            json.key("cachedContentTokenCount")
            json.int(cachedTokens)
        }
        json.endObject()
        return json.bytes
    }
}
