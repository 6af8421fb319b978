import CCurl
import CLinux
import Runtime

/// libcurl's multi handle on an event loop: sockets, the timer, and the transfers that ended.
///
/// Loop-bound. libcurl must not be entered from its own callbacks, so callbacks only note what is wanted; what they noted
/// is carried out when the call that caused them has returned (`settle`). A transfer can end inside the very call that
/// started it: finished transfers are therefore read after every call, and time that is due at once is given at once
/// instead of through the loop's timer.
final class CurlMulti {
    /// Calls to libcurl in a row before other work of the loop gets its turn.
    private static let callsInARowMax = 16

    private let loop: EventLoop
    private let handle: UnsafeMutableRawPointer
    private var sockets: [CInt: CurlSocket] = [:]
    /// What libcurl wants to be called at; nil when it waits for sockets only.
    private var wakeAt: MonotonicInstant?
    /// libcurl asked to be called without delay.
    private var isDue = false
    /// The loop's timer and what it is set to.
    ///
    /// It is left alone when `wakeAt` moves to later, and asks again when it fires.
    private var timer: (id: TimerID, at: MonotonicInstant)?
    private(set) var isClosed = false

    init(loop: EventLoop, settings: HTTPClientSettings) {
        _ = CurlLibrary.initialized
        guard let handle = curl_multi_init() else { preconditionFailure("curl_multi_init: out of memory") }
        self.loop = loop
        self.handle = handle
        let context = Unmanaged.passUnretained(self).toOpaque()
        lip_curl_multi_on_socket(handle, curlWantsSocket, context)
        lip_curl_multi_on_timer(handle, curlWantsTime, context)
        lip_curl_multi_set_long(handle, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
        lip_curl_multi_set_long(handle, CURLMOPT_MAXCONNECTS, settings.idleConnectionsMax)
        lip_curl_multi_set_long(handle, CURLMOPT_MAX_HOST_CONNECTIONS, settings.connectionsPerHostMax)
        lip_curl_multi_set_long(handle, CURLMOPT_MAX_CONCURRENT_STREAMS, settings.streamsPerConnectionMax)
    }

    deinit {
        precondition(isClosed, "a CurlMulti must be closed on its loop before it goes")
    }

    /// Connections that are open, in use or kept for later.
    var connectionCount: Int { sockets.values.count { $0.isConnection } }

    /// Starts a transfer; call `run` afterwards.
    func add(_ easy: UnsafeMutableRawPointer) -> CURLMcode {
        curl_multi_add_handle(handle, easy)
    }

    /// Ends a transfer that has not ended by itself: its connection is closed, or its stream reset where others are on it.
    ///
    /// libcurl from 7.88.0 to 8.14 writes the reset into a buffer that goes out with whatever is sent next on the
    /// connection (github.com/curl/curl/issues/17611): until then the provider would go on, and be paid for it. So a
    /// connection that nobody else uses is closed there, and on another one the caller has the buffer emptied (`flush`).
    ///
    /// - Parameter isMultiplexed: Whether others may be on its connection.
    func remove(_ easy: UnsafeMutableRawPointer, isMultiplexed: Bool) {
        let mustClose = isMultiplexed && CurlLibrary.holdsResetsBack
        if mustClose { lip_curl_set_long(easy, CURLOPT_FORBID_REUSE, 1) }
        curl_multi_remove_handle(handle, easy)
        if mustClose { lip_curl_set_long(easy, CURLOPT_FORBID_REUSE, 0) }
        settle()
    }

    /// Has what libcurl holds back on the connection of a transfer sent; the transfer must not be held back itself.
    func flush(_ easy: UnsafeMutableRawPointer) {
        // Both ways tell the peer how much it may send, and with it everything else.
        curl_easy_pause(easy, CURLPAUSE_RECV)
        curl_easy_pause(easy, CURLPAUSE_CONT)
        run()
    }

    /// Closes kept connections that nobody has used for so long, and those that their peers have closed.
    ///
    /// libcurl looks for them only where it looks for a connection (seen in 7.88), at most once a second. So it is asked for
    /// one to nowhere, which it may not open.
    func closeIdle(olderThan age: Duration) {
        guard !isClosed, connectionCount > 0, let easy = curl_easy_init() else { return }
        lip_curl_set_string(easy, CURLOPT_URL, "http://127.0.0.1/")
        lip_curl_set_string(easy, CURLOPT_PROXY, "")
        lip_curl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        lip_curl_set_long(easy, CURLOPT_FRESH_CONNECT, 1)
        lip_curl_set_long(easy, CURLOPT_MAXAGE_CONN, Int(age.components.seconds))
        lip_curl_on_open_socket(easy, curlOpensNothing)
        guard add(easy) == CURLM_OK else { return curl_easy_cleanup(easy) }
        run()
    }

    /// Lets libcurl do what is due now.
    func run() {
        isDue = true
        settle()
    }

    /// Closes all connections; transfers must have been removed before.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        curl_multi_cleanup(handle)
        for socket in sockets.values { socket.forget(on: loop) }
        sockets.removeAll()
        if let timer { loop.cancel(timer.id) }
        timer = nil
        wakeAt = nil
    }

