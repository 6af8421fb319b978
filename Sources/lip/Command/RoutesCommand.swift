import Gateway
import Routing

/// `lip routes`: where requests go, as trees of arms and legs.
struct RoutesCommand {
    let streams: CommandStreams
    /// The running gateway whose legs are told of; nil for none.
    let gateway: GatewayQuery?

    func run(_ configuration: Configuration, _ arguments: CommandLineArguments) async -> LipCommand.ExitCode {
        let aliases: ModelAliases
        do throws(ModelAliasError) {
            aliases = try configuration.routeSettings().aliases
        } catch {
            streams.writeErrorLine("lip: \(configuration.shown(error.description))")
            return .failure
        }
        var live: LiveLegs?
        do throws(GatewayQuery.Refusal) {
            live = try await askForLegs()
        } catch {
            streams.writeErrorLine("lip: \(error.message)")
            return .failure
        }
        let context = RouteReport.Context(
            configuration, aliases, live: live, explainsInJSON: arguments.explains)
        let printer = Printer(streams: streams, context: context)
        if arguments.readsStandardInput {
            printer.printLines(writesJSON: arguments.writesJSON)
            return .success
        }
        if arguments.selectors.isEmpty {
            arguments.writesJSON ? printer.printOverviewJSON() : printer.printOverview()
            return .success
        }
        var doAllParse = true
        for selector in arguments.selectors {
            let report = RouteReport(selector, aliases: aliases)
            doAllParse = doAllParse && report.parses
            printer.print(report, writesJSON: arguments.writesJSON)
        }
        return doAllParse ? .success : .failure
    }

    private func askForLegs() async throws(GatewayQuery.Refusal) -> LiveLegs? {
        guard let gateway else { return nil }
        let document = try await gateway.ask(
            "/admin/legs",
            missing: "what answers at \(gateway.base) has no /admin/legs: it is no gateway of this version")
        guard let legs = LiveLegs(document) else {
            throw GatewayQuery.Refusal(message: "what answered is not a gateway of this version")
        }
        return legs
    }
}

extension RoutesCommand {
    /// Writes reports, cutting interpolated secrets out.
    private struct Printer {
        let streams: CommandStreams
        let context: RouteReport.Context

        private var configuration: Configuration { context.configuration }
        private var aliases: ModelAliases { context.aliases }

        func print(_ report: RouteReport, writesJSON: Bool) {
            streams.write(text(report, writesJSON: writesJSON))
        }

        private func text(_ report: RouteReport, writesJSON: Bool) -> String {
            if writesJSON { return configuration.shown(report.json(context)).compact + "\n" }
            return tree(report.text, report)
        }

        private func tree(_ title: String, _ report: RouteReport) -> String {
            ([title] + report.lines(context).map { "  \($0)" }).map { configuration.shown($0) + "\n" }.joined()
        }

        /// One result a line of the standard input, written as soon as no whole line is waiting.
        func printLines(writesJSON: Bool) {
            var rest: [UInt8] = []
            while true {
                let chunk = streams.read()
                if chunk.isEmpty { break }
                rest += chunk
                guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { continue }
                streams.write(results(of: rest[..<end], writesJSON: writesJSON))
                rest.removeSubrange(...end)
            }
            if !rest.isEmpty { streams.write(results(of: rest[...], writesJSON: writesJSON)) }
        }

        private func results(of lines: ArraySlice<UInt8>, writesJSON: Bool) -> String {
            var output = ""
            for line in lines.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
                let selector = String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
                output += text(RouteReport(selector, aliases: aliases), writesJSON: writesJSON)
            }
            return output
        }

        // MARK: Overview

        func printOverview() {
            let routing = configuration.routing
            let title = "default route\(routing.isDefaultRouteDerived ? " (derived)" : ""): \(routing.defaultRoute)"
            streams.write(tree(title, configured(routing.defaultRoute)))
            for alias in configuration.modelAliases {
                streams.write(tree("alias \(alias.pattern): \(alias.replacement)", plain(alias.replacement)))
            }
            for model in configuration.models {
                streams.write(tree("model \(model.name): \(model.selector)", configured(model.selector)))
            }
        }

        func printOverviewJSON() {
            let routing = configuration.routing
            let overview = JSONText.object([
                "effective_default_route": .string(routing.defaultRoute),
                "default_route": configured(routing.defaultRoute).json(context),
                "max_attempts": .int(routing.attemptsMax),
                "unknown_model": .string(routing.unknownModel.rawValue),
                "backends": .array(
                    configuration.backends.map { backend in
                        .object([
                            "id": .string(backend.id), "kind": .string(backend.kind.id), "enabled": .bool(true),
                            "keys": .int(backend.keys.count), "usable": .bool(backend.hasUsableCredentials),
                        ])
                    }),
                "model_aliases": .array(
                    configuration.modelAliases.map { alias in
                        .object([
                            "pattern": .string(alias.pattern), "replacement": .string(alias.replacement),
                            "route": plain(alias.replacement).json(context),
                        ])
                    }),
                "models": .array(
                    configuration.models.map { model in
                        .object(["name": .string(model.name), "route": configured(model.selector).json(context)])
                    }),
                "credential_posture": .string(posture),
            ])
            streams.writeLine(configuration.shown(overview).pretty)
        }

        private func configured(_ selector: String) -> RouteReport {
            RouteReport(selector, aliases: aliases, by: .configuration)
        }

        /// A replacement is not rewritten again.
        private func plain(_ replacement: String) -> RouteReport {
            RouteReport(replacement, aliases: ModelAliases(), by: .alias)
        }

        private var posture: String {
            configuration.backends.allSatisfy { $0.kind.wire == .inProcess } ? "all_local_stub" : "live_provider"
        }
    }
}

extension Configuration {
    /// The JSON as it may be printed: interpolated secrets are cut out of its texts.
    func shown(_ json: JSONText) -> JSONText {
        guard !interpolatedSecrets.isEmpty else { return json }
        switch json {
        case .string(let text): return .string(shown(text))
        case .array(let items): return .array(items.map(shown))
        case .object(let members):
            return .object(members.map { JSONText.Member(name: shown($0.name), value: shown($0.value)) })
        case .raw(let text): return .raw(shown(text))
        case .int, .bool, .null: return json
        }
    }
}
