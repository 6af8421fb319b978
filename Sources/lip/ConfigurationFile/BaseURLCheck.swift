import Gateway
import Transport

/// Decides whether a `base_url` may be used, and brings it into the form that paths are appended to.
enum BaseURLCheck {
    /// Why a URL cannot be used; the message holds no part of it but scheme and host.
    struct Refusal: Error, Hashable {
        var message: String
        var suggestion: String?
        /// Whether the message may quote the host, and with it a secret in another spelling.
        var mayQuote = false
    }

    /// The URL without a trailing slash; nil, and an issue, when it cannot be used.
    ///
    /// No message holds the URL itself: people write credentials into it.
    static func checked(_ text: LocatedText, kind: BackendKind, log: IssueLog) -> String? {
        do {
            return try normalized(text.text, kind: kind)
        } catch {
            let isHidden = error.mayQuote && text.isInterpolated
            log.error(
                isHidden ? "not a usable URL with its secrets filled in" : error.message, path: text.path,
                at: text.node.mark, suggestion: error.suggestion)
            return nil
        }
    }

    /// The same for a URL from elsewhere.
    static func normalized(_ text: String, kind: BackendKind) throws(Refusal) -> String {
        var url = text.trimmed
        let parsed: UpstreamURL
        do throws(UpstreamURL.Refusal) {
            parsed = try UpstreamURL(url)
        } catch {
            throw Refusal(message: error.message, mayQuote: true)
        }
        guard !parsed.target.contains("?") else { throw Refusal(message: "a base URL must not have a query") }
        while url.hasSuffix("/") { url.removeLast() }
        if url.hasSuffix(kind.chatPath) {
            throw Refusal(
                message: "the base URL ends before \(kind.chatPath), which lip appends", suggestion: "cut it off")
        }
        return url
    }
}