    // MARK: After each call

    private func settle() {
        guard !isClosed else { return }
        readEnded()
        var calls = 0
        while isDue, !isClosed {
            if calls == Self.callsInARowMax {
                // libcurl keeps asking; let others run before going on.
                wakeAt = loop.now
                break
            }
            calls += 1
            isDue = false
            wakeAt = nil
            var running: CInt = 0
            curl_multi_socket_action(handle, CURL_SOCKET_BAD, 0, &running)
            readEnded()
        }
        isDue = false
        setTimer()
    }

    private func readEnded() {
        var left: CInt = 0
        while !isClosed, let message = curl_multi_info_read(handle, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            let result = lip_curl_result(message)
            var context: UnsafeMutableRawPointer?
            lip_curl_get_pointer(easy, CURLINFO_PRIVATE, &context)
            curl_multi_remove_handle(handle, easy)
            if let context {
                Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().ended(result)
            } else {
                // That of `closeIdle`.
                curl_easy_cleanup(easy)
            }
        }
    }

    // MARK: Time

    fileprivate func timeWanted(milliseconds: Int) {
        if milliseconds < 0 {
            wakeAt = nil
            isDue = false
        } else if milliseconds == 0 {
            isDue = true
        } else {
            isDue = false
            wakeAt = loop.clock.now() + .milliseconds(milliseconds)
        }
    }

    private func setTimer() {
        guard !isClosed, let wakeAt else { return }
        if let timer {
            if timer.at <= wakeAt { return }
            loop.cancel(timer.id)
        }
        timer = (loop.schedule(at: wakeAt) { [unowned self] in timerFired() }, wakeAt)
    }

    private func timerFired() {
        timer = nil
        guard let wakeAt else { return }
        if wakeAt <= loop.now { isDue = true }
        settle()
    }

    // MARK: Sockets

    fileprivate func socketWanted(_ descriptor: CInt, _ what: CInt) -> CInt {
        let wanted: Readiness
        switch what {
        case CURL_POLL_IN: wanted = .read
        case CURL_POLL_OUT: wanted = .write
        case CURL_POLL_INOUT: wanted = [.read, .write]
        default: wanted = []
        }
        if let socket = sockets[descriptor] {
            if socket.isConnection { return socket.want(wanted, on: loop) ? 0 : -1 }
            // A descriptor of libcurl's resolver: it may have been closed and its number reused unseen.
            socket.forget(on: loop)
            sockets[descriptor] = nil
        }
        guard !wanted.isEmpty else { return 0 }
        let socket = CurlSocket(descriptor, isConnection: false, multi: self)
        sockets[descriptor] = socket
        return socket.want(wanted, on: loop) ? 0 : -1
    }

