import Routing
import Runtime

/// Everything that lip was told at start: one immutable generation, shared by all loops.
///
/// The configuration file's reader fills it after checking every value, so that users of these types need not check
/// again. Defaults are the initial values of the parts.
package struct Configuration: Sendable {
    /// The file it came from; nil when lip started without one.
    package var path: String?
    package var server = ServerConfiguration()
    package var access = AccessConfiguration()
    /// At least one; ids are unique.
    package var backends: [BackendConfiguration] = []
    package var routing = RoutingConfiguration()
    /// In the order of the file: the first rule that matches wins.
    package var modelAliases: [ModelAlias] = []
    /// Logical model names and the selectors they stand for, in the order of the file.
    package var models: [LogicalModel] = []
    /// What is known of models in general; empty unless a reader fills it.
    package var catalogue = ModelCatalogue()
    /// The file that the catalogue came from, if not from lip itself (`catalogue.path`).
    package var cataloguePath: String?
    /// Whether that file stands in the stead of lip's own catalogue (`catalogue.mode: replace`).
    package var replacesCatalogue = false
    /// Whether a request is refused where a provider's protocol has no place for one of its fields (`strict`).
    package var isStrict = false
    package var sessions = SessionConfiguration()
    package var continuity = ContinuityConfiguration()
    package var logging = LoggingConfiguration()
    package var observability = ObservabilityConfiguration()
    package var httpClient = HTTPClientConfiguration()
    /// Secrets that stand inside values which are not credentials, such as a URL; ``shown(_:)`` cuts them out.
    package var interpolatedSecrets: [Secret] = []

    package init() {}

    /// Whether a client may name its sessions itself.
    ///
    /// Where a client key may stand for several people, only in a configuration that says so: one could guess another's
    /// name. In single-user mode all requests are one person's.
    package var allowsChosenSessionIDs: Bool { sessions.allowsChosenIDs ?? (access.mode == .singleUser) }

    /// The backend with this id, or nil.
    package func backend(_ id: String) -> BackendConfiguration? {
        backends.first { $0.id == id }
    }
}
