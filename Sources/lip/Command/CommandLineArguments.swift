import Dialects

/// What the command line asks for.
struct CommandLineArguments: Hashable {
    /// The commands.
    enum Command: String, CaseIterable, Hashable {
        case serve
        case checkConfig = "check-config"
        case routes
        case inventory
        case lineage
        case explain
    }

    /// What `--help` and `--version` replace the command with.
    enum Information: Hashable {
        case help, version
    }

    var command = Command.serve
    var information: Information?
    /// The file named by the last `--config`; nil for the default.
    var configurationPath: String?
    var writesJSON = false
    var readsStandardInput = false
    /// The selectors given to `routes`.
    var selectors: [String] = []
    /// Whether `routes` tells all that it knows of each leg.
    var explains = false
    /// The gateway that `lineage` and `routes --explain` ask; nil for the default, or for none.
    var url: String?
    /// The client key for it, in place of the one from the environment.
    var apiKey: String?
    /// The A-leg given to `lineage`.
    var legID: String?
    /// The protocols between which `explain` translates.
    var source: DialectID?
    var target: DialectID?
    /// The file whose request `explain` translates; `-` for the standard input.
    var requestPath: String?
    /// The model, for a protocol that names it in the path.
    var model: String?
}

/// A command line that cannot be understood.
struct UsageError: Error, Hashable {
    var message: String
}

extension CommandLineArguments {
    /// Reads the arguments behind the program's name.
    ///
    /// Options may stand before and after the command, with one dash or two, their value behind `=` or as the next
    /// argument, whatever that looks like; of two `--config` the last wins. Behind `--` stand selectors only.
    static func parse(_ arguments: [String]) throws(UsageError) -> CommandLineArguments {
        var result = CommandLineArguments()
        var command: Command?
        var bare: [String] = []
        var index = 0
        while index < arguments.count {
            let argument = arguments[index]
            index += 1
            if argument == "--" {
                bare += arguments[index...]
                break
            }
            guard argument.hasPrefix("-"), argument != "-" else {
                if command == nil, let named = Command(rawValue: argument) {
                    command = named
                } else {
                    bare.append(argument)
                }
                continue
            }
            let (name, inlineValue) = split(argument)
            switch name {
            case "config":
                let value = inlineValue ?? (index < arguments.count ? arguments[index] : nil)
                if inlineValue == nil { index += 1 }
                guard let value, !value.isEmpty else { throw UsageError(message: "--config needs a path") }
                result.configurationPath = value
            case "url":
                let value = inlineValue ?? (index < arguments.count ? arguments[index] : nil)
                if inlineValue == nil { index += 1 }
                guard let value, value.hasPrefix("http://") || value.hasPrefix("https://") else {
                    throw UsageError(message: "--url needs a URL such as http://127.0.0.1:8080")
                }
                result.url = value
            case "api-key":
                let value = inlineValue ?? (index < arguments.count ? arguments[index] : nil)
                if inlineValue == nil { index += 1 }
                guard let value, !value.isEmpty, value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                    throw UsageError(message: "--api-key needs a key")
                }
                result.apiKey = value
            case "from", "to":
                let value = inlineValue ?? (index < arguments.count ? arguments[index] : nil)
                if inlineValue == nil { index += 1 }
                let dialect = try Self.dialect(value, of: name)
                if name == "from" { result.source = dialect } else { result.target = dialect }
            case "model":
                let value = inlineValue ?? (index < arguments.count ? arguments[index] : nil)
                if inlineValue == nil { index += 1 }
                guard let value, !value.isEmpty else { throw UsageError(message: "--model needs a name") }
                result.model = value
            case "explain": result.explains = try flag(name, inlineValue)
            case "json": result.writesJSON = try flag(name, inlineValue)
            case "stdin": result.readsStandardInput = try flag(name, inlineValue)
            case "help", "h": result.information = .help
            case "version": result.information = result.information ?? .version
            default:
                let known = [
                    "config", "url", "api-key", "explain", "json", "stdin", "from", "to", "model", "help", "version",
                ]
                let guess = Suggestion.nearest(name, among: known).map { "; did you mean --\($0)?" } ?? ""
                throw UsageError(message: "unknown option \(argument)\(guess)")
            }
        }
        result.command = command ?? .serve
        if result.information == nil { try result.check(bare, hasCommand: command != nil) }
        return result
    }

    private mutating func check(_ bare: [String], hasCommand: Bool) throws(UsageError) {
        if command == .routes {
            selectors = bare
        } else if command == .lineage {
            guard bare.count == 1, let legID = bare.first else {
                throw UsageError(message: "lineage needs one A-leg id, as the header X-LIP-A-Leg-Id names it")
            }
            self.legID = legID
        } else if command == .explain {
            guard bare.count == 1, let path = bare.first else {
                throw UsageError(message: "explain needs one file with a request, or - for the standard input")
            }
            guard source != nil, target != nil else {
                throw UsageError(message: "explain needs --from and --to: \(Self.dialectNames)")
            }
            requestPath = path
        } else if let first = bare.first {
            if !hasCommand {
                let guess = Suggestion.nearest(first, among: Command.allCases.map(\.rawValue))
                let hint = guess.map { "; did you mean \($0)?" } ?? ""
                throw UsageError(message: "unknown command \(first)\(hint)")
            }
            throw UsageError(message: "unexpected arguments: \(bare.joined(separator: " "))")
        }
        if command != .explain, source != nil || target != nil || model != nil {
            throw UsageError(message: "--from, --to and --model go with explain only")
        }
        if explains, command != .routes { throw UsageError(message: "--explain goes with routes only") }
        let asks = command == .lineage || explains
        if url != nil, !asks { throw UsageError(message: "--url goes with lineage and routes --explain only") }
        if apiKey != nil, !asks || (explains && url == nil) {
            throw UsageError(message: "--api-key goes with lineage and routes --explain --url only")
        }
        if writesJSON, command == .serve { throw UsageError(message: "--json does not go with serve") }
        if readsStandardInput {
            guard command == .routes else { throw UsageError(message: "--stdin goes with routes only") }
            guard selectors.isEmpty else {
                throw UsageError(message: "selectors come from --stdin or from the command line, not both")
            }
        }
    }

    /// The names that `--from` and `--to` take: a dialect's own, or its first word.
    private static let dialects: [(name: String, dialect: DialectID)] =
        DialectID.allCases.map { ($0.rawValue, $0) } + [
            ("openai", .openAIChat), ("chat", .openAIChat), ("responses", .openAIResponses),
            ("anthropic", .anthropicMessages),
        ]

    private static var dialectNames: String { DialectID.allCases.map(\.rawValue).joined(separator: ", ") }

    private static func dialect(_ value: String?, of option: String) throws(UsageError) -> DialectID {
        guard let value, let found = dialects.first(where: { $0.name == value }) else {
            throw UsageError(message: "--\(option) needs a protocol: \(dialectNames)")
        }
        return found.dialect
    }

    /// The name without dashes, and what stands behind `=`.
    private static func split(_ argument: String) -> (name: String, value: String?) {
        let body = argument.dropFirst(argument.hasPrefix("--") ? 2 : 1)
        guard let equals = body.firstIndex(of: "=") else { return (String(body), nil) }
        return (String(body[..<equals]), String(body[body.index(after: equals)...]))
    }

    private static func flag(_ name: String, _ value: String?) throws(UsageError) -> Bool {
        switch value {
        case nil, "true": return true
        case "false": return false
        default: throw UsageError(message: "--\(name) takes no value")
        }
    }
}
