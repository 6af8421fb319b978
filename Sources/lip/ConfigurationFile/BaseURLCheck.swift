import Gateway

/// Decides whether a `base_url` may be used, and brings it into the form that paths are appended to.
enum BaseURLCheck {
    /// The URL without a trailing slash; nil, and an issue, when it cannot be used.
    static func checked(_ text: LocatedText, log: IssueLog) -> String? {
        var url = text.text.trimmed
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            log.error(
                "expected an http or https URL, found \(text.shown)", path: text.path, at: text.node.mark)
            return nil
        }
        while url.hasSuffix("/") { url.removeLast() }
        return url
    }
}
