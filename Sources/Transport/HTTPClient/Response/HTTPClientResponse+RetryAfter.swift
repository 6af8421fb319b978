import CCurl
import Glibc

extension HTTPClientResponse {
    /// How long the provider asks to wait before the next request; nil without a usable wish.
    ///
    /// `retry-after-ms` (OpenAI, Azure) is finer and wins; `Retry-After` is a number of seconds or an HTTP date (RFC 9110,
    /// 10.2.3), which is compared with the wall clock. A date that has passed is a wish for zero.
    package var retryAfter: Duration? {
        if let text = headers.first("retry-after-ms"), let milliseconds = Double(text), milliseconds >= 0,
            milliseconds < 1e12
        {
            return .milliseconds(Int64(milliseconds.rounded(.up)))
        }
        guard let text = headers.first("retry-after") else { return nil }
        if let seconds = Double(text), seconds >= 0, seconds < 1e9 {
            return .milliseconds(Int64((seconds * 1000).rounded(.up)))
        }
        let date = curl_getdate(text, nil)
        guard date >= 0 else { return nil }
        return .seconds(max(0, Int64(date) - Int64(time(nil))))
    }
}
