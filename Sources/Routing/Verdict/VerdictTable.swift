/// The one table that says what each upstream signal means before output, in the order in which its rows are asked.
package enum VerdictTable {
    /// One line of the table.
    package struct Row: Sendable {
        package let kind: UpstreamSignal.Kind
        /// The statuses that it covers.
        package let statuses: ClosedRange<Int>
        /// Whose key it is about; nil where that does not matter.
        package let owner: CredentialOwner?
        package let verdict: Verdict

        /// The same, of a failure that a budget of the route made.
        fileprivate var ofBudget: Row {
            Row(kind: kind, statuses: statuses, owner: owner, verdict: verdict.ofBudget)
        }

        package func covers(_ signal: UpstreamSignal, key owner: CredentialOwner) -> Bool {
            kind == signal.kind && statuses.contains(signal.status) && (self.owner ?? owner) == owner
        }
    }

    package static let rows: [Row] = [
        row("client cancelled", .clientCancelled, .abandon, counts: false, .cancellation, .asGiven),
        row("race lost", .raceLost, .abandon, counts: false, .cancellation, .asGiven),
        // However long the legs before it took: the route's budget says nothing of the leg that it ended.
        row("global TTFT", .globalTTFT, .surface, counts: false, .timeout, .fixed(504)),
        row("leg TTFT", .legTTFT, .otherLeg, counts: true, .timeout, .fixed(504)).ofBudget,
        row("connection", .connection, .otherLeg, counts: true, .other, .fixed(502)),
        row("timeout", .timeout, .otherLeg, counts: true, .timeout, .fixed(504)),
        row("premature end", .prematureEnd, .otherLeg, counts: true, .other, .fixed(502)),
        row("in-band error", .inBandError, .otherLeg, counts: true, .other, .fixed(502)),
        row("final error", .finalError, .surface, counts: true, .other, .fixed(502)),
        // A page of HTML with status 200, an empty body, broken JSON: as much the provider's trouble as a 5xx.
        row("invalid answer", .invalidAnswer, .otherLeg, counts: true, .other, .fixed(502)),
        // A whole answer without anything in it, which cannot win a race; nothing is wrong with who gave it.
        row("no output", .noOutput, .otherLeg, counts: false, .other, .fixed(502)),
        row("inexpressible", .inexpressible, .surface, counts: false, .other, .asGiven),
        // Another leg would need what is wanting as well, and the provider had no part in it.
        row("gateway exhausted", .gatewayExhausted, .surface, counts: false, .other, .asGiven),
        row("context length", .contextLength, .largerWindow, counts: false, .other, .asGiven),

        row("401 lip's key", 401...401, .gateway, .nextKey, .disable, counts: false, .other, .fixed(502)),
        row("401 client's key", 401...401, .client, .surface, .none, counts: false, .other, .asGiven),
        row("403 lip's key", 403...403, .gateway, .surface, .none, counts: false, .other, .fixed(502)),
        row("403 client's key", 403...403, .client, .surface, .none, counts: false, .other, .asGiven),
        // About a proxy on lip's own way, which is nothing that the client could act on.
        row("407", 407...407, nil, .surface, .none, counts: false, .other, .fixed(502)),
        row("408", 408...408, nil, .otherLeg, .none, counts: false, .timeout, .fixed(504)),
        row("429 lip's key", 429...429, .gateway, .nextKey, .coolDown, counts: false, .rateLimit, .fixed(429)),
        row("429 client's key", 429...429, .client, .otherLeg, .none, counts: false, .rateLimit, .fixed(429)),
        row("other 4xx", 400...499, nil, .surface, .none, counts: false, .other, .asGiven),
        row("504", 504...504, nil, .otherLeg, .none, counts: true, .timeout, .fixed(504)),
        row("5xx", 500...599, nil, .otherLeg, .none, counts: true, .other, .fixed(502)),
        // A redirect is not followed: it could carry a key to another host.
        row("no error status", Int.min...Int.max, nil, .surface, .none, counts: true, .other, .fixed(502)),
    ]

    /// The row that decides about a signal.
    static func row(for signal: UpstreamSignal, key owner: CredentialOwner) -> Row {
        guard let row = rows.first(where: { $0.covers(signal, key: owner) }) else {
            preconditionFailure("no verdict on \(signal)")
        }
        return row
    }

    private static func row(
        _ name: String, _ kind: UpstreamSignal.Kind, _ recovery: Verdict.Recovery, counts: Bool, _ sort: Verdict.Sort,
        _ status: Verdict.ClientStatus
    ) -> Row {
        Row(
            kind: kind, statuses: Int.min...Int.max, owner: nil,
            verdict: Verdict(row: name, recovery, .none, counts: counts, sort, status))
    }

    private static func row(
        _ name: String, _ statuses: ClosedRange<Int>, _ owner: CredentialOwner?, _ recovery: Verdict.Recovery,
        _ keyEffect: Verdict.KeyEffect, counts: Bool, _ sort: Verdict.Sort, _ status: Verdict.ClientStatus
    ) -> Row {
        Row(
            kind: .status, statuses: statuses, owner: owner,
            verdict: Verdict(row: name, recovery, keyEffect, counts: counts, sort, status))
    }
}
