import Runtime

@testable import Transport

/// Plays socket and handler for a connection machine: feeds bytes, drains output, answers each request with its body.
struct HTTPServerMachineDriver {
    var machine: HTTPConnectionMachine
    var now = MonotonicInstant(nanoseconds: 0)
    /// One line a request that a handler saw, with its body or what became of it.
    private(set) var served: [String] = []
    /// Everything that the client got.
    private(set) var output: [UInt8] = []
    private(set) var actions: HTTPConnectionMachine.Actions = []
    private var isHandling = false
    /// Whether requests are answered by themselves; else the test does it.
    var answers = true
    /// Whether output is taken by the client at once.
    var drains = true
    /// What the socket holds of the bytes that it was handed, if more than nothing.
    var untakenBytes = 0

    init(limits: HTTPServerLimits = HTTPServerLimits()) {
        machine = HTTPConnectionMachine(limits: limits, at: now)
    }

    var text: String { String(decoding: output, as: UTF8.self) }

    /// The status codes of the answers in the output.
    var statuses: [Int] {
        text.split(separator: "HTTP/1.1 ").compactMap { Int($0.prefix(3)) }
    }

    mutating func receive(_ text: String) {
        receive(Array(text.utf8))
    }

    mutating func receive(_ bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        handle(bytes.withUnsafeBytes { machine.received($0, at: now) })
    }

    mutating func advance(by duration: Duration) {
        let end = now + duration
        while machine.deadline <= end {
            now = max(now, machine.deadline)
            handle(machine.deadlinePassed(at: now, untakenBytes: untakenBytes))
        }
        now = end
    }

    mutating func handle(_ new: HTTPConnectionMachine.Actions) {
        actions.formUnion(new)
        var pending = new
        repeat {
            drain()
            let before = pending
            pending = []
            if answers, before.contains(.startHandler) || isHandling { pending = answer() }
            actions.formUnion(pending)
        } while !pending.isEmpty
        drain()
    }

    /// Goes on with a request that became possible while output was drained.
    mutating func resume() {
        actions.remove(.startHandler)
        handle(.startHandler)
    }

    mutating func respond(_ status: Int, body: [UInt8] = []) {
        actions.formUnion(
            body.withUnsafeBytes { machine.respond(status: status, fields: [], body: $0, dateLine: [], at: now) })
    }

    mutating func write(_ text: String) {
        Array(text.utf8).withUnsafeBytes { machine.write($0, at: now) }
    }

    mutating func drain() {
        while drains, !machine.outbound.isEmpty {
            output += machine.outbound.withPending { Array($0) }
            actions.formUnion(machine.sent(machine.outbound.count, at: now))
        }
    }

    /// Does what a simple handler does, as far as it gets.
    private mutating func answer() -> HTTPConnectionMachine.Actions {
        if let head = machine.takeRequest() {
            isHandling = true
            let storage = head.headers.storage
            served.append(
                String(decoding: storage[head.line.method], as: UTF8.self) + " "
                    + String(decoding: storage[head.line.target], as: UTF8.self))
            _ = machine.bodyRequested(upTo: 1 << 20, at: now)
        }
        switch machine.body {
        case .receiving:
            return []
        case .complete:
            let body = machine.takeBody()
            served[served.count - 1] += " \(body.count):" + String(decoding: body, as: UTF8.self)
            _ = body.withUnsafeBytes {
                machine.respond(status: 200, fields: [("X", "y")], body: $0, dateLine: [], at: now)
            }
        case .failed(let error):
            served[served.count - 1] += " \(error)"
        }
        isHandling = false
        return machine.handlerReturned(dateLine: [], at: now)
    }
}
