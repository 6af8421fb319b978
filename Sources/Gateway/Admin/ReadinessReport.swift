import Transport

/// Whether lip can serve a call, and if not, what is missing: the answer of `GET /readyz`.
struct ReadinessReport {
    struct Row {
        var backend: String
        /// Nil when the backend can be used.
        var missing: String?
    }

    var rows: [Row]
    var isDraining: Bool

    var isReady: Bool { !isDraining && rows.contains { $0.missing == nil } }

    init(_ configuration: Configuration, isDraining: Bool) {
        self.isDraining = isDraining
        rows = configuration.backends.map { backend in
            Row(backend: backend.id, missing: backend.hasUsableCredentials ? nil : Self.missingKey(of: backend))
        }
    }

    func render() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("status")
        writer.string(isReady ? "ready" : isDraining ? "draining" : "not_ready")
        writer.key("backends")
        writer.beginArray()
        for row in rows {
            writer.beginObject()
            writer.key("id")
            writer.string(row.backend)
            writer.key("usable")
            writer.bool(row.missing == nil)
            if let missing = row.missing {
                writer.key("missing")
                writer.string(missing)
            }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private static func missingKey(of backend: BackendConfiguration) -> String {
        let variables = backend.kind.keyVariables.map(\.root)
        guard !variables.isEmpty else { return "a key: set api_key or api_keys" }
        return "a key: set api_key, or \(variables.joined(separator: " or ")) in the environment"
    }
}
