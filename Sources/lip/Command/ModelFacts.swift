import Gateway
import Routing

/// What is known of a model at a backend, and whence.
struct ModelFacts {
    /// Who says something of a model.
    enum Origin: String {
        /// The configuration file says it of this model.
        case file
        /// The configuration file says it of the backend.
        case backend
        /// The catalogue of models says it.
        case catalogue
    }

    let name: String
    private(set) var window: (tokens: Int, origin: Origin)?
    /// The longest answer in tokens; only the catalogue tells.
    private(set) var outputTokensMax: Int?
    /// What it can do, where something is said of it, and who said the last word.
    private(set) var capabilities: (names: [String], origin: Origin)?
    /// What the catalogue says that it lacks, where nothing else is said.
    private(set) var lacking: [String] = []
    /// The catalogue's entry, where it has one.
    let entry: CatalogueView.Entry?

    /// - Parameter view: The catalogue's view of the backend's kind.
    init(_ name: String, at backend: BackendConfiguration, _ view: CatalogueView?) {
        self.name = name
        let model = backend.models.first { $0.name == name }
        entry = view?[name]
        if let tokens = model?.contextWindow {
            window = (tokens, .file)
        } else if let tokens = entry?.contextWindow {
            window = (tokens, .catalogue)
        }
        outputTokensMax = entry?.outputTokensMax
        let known = Capabilities.all.subtracting(entry?.lacking ?? [])
        let ofBackend = backend.effectiveCapabilities?.applied(to: known)
        if let own = model?.capabilities {
            capabilities = (own.applied(to: ofBackend ?? known).names, .file)
        } else if let ofBackend {
            capabilities = (ofBackend.names, .backend)
        } else if let entry, !entry.lacking.isEmpty {
            capabilities = (known.names, .catalogue)
            lacking = entry.lacking.names
        }
    }

    /// For a person: `window 128000 (catalogue), lacks audio (catalogue)`.
    var text: String {
        var parts: [String] = []
        if let window { parts.append("window \(window.tokens) (\(window.origin.rawValue))") }
        if let outputTokensMax { parts.append("answers up to \(outputTokensMax) (catalogue)") }
        if !lacking.isEmpty {
            parts.append("lacks \(lacking.joined(separator: " ")) (catalogue)")
        } else if let capabilities {
            let can = capabilities.names.isEmpty ? "text only" : "can \(capabilities.names.joined(separator: " "))"
            parts.append("\(can) (\(capabilities.origin.rawValue))")
        }
        return parts.joined(separator: ", ")
    }

    var json: JSONText {
        .object([
            "name": .string(name),
            "context_window": window.map { .int($0.tokens) },
            "context_window_from": window.map { .string($0.origin.rawValue) },
            "max_output_tokens": outputTokensMax.map { .int($0) },
            "capabilities": capabilities.map { .array($0.names.map { .string($0) }) },
            "capabilities_from": capabilities.map { .string($0.origin.rawValue) },
        ])
    }
}
