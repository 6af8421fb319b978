/// What a channel does about each event: a value without locks or tasks.
///
/// `Sender` and `Receiver` stand for suspended tasks; the machine hands them back when they are to be woken, and the
/// caller does that after it has released its lock. Buffers stand beside the phase, not in it, so that no mutation copies.
///
/// Invariants: senders wait only while the buffer is full; the receiver waits only while it is empty and no end has come.
struct ChannelStateMachine<Element, Sender, Receiver> {
    enum SendAction {
        /// The element is in the buffer; wake the receiver, if there is one.
        case sent(wake: Receiver?)
        case full
        case closed
    }

    enum ParkSenderAction {
        case sent(wake: Receiver?)
        case parked
        case closed
        case cancelled
    }

    enum ReceiveAction {
        /// Elements were taken; wake the senders whose elements took their place in the buffer.
        case received(wake: [Sender])
        case empty
        case ended
        case failed(any Error)
    }

    enum ParkReceiverAction {
        case parked
        /// There is something to take now, be it the end.
        case ready
        case cancelled
    }

    private enum Phase {
        /// Can move to `ending` (finish, fail) or `closed` (close).
        case open
        /// Nothing new is taken; what was accepted is still delivered, then the error or the end. Can move to `closed`.
        case ending((any Error)?)
        /// The receiver has left, or has taken an error.
        case closed
    }

    fileprivate struct WaitingSender {
        let ticket: UInt64
        let element: Element
        let sender: Sender
    }

    let capacity: Int
    private var phase = Phase.open
    /// What `receive()` takes next, reversed, so that taking one element moves no other.
    private var front: [Element] = []
    private var back: [Element] = []
    private var senders: [WaitingSender] = []
    private var receiver: (ticket: UInt64, receiver: Receiver)?
    private var lastTicket: UInt64 = 0

    init(capacity: Int) {
        precondition(capacity > 0, "a channel holds at least one element")
        self.capacity = capacity
    }

    /// Elements in the buffer, without those of waiting senders.
    var count: Int { front.count + back.count }

    /// Names one wait, so that a cancellation that comes late cannot hit another one.
    mutating func issueTicket() -> UInt64 {
        lastTicket &+= 1
        return lastTicket
    }

    // MARK: Sending

    mutating func send(_ element: Element) -> SendAction {
        guard case .open = phase else { return .closed }
        guard count < capacity else { return .full }
        back.append(element)
        return .sent(wake: takeReceiver())
    }

    /// A sender that found the buffer full is about to suspend; `cancelled` says whether its task is cancelled by now.
    mutating func park(
        sender: Sender, with element: Element, ticket: UInt64, cancelled: Bool
    ) -> ParkSenderAction {
        if cancelled { return .cancelled }
        switch send(element) {
        case .sent(let receiver): return .sent(wake: receiver)
        case .closed: return .closed
        case .full:
            senders.append(WaitingSender(ticket: ticket, element: element, sender: sender))
            return .parked
        }
    }

    /// The task of a sender was cancelled; returns the sender if it still waits, and forgets its element.
    mutating func cancelSender(_ ticket: UInt64) -> Sender? {
        guard let position = senders.firstIndex(where: { $0.ticket == ticket }) else { return nil }
        return senders.remove(at: position).sender
    }

    /// No more elements will be sent; those of waiting senders still count.
    ///
    /// Returns the receiver that is to be woken.
    mutating func finish(_ error: (any Error)?) -> Receiver? {
        guard case .open = phase else { return nil }
        phase = .ending(error)
        return takeReceiver()
    }

    // MARK: Receiving

    /// Takes one element into `element`.
    mutating func receive(_ element: inout Element?) -> ReceiveAction {
        if front.isEmpty {
            swap(&front, &back)
            front.reverse()
        }
        guard let first = front.popLast() else { return end() }
        element = first
        return .received(wake: admitSenders())
    }

    /// Takes everything that is buffered into `batch`, whose storage becomes the channel's.
    mutating func receive(batch: inout [Element]) -> ReceiveAction {
        batch.removeAll(keepingCapacity: true)
        if !front.isEmpty {
            batch.append(contentsOf: front.reversed())
            batch.append(contentsOf: back)
            front.removeAll(keepingCapacity: true)
            back.removeAll(keepingCapacity: true)
        } else if !back.isEmpty {
            swap(&batch, &back)
        } else {
            return end()
        }
        return .received(wake: admitSenders())
    }

    /// The receiver found nothing and is about to suspend; `cancelled` says whether its task is cancelled by now.
    mutating func park(receiver: Receiver, ticket: UInt64, cancelled: Bool) -> ParkReceiverAction {
        precondition(self.receiver == nil, "a channel has one receiver")
        if cancelled { return .cancelled }
        guard count == 0, case .open = phase else { return .ready }
        self.receiver = (ticket, receiver)
        return .parked
    }

    /// The task of the receiver was cancelled; returns the receiver if it still waits.
    mutating func cancelReceiver(_ ticket: UInt64) -> Receiver? {
        guard receiver?.ticket == ticket else { return nil }
        return takeReceiver()
    }

    /// The receiver leaves: what is buffered is dropped.
    ///
    /// Returns the tasks that are to be woken with the end.
    mutating func close() -> (senders: [Sender], receiver: Receiver?) {
        phase = .closed
        front = []
        back = []
        let waiting = senders.map(\.sender)
        senders = []
        return (waiting, takeReceiver())
    }

    // MARK: Helpers

    private mutating func takeReceiver() -> Receiver? {
        defer { receiver = nil }
        return receiver?.receiver
    }

    private mutating func admitSenders() -> [Sender] {
        if senders.isEmpty { return [] }
        let admitted = senders.prefix(capacity - count)
        back.append(contentsOf: admitted.lazy.map(\.element))
        let woken = admitted.map(\.sender)
        senders.removeFirst(woken.count)
        return woken
    }

    private mutating func end() -> ReceiveAction {
        switch phase {
        case .open: return .empty
        case .closed: return .ended
        case .ending(nil): return .ended
        case .ending(let error?):
            // Thrown once; who asks again finds the end.
            phase = .closed
            return .failed(error)
        }
    }
}

extension ChannelStateMachine: Sendable where Element: Sendable, Sender: Sendable, Receiver: Sendable {}
extension ChannelStateMachine.WaitingSender: Sendable where Element: Sendable, Sender: Sendable, Receiver: Sendable {}
