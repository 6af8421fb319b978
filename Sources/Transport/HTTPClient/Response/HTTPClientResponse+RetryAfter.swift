import Glibc

extension HTTPClientResponse {
    /// How long the provider asks to wait before the next request; nil without a usable wish.
    package var retryAfter: Duration? {
        RetryAfter.delay(in: headers, at: Int64(time(nil)))
    }
}
