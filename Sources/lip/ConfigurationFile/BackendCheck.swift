import Gateway
import Routing
import Transport

/// Finds backends that cannot work, or that work less safely than they look.
struct BackendCheck {
    let log: IssueLog
    let configuration: Configuration
    /// Where the backends stand; empty when the environment made them.
    let places: [String: BackendsReader.Place]

    /// Warns about missing keys, keys sent in clear, unverified peers, and model names that lead nowhere.
    func run() {
        for (index, backend) in configuration.backends.enumerated() { check(backend, path: path(of: backend, index)) }
        checkBareNames()
    }

    /// The backend's place in the file's list, where rows that could not be read count as well.
    private func path(of backend: BackendConfiguration, _ index: Int) -> String {
        places[backend.id]?.path ?? "backends[\(index)]"
    }

    private func check(_ backend: BackendConfiguration, path: String) {
        let mark = places[backend.id]?.mark
        if backend.kind.isPersonal,
            configuration.access.mode == .multiUser || !configuration.server.address.isLoopback
        {
            log.error(
                "kind \(backend.kind.id) uses one person's own login, and lip serves others as well", path: path,
                at: mark, suggestion: "use it in access.mode single_user, on a loopback address")
        }
        // What is wrong with a login has been said.
        if !backend.hasUsableCredentials, !backend.kind.isPersonal, backend.keyOrigin != .file {
            let roots = backend.kind.keyVariables.map(\.root)
            let variables = roots.joined(separator: " or ")
            log.warning(
                "the backend \(quoted(backend.id)) has no key", path: path, at: mark,
                suggestion: backend.kind.addressing == .vertex
                    ? "give it a credentials_file or an access_token, or set GOOGLE_APPLICATION_CREDENTIALS"
                    : backend.kind.wire == .bedrockConverse
                        ? "give it access_key_id and secret_access_key, a profile or an api_key, or set AWS_ACCESS_KEY_ID "
                            + "and AWS_SECRET_ACCESS_KEY, or \(variables)"
                        : "give it an api_key\(variables.isEmpty ? "" : " or set \(variables)")")
        }
        if backend.baseURL.lowercased().hasPrefix("http://"), !Self.isLocal(backend.baseURL), !backend.keys.isEmpty {
            log.warning("keys go over the network in clear: base_url is http", path: path, at: mark)
        }
        if let bound = backend.inFlightMax {
            for (place, model) in backend.models.enumerated() {
                guard let own = model.inFlightMax, own > bound else { continue }
                log.warning(
                    "the backend's max_in_flight of \(bound) is reached before the model's own of \(own)",
                    path: "\(path).models[\(place)]", at: mark)
            }
        }
        if !backend.verifiesTLS {
            log.warning("the upstream's certificate is not checked: verify_tls is false", path: path, at: mark)
        }
    }

    private func checkBareNames() {
        var owners: [String: [String]] = [:]
        for backend in configuration.backends {
            for model in backend.models { owners[model.name, default: []].append(backend.id) }
        }
        let views = configuration.catalogueViews.values
        for (index, backend) in configuration.backends.enumerated() {
            for model in backend.models {
                guard let ids = owners[model.name], ids.count > 1, ids.first == backend.id,
                    !configuration.models.contains(where: { $0.name == model.name }),
                    // Then its vendor decides.
                    !views.contains(where: { $0[model.name] != nil })
                else { continue }
                log.warning(
                    "the model \(quoted(model.name)) is listed by \(ids.joined(separator: ", ")): "
                        + "asked for by that name alone, none of them is chosen",
                    path: path(of: backend, index), at: places[backend.id]?.mark, suggestion: "name it under models")
            }
        }
    }

    /// Whether nothing leaves the machine: a loopback host, or no upstream at all.
    static func isLocal(_ url: String) -> Bool {
        guard let parsed = try? UpstreamURL(url) else { return true }
        let host = parsed.host.hasPrefix("[") ? String(parsed.host.dropFirst().dropLast()) : parsed.host
        return ServerAddress(host: host, port: 0).isLoopback
    }
}
