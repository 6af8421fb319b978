import Transport

/// Picks what a client may see of a provider's response head: its rate limits, timings and request id.
///
/// Everything else (cookies, caching, framing, server names, the organisation and project that lip's own key belongs to) is
/// between lip and the provider. Source of the names: OpenAI
/// API reference, "Debugging requests".
enum CarriedHeaders {
    /// Where the provider's own request id goes: `x-request-id` is lip's.
    static let requestID = "x-lip-upstream-request-id"

    static func append(_ source: HTTPHeaders, to target: inout HTTPHeaders) {
        for position in 0..<source.count {
            let name = source.nameBytes(at: position)
            if name.count == 12 && starts(name, "x-request-id") || name.count == 16 && starts(name, "x-amzn-requestid")
            {
                target.append(name: requestID.utf8, value: source.valueBytes(at: position))
            } else if starts(name, "x-ratelimit-") || starts(name, "openai-processing-ms")
                || starts(name, "openai-version") || starts(name, "x-lip-upstream-")
            {
                target.append(name: name, value: source.valueBytes(at: position))
            }
        }
    }

    private static func starts(_ name: ArraySlice<UInt8>, _ prefix: StaticString) -> Bool {
        prefix.withUTF8Buffer { prefix in
            guard name.count >= prefix.count else { return false }
            for offset in 0..<prefix.count where name[name.startIndex + offset] | 0x20 != prefix[offset] | 0x20 {
                return false
            }
            return true
        }
    }
}
