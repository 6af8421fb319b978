import Dialects
import Routing
import Runtime
import Transport

/// The conversation that a request is part of, and the backend that it sticks to.
extension ModelRequest {
    /// Finds or begins the session that the request names; most name none.
    func openSession(_ call: Call) throws(Failure) {
        guard
            let claim = try SessionClaim(exchange.request.headers, call.session, gateway.configuration)
        else { return }
        do throws(SessionDenial) {
            let opened = try gateway.sessions.open(
                claim, by: record.principal, at: context.loop.now, using: &context.random)
            record.join(opened.session, token: opened.token)
        } catch {
            throw error.failure
        }
    }

    /// What a sticky route sticks to, where this one is sticky.
    func affinityKey(of selector: Selector) throws(Failure) -> AffinityKey? {
        switch selector.global.affinity {
        case nil: return nil
        case .client: return .client(record.principal)
        case .session:
            if let session = record.session { return .session(session.aLeg) }
            guard gateway.configuration.routing.affinity.missingIdentity == .failClosed else { return nil }
            throw Failure(
                .invalidRequest,
                "affinity=session needs a session: send X-LIP-Session-Id (see routing.affinity.missing_identity).",
                side: .client, code: "affinity_identity_required")
        }
    }

    /// The plan has let go of the backend that the route was bound to: so does the table.
    func unbindIfLost() {
        guard let affinityKey, let bound, plan?.sticky == nil, call?.operation.isGeneration == true else { return }
        self.bound = nil
        gateway.affinity.unbind(affinityKey, from: bound.backend)
        trace(.affinityReset, LegID(backend: bound.backend, model: bound.model))
    }

    /// Notes that the bound backend has the first turn, where it has.
    func traceAffinity() {
        guard let bound, plan?.sticky != nil else { return }
        trace(.affinityHit, LegID(backend: bound.backend, model: bound.model))
    }

    /// Output of the attempt has committed: a sticky route that is not bound is bound to its backend.
    func bind(_ attempt: Attempt) {
        guard let affinityKey, bound == nil, attempt.isGeneration else { return }
        gateway.affinity.bind(affinityKey, to: attempt.leaf, at: context.loop.now)
        trace(.affinityBind, attempt.leg.id, attempt.planned.number)
    }
}
