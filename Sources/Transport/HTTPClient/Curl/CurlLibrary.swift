import CCurl
import Glibc

/// What the process does once before it uses libcurl.
enum CurlLibrary {
    /// Initialises libcurl and ignores `SIGPIPE`, which OpenSSL's writes to a closed connection would raise: with
    /// `CURLOPT_NOSIGNAL` libcurl does not touch signals, and leaves that to the process.
    static let initialized: Bool = {
        signal(SIGPIPE, SIG_IGN)
        let result = curl_global_init(Int(CURL_GLOBAL_ALL))
        precondition(result == CURLE_OK, "curl_global_init failed")
        return true
    }()
}
