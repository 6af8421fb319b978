import Testing

@testable import Runtime

@Suite struct ChannelStateMachineTests {
    private typealias Machine = ChannelStateMachine<Int, String, String>
    private struct Broken: Error, CustomStringConvertible {
        var description: String { "Broken" }
    }

    /// Actions hold errors, so they are compared as text.
    private func text(_ action: Any) -> String { "\(action)" }

    private func take(_ machine: inout Machine) -> (Int?, String) {
        var element: Int?
        let action = machine.receive(&element)
        return (element, text(action))
    }

    @Test("elements come out in order, one by one or as a batch")
    func order() {
        var machine = Machine(capacity: 4)
        for element in 1...3 { #expect(text(machine.send(element)) == "sent(wake: nil)") }
        #expect(take(&machine) == (1, "received(wake: [])"))
        _ = machine.send(4)
        _ = machine.send(5)
        var batch = [99]
        #expect(text(machine.receive(batch: &batch)) == "received(wake: [])")
        #expect(batch == [2, 3, 4, 5])
        #expect(take(&machine) == (nil, "empty"))
        #expect(text(machine.receive(batch: &batch)) == "empty")
        #expect(batch == [])
    }

    @Test("a full buffer takes nothing until the receiver does, then the sender that waited longest")
    func backpressure() {
        var machine = Machine(capacity: 1)
        _ = machine.send(1)
        #expect(text(machine.send(2)) == "full")
        #expect(text(machine.park(sender: "a", with: 2, ticket: 1, cancelled: false)) == "parked")
        #expect(text(machine.park(sender: "b", with: 3, ticket: 2, cancelled: false)) == "parked")
        #expect(take(&machine) == (1, #"received(wake: ["a"])"#))
        #expect(text(machine.send(9)) == "full")
        #expect(take(&machine) == (2, #"received(wake: ["b"])"#))
        #expect(take(&machine) == (3, "received(wake: [])"))
    }

    @Test("a batch admits as many senders as the buffer holds")
    func batchAdmits() {
        var machine = Machine(capacity: 2)
        _ = machine.send(1)
        _ = machine.send(2)
        for (ticket, name) in ["a", "b", "c"].enumerated() {
            _ = machine.park(sender: name, with: 10 + ticket, ticket: UInt64(ticket), cancelled: false)
        }
        var batch: [Int] = []
        #expect(text(machine.receive(batch: &batch)) == #"received(wake: ["a", "b"])"#)
        #expect(batch == [1, 2])
        #expect(machine.count == 2)
    }

    @Test("room that appears between the attempt and the wait is used")
    func parksIntoRoom() {
        var machine = Machine(capacity: 1)
        #expect(text(machine.park(sender: "a", with: 1, ticket: 1, cancelled: false)) == "sent(wake: nil)")
        #expect(take(&machine) == (1, "received(wake: [])"))
    }

    @Test("a waiting receiver is woken once, by the first element")
    func wakesOnce() {
        var machine = Machine(capacity: 4)
        #expect(text(machine.park(receiver: "r", ticket: 1, cancelled: false)) == "parked")
        #expect(text(machine.send(1)) == #"sent(wake: Optional("r"))"#)
        #expect(text(machine.send(2)) == "sent(wake: nil)")
    }

    @Test("an element or an end that comes between the attempt and the wait is seen")
    func receiverReady() {
        var machine = Machine(capacity: 4)
        _ = machine.send(1)
        #expect(text(machine.park(receiver: "r", ticket: 1, cancelled: false)) == "ready")
        var other = Machine(capacity: 4)
        #expect(other.finish(nil) == nil)
        #expect(text(other.park(receiver: "r", ticket: 1, cancelled: false)) == "ready")
    }

    @Test("a sender cancelled before it waits sends nothing")
    func senderCancelledBefore() {
        var machine = Machine(capacity: 1)
        #expect(text(machine.park(sender: "a", with: 1, ticket: 1, cancelled: true)) == "cancelled")
        #expect(machine.count == 0)
        #expect(machine.cancelSender(1) == nil)
    }

    @Test("a sender cancelled while it waits is handed back and its element is never received")
    func senderCancelledWhile() {
        var machine = Machine(capacity: 1)
        _ = machine.send(1)
        _ = machine.park(sender: "a", with: 2, ticket: 1, cancelled: false)
        _ = machine.park(sender: "b", with: 3, ticket: 2, cancelled: false)
        #expect(machine.cancelSender(1) == "a")
        #expect(take(&machine) == (1, #"received(wake: ["b"])"#))
        #expect(take(&machine) == (3, "received(wake: [])"))
    }

    @Test("a sender cancelled after its element was accepted changes nothing")
    func senderCancelledAfter() {
        var machine = Machine(capacity: 1)
        _ = machine.send(1)
        _ = machine.park(sender: "a", with: 2, ticket: 1, cancelled: false)
        _ = take(&machine)
        #expect(machine.cancelSender(1) == nil)
        #expect(take(&machine) == (2, "received(wake: [])"))
    }

    @Test("a receiver cancelled before, while and after it waits")
    func receiverCancelled() {
        var machine = Machine(capacity: 1)
        #expect(text(machine.park(receiver: "r", ticket: 1, cancelled: true)) == "cancelled")
        #expect(text(machine.park(receiver: "r", ticket: 2, cancelled: false)) == "parked")
        #expect(machine.cancelReceiver(1) == nil)
        #expect(machine.cancelReceiver(2) == "r")
        #expect(text(machine.send(1)) == "sent(wake: nil)")
        #expect(machine.cancelReceiver(2) == nil)
        #expect(take(&machine) == (1, "received(wake: [])"))
    }

    @Test("after a finish, what was accepted is delivered, waiting senders included, then the end")
    func finish() {
        var machine = Machine(capacity: 1)
        _ = machine.send(1)
        _ = machine.park(sender: "a", with: 2, ticket: 1, cancelled: false)
        #expect(machine.finish(nil) == nil)
        #expect(text(machine.send(3)) == "closed")
        #expect(text(machine.park(sender: "b", with: 3, ticket: 2, cancelled: false)) == "closed")
        #expect(take(&machine) == (1, #"received(wake: ["a"])"#))
        #expect(take(&machine) == (2, "received(wake: [])"))
        #expect(take(&machine) == (nil, "ended"))
        #expect(take(&machine) == (nil, "ended"))
    }

    @Test("an error comes once, after what was sent before it; a finish after it is ignored")
    func fail() {
        var machine = Machine(capacity: 2)
        _ = machine.send(1)
        #expect(machine.finish(Broken()) == nil)
        #expect(machine.finish(nil) == nil)
        #expect(take(&machine) == (1, "received(wake: [])"))
        #expect(take(&machine) == (nil, "failed(Broken)"))
        #expect(take(&machine) == (nil, "ended"))
        #expect(text(machine.send(2)) == "closed")
    }

    @Test("a finish wakes a waiting receiver")
    func finishWakes() {
        var machine = Machine(capacity: 1)
        _ = machine.park(receiver: "r", ticket: 1, cancelled: false)
        #expect(machine.finish(nil) == "r")
    }

    @Test("a close wakes everybody and drops the buffer")
    func close() {
        var machine = Machine(capacity: 1)
        _ = machine.send(1)
        _ = machine.park(sender: "a", with: 2, ticket: 1, cancelled: false)
        let woken = machine.close()
        #expect(woken.senders == ["a"])
        #expect(woken.receiver == nil)
        #expect(text(machine.send(3)) == "closed")
        #expect(take(&machine) == (nil, "ended"))
        #expect(machine.cancelSender(1) == nil)
    }
}
