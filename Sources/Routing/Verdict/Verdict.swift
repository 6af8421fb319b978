import Dialects

/// What follows from an attempt's failure: for the request, for the key, for the leg's health and for the client.
package struct Verdict: Sendable, Equatable {
    /// Where the request goes next while the client has seen no output.
    package enum Recovery: Sendable, Equatable {
        /// Nowhere: the failure is the answer.
        case surface
        /// To another leg, or to the same one later.
        case otherLeg
        /// To the backend's next key, then to another leg.
        case nextKey
        /// To a leg whose model has a larger window; without one the failure is the answer.
        case largerWindow
        /// Nowhere, and nobody waits for an answer.
        case abandon
    }

    /// What happens to the key that the attempt used.
    package enum KeyEffect: Sendable, Equatable {
        case none
        /// It rests for the provider's Retry-After, else for ``KeyPool/cooldownWithoutRetryAfter``.
        case coolDown
        /// It is not used again until the configuration is loaded anew.
        case disable
    }

    /// The sort of failure, by which the answer is chosen when every leg failed.
    package enum Sort: Sendable, Equatable {
        case rateLimit, timeout, cancellation, other
    }

    /// The status that the client gets if this failure is the answer.
    package enum ClientStatus: Sendable, Equatable {
        case fixed(Int)
        /// The provider's own, or the one that the failure was made with.
        case asGiven
    }

    /// The row of ``VerdictTable`` that decided.
    package let row: String
    package let recovery: Recovery
    package let keyEffect: KeyEffect
    /// Whether it counts against the leg's health; 4xx, cancellation and lost races never do.
    package let countsAgainstLeg: Bool
    /// Whether whoever wrote the route set the time that ran out: it counts only where the leg had as much as it usually
    /// takes.
    package private(set) var isOfBudget = false
    package let sort: Sort
    package let clientStatus: ClientStatus

    /// Judges a signal by the first row of the table that covers it.
    package init(_ signal: UpstreamSignal, key owner: CredentialOwner) {
        self = VerdictTable.row(for: signal, key: owner).verdict
    }

    init(
        row: String, _ recovery: Recovery, _ keyEffect: KeyEffect, counts: Bool, _ sort: Sort, _ status: ClientStatus
    ) {
        self.row = row
        self.recovery = recovery
        self.keyEffect = keyEffect
        countsAgainstLeg = counts
        self.sort = sort
        clientStatus = status
    }

    /// The same once the client has seen output: nothing is retried any more, the key and the leg still learn from it.
    package var afterOutput: Verdict {
        var verdict = Verdict(
            row: row, recovery == .abandon ? .abandon : .surface, keyEffect, counts: countsAgainstLeg, sort,
            clientStatus)
        verdict.isOfBudget = isOfBudget
        return verdict
    }

    /// The same, of a budget that the route sets.
    var ofBudget: Verdict {
        var verdict = self
        verdict.isOfBudget = true
        return verdict
    }

    /// The failure with the status that the client gets for it.
    package func answer(_ failure: Failure) -> Failure {
        var answer = failure
        answer.retry = .never
        switch clientStatus {
        case .fixed(let status): answer.settle(status: status)
        case .asGiven:
            if let status = failure.providerStatus, (400...599).contains(status) { answer.status = status }
        }
        return answer
    }
}

extension Failure {
    /// Gives the failure another status, and another kind where the old one would contradict it.
    ///
    /// What a provider says about lip's own key or its limits must not look like a mistake of the client.
    mutating func settle(status: Int) {
        self.status = status
        guard status >= 500, kind.usualStatus < 500 else { return }
        kind = status == 504 ? .timeout : .providerError
        code = nil
        type = nil
        parameter = nil
    }
}
