import Gateway

/// `lip inventory`: what lip is made of with this configuration.
struct InventoryCommand {
    /// The protocols that clients can speak, and where.
    private static let frontends: [(id: String, path: String)] = [("openai-chat", "/v1/chat/completions")]

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
        .object([
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
                        "models": .array(backend.models.map { .string(configuration.shown($0.name)) }),
                    ])
                }),
        ])
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
        streams.writeLine("backends:")
        for backend in configuration.backends {
            streams.writeLine(configuration.shown("  " + Self.description(of: backend)))
            for model in backend.models { streams.writeLine(configuration.shown("    \(model.name)")) }
        }
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
