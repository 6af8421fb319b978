import Transport

/// Reads what a provider says about an error, in any of the shapes that OpenAI-compatible servers use.
package enum ProviderErrorReader {
    /// The longest text that is taken from a body that is not JSON, in bytes.
    package static let plainTextBytesMax = 512

    /// What was found in an error body.
    struct Found: Equatable {
        var message: String?
        var code: String?
        var type: String?
        var parameter: String?
        /// A status that the body states itself, as errors inside a stream do.
        var status: Int?
        /// How long the body itself asks to wait.
        var retryAfter: Duration?
    }

    /// The failure that an error answer is.
    package static func failure(
        status: Int, body: [UInt8], retryAfter: Duration? = nil, phase: Failure.Phase = .beforeOutput
    ) -> Failure {
        let found = read(body)
        return failure(found, status: status, retryAfter: retryAfter, phase: phase)
    }

    /// The failure that an error member inside a stream or a 200 answer is.
    static func failure(_ value: JSONCursor, phase: Failure.Phase) -> Failure {
        let found = read(value)
        let status = found.status ?? status(ofCode: found.code ?? found.type)
        return failure(found, status: status, retryAfter: nil, phase: phase)
    }

    static func failure(
        _ found: Found, status: Int?, retryAfter: Duration?, phase: Failure.Phase
    ) -> Failure {
        let kind = kind(status: status, found)
        let text = found.message.flatMap { $0.isEmpty ? nil : $0 }
        let explanation =
            text ?? status.map { "the provider answered with status \($0) and no explanation" }
            ?? "the provider reported an error without an explanation"
        let failure = Failure(
            kind, explanation, side: .provider, phase: phase, status: clientStatus(kind, status),
            providerStatus: status, code: found.code, type: found.type, parameter: found.parameter,
            retryAfter: retryAfter ?? found.retryAfter)
        return phase == .afterOutput ? failure.afterOutput() : failure
    }

    // MARK: - What the error means

    private static func kind(status: Int?, _ found: Found) -> Failure.Kind {
        // Google refuses a wrong key with 400.
        if found.code == "API_KEY_INVALID" { return .authentication }
        switch status {
        case 400, 413, 422:
            if isContextLength(found) { return .contextLength }
            if isCreditUsedUp(found) { return .quotaExhausted }
            if isContentPolicy(found) { return .contentBlocked }
            return status == 413 ? .tooLarge : .invalidRequest
        case 401: return .authentication
        case 402: return .quotaExhausted
        case 403: return isContentPolicy(found) ? .contentBlocked : .permission
        case 404: return .notFound
        case 405: return .methodNotAllowed
        case 408, 504, 524: return .timeout
        case 429: return isQuota(found.code) ? .quotaExhausted : .rateLimited
        case 503, 529: return .overloaded
        case .some(400..<500): return .invalidRequest
        case .some(500..<600), .none: return .providerError
        case .some: return .invalidResponse
        }
    }

    /// The status a client gets: the provider's own 4xx as they are, the rest after its kind.
    private static func clientStatus(_ kind: Failure.Kind, _ status: Int?) -> Int? {
        guard let status, (400..<500).contains(status), status != 408, status != 499 else { return nil }
        return status
    }

    /// The status that a code or type stands for, where the error came without one.
    private static func status(ofCode code: String?) -> Int? {
        switch code {
        case "context_length_exceeded", "invalid_request_error", "BadRequestError", "content_filter", "invalid_prompt",
            "image_content_policy_violation", "bio_policy", "misalignment_policy_violation":
            400
        case "INVALID_ARGUMENT", "FAILED_PRECONDITION", "OUT_OF_RANGE", "API_KEY_INVALID": 400
        case "UNAUTHENTICATED": 401
        case "PERMISSION_DENIED": 403
        case "NOT_FOUND": 404
        case "RESOURCE_EXHAUSTED": 429
        case "INTERNAL", "UNKNOWN", "DATA_LOSS": 500
        case "UNAVAILABLE": 503
        case "DEADLINE_EXCEEDED": 504
        case "invalid_api_key", "authentication_error": 401
        case "insufficient_quota", "rate_limit_exceeded", "rate_limit_error", "requests", "tokens",
            "usage_limit_reached":
            429
        case "billing_error": 402
        case "permission_error": 403
        case "model_not_found", "not_found_error", "NotFoundError": 404
        case "request_too_large": 413
        case "server_error": 500
        case "timeout_error", "vector_store_timeout": 504
        case "overloaded_error", "overloaded", "service_unavailable", "server_is_overloaded", "slow_down": 503
        default: nil
        }
    }

    private static func isContextLength(_ found: Found) -> Bool {
        if found.code == "context_length_exceeded" || found.type == "exceed_context_size_error" { return true }
        guard let message = found.message?.prefix(2048).lowercased() else { return false }
        let phrases = [
            "context length", "context window", "maximum context", "context size", "prompt is too long",
            "too many tokens", "maximum number of tokens", "input is too long", "exceeds the maximum tokens",
            "exceed context limit",
        ]
        return phrases.contains { message.contains($0) }
    }

    /// Anthropic's words for an account without credit, which come as a malformed request's.
    private static func isCreditUsedUp(_ found: Found) -> Bool {
        found.message?.prefix(256).lowercased().contains("credit balance is too low") ?? false
    }

    private static func isQuota(_ code: String?) -> Bool {
        code == "insufficient_quota" || code == "enforced_spend_limit_reached"
    }

    private static func isContentPolicy(_ found: Found) -> Bool {
        switch found.code ?? found.type {
        case "content_filter", "content_policy_violation", "moderation_blocked", "image_content_policy_violation",
            "bio_policy", "misalignment_policy_violation":
            true
        default: false
        }
    }

    // MARK: - What the body says

    static func read(_ body: [UInt8]) -> Found {
        let first = body.first { !isBlank($0) }
        if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") || first == UInt8(ascii: "\"") {
            if let document = try? JSONDocument(parsing: body) { return document.withRoot(read) }
        }
        if first == UInt8(ascii: "<") { return Found(message: textOfHTML(body)) }
        let text = SafeText.message(utf8: Array(body.prefix(plainTextBytesMax * 2)), bytesMax: plainTextBytesMax)
        return Found(message: trimmed(text))
    }

    static func read(_ value: JSONCursor) -> Found {
        if let text = value.string { return Found(message: text) }
        if value.isArray { return value[0].map(read) ?? Found() }
        guard value.isObject else { return Found() }
        var found = Found()
        if let error = present(value["error"]) {
            found = read(error)
            // Some put the words of the status into `error`, and the explanation beside it.
            if error.isString, let message = value["message"]?.string { found.message = message }
        } else if let errors = value["errors"], errors.count > 0 {
            found = read(errors)
        }
        found.message = found.message ?? message(value)
        found.type = found.type ?? value["type"]?.string ?? value["status"]?.string
        found.parameter = found.parameter ?? value["param"]?.string
        if let code = value["code"] {
            if let number = code.int {
                if (400..<600).contains(number) { found.status = found.status ?? number }
                readGoogleDetails(value, &found)
                found.code = found.code ?? String(number)
            } else {
                found.code = found.code ?? code.string
            }
        }
        // ChatGPT's, where a subscription's share is used up: `usage_limit_reached` (github.com/openai/codex,
        // `codex-rs/core/src/client.rs`, `UsageErrorResponse`).
        if let seconds = value["resets_in_seconds"]?.int, (0...31_536_000).contains(seconds) {
            found.retryAfter = found.retryAfter ?? .seconds(seconds)
        }
        // Anthropic's, and lip's own in that dialect.
        found.code = found.code ?? value["details"]?["error_code"]?.string
        if let status = value["status"]?.int ?? value["status_code"]?.int, (400..<600).contains(status) {
            found.status = found.status ?? status
        }
        return found
    }

    /// Reads the details of Google's envelope (https://cloud.google.com/apis/design/errors#error_details): the reason,
    /// which tells more than the number, the field and the delay.
    private static func readGoogleDetails(_ value: JSONCursor, _ found: inout Found) {
        guard let status = value["status"], status.isString, let details = value["details"] else { return }
        for detail in details.elements {
            if let reason = detail["reason"]?.string { found.code = found.code ?? reason }
            if let delay = detail["retryDelay"] { found.retryAfter = found.retryAfter ?? duration(delay) }
            if let field = detail["fieldViolations"]?[0]?["field"]?.string, !field.isEmpty {
                found.parameter = found.parameter ?? field
            }
        }
    }

    /// A duration as protocol buffers spell it in JSON: seconds with a fraction and an `s`.
    private static func duration(_ value: JSONCursor) -> Duration? {
        guard let text = value.string, text.last == "s", let seconds = Double(text.dropLast()), seconds >= 0,
            seconds < 1e9
        else { return nil }
        return .milliseconds(Int((seconds * 1000).rounded(.up)))
    }

    private static func message(_ value: JSONCursor) -> String? {
        if let message = value["message"] {
            // OpenRouter wraps the words of the provider behind it.
            if let text = message.string {
                guard let inner = value["metadata"]?["raw"]?.string, !inner.isEmpty else { return text }
                return "\(text): \(inner)"
            }
            if message.isObject { return read(message).message }
        }
        if let detail = value["detail"] ?? value["details"] {
            if let text = detail.string { return text }
            if detail.isObject { return read(detail).message }
            let problems = detail.elements.prefix(8).compactMap(validationProblem)
            if !problems.isEmpty { return problems.joined(separator: "; ") }
        }
        return value["msg"]?.string ?? value["error_message"]?.string ?? value["title"]?.string
    }

    /// One element of FastAPI's list: where, and what.
    private static func validationProblem(_ value: JSONCursor) -> String? {
        guard let text = value.string ?? value["msg"]?.string ?? value["message"]?.string else { return nil }
        let location = (value["loc"]?.elements.map { $0.string ?? String(decoding: $0.raw, as: UTF8.self) } ?? [])
            .joined(separator: ".")
        return location.isEmpty ? text : "\(location): \(text)"
    }

    private static func present(_ value: JSONCursor?) -> JSONCursor? {
        guard let value, !value.isNull, value.kind != .false else { return nil }
        return value
    }

    /// The title of a page, else its text without tags.
    private static func textOfHTML(_ body: [UInt8]) -> String? {
        let page = body.prefix(64 * 1024)
        var text: [UInt8] = []
        var title: [UInt8]?
        var index = page.startIndex
        while index < page.endIndex {
            guard page[index] == UInt8(ascii: "<") else {
                text.append(page[index])
                index += 1
                continue
            }
            let end = page[index...].firstIndex(of: UInt8(ascii: ">")) ?? page.endIndex - 1
            let tag = page[(index + 1)...].prefix(7).map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
            if tag.starts(with: "title".utf8) {
                title = Array(page[(end + 1)...].prefix { $0 != UInt8(ascii: "<") })
            }
            let hidden: [UInt8]? =
                tag.starts(with: "style".utf8)
                ? Array("</style".utf8) : tag.starts(with: "script".utf8) ? Array("</script".utf8) : nil
            index = end + 1
            if let hidden {
                while index < page.endIndex, !page[index...].starts(with: hidden) { index += 1 }
            }
            text.append(UInt8(ascii: " "))
        }
        return [title, text].lazy.compactMap { $0 }.map { words in
            trimmed(SafeText.message(utf8: collapsed(words), bytesMax: plainTextBytesMax))
        }.first { $0 != nil } ?? nil
    }

    /// The bytes with each run of white space made one blank.
    private static func collapsed(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for byte in bytes {
            if !isBlank(byte) {
                result.append(byte)
            } else if let last = result.last, last != UInt8(ascii: " ") {
                result.append(UInt8(ascii: " "))
            }
        }
        return result
    }

    private static func trimmed(_ text: String) -> String? {
        let characters = text.drop(while: \.isWhitespace)
        guard let last = characters.lastIndex(where: { !$0.isWhitespace }) else { return nil }
        return String(characters[...last])
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (0x09...0x0D).contains(byte)
    }
}
