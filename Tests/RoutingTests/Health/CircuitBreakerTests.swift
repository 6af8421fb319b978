import Routing
import Runtime
import Testing

/// A breaker with a clock, driven by a line of events, and what it answered to them.
///
/// `b1` begins attempt 1, `f1` `s1` `c1` `n1` end it: failed, succeeded, committed (not an end), no evidence; `t5` lets
/// five seconds pass, `F4` is four attempts that fail in a row, `S4` four that succeed.
private struct Drive {
    private var breaker: CircuitBreaker
    private var now = MonotonicInstant(nanoseconds: 100_000_000_000)
    private var passes: [Substring: CircuitBreaker.Pass] = [:]
    /// What happened: `+` and `probe` for admissions, `-5` for a refusal until five seconds later, and the transitions.
    private(set) var trace: [String] = []

    init(_ change: (inout CircuitBreaker.Settings) -> Void = { _ in }) {
        var settings = CircuitBreaker.Settings()
        settings.failureThreshold = 3
        change(&settings)
        breaker = CircuitBreaker(settings)
    }

    mutating func run(_ events: String) {
        for event in events.split(separator: " ") { take(event) }
    }

    var state: String {
        switch breaker.state(at: now) {
        case .closed: "closed"
        case .open(let until): "open \(seconds(until - now))"
        case .halfOpen(let isProbing): isProbing ? "probing" : "half-open"
        }
    }

    var isUntroubled: Bool { breaker.isUntroubled }

    private mutating func take(_ event: Substring) {
        let name = event.dropFirst()
        switch event.first {
        case "b": begin(name)
        case "f": note(pass(name) { $0.failed($1, at: $2) })
        case "s": note(pass(name) { $0.succeeded($1, at: $2) })
        case "c": note(pass(name) { breaker, pass, _ in breaker.committed(pass) })
        case "n":
            note(
                pass(name) { breaker, pass, _ in
                    breaker.endedWithoutEvidence(pass)
                    return nil
                })
        case "t": now = now + .milliseconds(Int64(((Double(name) ?? 0) * 1000).rounded()))
        case "F": for _ in 0..<(Int(name) ?? 0) { run("b_ f_") }
        case "S": for _ in 0..<(Int(name) ?? 0) { run("b_ s_") }
        default: Issue.record("an unknown event: \(event)")
        }
    }

    private mutating func begin(_ name: Substring) {
        if let until = breaker.refusal(at: now) {
            trace.append("-\(seconds(until - now))")
            return
        }
        let (pass, transition) = breaker.admitted(at: now)
        passes[name] = pass
        note(transition)
        trace.append(pass.isProbe ? "probe" : "+")
    }

    private mutating func pass(
        _ name: Substring,
        _ tell: (inout CircuitBreaker, CircuitBreaker.Pass, MonotonicInstant) -> CircuitBreaker.Transition?
    ) -> CircuitBreaker.Transition? {
        guard let pass = passes[name] else {
            Issue.record("the attempt \(name) never began")
            return nil
        }
        return tell(&breaker, pass, now)
    }

    private mutating func note(_ transition: CircuitBreaker.Transition?) {
        switch transition {
        case .opened(let duration): trace.append("opened(\(seconds(duration)))")
        case .halfOpened: trace.append("half-opened")
        case .closed: trace.append("closed")
        case nil: break
        }
    }

    private func seconds(_ duration: Duration) -> String {
        let milliseconds = duration.wholeNanoseconds / 1_000_000
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)" : "\(Double(milliseconds) / 1000)"
    }
}

@Suite struct CircuitBreakerTests {
    @Test(
        "events lead to states",
        arguments: [
            ("", "closed"), ("F2", "closed"), ("F3", "open 10"), ("F2 S1 F2", "closed"), ("F2 S1 F3", "open 10"),
            // What says nothing about the leg neither counts nor breaks the run of failures.
            ("F2 b1 n1 F1", "open 10"), ("b1 n1 b1 n1 b1 n1 b1 n1", "closed"), ("F2 b1 c1 F1", "open 10"),
            // Open until the time is over, then half-open though nobody has come.
            ("F3 t9.999", "open 0.001"), ("F3 t10", "half-open"), ("F3 t10 b1", "probing"),
            // A probe decides.
            ("F3 t10 b1 s1", "closed"), ("F3 t10 b1 f1", "open 20"), ("F3 t10 b1 c1", "closed"),
            ("F3 t10 b1 n1", "half-open"), ("F3 t10 b1 n1 b2", "probing"), ("F3 t10 b1 n1 b2 s2", "closed"),
            // The open time doubles while probes fail, up to its bound, and starts anew after a success.
            ("F3 t10 b1 f1 t20 b1 f1", "open 30"), ("F3 t10 b1 f1 t20 b1 f1 t30 b1 f1", "open 30"),
            ("F3 t10 b1 f1 t20 b1 s1 F2", "closed"), ("F3 t10 b1 f1 t20 b1 s1 F3", "open 10"),
            // A cancelled probe leaves the doubling as it was.
            ("F3 t10 b1 n1 b1 f1", "open 20"),
            // A committed probe closes on trial: one failure, its own or another's, opens for longer.
            ("F3 t10 b1 c1 f1", "open 20"), ("F3 t10 b1 c1 b2 f2", "open 20"), ("F3 t10 b1 c1 b2 s2 f1", "closed"),
            ("F3 t10 b1 c1 s1 F2", "closed"), ("F3 t10 b1 c1 n1", "closed"), ("F3 t10 b1 c1 n1 F1", "open 20"),
        ])
    func table(events: String, state: String) {
        var drive = Drive()
        drive.run(events)
        #expect(drive.state == state)
    }

