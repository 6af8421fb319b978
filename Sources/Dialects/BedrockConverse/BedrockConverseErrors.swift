import Transport

/// Reads Bedrock's errors: answers with a status, whose type stands in `x-amzn-errortype` or `__type`, and exceptions that
/// come as messages of a stream.
///
/// A failure keeps the provider's status only where that says the same as its kind elsewhere: Bedrock answers 424 where a
/// model failed, 403 where a key is no longer good and 429 where a model is being loaded.
/// Source: Bedrock API reference, `Converse`, "Errors"; https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html.
package enum BedrockConverseErrors {
    /// The failure that an error answer is.
    package static func failure(
        status: Int, body: [UInt8], errorType: ArraySlice<UInt8>?, retryAfter: Duration?
    ) -> Failure {
        var found = ProviderErrorReader.read(body)
        var type = errorType.map { String(decoding: $0.prefix(Failure.fieldBytesMax), as: UTF8.self) }
        if let document = try? JSONDocument(parsing: body) {
            type = type ?? document.root["__type"]?.string
            found.message = found.message ?? document.root["Message"]?.string
        }
        return failure(
            type: type.map(name), message: found.message, status: status, retryAfter: retryAfter, phase: .beforeOutput)
    }

    /// The failure that an exception inside a stream is; `type` may be empty.
    static func failure(
        exception type: ArraySlice<UInt8>, message: String?, phase: Failure.Phase
    ) -> Failure {
        let type = String(decoding: type.prefix(Failure.fieldBytesMax), as: UTF8.self)
        return failure(type: name(type), message: message, status: nil, retryAfter: nil, phase: phase)
    }

    private static func failure(
        type: String?, message: String?, status: Int?, retryAfter: Duration?, phase: Failure.Phase
    ) -> Failure {
        guard let type, let meaning = meanings[type.lowercased()] else {
            var found = ProviderErrorReader.Found(message: message)
            found.type = type
            return ProviderErrorReader.failure(found, status: status, retryAfter: retryAfter, phase: phase)
        }
        let text = message.flatMap { $0.isEmpty ? nil : $0 } ?? "the provider reported \(type) without an explanation"
        var kind = meaning.kind
        if kind == .invalidRequest, isContextLength(text) { kind = .contextLength }
        let keepsStatus = meaning.keepsStatus && status.map { $0 >= 400 } == true
        // A client's own kind of error keeps its status; of others the kind tells what the client gets.
        let isClients = keepsStatus && (400..<500).contains(status ?? 0) && kind != .timeout
        let failure = Failure(
            kind, text, side: .provider, phase: phase, status: isClients ? status : nil,
            providerStatus: keepsStatus ? status : nil, type: type, retryAfter: retryAfter)
        return phase == .afterOutput ? failure.afterOutput() : failure
    }

    private struct Meaning {
        var kind: Failure.Kind
        var keepsStatus = true
    }

    /// By type in lower case: streams begin theirs with a small letter.
    private static let meanings: [String: Meaning] = [
        "throttlingexception": Meaning(kind: .rateLimited),
        "toomanyrequestsexception": Meaning(kind: .rateLimited),
        "servicequotaexceededexception": Meaning(kind: .quotaExhausted, keepsStatus: false),
        "validationexception": Meaning(kind: .invalidRequest),
        "accessdeniedexception": Meaning(kind: .permission),
        "resourcenotfoundexception": Meaning(kind: .notFound),
        "modeltimeoutexception": Meaning(kind: .timeout),
        "modelerrorexception": Meaning(kind: .providerError, keepsStatus: false),
        "modelstreamerrorexception": Meaning(kind: .providerError, keepsStatus: false),
        "modelnotreadyexception": Meaning(kind: .overloaded, keepsStatus: false),
        "internalserverexception": Meaning(kind: .providerError),
        "internalfailure": Meaning(kind: .providerError),
        "serviceunavailableexception": Meaning(kind: .overloaded),
        "serviceunavailable": Meaning(kind: .overloaded),
        "expiredtokenexception": Meaning(kind: .authentication, keepsStatus: false),
        "expiredtoken": Meaning(kind: .authentication, keepsStatus: false),
        "unrecognizedclientexception": Meaning(kind: .authentication, keepsStatus: false),
        "invalidsignatureexception": Meaning(kind: .authentication, keepsStatus: false),
        "signaturedoesnotmatch": Meaning(kind: .authentication, keepsStatus: false),
        "incompletesignatureexception": Meaning(kind: .authentication, keepsStatus: false),
        "incompletesignature": Meaning(kind: .authentication, keepsStatus: false),
        "missingauthenticationtokenexception": Meaning(kind: .authentication, keepsStatus: false),
        "missingauthenticationtoken": Meaning(kind: .authentication, keepsStatus: false),
        "invalidclienttokenid": Meaning(kind: .authentication, keepsStatus: false),
        "notauthorized": Meaning(kind: .permission),
    ]

    /// The words with which the models behind Bedrock refuse an input that is too long.
    private static func isContextLength(_ message: String) -> Bool {
        let text = message.prefix(2048).lowercased()
        let phrases = [
            "too long", "too many input tokens", "context length", "context window", "context limit",
            "exceeds the maximum number of input tokens", "input token count",
        ]
        return phrases.contains { text.contains($0) }
    }

    /// The type without what stands around it: `com.amazon.coral.service#X` and `X:http://…` are both `X`.
    private static func name(_ type: String) -> String {
        let end = type.firstIndex(of: ":") ?? type.endIndex
        let start = type[..<end].lastIndex(of: "#").map { type.index(after: $0) } ?? type.startIndex
        return String(type[start..<end])
    }
}
