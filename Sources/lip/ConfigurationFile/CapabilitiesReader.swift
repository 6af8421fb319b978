import Routing

/// Reads lists of capabilities.
struct CapabilitiesReader {
    let context: ReadingContext

    /// The capabilities that a member names; nil where it is absent.
    ///
    /// An empty list names none.
    func read(_ section: SectionReader, _ key: String) -> Capabilities? {
        guard let items = section.list(key) else { return nil }
        var capabilities: Capabilities = []
        for (path, node) in items {
            guard let text = context.text(node, path: path) else { continue }
            if let capability = Capabilities(name: text.text) {
                capabilities.insert(capability)
            } else {
                context.log.error(
                    "unknown capability \(text.shown)", path: path, at: node.mark,
                    suggestion: Suggestion.didYouMean(text.text, among: Capabilities.allNames)
                        ?? "one of \(Capabilities.allNames.joined(separator: ", "))")
            }
        }
        return capabilities
    }
}