    @Test(
        "what began before an opening has no say after it",
        arguments: [
            // A late success does not close, a late failure does not prolong.
            ("b1 F3 s1", "open 10"), ("b1 F3 t4 f1", "open 6"), ("b1 F3 t10 s1", "half-open"),
            ("b1 F3 t10 f1", "half-open"), ("b1 F3 t10 b2 s1", "probing"), ("b1 F3 t10 b2 f1", "probing"),
            ("b1 F3 t10 b2 c1", "probing"),
            // Nor does its end free the probe's place, nor count once the breaker is closed again.
            ("b1 F3 t10 b2 n1", "probing"), ("b1 b2 b3 F3 t10 b4 s4 f1 f2 f3", "closed"),
            ("b1 F3 t10 b2 s2 F2 s1 F1", "open 10"),
            // The failures of one burst open it once.
            ("b1 b2 b3 b4 b5 f1 f2 f3 t1 f4 f5", "open 9"),
            // An earlier probe is as late as any other once its era is over.
            ("F3 t10 b1 c1 b2 f2 t5 f1", "open 15"), ("F3 t10 b1 c1 b2 f2 s1", "open 20"),
        ])
    func eras(events: String, state: String) {
        var drive = Drive()
        drive.run(events)
        #expect(drive.state == state)
    }

    @Test("each change is told once, and refusals name the soonest moment")
    func trace() {
        var drive = Drive()
        drive.run("F3 b1 t4 b1 t6 b1 b2 n1 b2 b3 f2 b3 t20 b4 c4 s4 b5")
        #expect(
            drive.trace == [
                "+", "+", "+", "opened(10)", "-10", "-6", "half-opened", "probe", "-0", "probe", "-0", "opened(20)",
                "-20", "half-opened", "probe", "closed", "+",
            ])
        #expect(drive.isUntroubled)
    }

    @Test("of fifty that come when the open time is over exactly one is let through")
    func oneProbe() {
        var drive = Drive()
        drive.run("F3 t10")
        let before = drive.trace.count
        for index in 0..<50 { drive.run("b\(index)") }
        #expect(drive.trace[before...].count { $0 == "probe" } == 1)
        #expect(drive.trace[before...].count { $0.hasPrefix("-") } == 49)
    }

    @Test(
        "a share of failures opens it, of twenty attempts within the window at least",
        arguments: [
            // Never three in a row.
            (9, "", "closed"), (10, "", "open 10"), (10, "t61 ", "open 10"),
        ])
    func share(pairs: Int, first: String, state: String) {
        var drive = Drive {
            $0.failureShare = 0.5
            $0.failureThreshold = 1000
        }
        drive.run(first + String(repeating: "S1 F1 ", count: pairs))
        #expect(drive.state == state)
    }

    @Test("what is older than the window no longer counts for the share")
    func window() {
        func after(_ events: String) -> String {
            var drive = Drive {
                $0.failureShare = 0.5
                $0.failureThreshold = 1000
            }
            drive.run(events)
            return drive.state
        }
        #expect(after("F19 t30 F1") == "open 10")
        #expect(after("F19 t61 F1") == "closed")
        #expect(after("F19 t500 F1") == "closed")
        #expect(after("F10 t40 F9 t30 F9") == "closed")
        #expect(after("F10 t40 F9 t30 F11") == "open 10")
        #expect(after("S60 F19 t30 F1") == "closed")
        // The count starts anew with each opening.
        #expect(after("F20 t10 b1 s1 F18") == "closed")
    }

    @Test("a threshold of one opens at the first failure, and closes only by a success")
    func thresholdOfOne() {
        var drive = Drive { $0.failureThreshold = 1 }
        drive.run("F1 t10 b1 c1 f1")
        #expect(drive.state == "open 20")
    }

    @Test("under any events at most one probe is under way, and the open time keeps within its bounds")
    func random() {
        var random = SplitMix64(state: 5)
        for _ in 0..<300 {
            var settings = CircuitBreaker.Settings()
            settings.failureThreshold = Int.random(in: 1...4, using: &random)
            settings.failureShare = Bool.random(using: &random) ? 0.5 : nil
            var breaker = CircuitBreaker(settings)
            var now = MonotonicInstant(nanoseconds: 0)
            var open: [(pass: CircuitBreaker.Pass, isCommitted: Bool)] = []
            for _ in 0..<400 {
                now = now + .milliseconds(Int.random(in: 0...2000, using: &random))
                if open.isEmpty || Bool.random(using: &random) {
                    let state = breaker.state(at: now)
                    guard let until = breaker.refusal(at: now) else {
                        let pass = breaker.admitted(at: now).0
                        #expect(pass.isProbe == (state == .halfOpen(isProbing: false)))
                        open.append((pass, false))
                        continue
                    }
                    #expect(until - now <= settings.openForMax)
                    if case .halfOpen = state { #expect(open.contains { $0.pass.isProbe && !$0.isCommitted }) }
                    continue
                }
                let index = Int.random(in: open.indices, using: &random)
                let pass = open[index].pass
                switch Int.random(in: 0..<5, using: &random) {
                case 0 where !open[index].isCommitted:
                    _ = breaker.committed(pass)
                    open[index].isCommitted = true
                    continue
                case 1: breaker.endedWithoutEvidence(pass)
                case 2: _ = breaker.succeeded(pass, at: now)
                default: _ = breaker.failed(pass, at: now)
                }
                open.remove(at: index)
            }
            // Once nothing is under way it lets somebody through in the end.
            for attempt in open { breaker.endedWithoutEvidence(attempt.pass) }
            #expect(breaker.refusal(at: now + settings.openForMax) == nil)
        }
    }
}
