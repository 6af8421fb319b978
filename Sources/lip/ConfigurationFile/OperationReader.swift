import Gateway
import Runtime

/// Reads what is said about running lip: `strict`, `sessions`, `continuity`, `logging`, `observability` and `http_client`.
struct OperationReader {
    let context: ReadingContext

    func read(_ root: SectionReader, into configuration: inout Configuration) {
        root.bool("strict", into: &configuration.isStrict)
        if let section = root.section("sessions") { readSessions(section, into: &configuration.sessions) }
        if let section = root.section("continuity") {
            readContinuity(section, into: &configuration.continuity)
        }
        if let section = root.section("logging") {
            section.choice("level", into: &configuration.logging.level)
            section.choice("format", into: &configuration.logging.format)
            section.bool("access_log", into: &configuration.logging.logsAccess)
            section.finish()
        }
        if let section = root.section("observability") {
            readObservability(section, into: &configuration.observability)
        }
        if let section = root.section("http_client") {
            readClient(section, into: &configuration.httpClient)
        }
    }

    private func readSessions(_ section: SectionReader, into sessions: inout SessionConfiguration) {
        sessions.countMax = section.int("max", in: 1...10_000_000) ?? sessions.countMax
        section.duration("idle_timeout", into: &sessions.idleTimeout)
        section.choice("issue", into: &sessions.issue)
        if section.node("client_chosen_ids") != nil {
            var allows = false
            section.bool("client_chosen_ids", into: &allows)
            sessions.allowsChosenIDs = allows
        }
        section.finish(hints: ["resume_window": "did you mean \"idle_timeout\"?"])
    }

    private func readContinuity(_ section: SectionReader, into continuity: inout ContinuityConfiguration) {
        section.choice("store", into: &continuity.store)
        if let path = section.text("sqlite_path") {
            continuity.sqlitePath = path.text
            // What a database URL would give a meaning to.
            let isPlain = !path.text.utf8.contains { $0 == 0 || "?#&".utf8.contains($0) }
            if !isPlain { context.log.error("the path may not hold ?, # or &", path: path.path, at: path.node.mark) }
            if continuity.store != .sqlite {
                context.log.error(
                    "belongs to store sqlite, and the store is \(continuity.store.rawValue)", path: path.path,
                    at: path.node.mark, suggestion: "did you mean store: sqlite?")
            } else if isPlain, let reason = context.host.writeProblem(path.text) {
                context.log.error("cannot keep the file: \(reason)", path: path.path, at: path.node.mark)
            }
        } else if continuity.store == .sqlite, section.node("sqlite_path") == nil {
            context.log.error("store sqlite needs a sqlite_path", path: section.path, at: section.mark)
        }
        if section.node("ttl") != nil {
            var timeToLive = Duration.zero
            section.duration("ttl", into: &timeToLive, atLeast: .seconds(1))
            continuity.timeToLive = timeToLive
        }
        continuity.legsMax = section.int("max_legs", in: 1...100_000_000) ?? continuity.legsMax
        section.finish(hints: ["in_memory": "write store: memory"])
    }

    private func readObservability(_ section: SectionReader, into observability: inout ObservabilityConfiguration) {
        if let metrics = section.section("metrics") {
            metrics.bool("enabled", into: &observability.metricsEnabled)
            if let path = metrics.text("path") {
                if let reason = Self.refusal(ofPath: path.text) {
                    context.log.error("\(reason), found \(path.shown)", path: path.path, at: path.node.mark)
                } else {
                    observability.metricsPath = path.text
                }
            }
            metrics.finish()
        }
        section.finish()
    }

    /// Why a path cannot be served beside the API, or nil.
    private static func refusal(ofPath path: String) -> String? {
        guard path.hasPrefix("/"), path.count > 1, !path.hasSuffix("/") else {
            return "expected a path such as /metrics"
        }
        guard path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"?#%\\".utf8.contains($0) }) else {
            return "expected a path of plain characters"
        }
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard !segments.contains(".."), !segments.contains("."), !segments.contains("") else {
            return "expected a path without empty, . and .. segments"
        }
        let first = String(segments.first ?? "")
        return ["v1", "v1beta", "v1beta1", "lip", "admin", "debug", "healthz", "readyz"].contains(first)
            ? "/\(first) is taken by the gateway itself" : nil
    }

    private func readClient(_ section: SectionReader, into client: inout HTTPClientConfiguration) {
        section.bool("trust_environment_proxy", into: &client.trustsEnvironmentProxy)
        client.connectionsPerHostMax = section.int("max_connections_per_host", in: 1...100_000)
        client.idleConnectionsMax = section.int("max_idle_connections", in: 0...100_000) ?? client.idleConnectionsMax
        section.duration("idle_connection_timeout", into: &client.idleConnectionTimeout, atLeast: .seconds(1))
        if let file = section.text("ca_file") {
            client.certificateAuthorityFile = file.text
            do {
                _ = try context.host.readFile(file.text, 16 << 20)
            } catch {
                context.log.error("cannot read the file: \(error.reason)", path: file.path, at: file.node.mark)
            }
        }
        section.finish()
    }
}
