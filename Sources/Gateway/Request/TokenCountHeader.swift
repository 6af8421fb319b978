import Routing
import Transport

/// Tells a client that a count of tokens is lip's own estimate, and how it was made.
enum TokenCountHeader {
    /// The field of the answer's head; missing where the provider counted.
    static let name = "x-lip-token-count"

    static func mark(_ method: TokenEstimate.Method, in headers: inout HTTPHeaders) {
        headers.append(name, "estimated; method=\(word(method))")
    }

    private static func word(_ method: TokenEstimate.Method) -> String {
        switch method {
        case .bytes: "bytes"
        }
    }
}
