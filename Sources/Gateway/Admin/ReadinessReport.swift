import Dialects
import Routing
import Runtime
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

    init(_ backends: [Backend], isDraining: Bool, at now: MonotonicInstant) {
        self.isDraining = isDraining
        rows = backends.map { backend in
            let configuration = backend.configuration
            let states = backend.keys.states(at: now)
            if !configuration.hasUsableCredentials {
                return Row(backend: configuration.id, missing: Self.missingKey(of: configuration))
            }
            if let refusal = backend.tokens?.loginRefusal(at: now) {
                return Row(backend: configuration.id, missing: "a login: \(backend.redacted(refusal).message)")
            }
            if backend.tokens == nil, backend.keys.isCredentialRefused {
                return Row(backend: configuration.id, missing: Self.missingCredential(of: configuration))
            }
            // Limited keys come back by themselves; refused ones only with a new start.
            guard !states.isEmpty, states.allSatisfy({ $0 == .disabled }) else { return Row(backend: configuration.id) }
            let keys = states.count == 1 ? "its key" : "each of its \(states.count) keys"
            return Row(
                backend: configuration.id,
                missing: "a key: the provider refused \(keys) (401); replace it and restart lip")
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

    private static func missingCredential(of backend: BackendConfiguration) -> String {
        let isHeaderSet = backend.headers.contains { $0.name.lowercased() == "authorization" }
        return isHeaderSet
            ? "a credential: the provider refused its Authorization header (401), and has accepted it nowhere since"
            : "a key: the provider refused requests without one (401), and has accepted none since"
    }

    private static func missingKey(of backend: BackendConfiguration) -> String {
        if backend.kind.addressing == .vertex {
            return
                "credentials: set credentials_file or access_token, or GOOGLE_APPLICATION_CREDENTIALS in the environment"
        }
        let variables = backend.kind.keyVariables.map(\.root)
        guard !variables.isEmpty else { return "a key: set api_key or api_keys" }
        return "a key: set api_key, or \(variables.joined(separator: " or ")) in the environment"
    }
}
