import Dialects
import Routing
import Runtime
import Transport

/// One chat completion from its head to the end of its answer: the phases of docs/life-of-a-request.md in their order.
///
/// Belongs to the connection's task and loop. Every way through it ends with an answer or a client that left.
final class ChatCompletion {
    private let gateway: Gateway
    private let context: LoopContext
    private let exchange: HTTPExchange
    private(set) var record: RequestRecord
    /// Set while an attempt goes on with another key.
    private var keyRefusal: KeyRefusal?

    init(_ exchange: HTTPExchange, gateway: Gateway, context: LoopContext, record: RequestRecord) {
        self.exchange = exchange
        self.gateway = gateway
        self.context = context
        self.record = record
    }

    /// Serves the request; returns once it has been answered or its client has left.
    func serve() async {
        do throws(Failure) {
            let call = try await receive()
            let route = try resolve(call)
            try await attempt(call, route)
        } catch {
            record.failure = error
            guard error.kind != .cancelled else { return }
            answer(error)
        }
    }

    // MARK: Read and decode

    private func receive() async throws(Failure) -> Call {
        let body: [UInt8]
        do {
            body = try await exchange.readBody(upTo: gateway.configuration.server.requestBodyBytesMax)
        } catch {
            throw failure(error)
        }
        let call = try OpenAIChatRequestDecoder.decode(body, limits: gateway.callLimits, jsonLimits: gateway.jsonLimits)
        record.model = call.model
        record.isStreamed = call.stream
        return call
    }

    private func failure(_ error: HTTPBodyError) -> Failure {
        switch error {
        case .tooLarge:
            let limit = gateway.configuration.server.requestBodyBytesMax
            return Failure(
                .tooLarge, "The request body is larger than \(limit) bytes (server.max_request_body_bytes).",
                side: .client)
        case .timeout:
            return Failure(.timeout, "The request body did not arrive in time.", side: .client, status: 408)
        case .malformed:
            return Failure(.invalidRequest, "The request body is not framed as HTTP asks for.", side: .client)
        case .clientGone:
            return Failure(.cancelled, "The client left before its request was complete.")
        }
    }

    // MARK: Resolve

    private func resolve(_ call: Call) throws(Failure) -> ResolvedRoute {
        let route: ResolvedRoute
        do {
            if let header = exchange.request.headers.first("x-lip-route") {
                route = try gateway.resolver.resolve(header: header, model: call.model)
            } else {
                route = try context.route(call.model, with: gateway.resolver)
            }
        } catch {
            throw error.failure
        }
        record.selector = route.rewrittenText ?? route.text
        if let feature = UnsupportedFeature(in: route.selector) {
            throw Failure(
                .unsupported,
                "The route selector uses \(feature.name) (column \(feature.column)), which this version parses but does not run.",
                side: .gateway, code: "unsupported_route_feature")
        }
        return route
    }

    // MARK: Plan and attempt

    private func attempt(_ call: Call, _ route: ResolvedRoute) async throws(Failure) {
        let client = call.stream ? streamedAnswer() : nil
        defer { client?.close() }
        var plan = FailoverPlan(route.selector, settings: gateway.failover, windows: gateway.windows)
        var action = plan.began()
        while true {
            switch action {
            case .attempt(let attempt):
                guard let next = try await carryOut(attempt, of: &plan, call, client) else { return }
                action = next
            case .wait(let duration):
                do {
                    try await exchange.loop.sleep(for: duration)
                } catch {
                    throw Self.cancelled
                }
                action = plan.waited()
            case .finish(let failure):
                if let client, client.hasStarted { return await fail(failure, inBandOf: client) }
                throw failure
            }
        }
    }

