import Routing
import Runtime

/// How a request finds its legs (`routing`).
package struct RoutingConfiguration: Sendable {
    /// What happens to a model name that nothing in the configuration knows (`unknown_model`).
    package enum UnknownModelPolicy: String, Sendable, CaseIterable {
        /// To the first backend of the default route, under the client's own model name.
        case pass
        /// Along the default route.
        case defaultRoute = "default_route"
        /// 404.
        case notFound = "not_found"
    }

    /// The selector for requests that name no other, before aliases (`default_route`).
    package var defaultRoute = ""
    /// Whether ``defaultRoute`` was derived from the first backend since the file has none.
    package var isDefaultRouteDerived = false
    /// Arms tried in sequence for one request (`max_attempts`).
    package var attemptsMax = 3
    package var unknownModel = UnknownModelPolicy.pass
    /// The longest time that a request waits before the last legs are tried again (`retry_wait_max`).
    package var retryWaitMax = Duration.seconds(10)
    /// How much of what is in flight at a backend may be retries (`retry_budget`).
    package var retryBudget = RetryBudget.Settings()
    package var circuitBreaker = CircuitBreakerConfiguration()
    package var affinity = AffinityConfiguration()

    package init() {}
}

/// When a leg is left alone after failures (`routing.health.circuit_breaker`).
package struct CircuitBreakerConfiguration: Sendable, Hashable {
    package var isEnabled = true
    /// Consecutive failures that open it (`failure_threshold`).
    package var failureThreshold = 5
    /// The share of failed attempts within ``window``, of at least 20, that opens it: above 0 up to 1 (`failure_share`);
    /// nil is never.
    package var failureShare: Double?
    /// The span over which ``failureShare`` is taken (`window`).
    package var window = Duration.seconds(60)
    /// How long it stays open at first; doubles while probes fail (`open_for`).
    package var openFor = Duration.seconds(10)
    /// The longest it stays open (`open_for_max`).
    package var openForMax = Duration.seconds(30)

    package init() {}

    /// What the legs' breakers are made with; nil if there are none.
    var settings: CircuitBreaker.Settings? {
        guard isEnabled else { return nil }
        var settings = CircuitBreaker.Settings()
        settings.failureThreshold = failureThreshold
        settings.failureShare = failureShare
        settings.window = window
        settings.openFor = openFor
        settings.openForMax = openForMax
        return settings
    }
}

/// A rewriting rule (`model_aliases[]`): an RE2 pattern and its replacement with `$1` or `${name}`.
package struct ModelAlias: Sendable, Hashable {
    package var pattern: String
    package var replacement: String

    package init(pattern: String, replacement: String) {
        self.pattern = pattern
        self.replacement = replacement
    }
}

/// A name that clients may ask for, and the selector it stands for (`models`).
package struct LogicalModel: Sendable, Hashable {
    package var name: String
    package var selector: String

    package init(name: String, selector: String) {
        self.name = name
        self.selector = selector
    }
}
