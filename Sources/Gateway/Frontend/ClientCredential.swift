import Transport

/// Finds the key that a client shows, in the spelling of whatever protocol it speaks.
enum ClientCredential {
    /// The fields that hold nothing but a key: Anthropic's, Google's and Azure's.
    private static let keyFields = ["x-api-key", "x-goog-api-key", "api-key"]

    /// The key of a request; nil where it shows none.
    ///
    /// A bearer token (RFC 6750, 2.1; the scheme in any case) counts first, then a field for keys, then, where Google's
    /// clients put it, the query's `key`.
    static func find(_ request: HTTPRequestHead, inQuery: Bool) -> ArraySlice<UInt8>? {
        if let value = request.headers.firstBytes("authorization"), let token = bearer(value) { return token }
        for field in keyFields {
            if let value = request.headers.firstBytes(field), !value.isEmpty { return value }
        }
        guard inQuery else { return nil }
        return QueryText(request.query)?.parameters.first { $0.name == "key" && !$0.value.isEmpty }
            .map { Array($0.value.utf8)[...] }
    }

    private static func bearer(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let scheme = "bearer "
        guard value.count > scheme.utf8.count else { return nil }
        for (byte, expected) in zip(value, scheme.utf8) where byte | 0x20 != expected { return nil }
        return value.dropFirst(scheme.utf8.count).drop { $0 == UInt8(ascii: " ") }
    }

    /// How a client of the protocol sends its key, for the message to one that sent none.
    static func example(for frontend: Frontend) -> String {
        switch frontend {
        case .openAIChat, .openAICompletions, .openAIResponses: "'Authorization: Bearer KEY'"
        case .anthropicMessages: "'x-api-key: KEY'"
        case .gemini: "'x-goog-api-key: KEY'"
        }
    }
}
