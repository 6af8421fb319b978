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
    /// The file it stands in, where it is another than the configuration's own.
    var file: String?
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
        let file = self.file ?? file
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
    private let file: String?
    /// The files in which something was found, in order.
    private var files: [String] = []

    /// - Parameter file: The file that is read, where it is another than the configuration's own.
    init(file: String? = nil) {
        self.file = file
    }

    var hasErrors: Bool { issues.contains { $0.severity == .error } }

    /// Takes over what was found in another file.
    func include(_ other: IssueLog) {
        for issue in other.issues {
            if let file = issue.file, !files.contains(file) { files.append(file) }
            add(issue)
        }
    }

    /// The issues in the order of the file, those without a place first, and those of other files last.
    var sorted: [ConfigurationIssue] {
        issues.enumerated().sorted { left, right in
            let leftFile = left.element.file.flatMap(files.firstIndex) ?? -1
            let rightFile = right.element.file.flatMap(files.firstIndex) ?? -1
            if leftFile != rightFile { return leftFile < rightFile }
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
        add(
            ConfigurationIssue(
                severity: severity, file: file, mark: mark, path: path, message: message, suggestion: suggestion))
    }

    private func add(_ issue: ConfigurationIssue) {
        guard issues.count < Self.countMax else { return }
        // An anchored mapping that is used twice would tell its mistakes twice.
        let isKnown = issues.contains {
            $0.mark != nil && $0.mark == issue.mark && $0.file == issue.file && $0.message == issue.message
        }
        if !isKnown { issues.append(issue) }
    }
}
