/// What the path of a Gemini request names where nothing is called: the models, or one of them.
package enum GeminiResource: Sendable, Equatable {
    case models
    /// The model as the client named it, decoded; may hold slashes and colons.
    case model(String)

    /// Reads a request's path without its query, such as `/v1beta/models/gemini-2.5-pro`; nil where it is not of this form.
    package init?(_ path: some StringProtocol) {
        guard path.utf8.first == UInt8(ascii: "/"), let decoded = GeminiPath.decoded(path.dropFirst()),
            let slash = decoded.firstIndex(of: "/"), GeminiPath.versions.contains(String(decoded[..<slash]))
        else { return nil }
        let rest = decoded[slash...]
        if rest == "/models" {
            self = .models
        } else if rest.hasPrefix("/models/"), rest.utf8.count > 8 {
            self = .model(String(rest.dropFirst(8)))
        } else {
            return nil
        }
    }
}
