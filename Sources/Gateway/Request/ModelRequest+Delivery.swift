import Dialects
import Routing
import Runtime
import Transport

/// What the client gets of a leg that has committed.
extension ModelRequest {
    func deliver(_ body: [UInt8], of attempt: Attempt) {
        var headers = attempt.carriedHeaders
        headers.append("content-type", "application/json")
        frontend.name(record.id, in: &headers)
        record.nameALeg(in: &headers)
        record.nameBLeg(in: &headers)
        DroppedFields.name(attempt.droppedFields, in: &headers)
        if case .whole(_, let usage?) = attempt.outcome, usage.isEstimated {
            TokenCountHeader.mark(.bytes, in: &headers)
        }
        exchange.respond(status: 200, headers: headers, body: body)
    }

    /// Writes what the leg has sent and will send; a failure now is told in-band and ends the answer without terminator.
    @inline(never)
    func deliver(_ relay: StreamRelay, of attempt: Attempt, to client: StreamedAnswer) async -> Step {
        current = attempt
        var step = Step.done
        do {
            try await relay.withAdvances {
                while true {
                    if !relay.output.isEmpty {
                        try await client.write(relay.output)
                        relay.output.removeAll(keepingCapacity: true)
                    }
                    guard case .running = relay.progress else { break }
                    try await relay.advance()
                }
            }
            finish(relay, of: attempt, to: client)
        } catch {
            step = abandon(relay, of: attempt, to: client)
        }
        await endIfOver(attempt)
        return step
    }

    @inline(never)
    private func finish(_ relay: StreamRelay, of attempt: Attempt, to client: StreamedAnswer) {
        client.finish()
        context.metrics.chunksRelayed(relay.frameCount)
        guard case .failed(let failure) = relay.progress else {
            return end(attempt, .succeeded, .init(.success, usage: relay.usage))
        }
        relay.cancel()
        record.failure = failure
        attempt.transportDetail = relay.transportDetail
        let verdict = Verdict(UpstreamSignal(failure), key: .gateway).afterOutput
        learn(verdict, from: failure, of: attempt)
        log(failure, of: attempt, verdict, next: "in_band_error")
        end(
            attempt, .failed(verdict),
            .init(
                .surfacedFailure, reason: failure.message, providerStatus: attempt.providerStatus, usage: relay.usage))
    }

    /// The client left in mid-stream, or its request was called off.
    @inline(never)
    private func abandon(_ relay: StreamRelay, of attempt: Attempt, to client: StreamedAnswer) -> Step {
        relay.cancel()
        context.metrics.chunksRelayed(relay.frameCount)
        end(attempt, .cancelled, .init(.cancelled, usage: relay.usage))
        let failure = callOffFailure
        guard record.calledOff != nil, client.hasStarted else { return answer(failure) }
        record.failure = failure
        // The client has been given what was in it.
        relay.output.removeAll()
        relay.fail(failure.afterOutput())
        return .failInBand(relay.output, client)
    }

    func streamedAnswer() -> StreamedAnswer {
        var headers = HTTPHeaders([
            ("content-type", frontend.streamContentType), ("cache-control", "no-cache"),
            ("x-accel-buffering", "no"),
        ])
        frontend.name(record.id, in: &headers)
        _ = record.aLeg(context)
        record.nameALeg(in: &headers)
        return StreamedAnswer(
            exchange, headers: headers, keepAlive: frontend.keepAlive,
            headTimeout: gateway.configuration.server.streamHeadTimeout)
    }
}