    /// Notes a connection's socket, which is watched across requests until `closed`.
    func opened(_ descriptor: CInt) {
        sockets[descriptor]?.forget(on: loop)
        sockets[descriptor] = CurlSocket(descriptor, isConnection: true, multi: self)
    }

    /// Stops watching a socket that is about to be closed.
    func closing(_ descriptor: CInt) {
        sockets[descriptor]?.forget(on: loop)
        sockets[descriptor] = nil
    }

    fileprivate func isReady(_ socket: CurlSocket, _ ready: Readiness) {
        guard !isClosed else { return }
        var events: CInt = 0
        // A failure is told as readiness, so that libcurl reads what came before it and finds the error itself.
        let failed = ready.contains(.failed)
        if socket.wanted.contains(.read), failed || ready.contains(.read) { events |= CURL_CSELECT_IN }
        if socket.wanted.contains(.write), failed || ready.contains(.write) { events |= CURL_CSELECT_OUT }
        guard events != 0 else {
            // An idle connection that the peer closed, or one that is held back: silence until it is wanted again.
            socket.narrow(on: loop)
            return
        }
        var running: CInt = 0
        curl_multi_socket_action(handle, socket.descriptor, events, &running)
        settle()
    }
}

/// A descriptor of libcurl's in the loop.
///
/// A connection stays registered from request to request: libcurl forgets and asks for its socket around each one, which
/// would cost two system calls. Interest that is no longer wanted is taken back only when it reports something.
final class CurlSocket: FileDescriptorHandler {
    let descriptor: CInt
    /// Whether libcurl opened it through `CurlMulti.opened` and will announce its end.
    let isConnection: Bool
    private(set) var wanted: Readiness = []
    private var registered: Readiness = []
    private var source: SourceID?
    private unowned let multi: CurlMulti

    init(_ descriptor: CInt, isConnection: Bool, multi: CurlMulti) {
        self.descriptor = descriptor
        self.isConnection = isConnection
        self.multi = multi
    }

    /// Notes what libcurl waits for; false when the kernel refuses to watch the descriptor.
    func want(_ readiness: Readiness, on loop: EventLoop) -> Bool {
        wanted = readiness
        // More than is wanted may stay registered, but for writing, which is nearly always possible.
        let excess = registered.subtracting(wanted)
        if registered.contains(wanted), !excess.contains(.write) || wanted.isEmpty { return true }
        return register(on: loop)
    }

    /// Takes back interest that is not wanted.
    func narrow(on loop: EventLoop) {
        if wanted.isEmpty { forget(on: loop) } else { _ = register(on: loop) }
    }

    func forget(on loop: EventLoop) {
        if let source { loop.deregister(source) }
        source = nil
        registered = []
    }

    private func register(on loop: EventLoop) -> Bool {
        registered = wanted
        if let source {
            loop.modify(source, interest: wanted)
            return true
        }
        do {
            source = try loop.register(descriptor, for: wanted, handler: self)
            return true
        } catch {
            registered = []
            return false
        }
    }

    func descriptorIsReady(_ ready: Readiness) {
        multi.isReady(self, ready)
    }
}

// Free functions: closure literals as C callbacks carry the isolation of the code around them.

private func curlWantsSocket(
    _ easy: UnsafeMutableRawPointer?, _ socket: curl_socket_t, _ what: CInt, _ context: UnsafeMutableRawPointer?,
    _ socketContext: UnsafeMutableRawPointer?
) -> CInt {
    guard let context else { return -1 }
    return Unmanaged<CurlMulti>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.socketWanted(socket, what) }
}

private func curlOpensNothing(
    _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    CURL_SOCKET_BAD
}

private func curlWantsTime(
    _ multi: UnsafeMutableRawPointer?, _ milliseconds: Int, _ context: UnsafeMutableRawPointer?
) -> CInt {
    guard let context else { return -1 }
    Unmanaged<CurlMulti>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.timeWanted(milliseconds: milliseconds) }
    return 0
}
