import Runtime

/// What all readers of one file share: the issues found, the way to secrets, and the secrets that went into plain texts.
///
/// Owned by the one call that loads a configuration; not shared.
final class ReadingContext {
    let log: IssueLog
    let host: HostAccess
    /// Secrets that became part of values which are not credentials, and which must be cut out of what is printed.
    private(set) var interpolatedSecrets: [Secret] = []

    /// - Parameter file: The file that is read, where it is another than the configuration's own.
    init(host: HostAccess, file: String? = nil) {
        self.host = host
        log = IssueLog(file: file)
    }

    /// Takes over what was found in another file.
    func include(_ other: ReadingContext) {
        log.include(other.log)
        interpolatedSecrets += other.interpolatedSecrets
    }

    /// A text with its secrets filled in, never empty; nil, and an issue, for anything else.
    func text(_ node: YAMLNode, path: String) -> LocatedText? {
        guard let expansion = expand(node, path: path, isCredential: false) else { return nil }
        interpolatedSecrets += expansion.secrets
        return LocatedText(text: expansion.text, node: node, path: path, isInterpolated: !expansion.secrets.isEmpty)
    }

    /// A text that is a credential as a whole, blanks around it left out.
    func secret(_ node: YAMLNode, path: String) -> Secret? {
        guard let expansion = expand(node, path: path, isCredential: true) else { return nil }
        let trimmed = expansion.text.trimmed
        guard !trimmed.isEmpty else {
            log.error("is blank", path: path, at: node.mark)
            return nil
        }
        guard trimmed.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            log.error("holds a control character", path: path, at: node.mark)
            return nil
        }
        return Secret(trimmed)
    }

    /// Reports a value of the wrong type; its text is told only where it cannot be a credential.
    func wrong(
        _ node: YAMLNode, path: String, expected: String, tellsValue: Bool = false, suggestion: String? = nil
    ) {
        let found = tellsValue ? node.valueDescription : node.kindDescription
        log.error("expected \(expected), found \(found)", path: path, at: node.mark, suggestion: suggestion)
    }

    private func expand(_ node: YAMLNode, path: String, isCredential: Bool) -> SecretReference.Expansion? {
        guard case .scalar(let scalar) = node.content else {
            wrong(node, path: path, expected: "text")
            return nil
        }
        switch scalar.resolved {
        case .null:
            wrong(node, path: path, expected: "text", suggestion: "leave the key out to use its default")
            return nil
        case .bool, .number:
            wrong(
                node, path: path, expected: "text", tellsValue: !isCredential,
                suggestion: isCredential ? "write it in quotes" : "did you mean \(quoted(scalar.text)), in quotes?")
            return nil
        case .string: break
        }
        guard !scalar.text.trimmed.isEmpty else {
            log.error("expected text, found an empty one", path: path, at: node.mark)
            return nil
        }
        var isWhole = true
        let expansion = SecretReference(host: host).expand(scalar.text) { failure in
            isWhole = false
            log.error(failure.message, path: path, at: node.mark(atCharacter: failure.character))
        }
        return isWhole ? expansion : nil
    }
}

/// A text of the file, and where it stands.
struct LocatedText {
    var text: String
    var node: YAMLNode
    var path: String
    /// Whether a secret went into it, so that it must not be quoted in a message.
    var isInterpolated: Bool

    /// The text in quotes for a message, or a stand-in when a secret went into it.
    var shown: String { isInterpolated ? "a text with a secret in it" : quoted(text) }

    /// Where a character of the text stands, as exactly as is known.
    func mark(atCharacter offset: Int) -> YAMLMark {
        isInterpolated ? node.mark : node.mark(atCharacter: offset)
    }
}

extension String {
    /// Without the blanks at both ends.
    var trimmed: String {
        guard let start = unicodeScalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let end = unicodeScalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(unicodeScalars[start...end])
    }
}
