import Glibc

/// The proxies that the environment names, read once: curl's rules without a look at the environment per request.
///
/// `http_proxy` counts in lowercase only (its uppercase form can be set by a request's `Proxy:` header in CGI programs);
/// of the others the lowercase form wins. `no_proxy` is matched by libcurl.
package struct ProxyEnvironment: Hashable, Sendable {
    /// The proxy for http URLs, or nil.
    package let http: String?
    /// The proxy for https URLs, or nil.
    package let https: String?
    /// Hosts that are reached directly, comma-separated; `*` for all.
    package let exceptions: String?

    /// No proxy, whatever the environment says.
    package static let none = ProxyEnvironment { _ in nil }

    /// Reads variables through `value`, which returns nil for an unset one.
    package init(_ value: (_ name: String) -> String?) {
        func first(_ names: String...) -> String? {
            for name in names {
                if let found = value(name), !found.isEmpty { return found }
            }
            return nil
        }
        let all = first("all_proxy", "ALL_PROXY")
        http = first("http_proxy") ?? all
        https = first("https_proxy", "HTTPS_PROXY") ?? all
        exceptions = first("no_proxy", "NO_PROXY")
    }

    /// The proxies of this process's environment.
    package static func ofProcess() -> ProxyEnvironment {
        ProxyEnvironment { name in getenv(name).map { String(cString: $0) } }
    }
}
