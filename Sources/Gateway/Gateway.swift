import Dialects
import Routing
import Runtime
import Synchronization
import Transport

/// The gateway: one generation of the configuration with all that requests need, on every loop of a group.
///
/// Immutable but for its legs, keys and per-loop contexts. `handle` is what an `HTTPServer` calls.
package final class Gateway: Sendable {
    let configuration: Configuration
    let logger: Logger
    let failover: FailoverSettings
    /// What the models can do, as far as the configuration says.
    let capabilities: CapabilityTable
    let callLimits = CallLimits.standard
    let jsonLimits: JSONLimits

    private let backends: [Backend]
    private let backendsByID: [String: Backend]
    private let legs: LegRegistry
    let continuity: any ContinuityStore
    let largeBodies = LargeBodies()
    let sessions: SessionRegistry
    let affinity: AffinityRegistry
    let contexts: [LoopBound<LoopContext>]
    private let started = Timestamp.now()
    /// What the providers' own lists of models say, of those that are asked.
    let discovered = Locked(DiscoveredModels())
    private let isDraining = Atomic(false)
    private let inFlight = Atomic(0)

    /// Builds the gateway on the loops of a group.
    ///
    /// - Throws: `RouteSettingsError` or `ModelAliasError` for routes that cannot be, `HTTPClientError` for a backend's
    ///   headers; a configuration that was checked has neither.
    package init(_ configuration: Configuration, on group: EventLoopGroup, logger: Logger) async throws {
        self.configuration = configuration
        self.logger = logger
        let models = try ModelSnapshot(configuration, created: Int(started.unixSeconds))
        var failover = FailoverSettings()
        failover.attemptsMax = configuration.routing.attemptsMax
        failover.retryWaitMax = configuration.routing.retryWaitMax
        self.failover = failover
        jsonLimits = JSONLimits(documentBytesMax: configuration.server.requestBodyBytesMax)
        var backends: [Backend] = []
        for (index, backend) in configuration.backends.enumerated() {
            backends.append(try Backend(backend, index: index, retries: configuration.routing.retryBudget))
        }
        self.backends = backends
        backendsByID = Dictionary(uniqueKeysWithValues: backends.map { ($0.configuration.id, $0) })
        legs = LegRegistry(
            keys: backendsByID.mapValues(\.keys), loads: backendsByID.mapValues(\.load),
            bounds: Self.bounds(configuration), breaker: configuration.routing.circuitBreaker.settings)
        sessions = SessionRegistry(
            countMax: configuration.sessions.countMax, idleTimeout: configuration.sessions.idleTimeout)
        affinity = AffinityRegistry(
            countMax: configuration.routing.affinity.bindingsMax,
            timeToLive: configuration.routing.affinity.timeToLive)
        capabilities = configuration.capabilities
        // Before the contexts: a client on a loop must not be dropped without its shutdown when this fails.
        continuity = try configuration.continuity.makeStore(on: group.loops[0], logger: logger)
        var contexts: [LoopBound<LoopContext>] = []
        for loop in group.loops {
            contexts.append(
                await withUnsafeContinuation { continuation in
                    loop.execute {
                        let context = LoopContext(loop: loop, configuration: configuration, models: models)
                        continuation.resume(returning: LoopBound(context, on: loop))
                    }
                })
        }
        self.contexts = contexts
    }

    /// Serves one request; the handler of an `HTTPServer` on the gateway's loops.
    package func handle(_ exchange: HTTPExchange) async {
        let context = contexts[exchange.loop.index].value
        let record = begin(exchange, context)
        if refuse(exchange, record) {
            // Answered.
        } else if let frontend = record.endpoint.frontend(exchange.request) {
            await ModelRequest(exchange, frontend, gateway: self, context: context, record: record).serve()
        } else if record.endpoint == .metrics {
            let metrics = await renderMetrics(at: context.loop.now)
            respond(exchange, record, "text/plain; version=0.0.4; charset=utf-8", metrics)
        } else if record.endpoint == .attempts || record.endpoint == .lineage {
            let answer = await LineageAnswer.make(record.endpoint, exchange.request.query, from: continuity)
            respond(exchange, record, answer.type, answer.body, status: answer.status)
        } else if record.endpoint == .cancelALeg {
            await cancel(exchange, record)
        } else if record.endpoint == .legs {
            respond(exchange, record, "application/json", await legsAnswer(at: context.loop.now).render())
        } else if record.endpoint == .routeTrace {
            let answer = await routeTraceAnswer(exchange.request.query, at: context.loop.now)
            respond(exchange, record, answer.type, answer.body, status: answer.status)
        } else {
            answer(exchange, record)
        }
        finish(record, exchange, context)
    }

    @inline(never)
    private func begin(_ exchange: HTTPExchange, _ context: LoopContext) -> RequestRecord {
        let id = RequestID.choose(
            inbound: exchange.request.headers.firstBytes("x-request-id"), using: &context.random)
        context.metrics.requestStarted()
        inFlight.add(1, ordering: .relaxed)
        return RequestRecord(
            id: id, endpoint: Endpoint(exchange.request, metricsPath: metricsPath), start: context.loop.now)
    }

    /// Answers what needs no waiting.
    @inline(never)
    private func answer(_ exchange: HTTPExchange, _ record: RequestRecord) {
        switch record.endpoint {
        case .models:
            respond(exchange, record, "application/json", contexts[exchange.loop.index].value.models.list)
        case .health: respond(exchange, record, "application/json", Array(#"{"status":"ok"}"#.utf8))
        case .ready:
            let report = ReadinessReport(
                backends, isDraining: isDraining.load(ordering: .relaxed), at: exchange.loop.now)
            respond(exchange, record, "application/json", report.render(), status: report.isReady ? 200 : 503)
        case .chatCompletions, .completions, .responses, .messages, .generateContent, .metrics, .attempts, .lineage,
            .cancelALeg,
            .legs, .routeTrace, .other:
            preconditionFailure("\(record.endpoint) is answered elsewhere")
        }
    }

    /// Refuses a request that is not to be served; true when it was refused.
    @inline(never)
    private func refuse(_ exchange: HTTPExchange, _ record: RequestRecord) -> Bool {
        do throws(Failure) {
            record.principal = try principal(of: exchange, record.endpoint)
            return false
        } catch {
            respond(exchange, record, error)
            return true
        }
    }

    private func respond(_ exchange: HTTPExchange, _ record: RequestRecord, _ failure: Failure) {
        record.failure = failure
        var headers = HTTPHeaders([("content-type", "application/json"), ("x-request-id", record.id)])
        if failure.kind == .methodNotAllowed, let method = record.endpoint.method {
            headers.append("allow", method == .get ? "GET, HEAD" : "POST")
        }
        if failure.status == 401 { headers.append("www-authenticate", "Bearer realm=\"lip\"") }
        let (status, body) = record.endpoint.errorFrontend(exchange.request).render(failure)
        exchange.respond(status: status, headers: headers, body: body)
    }

    /// Calls the running requests of an A-leg off, on whatever loops they run.
    private func cancel(_ exchange: HTTPExchange, _ record: RequestRecord) async {
        let name = Endpoint.aLeg(in: exchange.request.path) ?? []
        guard let aLeg = ALegID(String(decoding: name, as: UTF8.self)) else {
            return respond(exchange, record, CancellationAnswer.unknown)
        }
        let principal = record.principal
        var count = 0
        for context in contexts { count += await context.collect { $0.running.cancel(aLeg, of: principal) } }
        // That a session has nothing to call off just now is no error: its request may have ended in between.
        guard count > 0 || sessions.contains(aLeg, of: principal) else {
            return respond(exchange, record, CancellationAnswer.unknown)
        }
        respond(exchange, record, "application/json", CancellationAnswer.cancelled(aLeg))
    }

    /// Requests being served now, on all loops; from any thread.
    package var requestsInFlight: Int { inFlight.load(ordering: .relaxed) }

    /// Makes `/readyz` say that no new requests should come.
    package func beginDraining() {
        isDraining.store(true, ordering: .relaxed)
    }

    /// Closes the upstream connections and writes what the lineage holds; call it once no request runs any more.
    package func shutdown() async {
        for context in contexts { await context.collect { $0.client.shutdown() } }
        largeBodies.shutdown()
        await continuity.shutdown()
    }

    /// The backend and leg that a leaf names; resolution has made sure that there is one.
    func target(of leaf: Leaf, at now: MonotonicInstant) -> (Backend, Leg) {
        guard let id = leaf.backend, let backend = backendsByID[id],
            let leg = legs.leg(LegID(backend: id, model: leaf.model), at: now)
        else { preconditionFailure("the leaf \(leaf.key) was not resolved") }
        return (backend, leg)
    }

    /// The backend with this id, or nil.
    func backend(withID id: String) -> Backend? { backendsByID[id] }

    /// The client of a loop; to be called, and used, on it.
    func client(on loop: EventLoop) -> HTTPClient { contexts[loop.index].value.client }

    /// What follows from the configuration with what the providers' lists say besides.
    func snapshot(of discovered: DiscoveredModels) throws -> ModelSnapshot {
        try ModelSnapshot(
            configuration.adding(discovered.models), generation: discovered.generation,
            created: Int(started.unixSeconds))
    }

    // MARK: Authenticate

    /// Names the paths, since a base URL without its `/v1` is the most frequent mistake.
    private static let nothingHere =
        "There is nothing at this path. lip serves POST /v1/chat/completions, /v1/responses, /v1/messages and /v1beta/models/MODEL:generateContent, and GET /v1/models: the base URL of an OpenAI SDK ends with /v1, that of the others with the port."

    /// Who the request comes from.
    ///
    /// - Throws: Why it is not served: an unknown path, another method, or a client that is not known.
    private func principal(of exchange: HTTPExchange, _ endpoint: Endpoint) throws(Failure) -> Principal {
        let request = exchange.request
        guard let method = endpoint.method else {
            throw Failure(.notFound, Self.nothingHere, side: .client)
        }
        let isAllowed = request.method == method || (method == .get && request.method == .head)
        guard isAllowed else {
            throw Failure(.methodNotAllowed, "This path takes \(method == .get ? "GET" : "POST") only.", side: .client)
        }
        guard configuration.access.isAuthenticationRequired, endpoint.needsAuthentication else {
            if endpoint.isAdministrative && !request.remoteAddress.isLoopback { throw Self.notLocal }
            return .local
        }
        guard let credential = Self.credential(request.headers) else {
            throw Failure(
                .authentication, "No API key was given: send it as 'Authorization: Bearer KEY'.", side: .client,
                code: "missing_api_key")
        }
        guard let principal = configuration.access.principal(of: credential) else {
            throw Failure(.authentication, "The API key is not known here.", side: .client, code: "invalid_api_key")
        }
        return principal
    }

    private static let notLocal = Failure(
        .permission, "Without server.api_keys this path answers on the loopback interface only.", side: .client)

    /// The client's key: a bearer token (RFC 6750, 2.1; the scheme in any case), or `x-api-key`.
    private static func credential(_ headers: HTTPHeaders) -> ArraySlice<UInt8>? {
        if let value = headers.firstBytes("authorization") {
            let scheme = "bearer "
            guard value.count > scheme.utf8.count else { return nil }
            for (byte, expected) in zip(value, scheme.utf8) where byte | 0x20 != expected { return nil }
            return value.dropFirst(scheme.utf8.count).drop { $0 == UInt8(ascii: " ") }
        }
        return headers.firstBytes("x-api-key")
    }

    // MARK: Answer

    private var metricsPath: String? {
        configuration.observability.metricsEnabled ? configuration.observability.metricsPath : nil
    }

    private func respond(
        _ exchange: HTTPExchange, _ record: RequestRecord, _ type: String, _ body: [UInt8], status: Int = 200
    ) {
        let headers = HTTPHeaders([("content-type", type), ("x-request-id", record.id)])
        exchange.respond(status: status, headers: headers, body: body)
    }

    @inline(never)
    private func finish(_ record: RequestRecord, _ exchange: HTTPExchange, _ context: LoopContext) {
        inFlight.subtract(1, ordering: .relaxed)
        let end = context.loop.clock.now()
        // 499, after nginx: the client left before there was a status to give it.
        let status = exchange.responseStatus ?? 499
        context.metrics.requestFinished(
            record.endpoint, status: status,
            clientLeft: !record.isCancelled && (status == 499 || record.failure?.kind == .cancelled),
            duration: end - record.start)
        let cause: CancellationCause = record.isCancelled ? .explicit : exchange.isGone ? .clientLeft : .shutDown
        if let session = record.session { sessions.requestEnded(session, at: end) }
        if let turn = record.turn(calledOffBy: cause, at: end, Timestamp.now()) { continuity.record(turn) }
        guard configuration.logging.logsAccess else { return }
        logger.log(
            .info, "http.access", record.logFields(status: status, bytesOut: exchange.bytesOut, end: end))
    }

    private func renderMetrics(at now: MonotonicInstant) async -> [UInt8] {
        var values = MetricsValues(backendCount: backends.count)
        for context in contexts { values.merge(await context.collect { $0.measure() }) }
        return MetricsReport(
            values: values, backends: backends.map(\.configuration.id), breakers: await breakerTallies(at: now),
            loads: backends.map(\.load.snapshot), keys: backends.map { $0.keys.states(at: now) },
            lineage: continuity.statistics,
            process: ProcessStatistics.read(startTime: Double(started.nanoseconds) / 1e9), version: Version.text
        ).render()
    }

    private func legsAnswer(at now: MonotonicInstant) async -> LegsAnswer {
        var snapshots: [LegSnapshot] = []
        for leg in legs.legs { snapshots.append(await leg.snapshot(at: now)) }
        let rows = backends.map { backend in
            LegsAnswer.BackendRow(
                id: backend.configuration.id, inFlightMax: backend.load.inFlightMax, load: backend.load.snapshot,
                keys: backend.keys.states(at: now))
        }
        return LegsAnswer(backends: rows, legs: snapshots, now: (now, Timestamp.now()))
    }

    private func routeTraceAnswer(_ query: ArraySlice<UInt8>?, at now: MonotonicInstant) async -> RouteTraceAnswer {
        var rings: [[RouteTraceEntry]] = []
        for context in contexts { rings.append(await context.collect { $0.trace.inOrder }) }
        return RouteTraceAnswer(rings, query, now: (now, Timestamp.now()))
    }

    /// How many legs of each backend have their breaker in each state; as it is now, whether or not anybody came since.
    private func breakerTallies(at now: MonotonicInstant) async -> [BreakerTally] {
        var tallies = Array(repeating: BreakerTally(), count: backends.count)
        for leg in legs.unorderedLegs {
            guard let index = backendsByID[leg.id.backend]?.index, let state = await leg.breakerState(at: now)
            else { continue }
            tallies[index][BreakerState(state)] += 1
        }
        return tallies
    }

    private static func bounds(_ configuration: Configuration) -> [LegID: Int] {
        var bounds: [LegID: Int] = [:]
        for backend in configuration.backends {
            for model in backend.models {
                bounds[LegID(backend: backend.id, model: model.name)] = model.inFlightMax
            }
        }
        return bounds
    }
}
