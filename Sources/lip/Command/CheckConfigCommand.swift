import Gateway

/// `lip check-config`: everything that is wrong or doubtful, at once.
struct CheckConfigCommand {
    let streams: CommandStreams

    func run(_ loaded: LoadedConfiguration, writesJSON: Bool) -> LipCommand.ExitCode {
        if writesJSON {
            streams.writeLine(Self.report(loaded).pretty)
        } else {
            writeText(loaded)
        }
        return loaded.isUsable ? .success : .failure
    }

    private func writeText(_ loaded: LoadedConfiguration) {
        for issue in loaded.issues { streams.writeErrorLine(issue.line(file: loaded.configuration.path)) }
        if loaded.configuration.path == nil {
            streams.writeErrorLine("no configuration file: the environment decides")
        }
        if loaded.isUsable {
            streams.writeLine("configuration is valid")
        } else {
            let counts =
                Self.count(loaded.errors.count, "error") + Self.count(loaded.warnings.count, "warning", prefix: ", ")
            streams.writeErrorLine("configuration invalid: \(counts)")
        }
    }

    private static func count(_ number: Int, _ noun: String, prefix: String = "") -> String {
        number == 0 ? "" : "\(prefix)\(number) \(noun)\(number == 1 ? "" : "s")"
    }

    private static func report(_ loaded: LoadedConfiguration) -> JSONText {
        func list(_ issues: [ConfigurationIssue]) -> JSONText {
            .array(
                issues.map { issue in
                    .object([
                        "file": issue.file.map { .string($0) },
                        "path": .string(issue.path),
                        "line": issue.mark.map { .int($0.line) },
                        "column": issue.mark.map { .int($0.column) },
                        "message": .string(issue.message),
                        "suggestion": issue.suggestion.map { .string($0) },
                    ])
                })
        }
        return .object([
            "valid": .bool(loaded.isUsable),
            "file": loaded.configuration.path.map { .string($0) } ?? .null,
            "errors": list(loaded.errors),
            "warnings": list(loaded.warnings),
        ])
    }
}