    /// Makes one attempt and delivers its answer; returns what the plan wants next, nil when the request is done.
    private func carryOut(
        _ attempt: FailoverPlan.Attempt, of plan: inout FailoverPlan, _ call: Call, _ client: StreamedAnswer?
    ) async throws(Failure) -> FailoverPlan.Action? {
        let leaf = attempt.leaf
        let (backend, leg) = gateway.target(of: leaf, at: context.loop.now)
        let lease: KeyPool.Lease?
        do {
            lease =
                attempt.keyChangeCount == 0
                ? try await leg.begin(at: context.loop.now, lastResort: attempt.mayUseRestingKey)
                : try await leg.nextKey(at: context.loop.now)
        } catch {
            let action = plan.skipped(error, at: context.loop.now)
            if let refusal = keyRefusal {
                keyRefusal = nil
                await finish(backend, leg, .failed(refusal.verdict), lease: nil, refusal.ending(before: action))
            }
            return action
        }
        if attempt.keyChangeCount == 0 { begin(backend, leaf) }
        keyRefusal = nil
        var opening = Attempt(call, backend: backend, leaf: leaf, requestID: record.id, context: context)
        do {
            switch try await opening.open(with: lease) {
            case .whole(let body, let usage):
                plan.committed()
                noteOutput(backend)
                deliver(body, opening)
                await finish(backend, leg, .succeeded, lease: lease, Ending(.success, usage: usage))
                return nil
            case .stream(let relay):
                plan.committed()
                noteOutput(backend)
                guard let client else { preconditionFailure("a unary call was given a stream") }
                client.addHeaders { headers in
                    CarriedHeaders.append(opening.carriedHeaders, to: &headers)
                    Self.nameDropped(opening.droppedFields, in: &headers)
                }
                try await deliver(relay, to: client, attempt.leaf, backend, leg, lease)
                return nil
            case .failed(let failure):
                return await failed(failure, opening, attempt, of: &plan, backend, leg, lease)
            }
        } catch {
            await finish(backend, leg, .cancelled, lease: lease, Ending(.cancelled))
            throw Self.cancelled
        }
    }

    /// Tells plan, leg and log of an attempt that came to nothing before its commit.
    private func failed(
        _ failure: Failure, _ opening: Attempt, _ attempt: FailoverPlan.Attempt, of plan: inout FailoverPlan,
        _ backend: Backend, _ leg: Leg, _ lease: KeyPool.Lease?
    ) async -> FailoverPlan.Action {
        let verdict = Verdict(UpstreamSignal(failure), key: .gateway)
        let now = context.loop.now
        var shortage: KeyPool.Shortage?
        if let lease, verdict.keyEffect != .none {
            shortage = await leg.keyFailed(lease, verdict.keyEffect, retryAfter: failure.retryAfter, at: now)
        }
        let action = plan.failed(failure, verdict, shortage: shortage, at: now, using: &context.random)
        gateway.logger.log(
            .warn, "attempt.failed",
            [
                ("request_id", .string(record.id)), ("attempt", .integer(attempt.number)),
                ("backend", .string(backend.configuration.id)), ("backend_model", .string(attempt.leaf.model)),
                ("error_kind", .string(failure.kind.rawValue)), ("error", .string(failure.message)),
                ("provider_status", .integer(opening.providerStatus ?? 0)), ("verdict", .string(verdict.row)),
                ("next", .string(Self.name(of: action))),
            ])
        let refusal = KeyRefusal(failure: failure, verdict: verdict, providerStatus: opening.providerStatus)
        if case .attempt(let next) = action, next.keyChangeCount > 0 {
            keyRefusal = refusal
            return action
        }
        await finish(backend, leg, .failed(verdict), lease: lease, refusal.ending(before: action))
        return action
    }

    private static func name(of action: FailoverPlan.Action) -> String {
        switch action {
        case .attempt(let next): next.keyChangeCount > 0 ? "next_key" : "next_leg"
        case .wait: "wait"
        case .finish: "surface"
        }
    }

    // MARK: Commit and relay

    private func deliver(_ body: [UInt8], _ opening: Attempt) {
        var headers = opening.carriedHeaders
        headers.append("content-type", "application/json")
        headers.append("x-request-id", record.id)
        Self.nameDropped(opening.droppedFields, in: &headers)
        exchange.respond(status: 200, headers: headers, body: body)
    }

    /// Writes what the leg has sent and will send; a failure now is told in-band and ends the answer without terminator.
    private func deliver(
        _ relay: StreamRelay, to client: StreamedAnswer, _ leaf: Leaf, _ backend: Backend, _ leg: Leg,
        _ lease: KeyPool.Lease?
    ) async throws(CancellationError) {
        do {
            while true {
                if !relay.output.isEmpty {
                    try await client.write(relay.output)
                    relay.output.removeAll(keepingCapacity: true)
                }
                guard case .running = relay.progress else { break }
                try await relay.advance()
            }
        } catch {
            relay.cancel()
            context.metrics.chunksRelayed(relay.frameCount)
            throw CancellationError()
        }
        client.finish()
        context.metrics.chunksRelayed(relay.frameCount)
        if case .failed(let failure) = relay.progress {
            relay.cancel()
            record.failure = failure
            let verdict = Verdict(UpstreamSignal(failure), key: .gateway).afterOutput
            gateway.logger.log(
                .warn, "stream.failed",
                [
                    ("request_id", .string(record.id)), ("backend", .string(backend.configuration.id)),
                    ("backend_model", .string(leaf.model)), ("error_kind", .string(failure.kind.rawValue)),
                    ("error", .string(failure.message)),
                ])
            await finish(
                backend, leg, .failed(verdict), lease: lease,
                Ending(.surfacedFailure, reason: failure.message, usage: relay.usage))
        } else {
            await finish(backend, leg, .succeeded, lease: lease, Ending(.success, usage: relay.usage))
        }
    }

