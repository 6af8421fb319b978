/// One named profile of the files that Amazon's command line and libraries share.
///
/// `credentials` has a section `[name]`, `config` a section `[profile name]` or `[default]`; where both say something,
/// `credentials` wins. Lines are `key = value`; those that begin with `#` or `;` are comments, indented ones belong to the
/// key before them and are none of lip's.
/// Source: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html.
struct AWSProfile {
    /// A shared file may hold this much.
    static let fileBytesMax = 1 << 20

    let name: String
    private let settings: [String: String]

    /// Reads a profile; nil where no file has it.
    ///
    /// Files that are missing say nothing.
    init?(_ name: String, host: HostAccess) throws(FileReadError) {
        var settings: [String: String] = [:]
        var isFound = false
        for (path, isConfig) in Self.paths(host) {
            let bytes: [UInt8]
            do {
                bytes = try host.readFile(path, Self.fileBytesMax)
            } catch {
                if error.isMissing { continue }
                throw FileReadError(reason: "\(path): \(error.reason)")
            }
            guard let found = Self.section(of: name, in: String(decoding: bytes, as: UTF8.self), isConfig: isConfig)
            else { continue }
            isFound = true
            settings.merge(found) { first, _ in first }
        }
        guard isFound else { return nil }
        self.name = name
        self.settings = settings
    }

    /// The value of a setting; nil where it is missing or blank.
    subscript(_ key: String) -> String? { settings[key].flatMap { $0.isEmpty ? nil : $0 } }

    /// Where the files are, the one that wins first; without a home directory there may be none.
    static func paths(_ host: HostAccess) -> [(path: String, isConfig: Bool)] {
        let home = host.variable("HOME").flatMap { $0.isEmpty ? nil : $0 }
        let credentials = host.variable("AWS_SHARED_CREDENTIALS_FILE") ?? home.map { "\($0)/.aws/credentials" }
        let config = host.variable("AWS_CONFIG_FILE") ?? home.map { "\($0)/.aws/config" }
        return [credentials.map { ($0, false) }, config.map { ($0, true) }].compactMap(\.self)
    }

    private static func section(of name: String, in text: String, isConfig: Bool) -> [String: String]? {
        var settings: [String: String]?
        var isInside = false
        for line in text.split(whereSeparator: \.isNewline) {
            if line.first == "[" {
                let title = String(line.dropFirst().prefix { $0 != "]" }).trimmed
                let words = title.split(separator: " ", maxSplits: 1).map { String($0).trimmed }
                let own = isConfig && words.count == 2 && words[0] == "profile" ? words[1] : title
                let isNamed = own == name && (!isConfig || name == "default" || words.count == 2)
                isInside = isNamed
                if isNamed { settings = settings ?? [:] }
                continue
            }
            guard isInside, let first = line.first, first != "#", first != ";", !first.isWhitespace,
                let sign = line.firstIndex(of: "=")
            else { continue }
            settings?[String(line[..<sign]).trimmed.lowercased()] = String(line[line.index(after: sign)...]).trimmed
        }
        return settings
    }
}
