/// Something wrong, or doubtful, with the configuration, at its place.
struct ConfigurationIssue: Error, Hashable, Sendable {
    /// How bad it is.
    enum Severity: String, Sendable {
        /// lip does not start.
        case error
        /// lip starts, and something will not work as it looks.
        case warning
    }

    var severity: Severity
    /// Nil for what does not stand in a file: an environment variable, a missing file.
    var mark: YAMLMark?
    /// The key it is about, such as `backends[0].base_url`; empty for the whole file.
    var path: String
    /// What is wrong and what was expected, without any secret.
    var message: String
    /// What to write instead, where a good guess exists.
    var suggestion: String?

    /// One line: `file:line:column: error: path: message; suggestion`.
    func line(file: String?) -> String {
        var place = file.map { "\($0):" } ?? ""
        if let mark, file != nil { place += "\(mark.line):\(mark.column):" }
        if !place.isEmpty { place += " " }
        let subject = path.isEmpty ? "" : "\(path): "
        return "\(place)\(severity.rawValue): \(subject)\(message)" + (suggestion.map { "; \($0)" } ?? "")
    }
}

/// Collects issues while a file is read, so that all of them are told at once.
///
/// Owned by the one call that loads a configuration; not shared.
final class IssueLog {
    /// More than a person reads; a file that is another format altogether would produce thousands.
    static let countMax = 200

    private(set) var issues: [ConfigurationIssue] = []

    var hasErrors: Bool { issues.contains { $0.severity == .error } }

    /// The issues in the order of the file, those without a place first.
    var sorted: [ConfigurationIssue] {
        issues.enumerated().sorted { left, right in
            let first = left.element.mark ?? YAMLMark(line: 0, column: 0)
            let second = right.element.mark ?? YAMLMark(line: 0, column: 0)
            return first == second ? left.offset < right.offset : first < second
        }.map(\.element)
    }

    func error(_ message: String, path: String, at mark: YAMLMark?, suggestion: String? = nil) {
        add(.error, message, path: path, at: mark, suggestion: suggestion)
    }

    func warning(_ message: String, path: String, at mark: YAMLMark?, suggestion: String? = nil) {
        add(.warning, message, path: path, at: mark, suggestion: suggestion)
    }

    private func add(
        _ severity: ConfigurationIssue.Severity, _ message: String, path: String, at mark: YAMLMark?,
        suggestion: String?
    ) {
        guard issues.count < Self.countMax else { return }
        let issue = ConfigurationIssue(
            severity: severity, mark: mark, path: path, message: message, suggestion: suggestion)
        // An anchored mapping that is used twice would tell its mistakes twice.
        if !issues.contains(where: { $0.mark != nil && $0.mark == issue.mark && $0.message == message }) {
            issues.append(issue)
        }
    }
}
