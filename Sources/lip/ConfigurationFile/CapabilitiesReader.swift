import Routing

/// Reads lists of capabilities.
struct CapabilitiesReader {
    let context: ReadingContext

    /// What a member says of capabilities: a list of all that there are, or a mapping with what is otherwise than known
    /// (`has`, `lacks`); nil where it is absent.
    func rule(_ section: SectionReader, _ key: String) -> CapabilityRule? {
        guard case .mapping = section.node(key)?.content, let inner = section.section(key) else {
            return read(section, key).map { .exactly($0) }
        }
        let has = read(inner, "has") ?? []
        let lacks = read(inner, "lacks") ?? []
        inner.finish()
        let both = has.intersection(lacks)
        if !both.isEmpty {
            context.log.error(
                "\(both.names.joined(separator: ", ")) cannot be there and lacking", path: inner.path, at: inner.mark)
        }
        return .correcting(has: has, lacks: lacks)
    }

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
