import Gateway

/// The command `lip`: decides what to run and with what to end.
struct LipCommand {
    /// What the process ends with.
    enum ExitCode: Int32 {
        case success = 0
        /// The configuration cannot be used, a selector does not parse, or the gateway could not start.
        case failure = 1
        /// The command line cannot be understood.
        case usage = 2
    }

    let host: HostAccess
    let streams: CommandStreams
    /// Runs the gateway with a checked configuration.
    let serve: (Configuration) async throws -> Void
    /// Asks a running gateway.
    var fetch: (GatewayQuery.Request) async throws -> (status: Int, body: [UInt8]) = lip.fetch

    /// Runs the command that the arguments (without the program's name) ask for.
    func run(_ arguments: [String]) async -> ExitCode {
        let parsed: CommandLineArguments
        do {
            parsed = try CommandLineArguments.parse(arguments)
        } catch {
            streams.writeErrorLine("lip: \(error.message)")
            streams.writeErrorLine("Try 'lip --help'.")
            return .usage
        }
        switch parsed.information {
        case .help:
            streams.write(Self.usage)
            return .success
        case .version:
            streams.writeLine("lip \(Version.text)")
            return .success
        case nil: break
        }
        if parsed.command == .lineage {
            return await LineageCommand(streams: streams, gateway: GatewayQuery(parsed, host, fetch: fetch)).run(parsed)
        }
        if parsed.command == .explain {
            return ExplainCommand(streams: streams, host: host).run(parsed)
        }
        let loaded = ConfigurationFile.load(path: parsed.configurationPath, host: host)
        switch parsed.command {
        case .checkConfig: return CheckConfigCommand(streams: streams).run(loaded, writesJSON: parsed.writesJSON)
        case .inventory:
            return await inspect(loaded) { InventoryCommand(streams: streams).run($0, writesJSON: parsed.writesJSON) }
        case .routes:
            let gateway = parsed.url == nil ? nil : GatewayQuery(parsed, host, fetch: fetch)
            return await inspect(loaded) { await RoutesCommand(streams: streams, gateway: gateway).run($0, parsed) }
        case .serve: return await serve(loaded)
        case .lineage, .explain: preconditionFailure("\(parsed.command) needs no configuration")
        }
    }

    private func inspect(
        _ loaded: LoadedConfiguration, _ body: (Configuration) async -> ExitCode
    ) async -> ExitCode {
        guard loaded.isUsable else {
            refuse(loaded)
            return .failure
        }
        return await body(loaded.configuration)
    }

    private func serve(_ loaded: LoadedConfiguration) async -> ExitCode {
        guard loaded.isUsable else {
            refuse(loaded)
            return .failure
        }
        for issue in loaded.warnings { streams.writeErrorLine(issue.line(file: loaded.configuration.path)) }
        do {
            try await serve(loaded.configuration)
            return .success
        } catch {
            streams.writeErrorLine("lip: \(loaded.configuration.shown("\(error)"))")
            return .failure
        }
    }

    private func refuse(_ loaded: LoadedConfiguration) {
        for issue in loaded.errors { streams.writeErrorLine(issue.line(file: loaded.configuration.path)) }
        streams.writeErrorLine("lip: the configuration is invalid")
    }
}
