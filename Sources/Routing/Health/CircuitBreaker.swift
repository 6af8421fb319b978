import Runtime

/// Whether a leg may be tried, judged by how its latest attempts went.
///
/// A pure machine: time is an argument, and instants may run a little backwards, since they come from several loops. The
/// leg asks ``refusal(at:)``, calls ``admitted(at:)``, and tells once how the attempt ended.
///
/// Each opening begins a new era. An attempt carries the era in which it was admitted, and what comes of it later counts
/// in that era only: an answer that was under way when the breaker opened neither closes it nor keeps it open longer.
package struct CircuitBreaker: Sendable {
    /// When it opens, and for how long.
    package struct Settings: Sendable, Equatable {
        /// Failures without a success between them that open it.
        package var failureThreshold = 5
        /// The share of failed attempts within ``window`` that opens it, above 0 up to 1; nil is never.
        package var failureShare: Double?
        /// The span over which ``failureShare`` is taken.
        package var window = Duration.seconds(60)
        /// How long it stays open at first; doubles with each opening until an answer was complete.
        package var openFor = Duration.seconds(10)
        /// The longest it stays open.
        package var openForMax = Duration.seconds(30)

        package init() {}
    }

    package enum State: Sendable, Equatable {
        /// All are admitted; can move to open.
        case closed
        /// Nobody is admitted until then; the next attempt after it moves to half-open.
        case open(until: MonotonicInstant)
        /// One attempt at a time is admitted; can move to closed or open.
        case halfOpen(isProbing: Bool)
    }

    /// What an attempt was admitted with.
    package struct Pass: Sendable, Equatable {
        fileprivate let era: Int
        /// Whether the attempt is the one that finds out whether the leg is well again.
        package let isProbe: Bool
    }

    /// A change that is worth a log line.
    package enum Transition: Sendable, Equatable {
        case opened(for: Duration)
        case halfOpened
        case closed
    }

    private let settings: Settings
    private var phase = State.closed
    private var era = 0
    /// Failures since the last success.
    private var failureRun = 0
    /// Openings since the last complete success.
    private var openingRun = 0
    private var window: FailureWindow?

    package init(_ settings: Settings) {
        self.settings = settings
        window = settings.failureShare == nil ? nil : FailureWindow(settings.window)
    }

    /// The state as it is then: half-open once the open time is over, though nobody has come to probe.
    package func state(at now: MonotonicInstant) -> State {
        if case .open(let until) = phase, until <= now { return .halfOpen(isProbing: false) }
        return phase
    }

    /// Whether nothing speaks against the leg; then nothing is lost when the breaker is forgotten.
    package var isUntroubled: Bool { phase == .closed && failureRun == 0 && openingRun == 0 }

    /// Nil if an attempt may begin; else the soonest moment at which one may, which is now while a probe is under way,
    /// since nobody knows when it will be over.
    package func refusal(at now: MonotonicInstant) -> MonotonicInstant? {
        switch phase {
        case .closed, .halfOpen(isProbing: false): nil
        case .open(let until): until > now ? until : nil
        case .halfOpen(isProbing: true): now
        }
    }

    /// An attempt begins, which ``refusal(at:)`` did not forbid.
    package mutating func admitted(at now: MonotonicInstant) -> (Pass, Transition?) {
        precondition(refusal(at: now) == nil, "an attempt was admitted by a breaker that is \(phase)")
        switch phase {
        case .closed:
            return (Pass(era: era, isProbe: false), nil)
        case .open:
            phase = .halfOpen(isProbing: true)
            return (Pass(era: era, isProbe: true), .halfOpened)
        case .halfOpen:
            phase = .halfOpen(isProbing: true)
            return (Pass(era: era, isProbe: true), nil)
        }
    }

    /// The attempt has output, and may go on for minutes: a probe need not keep all others out for as long.
    ///
    /// The breaker is then closed on trial: unless an answer is completed first, one failure opens it again, for longer.
    package mutating func committed(_ pass: Pass) -> Transition? {
        guard pass.era == era, pass.isProbe, case .halfOpen = phase else { return nil }
        phase = .closed
        failureRun = settings.failureThreshold - 1
        return .closed
    }

    /// The attempt's answer is complete.
    package mutating func succeeded(_ pass: Pass, at now: MonotonicInstant) -> Transition? {
        guard pass.era == era else { return nil }
        failureRun = 0
        openingRun = 0
        window?.add(failed: false, at: now)
        guard case .halfOpen = phase else { return nil }
        phase = .closed
        return .closed
    }

    /// The attempt failed in a way that counts against the leg.
    package mutating func failed(_ pass: Pass, at now: MonotonicInstant) -> Transition? {
        guard pass.era == era else { return nil }
        if case .halfOpen = phase { return open(at: now) }
        failureRun += 1
        window?.add(failed: true, at: now)
        return failureRun >= settings.failureThreshold || isShareReached ? open(at: now) : nil
    }

    /// The attempt ended without a word on the leg's health: cancelled, lost, limited, or refused for what was asked.
    package mutating func endedWithoutEvidence(_ pass: Pass) {
        guard pass.era == era, pass.isProbe, case .halfOpen = phase else { return }
        phase = .halfOpen(isProbing: false)
    }

    private var isShareReached: Bool {
        guard let window, let share = settings.failureShare else { return false }
        return window.count >= FailureWindow.samplesMin && Double(window.failedCount) >= share * Double(window.count)
    }

    private mutating func open(at now: MonotonicInstant) -> Transition {
        let duration = min(settings.openFor * (1 << min(openingRun, 20)), settings.openForMax)
        openingRun += 1
        era += 1
        failureRun = 0
        window?.clear()
        phase = .open(until: now + duration)
        return .opened(for: duration)
    }
}
