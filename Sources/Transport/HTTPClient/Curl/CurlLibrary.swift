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

    /// Whether the version at hand does not send an HTTP/2 stream's reset when the transfer is ended: 7.88.0 to 8.14.
    static let holdsResetsBack: Bool = {
        (0x075800..<0x080F00).contains(lip_curl_version_number())
    }()
}
