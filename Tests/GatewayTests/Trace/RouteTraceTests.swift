import Routing
import Runtime
import Testing
import Transport

@testable import Gateway

@Suite("Route trace") struct RouteTraceTests {
    private let leg = LegID(backend: "a", model: "m")
    private let now = (MonotonicInstant(nanoseconds: 10_000_000_000), Timestamp(nanoseconds: 1_800_000_010_000_000_000))

    private func entry(
        _ milliseconds: Int64, _ request: String = "r", _ decision: RouteTraceEntry.Decision = .attempt,
        _ detail: RouteTraceEntry.Detail = .none
    ) -> RouteTraceEntry {
        RouteTraceEntry(
            time: MonotonicInstant(nanoseconds: milliseconds * 1_000_000), requestID: InlineText(request),
            selector: "a:m",
            decision: decision, leg: leg, attempt: 1, detail: detail)
    }

    private func answer(_ rings: [[RouteTraceEntry]], _ query: String = "") -> RouteTraceAnswer {
        RouteTraceAnswer(rings, Array(query.utf8)[...], now: now)
    }

    private func texts(_ answer: RouteTraceAnswer, _ name: StaticString) throws -> [String] {
        try JSONParser().parse(answer.body).root.elements.map { $0[name]?.string ?? "-" }
    }

    @Test("a ring keeps the last decisions, oldest first", arguments: [0, 1, 255, 256, 257, 700])
    func ring(_ count: Int) {
        let trace = RouteTrace()
        for index in 0..<count { trace.note(entry(Int64(index))) }
        let kept = trace.inOrder.map { $0.time.nanoseconds / 1_000_000 }
        #expect(kept == (max(0, count - RouteTrace.entryCountMax)..<count).map(Int64.init))
    }

    @Test("the loops' decisions are merged by time, the newest last, and no more than one ring's worth")
    func merge() throws {
        let first = (0..<200).map { entry(Int64($0) * 2, "first") }
        let second = (0..<200).map { entry(Int64($0) * 2 + 1, "second") }
        let requests = try texts(answer([first, second]), "request_id")
        #expect(requests.count == 256 && requests.suffix(4) == ["first", "second", "first", "second"])
        let times = try texts(answer([first, second]), "time")
        #expect(times == times.sorted() && times.last == "2027-01-15T08:00:00.399000000Z")
    }

    @Test("what one loop decided at one moment keeps its order")
    func order() throws {
        let decisions: [RouteTraceEntry.Decision] = [.planCandidate, .attempt, .fail, .wait, .attempt, .win]
        let answer = answer([decisions.map { entry(7, "r", $0) }])
        #expect(try texts(answer, "decision") == ["plan_candidate", "attempt", "fail", "wait", "attempt", "win"])
    }

    @Test("one request's decisions can be had, and the latest of them")
    func query() throws {
        let ring = (0..<9).map { entry($0, $0 % 3 == 0 ? "x" : "y") }
        #expect(try texts(answer([ring], "request_id=x"), "request_id") == ["x", "x", "x"])
        #expect(try texts(answer([ring], "request_id=x&limit=2"), "time").count == 2)
        #expect(try texts(answer([ring], "request_id=z"), "time") == [])
        for (query, words) in [
            ("limit=0", "limit"), ("limit=257", "limit"), ("limit=x", "limit"), ("id=x", "request_id"),
            ("a=%zz", "query"),
        ] {
            let refused = answer([ring], query)
            #expect(refused.status == 400)
            #expect(String(decoding: refused.body, as: UTF8.self).contains(words))
        }
    }

    @Test("a decision tells its reason in words")
    func details() throws {
        let rows: [(RouteTraceEntry.Detail, String)] = [
            (.none, "-"), (.words("another leg won"), "another leg won"), (.key(1), "with key 2"),
            (.refusal(.breakerOpen(until: now.0)), "the breaker is open"),
            (.refusal(.busy(until: now.0)), "max_in_flight attempts are under way"),
            (.refusal(.retryBudget), "the retry budget is spent"), (.refusal(.key(.missing)), "no key"),
            (.lacks([.vision, .tools]), "lacks tools, vision"), (.duration(.milliseconds(250)), "250.0 ms"),
            (.unfit(tokens: 9), "min_context or max_context excludes the estimated 9 tokens"),
            (.failure(row: "rate_limit", status: 429, message: "slow down"), "rate_limit: status 429, slow down"),
            (.failure(row: "connection", status: nil, message: "refused"), "connection: refused"),
            (.answer(status: 503, message: "nothing left"), "503: nothing left"),
        ]
        for (detail, words) in rows {
            #expect(try texts(answer([[entry(1, "r", .skip, detail)]]), "detail") == [words])
        }
    }
}

@Suite struct InlineTextTests {
    @Test("a text comes back as it was, whether it fits or not", arguments: [0, 1, 39, 40, 41, 500])
    func roundTrip(length: Int) {
        let text = String(repeating: "ä1", count: length).prefix { _ in true }
        let cut = String(decoding: text.utf8.prefix(length), as: UTF8.self)
        #expect(InlineText(cut).string == cut)
        #expect(InlineText(cut) == InlineText(cut))
        #expect(InlineText(cut) != InlineText(cut + "x"))
    }
}
