/// Runs a channel's machine behind a lock, and suspends and wakes tasks as it says, always after unlocking.
struct ChannelStorage<Element: Sendable>: Sendable {
    enum Outcome {
        case done
        case closed
        case cancelled
    }

    private typealias Machine = ChannelStateMachine<
        Element, UnsafeContinuation<Outcome, Never>, UnsafeContinuation<Outcome, Never>
    >

    private let machine: Locked<Machine>

    init(capacity: Int) {
        machine = Locked(Machine(capacity: capacity))
    }

    var count: Int { machine.withLock { $0.count } }

    /// Puts the element into the buffer if there is room; nil when there is none.
    func trySend(_ element: Element) -> Outcome? {
        switch machine.withLock({ $0.send(element) }) {
        case .sent(let receiver):
            receiver?.resume(returning: .done)
            return .done
        case .full: return nil
        case .closed: return .closed
        }
    }

    /// Waits until the element is in the buffer.
    func send(_ element: Element) async -> Outcome {
        if Task.isCancelled { return .cancelled }
        if let outcome = trySend(element) { return outcome }
        let ticket = machine.withLock { $0.issueTicket() }
        return await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Outcome, Never>) in
                // The task is marked as cancelled before the handler below runs, and that takes the lock: a
                // cancellation is seen either here or, once the sender is parked, by the handler.
                let action = machine.withLock {
                    $0.park(sender: continuation, with: element, ticket: ticket, cancelled: Task.isCancelled)
                }
                switch action {
                case .sent(let receiver):
                    receiver?.resume(returning: .done)
                    continuation.resume(returning: .done)
                case .parked: break
                case .closed: continuation.resume(returning: .closed)
                case .cancelled: continuation.resume(returning: .cancelled)
                }
            }
        } onCancel: {
            machine.withLock { $0.cancelSender(ticket) }?.resume(returning: .cancelled)
        }
    }

    func finish(_ error: (any Error)?) {
        machine.withLock { $0.finish(error) }?.resume(returning: .done)
    }

    func close() {
        let (senders, receiver) = machine.withLock { $0.close() }
        for sender in senders { sender.resume(returning: .closed) }
        receiver?.resume(returning: .done)
    }

    /// Takes the next element; nil at the end.
    func receive() async throws -> Element? {
        while true {
            try Task.checkCancellation()
            let (action, element) = machine.withLock { machine in
                var element: Element?
                let action = machine.receive(&element)
                return (action, element)
            }
            switch action {
            case .received(let senders):
                for sender in senders { sender.resume(returning: .done) }
                return element
            case .empty: try await park()
            case .ended: return nil
            case .failed(let error): throw error
            }
        }
    }

    /// Swaps everything that is buffered with `batch`; false at the end.
    func receive(batch: inout [Element]) async throws -> Bool {
        while true {
            try Task.checkCancellation()
            switch machine.withLock({ $0.receive(batch: &batch) }) {
            case .received(let senders):
                for sender in senders { sender.resume(returning: .done) }
                return true
            case .empty: try await park()
            case .ended: return false
            case .failed(let error): throw error
            }
        }
    }

    /// Suspends the receiver until there may be something to take.
    private func park() async throws {
        let ticket = machine.withLock { $0.issueTicket() }
        let outcome = await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Outcome, Never>) in
                let action = machine.withLock {
                    $0.park(receiver: continuation, ticket: ticket, cancelled: Task.isCancelled)
                }
                switch action {
                case .parked: break
                case .ready: continuation.resume(returning: .done)
                case .cancelled: continuation.resume(returning: .cancelled)
                }
            }
        } onCancel: {
            machine.withLock { $0.cancelReceiver(ticket) }?.resume(returning: .cancelled)
        }
        if outcome == .cancelled { throw CancellationError() }
    }
}
