import Dialects
import Routing
import Testing

@Suite struct VerdictTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let signal: UpstreamSignal
        let owner: CredentialOwner
        let recovery: Verdict.Recovery
        let keyEffect: Verdict.KeyEffect
        let counts: Bool
        let status: Verdict.ClientStatus
        var testDescription: String { "\(signal.kind) \(signal.status) \(owner)" }

        init(
            _ signal: UpstreamSignal, key owner: CredentialOwner = .gateway, _ recovery: Verdict.Recovery,
            _ keyEffect: Verdict.KeyEffect = .none, counts: Bool, _ status: Verdict.ClientStatus
        ) {
            self.signal = signal
            self.owner = owner
            self.recovery = recovery
            self.keyEffect = keyEffect
            self.counts = counts
            self.status = status
        }
    }

    static let rows: [Row] = [
        Row(UpstreamSignal(.clientCancelled), .abandon, counts: false, .asGiven),
        Row(UpstreamSignal(.raceLost), .abandon, counts: false, .asGiven),
        Row(UpstreamSignal(.globalTTFT), .surface, counts: false, .fixed(504)),
        Row(UpstreamSignal(.legTTFT), .otherLeg, counts: true, .fixed(504)),
        Row(UpstreamSignal(.connection), .otherLeg, counts: true, .fixed(502)),
        Row(UpstreamSignal(.timeout), .otherLeg, counts: true, .fixed(504)),
        Row(UpstreamSignal(.prematureEnd), .otherLeg, counts: true, .fixed(502)),
        Row(UpstreamSignal(.inBandError), .otherLeg, counts: true, .fixed(502)),
        Row(UpstreamSignal(.finalError), .surface, counts: true, .fixed(502)),
        Row(UpstreamSignal(.invalidAnswer), .otherLeg, counts: true, .fixed(502)),
        Row(UpstreamSignal(.noOutput), .otherLeg, counts: false, .fixed(502)),
        Row(UpstreamSignal(.inexpressible), .surface, counts: false, .asGiven),
        Row(UpstreamSignal(.gatewayExhausted, status: 503), .surface, counts: false, .asGiven),
        Row(UpstreamSignal(.contextLength, status: 400), .largerWindow, counts: false, .asGiven),
        Row(UpstreamSignal(.contextLength, status: 413), .largerWindow, counts: false, .asGiven),
        Row(.status(400), .surface, counts: false, .asGiven),
        Row(.status(401), .nextKey, .disable, counts: false, .fixed(502)),
        Row(.status(401), key: .client, .surface, counts: false, .asGiven),
        Row(.status(402), .surface, counts: false, .asGiven),
        Row(.status(403), .surface, counts: false, .fixed(502)),
        Row(.status(403), key: .client, .surface, counts: false, .asGiven),
        Row(.status(404), .surface, counts: false, .asGiven),
        Row(.status(407), .surface, counts: false, .fixed(502)),
        Row(.status(408), .otherLeg, counts: false, .fixed(504)),
        Row(.status(413), .surface, counts: false, .asGiven),
        Row(.status(422), .surface, counts: false, .asGiven),
        Row(.status(429), .nextKey, .coolDown, counts: false, .fixed(429)),
        Row(.status(429), key: .client, .otherLeg, counts: false, .fixed(429)),
        Row(.status(499), .surface, counts: false, .asGiven),
        Row(.status(500), .otherLeg, counts: true, .fixed(502)),
        Row(.status(503), .otherLeg, counts: true, .fixed(502)),
        Row(.status(504), .otherLeg, counts: true, .fixed(504)),
        Row(.status(529), .otherLeg, counts: true, .fixed(502)),
        Row(.status(599), .otherLeg, counts: true, .fixed(502)),
        Row(.status(302), .surface, counts: true, .fixed(502)),
        Row(.status(700), .surface, counts: true, .fixed(502)),
    ]

    @Test("each signal has its verdict", arguments: rows)
    func verdict(row: Row) {
        let verdict = Verdict(row.signal, key: row.owner)
        #expect(verdict.recovery == row.recovery)
        #expect(verdict.keyEffect == row.keyEffect)
        #expect(verdict.countsAgainstLeg == row.counts)
        #expect(verdict.clientStatus == row.status)
    }

    @Test("every row of the table is reached by one of these signals")
    func reached() {
        let reached = Set(Self.rows.map { Verdict($0.signal, key: $0.owner).row })
        #expect(reached == Set(VerdictTable.rows.map(\.verdict.row)))
    }

    @Test("no signal is left without a verdict, and none that counts against a leg is the client's fault")
    func total() {
        for owner in CredentialOwner.allCases {
            for kind in UpstreamSignal.Kind.allCases {
                for status in [-1, 0] + Array(100...600) {
                    let verdict = Verdict(UpstreamSignal(kind, status: status), key: owner)
                    if kind == .status, (400...499).contains(status) { #expect(!verdict.countsAgainstLeg) }
                    if owner == .client { #expect(verdict.keyEffect == .none) }
                }
            }
        }
    }

    @Test("once the client has seen output nothing is tried again", arguments: rows)
    func afterOutput(row: Row) {
        let verdict = Verdict(row.signal, key: row.owner)
        #expect(verdict.afterOutput.recovery == (row.recovery == .abandon ? .abandon : .surface))
        #expect(verdict.afterOutput.countsAgainstLeg == row.counts)
        #expect(verdict.afterOutput.keyEffect == row.keyEffect)
    }

    @Test(
        "failures of dialects and transport become signals",
        arguments: [
            (Failure(.rateLimited, "", side: .provider, providerStatus: 429), .status(429)),
            (Failure(.rateLimited, "", side: .provider, providerStatus: 200), .status(429)),
            (Failure(.overloaded, "", side: .provider), .status(529)),
            (Failure(.overloaded, "", side: .provider, providerStatus: 503), .status(503)),
            (Failure(.providerError, "", side: .provider, providerStatus: 500), .status(500)),
            (Failure(.providerError, "", side: .provider, retry: .never), UpstreamSignal(.finalError)),
            (Failure(.authentication, "", side: .provider), .status(401)),
            (Failure(.invalidRequest, "", side: .provider, providerStatus: 422), .status(422)),
            (Failure(.notFound, "", side: .provider, providerStatus: 404), .status(404)),
            (Failure(.timeout, "", side: .provider, providerStatus: 504), .status(504)),
            (Failure(.timeout, ""), UpstreamSignal(.timeout)),
            (Failure(.connection, ""), UpstreamSignal(.connection)),
            (Failure(.prematureEnd, ""), UpstreamSignal(.prematureEnd)),
            (Failure(.prematureEnd, "", retry: .never), UpstreamSignal(.finalError)),
            (Failure(.invalidResponse, ""), UpstreamSignal(.invalidAnswer)),
            (Failure(.invalidResponse, "", providerStatus: 302), .status(302)),
            (Failure(.cancelled, ""), UpstreamSignal(.clientCancelled)),
            (Failure(.contextLength, "", providerStatus: 400), UpstreamSignal(.contextLength, status: 400)),
            (
                Failure(.tooLarge, "", side: .provider, providerStatus: 413),
                UpstreamSignal(.contextLength, status: 413)
            ),
            (Failure(.tooLarge, "", side: .client), UpstreamSignal(.inexpressible, status: 413)),
            (Failure(.unsupported, ""), UpstreamSignal(.inexpressible, status: 501)),
            (Failure(.unsupported, "", side: .provider, providerStatus: 501), .status(501)),
            (Failure(.invalidRequest, "", side: .client), UpstreamSignal(.inexpressible, status: 400)),
            (Failure(.internalError, ""), UpstreamSignal(.inexpressible, status: 500)),
        ] as [(Failure, UpstreamSignal)])
    func signals(failure: Failure, signal: UpstreamSignal) {
        #expect(UpstreamSignal(failure) == signal)
    }

    @Test("the answer keeps the provider's words and gets the table's status")
    func answer() {
        let refused = Failure(.permission, "no access", side: .provider, status: 403, providerStatus: 403)
        #expect(Verdict(.status(403), key: .gateway).answer(refused).status == 502)
        #expect(Verdict(.status(403), key: .client).answer(refused).status == 403)
        #expect(Verdict(.status(403), key: .gateway).answer(refused).message == "no access")
        let unprocessable = Failure(.invalidRequest, "", side: .provider, providerStatus: 422)
        #expect(Verdict(.status(422), key: .gateway).answer(unprocessable).status == 422)
        let failed = Failure(.providerError, "", side: .provider, providerStatus: 500)
        #expect(Verdict(.status(500), key: .gateway).answer(failed).status == 502)
        #expect(Verdict(.status(500), key: .gateway).answer(failed).retry == .never)
    }
}
