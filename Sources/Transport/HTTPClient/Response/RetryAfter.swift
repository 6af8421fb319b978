import CCurl

/// How long a provider asks to wait before the next request.
enum RetryAfter {
    /// The longest wait that is told apart from others: about what a date at the end of the year 9999 asks for.
    ///
    /// Longer ones count as this one: a provider that asks for too much does not ask for nothing.
    static let delayMax = Duration.seconds(8_000 * 366 * 86_400)

    /// What an answer's fields ask for; nil without a usable wish.
    ///
    /// `retry-after-ms` (OpenAI, Azure) is finer and wins. `Retry-After` is a number of seconds or an HTTP date (RFC 9110,
    /// 10.2.3), which is compared with the wall clock; a date that has passed is a wish for zero. Some providers send a
    /// fraction of a second, which the RFC does not know, after a point.
    ///
    /// - Parameter now: the wall clock, in seconds since the Unix epoch.
    static func delay(in headers: HTTPHeaders, at now: Int64) -> Duration? {
        if let text = headers.first("retry-after-ms"), let delay = delay(of: text, unit: .milliseconds(1)) {
            return delay
        }
        guard let text = headers.first("retry-after") else { return nil }
        return delay(of: text, unit: .seconds(1)) ?? delay(until: text, from: now)
    }

    /// Digits, and perhaps a point and further digits; neither sign nor exponent nor another base.
    private static func delay(of text: String, unit: Duration) -> Duration? {
        func isDigits(_ text: some StringProtocol) -> Bool {
            !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        // Decimals of digits alone are always a number, which is infinite where there are too many of them.
        guard parts.allSatisfy(isDigits), let count = Double(text) else { return nil }
        let milliseconds = (count * (unit / .milliseconds(1))).rounded(.up)
        guard milliseconds < delayMax / .milliseconds(1) else { return delayMax }
        return .milliseconds(Int64(milliseconds))
    }

    /// Each of the three forms of an HTTP date begins with the name of a day (RFC 9110, 5.6.7); libcurl reads much more.
    private static func delay(until text: String, from now: Int64) -> Duration? {
        guard let first = text.utf8.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first & ~0x20) else {
            return nil
        }
        let date = Int64(curl_getdate(text, nil))
        guard date >= 0 else { return nil }
        return min(.seconds(max(0, date - now)), delayMax)
    }
}
