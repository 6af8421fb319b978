/// Decides in which order services start and stop: a value without tasks or clocks.
///
/// Services start one after the other and stop one after the other in reverse. Each event returns what is to be done, in
/// order; the caller does it after it has released its lock.
struct ServiceGroupStateMachine {
    enum Action: Equatable {
        case launch(Int)
        /// The service was never launched and never will be.
        case skip(Int)
        /// Ask a running service to stop: gracefully where it can, else by cancelling it.
        case stop(Int)
        /// Have a running service end what it is doing, and tell those who wait for it; cancel it where it knows nobody.
        case cut(Int)
        case cancel(Int)
        /// Start the time that the services have to stop by themselves.
        case armShutdownDeadline
        /// Start the time that services have to end what is cut short.
        case armCutDeadline
        /// Start the time that cancelled services have to end.
        case armCancellationDeadline
        case disarmDeadlines
        /// Services ignore their cancellation, or nobody wants to wait any more; the process cannot end in order.
        case giveUp([Int])
    }

    enum Deadline {
        case shutdown
        case cut
        case cancellation
    }

    private enum Phase {
        /// Can move to `stopping` or `cancelling`.
        case running
        /// Services stop in reverse order. Can move to `cutting` (deadline, signal), `cancelling` (force) or `ended`.
        case stopping
        /// Services are cut short in reverse order. Can move to `cancelling` (deadline, signal, force) or `ended`.
        case cutting
        /// Everything was cancelled. Can move to `ended`.
        case cancelling
        case ended
    }

    private enum Member {
        /// Can move to `launched` or `ended` (skipped).
        case waiting
        /// Can move to `stopping`, `cut` or `ended`.
        case launched
        /// Was asked to stop or cancelled. Can move to `cut` or `ended`.
        case stopping
        /// Was cut short. Can move to `stopping` (cancelled) or `ended`.
        case cut
        case ended
    }

    private var phase = Phase.running
    private var members: [Member]
    private var signalCount = 0
    /// The first cause with the member it concerns.
    private(set) var firstCause: (kind: ServiceGroupError.Kind, member: Int)?

    init(count: Int) {
        members = Array(repeating: .waiting, count: count)
        if count == 0 { phase = .ended }
    }

    /// The group's `run()` began.
    mutating func began() -> [Action] {
        launchNext()
    }

    /// `start()` of a service returned.
    mutating func started(_ member: Int) -> [Action] {
        guard case .running = phase else { return [] }
        return launchNext()
    }

    /// `start()` or `run()` of a service ended; `error` is nil when it returned, and cancellation is not an error of a
    /// service that was asked to stop.
    mutating func finished(_ member: Int, error: (any Error)?) -> [Action] {
        let asked =
            switch members[member] {
            case .stopping, .cut: true
            case .waiting, .launched, .ended: false
            }
        members[member] = .ended
        if let error {
            if !(asked && error is CancellationError) { record(.failed(error), member) }
        } else if case .running = phase {
            record(.returnedEarly, member)
        }
        switch phase {
        case .running: return beginStopping()
        case .stopping: return stopNext()
        case .cutting: return cutNext()
        case .cancelling: return endIfDone()
        case .ended: return []
        }
    }

    /// Somebody asked for an orderly shutdown; asking again changes nothing.
    mutating func shutdownRequested() -> [Action] {
        guard case .running = phase else { return [] }
        return beginStopping()
    }

    /// A signal asks for shutdown; the second one cuts short what still runs, the third cancels it.
    ///
    /// Whoever still sends signals then does not want to wait for anything.
    mutating func signalReceived() -> [Action] {
        signalCount += 1
        if signalCount == 1 { return shutdownRequested() }
        switch phase {
        case .running, .stopping: return cutRequested()
        case .cutting: return forceRequested()
        case .cancelling, .ended: return signalCount > 2 ? [giveUp] : []
        }
    }

    /// Everything that still runs is to be cut short now; asking again changes nothing.
    mutating func cutRequested() -> [Action] {
        switch phase {
        case .running, .stopping: cutAll(because: .forced)
        case .cutting, .cancelling, .ended: []
        }
    }

    /// Everything that still runs is to be cancelled now.
    mutating func forceRequested() -> [Action] {
        cancelAll(because: .forced)
    }

    /// Whether a deadline still has a meaning.
    func awaits(_ deadline: Deadline) -> Bool {
        switch (deadline, phase) {
        case (.shutdown, .stopping), (.cut, .cutting), (.cancellation, .cancelling): true
        case (.shutdown, _), (.cut, _), (.cancellation, _): false
        }
    }

    /// The time to stop in order, to end what is cut short, or to end after cancellation, is over.
    mutating func deadlinePassed(_ deadline: Deadline) -> [Action] {
        guard awaits(deadline) else { return [] }
        switch deadline {
        case .shutdown: return cutAll(because: .deadlinePassed)
        case .cut: return cancelAll(because: .deadlinePassed)
        case .cancellation: return [giveUp]
        }
    }

    private var giveUp: Action { .giveUp(members.indices.filter { isAlive(members[$0]) }) }

    private mutating func launchNext() -> [Action] {
        guard
            let next = members.firstIndex(where: { if case .waiting = $0 { true } else { false } })
        else { return [] }
        members[next] = .launched
        return [.launch(next)]
    }

    private mutating func beginStopping() -> [Action] {
        phase = .stopping
        return skipWaiting() + [.armShutdownDeadline] + stopNext()
    }

    /// Asks the last service that is alive to stop, unless it has been asked.
    private mutating func stopNext() -> [Action] {
        guard let last = members.lastIndex(where: isAlive) else { return endIfDone() }
        if case .stopping = members[last] { return [] }
        members[last] = .stopping
        return [.stop(last)]
    }

    private mutating func cutAll(because kind: ServiceGroupError.Kind) -> [Action] {
        let skipped = skipWaiting()
        if let last = members.lastIndex(where: isAlive) { record(kind, last) }
        phase = .cutting
        return skipped + [.armCutDeadline] + cutNext()
    }

    /// Cuts the last service that is alive, unless it has been.
    private mutating func cutNext() -> [Action] {
        guard let last = members.lastIndex(where: isAlive) else { return endIfDone() }
        if case .cut = members[last] { return [] }
        members[last] = .cut
        return [.cut(last)]
    }

    private mutating func cancelAll(because kind: ServiceGroupError.Kind) -> [Action] {
        switch phase {
        case .running, .stopping, .cutting:
            var actions = skipWaiting()
            if let last = members.lastIndex(where: isAlive) { record(kind, last) }
            phase = .cancelling
            for member in members.indices.reversed() where isAlive(members[member]) {
                members[member] = .stopping
                actions.append(.cancel(member))
            }
            actions.append(.armCancellationDeadline)
            return actions + endIfDone()
        case .cancelling, .ended:
            return []
        }
    }

    private mutating func skipWaiting() -> [Action] {
        var actions: [Action] = []
        for member in members.indices {
            guard case .waiting = members[member] else { continue }
            members[member] = .ended
            actions.append(.skip(member))
        }
        return actions
    }

    private mutating func endIfDone() -> [Action] {
        guard !members.contains(where: isAlive) else { return [] }
        phase = .ended
        return [.disarmDeadlines]
    }

    private mutating func record(_ kind: ServiceGroupError.Kind, _ member: Int) {
        if firstCause == nil { firstCause = (kind, member) }
    }

    private func isAlive(_ member: Member) -> Bool {
        switch member {
        case .launched, .stopping, .cut: true
        case .waiting, .ended: false
        }
    }
}
