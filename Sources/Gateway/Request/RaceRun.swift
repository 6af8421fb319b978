import Routing
import Runtime

/// A race in progress: carries out what the race's machine says, as far as that needs no waiting.
///
/// Starts come by timers, wins and failures from the tasks of the legs; who has to open a leg takes it from `nextStart`.
/// What the machine wants cancelled is cancelled within the call that reports the win. Belongs to one request, on its loop.
final class RaceRun {
    /// How the race ended.
    enum Ending {
        case won(Attempt)
        case lost
        /// It was cut short by a failure that is the request's.
        case aborted(FailoverPlan.Action)
    }

    let legs: [Leaf]
    /// Nil while it goes on.
    private(set) var ending: Ending?

    /// Whether the request was called off, so that nobody will win.
    private(set) var isCalledOff = false

    private var machine: RaceMachine
    private let loop: EventLoop
    private let changed: LoopSignal
    private var starts: [Int] = []
    private var nextStartIndex = 0
    /// What each leg is doing now, for cancelling it.
    private var attempts: [Attempt?]
    private var timers: [TimerID?]

    init(_ race: FailoverPlan.Race, on loop: EventLoop) {
        legs = race.legs
        machine = RaceMachine(handicaps: race.legs.map { $0.handicap ?? .zero })
        self.loop = loop
        changed = LoopSignal(on: loop)
        attempts = Array(repeating: nil, count: race.legs.count)
        timers = Array(repeating: nil, count: race.legs.count)
    }

    /// Whether nothing more is to be started.
    var isOver: Bool { ending != nil || isCalledOff }

    func begin() {
        carryOut(machine.began())
    }

    /// The place of a leg that is to be opened now; nil when there is none for the time being.
    func nextStart() -> Int? {
        guard !isOver, nextStartIndex < starts.count else { return nil }
        nextStartIndex += 1
        return starts[nextStartIndex - 1]
    }

    /// Waits until there is something to start, or the race is over; throws when the request was called off.
    func waitForChange() async throws {
        try await changed.wait()
    }

    /// The leg goes on with this attempt.
    func set(_ attempt: Attempt, at place: Int) {
        attempts[place] = attempt
    }

    /// The leg has output that wins; false if another one was first, or the race was called off.
    func won(_ place: Int) -> Bool {
        guard ending == nil else { return false }
        carryOut(machine.legWon(place))
        return ending != nil
    }

    /// The leg could not be opened, or ended without output that wins.
    func failed(_ place: Int) {
        attempts[place] = nil
        guard ending == nil else { return }
        carryOut(machine.legFailed(place))
    }

    /// The race, and the request with it, cannot go on.
    func abort(_ action: FailoverPlan.Action, by place: Int) {
        guard ending == nil else { return }
        attempts[place] = nil
        ending = .aborted(action)
        carryOut(machine.cancelled())
        end()
    }

    /// The client left or wants nothing more: nothing more starts, and what runs is cancelled.
    func callOff() {
        isCalledOff = true
        carryOut(machine.cancelled())
        end()
    }

    private func carryOut(_ actions: [RaceMachine.Action]) {
        for action in actions {
            switch action {
            case .start(let place):
                cancelTimer(place)
                starts.append(place)
                changed.signal()
            case .scheduleStart(let place, let delay):
                timers[place] = loop.schedule(after: delay) { [weak self] in self?.delayPassed(place) }
            case .win(let place):
                guard let attempt = attempts[place] else { preconditionFailure("a leg won that was not running") }
                attempts[place] = nil
                ending = .won(attempt)
                end()
            case .cancelOthers(let places):
                for place in places { attempts[place]?.callOff() }
            case .failed:
                ending = .lost
                end()
            }
        }
    }

    private func delayPassed(_ place: Int) {
        timers[place] = nil
        carryOut(machine.delayPassed(place))
    }

    private func end() {
        for place in timers.indices { cancelTimer(place) }
        changed.signal()
    }

    private func cancelTimer(_ place: Int) {
        guard let timer = timers[place] else { return }
        loop.cancel(timer)
        timers[place] = nil
    }
}
