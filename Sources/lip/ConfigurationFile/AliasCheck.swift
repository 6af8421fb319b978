import Gateway
import Routing

/// Finds aliases that hide something: another alias, a backend's own names, a logical model.
struct AliasCheck {
    let log: IssueLog
    let configuration: Configuration
    let patterns: [LocatedText]
    /// Where the names of the logical models stand.
    let modelMarks: [YAMLMark]
    let aliases: ModelAliases

    /// Warns about everything hidden.
    func run() {
        for index in patterns.indices { checkShadowing(index) }
        for backend in configuration.backends { checkBackend(backend) }
        for (index, model) in configuration.models.enumerated() { checkModel(index, model) }
    }

    private func checkShadowing(_ index: Int) {
        let pattern = patterns[index]
        if let first = patterns[..<index].first(where: { $0.text == pattern.text }) {
            return hidden(index, by: patterns.firstIndex { $0.text == first.text } ?? 0)
        }
        // Only a pattern for exactly one text can be tried as a text itself.
        guard let text = Self.onlyText(of: pattern.text), let rule = aliases.rewrite(text).rule, rule < index else {
            return
        }
        hidden(index, by: rule)
    }

    private func hidden(_ index: Int, by other: Int) {
        log.warning(
            "never applies: model_aliases[\(other)] in line \(patterns[other].node.mark.line) matches first",
            path: "model_aliases[\(index)]", at: patterns[index].node.mark)
    }

    private func checkBackend(_ backend: BackendConfiguration) {
        let names = backend.models.isEmpty ? [backend.defaultModel] : backend.models.map(\.name)
        for name in names {
            let text = "\(backend.id):\(name)"
            guard let rule = aliases.rewrite(text).rule else { continue }
            log.warning(
                "also rewrites \(quoted(text)), a model that the backend \(quoted(backend.id)) is asked for by name",
                path: patterns[rule].path, at: patterns[rule].node.mark,
                suggestion: "bind the pattern with ^ and $ if that is not meant")
            return
        }
    }

    private func checkModel(_ index: Int, _ model: LogicalModel) {
        let rewriting = aliases.rewrite(model.name)
        // One that makes the same name of it, such as a rule about upper case, leads on to it.
        guard let rule = rewriting.rule, rewriting.text != model.name else { return }
        log.warning(
            "never applies: model_aliases[\(rule)] in line \(patterns[rule].node.mark.line) matches the name first",
            path: "models.\(model.name)", at: modelMarks[index])
    }

    /// The text that an anchored pattern without operators matches, such as `fast` for `^fast$`.
    private static func onlyText(of pattern: String) -> String? {
        guard pattern.hasPrefix("^"), pattern.hasSuffix("$") else { return nil }
        let inner = pattern.dropFirst().dropLast()
        guard !inner.isEmpty, !inner.contains(where: { "\\^$.|?*+()[]{}".contains($0) }) else { return nil }
        return String(inner)
    }
}
