import Gateway
import Runtime

/// A configuration as far as it could be read, and everything that is wrong or doubtful about it.
struct LoadedConfiguration {
    var configuration = Configuration()
    /// In the order of the file.
    var issues: [ConfigurationIssue] = []

    /// Whether lip can start with it.
    var isUsable: Bool { !issues.contains { $0.severity == .error } }
    var errors: [ConfigurationIssue] { issues.filter { $0.severity == .error } }
    var warnings: [ConfigurationIssue] { issues.filter { $0.severity == .warning } }
}

/// Finds, reads and checks the configuration.
enum ConfigurationFile {
    /// Read when the command line names no other, if it exists.
    static let defaultPath = "./config/config.yaml"

    /// Loads the named file, or the default one; without any, lip configures itself from the environment.
    ///
    /// Never fails: what is wrong is among the issues.
    static func load(path: String?, host: HostAccess) -> LoadedConfiguration {
        let name = path ?? defaultPath
        do {
            let bytes = try host.readFile(name, YAMLLimits().documentBytesMax)
            return read(bytes, name: name, host: host)
        } catch {
            if path == nil, error.isMissing { return withoutFile(host: host) }
            var result = LoadedConfiguration()
            result.configuration.path = name
            result.issues = [
                ConfigurationIssue(
                    severity: .error, mark: nil, path: "", message: "cannot read the configuration: \(error.reason)")
            ]
            return result
        }
    }

    /// Reads the text of a file; the name is for messages.
    static func read(_ bytes: [UInt8], name: String, host: HostAccess) -> LoadedConfiguration {
        let context = ReadingContext(host: host)
        var configuration = Configuration()
        configuration.path = name
        do {
            let start = YAMLMark(line: 1, column: 1)
            let root = try YAMLParser.parse(bytes) ?? YAMLNode(mapping: [], mark: start)
            switch root.content {
            case .mapping(let pairs):
                let section = SectionReader(pairs, path: "", mark: root.mark, context: context)
                ConfigurationReader(context: context).read(section, into: &configuration)
            case .scalar where root.isNull:
                let section = SectionReader([], path: "", mark: start, context: context)
                ConfigurationReader(context: context).read(section, into: &configuration)
            default: context.wrong(root, path: "", expected: "a mapping with sections such as server and backends")
            }
        } catch {
            context.log.error(error.message, path: "", at: error.mark)
        }
        return finished(configuration, context)
    }

    /// The configuration of a start without a file.
    static func withoutFile(host: HostAccess) -> LoadedConfiguration {
        let context = ReadingContext(host: host)
        var configuration = Configuration()
        let section = SectionReader([], path: "", mark: YAMLMark(line: 1, column: 1), context: context)
        ConfigurationReader(context: context).read(section, into: &configuration)
        return finished(configuration, context)
    }

    private static func finished(_ configuration: Configuration, _ context: ReadingContext) -> LoadedConfiguration {
        var configuration = configuration
        configuration.interpolatedSecrets = context.interpolatedSecrets
        var issues = context.log.sorted
        for index in issues.indices {
            issues[index].message = configuration.shown(issues[index].message)
            issues[index].suggestion = issues[index].suggestion.map(configuration.shown)
            issues[index].path = configuration.shown(issues[index].path)
            // Without a file there are no places in it.
            if configuration.path == nil, issues[index].file == nil { issues[index].mark = nil }
        }
        return LoadedConfiguration(configuration: configuration, issues: issues)
    }
}
