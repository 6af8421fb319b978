import CLinux
import Runtime

/// The provider: its socket, its connections, its script and its log, all on one loop.
final class MockServer {
    let loop: EventLoop
    let options: Options
    let log: RequestLog
    var script = Script()
    /// What gives access tokens, and tells which are good.
    let login = MockLogin()
    /// Where connections render what they are about to send; empty between steps.
    var scratch: [UInt8] = []
    /// Where connections receive.
    let receiveBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: receiveBytesMax, alignment: 16)
    private static let receiveBytesMax = 65_536

    private var connections: [Int: Connection] = [:]
    private var connectionsAccepted = 0
    private var requestsReceived = 0
    /// Stream frames of the answers that have ended.
    var framesSent = 0
    private var openGates: Set<String> = []

    init(loop: EventLoop, options: Options, recordDescriptor: CInt) {
        self.loop = loop
        self.options = options
        log = RequestLog(remembered: options.remembered, recordDescriptor: recordDescriptor)
    }

    deinit { receiveBuffer.deallocate() }

    /// Takes over an accepted socket.
    func accept(_ descriptor: CInt) {
        connectionsAccepted += 1
        let connection = Connection(id: connectionsAccepted, descriptor: descriptor, server: self)
        do throws(SystemError) {
            try connection.start()
            connections[connection.id] = connection
        } catch {
            close(descriptor)
        }
    }

    func forget(_ connection: Connection) { connections[connection.id] = nil }

    /// Stream frames sent since the start, in all answers.
    var framesSentInAll: Int { connections.values.reduce(framesSent) { $0 + $1.framesSent } }

    /// Open connections over which no control request has come.
    var providerConnectionCount: Int { connections.values.count { !$0.isControl } }

    func nextRequestID() -> Int {
        requestsReceived += 1
        return requestsReceived
    }

    func isOpen(gate: String) -> Bool { openGates.contains(gate) }

    /// Lets everything pass that waits at a gate, now or later.
    func open(gate: String) {
        openGates.insert(gate)
        for connection in Array(connections.values) { connection.gateOpened(gate) }
    }

    /// Forgets the script, the log and the gates; answers in progress go on.
    func reset() {
        script = Script()
        login.set(refreshToken: nil, accessTokens: nil, lifetime: nil)
        openGates.removeAll()
        log.forgetAll()
    }
}
