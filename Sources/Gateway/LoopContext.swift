import Dialects
import Routing
import Runtime
import Transport

/// What one loop keeps for its requests: the client, the counters, the ids; touched on that loop only.
final class LoopContext {
    /// How many resolved routes are remembered a loop; beyond it the memory starts anew.
    static let routesMax = 1024
    /// The longest model name, in bytes, whose route is remembered: clients choose them.
    static let routeNameBytesMax = 256

    let loop: EventLoop
    let client: HTTPClient
    let metrics: MetricsShard
    /// The last decisions about routes.
    let trace = RouteTrace()
    /// One parser serves every stream of the loop: a document never outlives the call that reads it.
    let parser = JSONParser()
    var random: XoshiroGenerator
    let running = RunningRequests()
    /// What the log is told of the gateway's own means being used up.
    var exhaustionThrottle = LogThrottle()
    private var routes: [String: ResolvedRoute] = [:]
    private(set) var models: ModelSnapshot

    init(loop: EventLoop, configuration: Configuration, models: ModelSnapshot) {
        self.loop = loop
        self.models = models
        var settings = HTTPClientSettings(trustEnvironmentProxy: configuration.httpClient.trustsEnvironmentProxy)
        settings.connectionsPerHostMax = configuration.httpClient.connectionsPerHostMax ?? 0
        settings.idleConnectionsMax = configuration.httpClient.idleConnectionsMax
        settings.idleConnectionAgeMax = configuration.httpClient.idleConnectionTimeout
        settings.certificateAuthorityFile = configuration.httpClient.certificateAuthorityFile
        client = HTTPClient(loop: loop, settings: settings)
        metrics = MetricsShard(backendCount: configuration.backends.count)
        random = XoshiroGenerator()
    }

    /// The loop's counters, with its levels of now.
    func measure() -> MetricsValues {
        var values = metrics.values
        values.transfers = Int64(client.transferCount)
        values.connections = Int64(client.connectionCount)
        values.timers = Int64(loop.timerCount)
        return values
    }

    /// Goes over to newer knowledge of the backends' models; requests keep the routes that they have.
    func take(_ models: ModelSnapshot) {
        guard models.generation > self.models.generation else { return }
        self.models = models
        routes.removeAll()
    }

    /// The route of a model name; resolving it is the same work each time, and clients repeat themselves.
    func route(_ model: String) throws(RouteError) -> ResolvedRoute {
        if let known = routes[model] { return known }
        let route = try models.resolver.resolve(header: nil, model: model)
        guard model.utf8.count <= Self.routeNameBytesMax else { return route }
        if routes.count >= Self.routesMax { routes.removeAll(keepingCapacity: true) }
        routes[model] = route
        return route
    }
}