    private func streamedAnswer() -> StreamedAnswer {
        var headers = HTTPHeaders([
            ("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache"),
            ("x-accel-buffering", "no"),
        ])
        headers.append("x-request-id", record.id)
        return StreamedAnswer(
            exchange, headers: headers, keepAlive: gateway.keepAlive,
            headTimeout: gateway.configuration.server.streamHeadTimeout)
    }

    // MARK: Finish

    private func begin(_ backend: Backend, _ leaf: Leaf) {
        context.metrics.attemptStarted(backend.index)
        let now = context.loop.clock.now()
        record.attempts.append(
            RequestRecord.Attempt(
                backend: backend.configuration.id, model: leaf.model, outcome: .cancelled, reason: nil, start: now,
                firstOutput: nil, end: now))
    }

    private func noteOutput(_ backend: Backend) {
        let now = context.loop.clock.now()
        let last = record.attempts.count - 1
        record.attempts[last].firstOutput = now
        record.firstOutput = now
        context.metrics.firstToken(backend.index, after: now - record.attempts[last].start)
    }

    /// What is recorded of an attempt's end.
    private struct Ending {
        var outcome: AttemptOutcome
        var reason: String?
        var providerStatus: Int?
        var usage: Usage?

        init(_ outcome: AttemptOutcome, reason: String? = nil, providerStatus: Int? = nil, usage: Usage? = nil) {
            self.outcome = outcome
            self.reason = reason
            self.providerStatus = providerStatus
            self.usage = usage
        }
    }

    /// A failure that moved an attempt on to its backend's next key.
    private struct KeyRefusal {
        var failure: Failure
        var verdict: Verdict
        var providerStatus: Int?

        func ending(before action: FailoverPlan.Action) -> Ending {
            let isSurfaced = if case .finish = action { true } else { false }
            return Ending(
                isSurfaced ? .surfacedFailure : .swallowedFailure, reason: failure.message,
                providerStatus: providerStatus)
        }
    }

    private func finish(
        _ backend: Backend, _ leg: Leg, _ legEnding: Leg.Ending, lease: KeyPool.Lease?, _ ending: Ending
    ) async {
        let now = context.loop.clock.now()
        let last = record.attempts.count - 1
        record.attempts[last].outcome = ending.outcome
        record.attempts[last].reason = ending.reason
        record.attempts[last].end = now
        record.attempts[last].providerStatus = ending.providerStatus
        if let usage = ending.usage {
            record.usage = usage
            context.metrics.tokens(backend.index, usage)
        }
        let duration = now - record.attempts[last].start
        context.metrics.attemptFinished(backend.index, ending.outcome, duration: duration)
        await leg.end(legEnding, with: lease)
    }

    /// Tells a failure to a client whose answer's head has gone out already.
    private func fail(_ failure: Failure, inBandOf client: StreamedAnswer) async {
        record.failure = failure
        var encoder = OpenAIChatStreamEncoder(includeUsage: false, fallback: ResponseInfo())
        var output: [UInt8] = []
        encoder.fail(failure, into: &output)
        // A client that has left is told nothing.
        guard (try? await client.write(output)) != nil else { return }
        client.finish()
    }

    private func answer(_ failure: Failure) {
        var headers = HTTPHeaders([("content-type", "application/json")])
        headers.append("x-request-id", record.id)
        if let retryAfter = failure.retryAfter {
            headers.append("retry-after", String((retryAfter.wholeNanoseconds + 999_999_999) / 1_000_000_000))
        }
        let (status, body) = OpenAIChatErrors.render(failure)
        if failure.kind == .tooLarge || failure.status == 408 { exchange.closeAfterResponse() }
        exchange.respond(status: status, headers: headers, body: body)
    }

    /// Names the fields that the provider's dialect had no place for.
    private static func nameDropped(_ fields: [String], in headers: inout HTTPHeaders) {
        guard !fields.isEmpty else { return }
        headers.append("x-lip-dropped-fields", fields.joined(separator: ", "))
    }

    private static let cancelled = Failure(.cancelled, "the client left")
}
