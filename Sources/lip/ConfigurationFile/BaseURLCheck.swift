import Gateway
import Transport

/// Decides whether a `base_url` may be used, and brings it into the form that paths are appended to.
enum BaseURLCheck {
    /// The URL without a trailing slash; nil, and an issue, when it cannot be used.
    ///
    /// No message holds the URL itself: people write credentials into it.
    static func checked(_ text: LocatedText, kind: BackendKind, log: IssueLog) -> String? {
        var url = text.text.trimmed
        do throws(UpstreamURL.Refusal) {
            let parsed = try UpstreamURL(url)
            guard !parsed.target.contains("?") else {
                log.error("a base URL must not have a query", path: text.path, at: text.node.mark)
                return nil
            }
        } catch {
            // The reason may quote the host, and with it a secret in another spelling.
            let message = text.isInterpolated ? "not a usable URL with its secrets filled in" : error.message
            log.error(message, path: text.path, at: text.node.mark)
            return nil
        }
        while url.hasSuffix("/") { url.removeLast() }
        if url.hasSuffix(kind.chatPath) {
            log.error(
                "the base URL ends before \(kind.chatPath), which lip appends", path: text.path, at: text.node.mark,
                suggestion: "cut it off")
            return nil
        }
        return url
    }
}
