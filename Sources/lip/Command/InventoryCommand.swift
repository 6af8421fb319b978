import Gateway
import Routing

/// `lip inventory`: what lip is made of with this configuration.
struct InventoryCommand {
    /// The protocols that clients can speak, and where.
    private static let frontends: [(id: String, path: String)] = [
        ("openai-chat", "/v1/chat/completions"), ("openai-completions", "/v1/completions"),
        ("openai-chat", "/v1/embeddings"), ("openai-responses", "/v1/responses"),
        ("anthropic-messages", "/v1/messages"), ("anthropic-messages", "/v1/messages/count_tokens"),
        ("gemini", "/v1beta/models/{model}:generateContent"),
        ("gemini", "/v1beta/models/{model}:streamGenerateContent"), ("gemini", "/v1beta/models/{model}:countTokens"),
        ("gemini", "/v1beta/models/{model}:embedContent"),
        ("gemini", "/v1beta/models/{model}:batchEmbedContents"),
    ]

    let streams: CommandStreams

    func run(_ configuration: Configuration, writesJSON: Bool) -> LipCommand.ExitCode {
        if writesJSON {
            streams.writeLine(report(configuration).pretty)
        } else {
            writeText(configuration)
        }
        return .success
    }

    private func report(_ configuration: Configuration) -> JSONText {
        let views = configuration.catalogueViews
        return .object([
            "address": .string(configuration.shown(configuration.server.address.description)),
            "frontends": .array(
                Self.frontends.map {
                    .object(["id": .string($0.id), "path": .string($0.path), "enabled": .bool(true)])
                }),
            "backends": .array(
                configuration.backends.map { backend in
                    .object([
                        "id": .string(configuration.shown(backend.id)),
                        "kind": .string(backend.kind.id),
                        "base_url": backend.kind.wire == .inProcess
                            ? nil : .string(configuration.shown(backend.baseURL)),
                        "keys": .int(backend.keys.count),
                        "keys_from": .string(Self.origin(backend.keyOrigin)),
                        "usable": .bool(backend.hasUsableCredentials),
                        "models": .array(
                            backend.models.map {
                                configuration.shown(ModelFacts($0.name, at: backend, views[backend.id]).json)
                            }),
                        "models_from": .string(Self.modelsOrigin(of: backend)),
                        "models_file": backend.modelsFile.map { .string(configuration.shown($0)) },
                        "catalogue": Self.catalogue(of: backend, configuration.catalogue),
                    ])
                }),
            "catalogue": .object([
                "built_in": .bool(!configuration.replacesCatalogue),
                "file": configuration.cataloguePath.map { .string(configuration.shown($0)) },
                "vendors": .int(configuration.catalogue.vendors.count),
                "models": .int(configuration.catalogue.rowCount),
            ]),
        ])
    }

    /// `file`, `discovery`, both, or `none`.
    private static func modelsOrigin(of backend: BackendConfiguration) -> String {
        switch (backend.models.isEmpty, backend.discovery) {
        case (true, nil): "none"
        case (true, _): "discovery"
        case (false, nil): "file"
        case (false, _): "file and discovery"
        }
    }

    /// What the catalogue says of models that the backend may be asked for, pattern by pattern.
    private static func catalogue(of backend: BackendConfiguration, _ catalogue: ModelCatalogue) -> JSONText {
        let vendors = catalogue.vendors.filter { $0.kinds.contains(backend.kind.id) }
        return .array(
            vendors.flatMap { vendor in
                vendor.rows.map { row in
                    .object([
                        "name": .string(row.pattern),
                        "vendor": .string(vendor.name),
                        "context_window": row.contextWindow.map { .int($0) },
                        "max_output_tokens": row.outputTokensMax.map { .int($0) },
                        "lacks": .array((row.lacking ?? vendor.lacking).names.map { .string($0) }),
                    ])
                }
            })
    }

    private static func origin(_ origin: BackendConfiguration.KeyOrigin) -> String {
        switch origin {
        case .file: "file"
        case .environment: "environment"
        case .profile: "profile"
        case .credentials: "credentials"
        case .none: "none"
        }
    }

    private func writeText(_ configuration: Configuration) {
        streams.writeLine("address: \(configuration.shown(configuration.server.address.description))")
        streams.writeLine("frontends:")
        for frontend in Self.frontends { streams.writeLine("  \(frontend.id)  POST \(frontend.path)") }
        let views = configuration.catalogueViews
        streams.writeLine("backends:")
        for backend in configuration.backends {
            streams.writeLine(configuration.shown("  " + Self.description(of: backend)))
            for model in backend.models {
                let facts = ModelFacts(model.name, at: backend, views[backend.id]).text
                streams.writeLine(configuration.shown("    \(model.name)\(facts.isEmpty ? "" : "  \(facts)")"))
            }
            for line in Self.otherModels(of: backend, configuration.catalogue) {
                streams.writeLine(configuration.shown("    \(line)"))
            }
        }
        let catalogue = configuration.catalogue
        let source =
            configuration.cataloguePath.map { configuration.replacesCatalogue ? $0 : "\($0) before the built-in one" }
            ?? "built-in"
        streams.writeLine(
            configuration.shown(
                "catalogue: \(source), \(catalogue.rowCount) models of \(catalogue.vendors.count) vendors"))
    }

    /// Where models come from besides the list.
    private static func otherModels(of backend: BackendConfiguration, _ catalogue: ModelCatalogue) -> [String] {
        var lines: [String] = []
        if let file = backend.modelsFile { lines.append("(listed in \(file))") }
        if let discovery = backend.discovery {
            lines.append("(and what the provider lists, asked every \(DurationText.format(discovery.refreshInterval)))")
        }
        for vendor in catalogue.vendors where vendor.kinds.contains(backend.kind.id) {
            lines.append("(and \(vendor.rows.count) names of \(vendor.name) in the catalogue)")
        }
        return lines
    }

    /// One line: id, kind, URL and keys.
    static func description(of backend: BackendConfiguration) -> String {
        let url = backend.kind.wire == .inProcess ? "in process" : backend.baseURL
        return "\(backend.id)  \(backend.kind.id)  \(url)  \(keys(of: backend))"
    }

    /// `2 keys from OPENAI_API_KEY, OPENAI_API_KEY_2`, `no key needed` or `key missing`.
    static func keys(of backend: BackendConfiguration) -> String {
        let count = backend.keys.count
        switch backend.keyOrigin {
        case .file: return count == 1 ? "1 key" : "\(count) keys"
        case .environment(let names):
            return "\(count == 1 ? "1 key" : "\(count) keys") from \(names.joined(separator: ", "))"
        case .profile(let name): return "access key from the profile \(name)"
        case .credentials(let path): return "access tokens by \(path)"
        case .none: return backend.hasUsableCredentials ? "no key needed" : "key missing"
        }
    }
}
