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
    /// Which legs issued the responses that clients may ask for again.
    let responses = ResponseRegistry()
    private let isDraining = Atomic(false)
    private let inFlight = Atomic(0)

    /// Builds the gateway on the loops of a group.
    ///
    /// - Throws: `RouteSettingsError` or `ModelAliasError` for routes that cannot be, `HTTPClientError` for a backend's
    ///   headers; a configuration that was checked has neither.
    package init(_ configuration: Configuration, on group: EventLoopGroup, logger: Logger) async throws {
        self.configuration = configuration
        self.logger = logger
        let models = try ModelSnapshot(configuration, created: started)
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
        } else if let request = modelRequest(exchange, record, context) {
            await request.serve()
        } else {
            await handleOther(exchange, record, context)
        }
        finish(record, exchange, context)
    }

    /// The request to a model that this is; nil where it asks for something else.
    @inline(never)
    private func modelRequest(
        _ exchange: HTTPExchange, _ record: RequestRecord, _ context: LoopContext
    ) -> ModelRequest? {
        record.endpoint.frontend(exchange.request).map {
            ModelRequest(exchange, $0, gateway: self, context: context, record: record)
        }
    }

    /// Serves what asks for no model; apart, since what a coroutine holds in its frame is memory of every stream.
    @inline(never)
    private func handleOther(_ exchange: HTTPExchange, _ record: RequestRecord, _ context: LoopContext) async {
        if record.endpoint == .metrics {
            let metrics = await renderMetrics(at: context.loop.now)
            respond(exchange, record, "text/plain; version=0.0.4; charset=utf-8", metrics)
        } else if record.endpoint == .attempts || record.endpoint == .lineage {
            let answer = await LineageAnswer.make(
                record.endpoint, exchange.request.query, from: continuity, at: context.loop.now)
            respond(
                exchange, record, answer.type, answer.body, status: answer.status,
                retryAfterSeconds: answer.retryAfterSeconds)
        } else if record.endpoint == .cancelALeg {
            await cancel(exchange, record)
        } else if let path = StoredResponsePath(exchange.request.path) {
            await StoredResponse(path, exchange, gateway: self, context: context, record: record).serve()
        } else if record.endpoint == .legs {
            respond(exchange, record, "application/json", await legsAnswer(at: context.loop.now).render())
        } else if record.endpoint == .routeTrace {
            let answer = await routeTraceAnswer(exchange.request.query, at: context.loop.now)
            respond(exchange, record, answer.type, answer.body, status: answer.status)
        } else {
            answer(exchange, record)
        }
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
        case .models, .model, .geminiModels, .geminiModel: answerModels(exchange, record)
        case .health: respond(exchange, record, "application/json", Array(#"{"status":"ok"}"#.utf8))
        case .ready:
            let report = ReadinessReport(
                backends, isDraining: isDraining.load(ordering: .relaxed), at: exchange.loop.now)
            respond(exchange, record, "application/json", report.render(), status: report.isReady ? 200 : 503)
        default: preconditionFailure("\(record.endpoint) is answered elsewhere")
        }
    }

    /// Answers in the form of the protocol that the client speaks, which its fields tell.
    private func answerModels(_ exchange: HTTPExchange, _ record: RequestRecord) {
        let frontend = record.endpoint.errorFrontend(exchange.request)
        do throws(Failure) {
            let answer = try ModelListAnswer.make(
                exchange.request, frontend, contexts[exchange.loop.index].value.models.list)
            var headers = HTTPHeaders([
                ("content-type", "application/json"), ("vary", "anthropic-version, x-goog-api-key"),
            ])
            frontend.name(record.id, in: &headers)
            if let tag = answer.entityTag { headers.append("etag", tag) }
            if answer.isKnown(to: exchange.request.headers.first("if-none-match")) {
                return exchange.respond(status: 304, headers: headers, body: [])
            }
            exchange.respond(status: 200, headers: headers, body: answer.body)
        } catch {
            respond(exchange, record, error)
        }
    }

    /// Refuses a request that is not to be served; true when it was refused.
    @inline(never)
    private func refuse(_ exchange: HTTPExchange, _ record: RequestRecord) -> Bool {
        if exchange.request.method == .options, !record.endpoint.methods.isEmpty {
            // Tells nothing that is secret, and a browser that asks beforehand shows no key.
            exchange.respond(
                status: 204, headers: [("allow", record.endpoint.allow), ("x-request-id", record.id)])
            return true
        }
        do throws(Failure) {
            record.principal = try principal(of: exchange, record.endpoint)
            return false
        } catch {
            respond(exchange, record, error)
            return true
        }
    }

    /// Answers with a failure, in the words of the protocol that the path belongs to.
    func respond(_ exchange: HTTPExchange, _ record: RequestRecord, _ failure: Failure) {
        record.failure = failure
        let frontend = record.endpoint.errorFrontend(exchange.request)
        var headers = HTTPHeaders([("content-type", "application/json")])
        frontend.name(record.id, in: &headers)
        if failure.kind == .methodNotAllowed { headers.append("allow", record.endpoint.allow) }
        if failure.status == 401 { headers.append("www-authenticate", "Bearer realm=\"lip\"") }
        if let seconds = failure.retryAfterSeconds { headers.append("retry-after", String(seconds)) }
        let (status, body) = frontend.render(failure)
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

    /// Calls off what runs, with an error for each client, and what comes from now on; from any thread.
    package func callOffRequests() {
        for context in contexts { context.run { $0.running.shutDown() } }
    }

    /// Gives up what loops keep for the next requests; returns the blocks that malloc kept for their threads.
    func releaseSpare() async -> [UInt] {
        var blocks: [UInt] = []
        for context in contexts {
            blocks += await context.collect { context in
                context.client.emptyPool()
                return ProcessMemory.takeThreadCache()
            }
        }
        return blocks
    }

    /// Closes connections to providers that have been idle for too long; returns how many.
    func closeIdleConnections() async -> Int {
        var count = 0
        for context in contexts { count += await context.collect { $0.client.closeIdleConnections() } }
        return count
    }

    /// Closes the upstream connections and writes what the lineage holds; call it once no request runs any more.
    package func shutdown() async {
        for context in contexts { await context.collect { $0.client.shutdown() } }
        largeBodies.shutdown()
        await continuity.shutdown()
    }

    /// The backend and leg that a leaf names; resolution has made sure that there is one.
    func target(of leaf: Leaf, at now: MonotonicInstant) -> (Backend, Leg) {
        let backend = backend(of: leaf)
        guard let leg = legs.leg(LegID(backend: backend.configuration.id, model: leaf.model), at: now) else {
            preconditionFailure("the leaf \(leaf.key) was not resolved")
        }
        return (backend, leg)
    }

    /// The client of a loop; to be called, and used, on it.
    func client(on loop: EventLoop) -> HTTPClient { contexts[loop.index].value.client }

    /// What follows from the configuration with what the providers' lists say besides.
    func snapshot(of discovered: DiscoveredModels) throws -> ModelSnapshot {
        try ModelSnapshot(
            configuration.adding(discovered.models), generation: discovered.generation,
            created: started)
    }

    /// The backend that a leaf names; resolution has made sure that there is one.
    func backend(of leaf: Leaf) -> Backend {
        guard let id = leaf.backend, let backend = backendsByID[id] else {
            preconditionFailure("the leaf \(leaf.key) was not resolved")
        }
        return backend
    }

    /// The backend with this id, or nil.
    func backend(_ id: String) -> Backend? { backendsByID[id] }

    // MARK: Answer

    private var metricsPath: String? {
        configuration.observability.metricsEnabled ? configuration.observability.metricsPath : nil
    }

    private func respond(
        _ exchange: HTTPExchange, _ record: RequestRecord, _ type: String, _ body: [UInt8], status: Int = 200,
        retryAfterSeconds: Int? = nil
    ) {
        var headers = HTTPHeaders([("content-type", type), ("x-request-id", record.id)])
        if let retryAfterSeconds { headers.append("retry-after", String(retryAfterSeconds)) }
        exchange.respond(status: status, headers: headers, body: body)
    }

    @inline(never)
    private func finish(_ record: RequestRecord, _ exchange: HTTPExchange, _ context: LoopContext) {
        inFlight.subtract(1, ordering: .relaxed)
        let end = context.loop.clock.now()
        let cause = record.callOffCause(of: exchange)
        if record.failure?.kind == .cancelled { record.abandon(becauseOf: cause) }
        record.countSwallowed(context)
        // 499, after nginx: the client left before there was a status to give it. What lip cut is no doing of the client's.
        let status = exchange.responseStatus ?? (cause == .shutDown ? 503 : 499)
        context.metrics.requestFinished(
            record.endpoint, status: status,
            clientLeft: (cause == .clientLeft || cause == .clientStalled)
                && (status == 499 || record.failure?.kind == .cancelled),
            duration: end - record.start)
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
                keys: backend.keys.states(at: now), isCredentialRefused: backend.keys.isCredentialRefused)
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
