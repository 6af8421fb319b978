import CCurl
import Glibc
import Runtime

/// One easy handle of libcurl with everything that its callbacks touch: kept from request to request.
///
/// Loop-bound. While attached, the client's list holds it, and libcurl knows it by an unretained pointer; whoever else
/// holds it (a response) holds the client too. Between requests it lies in the client's pool with its options set, so
/// that a request sets only what differs from the one before.
final class Transfer {
    /// How a transfer ended.
    enum Outcome {
        case ended
        case failed(HTTPClientError)
    }

    /// Bodies' buffers above this many bytes are not kept for the next request.
    private static let keptBufferBytesMax = 64 << 10
    /// The most that is taken of a body that nobody reads any more, in bytes.
    private static let leftBytesMax = 16 << 10
    /// How often one request goes out at most.
    ///
    /// A second time where the first connection proved dead before any byte of an answer; a retry that failed is not
    /// retried (RFC 9110, 9.2.2), whatever libcurl would do.
    private static let sendCountMax = 2

    let easy: UnsafeMutableRawPointer
    let settings: HTTPClientSettings
    let loop: EventLoop
    /// Wakes the one task that waits for the head or for bytes.
    let signal: LoopSignal
    private unowned let client: HTTPClient
    /// libcurl writes the text of its last error here (`CURL_ERROR_SIZE` bytes).
    let errorText: UnsafeMutablePointer<CChar>
    /// The URL in its parts, which libcurl reads while the transfer runs; changed between requests only.
    let parsedURL: OpaquePointer

    var head: ResponseHead
    /// Body bytes that nobody has read.
    var received: [UInt8] = []
    var outcome: Outcome?
    /// Whether the multi handle has it; the position in the client's list.
    var activePosition: Int?
    /// When the request began, and when its head was complete.
    private(set) var start = MonotonicInstant(nanoseconds: 0)
    private(set) var headAt = MonotonicInstant(nanoseconds: 0)

    /// The body in flight; libcurl reads it in place.
    var body: [UInt8] = []
    /// The fields in flight: this request's own in front of the prepared ones.
    var headerList: HeaderList?
    var preparedHeaders: HTTPClientHeaders?
    var applied = AppliedOptions()

    private(set) var isPaused = false
    /// How many bytes of the rest may still come, once nobody reads any more; nil while somebody does.
    private var leftBytesMax: Int?
    /// Set by callbacks that make libcurl fail the transfer.
    private(set) var refusal: HTTPClientError.Kind?
    private(set) var refusedAddress: ForbiddenAddress?
    /// How often a connection stood and the request was about to go out.
    private(set) var sendCount = 0
    /// Whether libcurl may take a new connection only, should it have to send again.
    private var demandsNewConnection = false
    /// Set when a connection could not be opened for want of a descriptor.
    private(set) var shortage: DescriptorShortage?
    /// The port at this end of a connection that may carry other transfers as well (HTTP/2); nil where it cannot.
    private(set) var sharedPort: UInt16?
    private var deadlines: TransferDeadlines
    /// Stays set between requests: the next one mostly wants a later time, and a late look costs nothing.
    private var timer: (id: TimerID, at: MonotonicInstant)?

    init?(client: HTTPClient) {
        guard let easy = curl_easy_init() else { return nil }
        guard let parsedURL = curl_url() else {
            curl_easy_cleanup(easy)
            return nil
        }
        self.easy = easy
        self.parsedURL = parsedURL
        self.client = client
        loop = client.loop
        settings = client.settings
        signal = LoopSignal(on: client.loop)
        head = ResponseHead(bytesMax: client.settings.responseHeadBytesMax)
        deadlines = TransferDeadlines(timeouts: HTTPClientTimeouts(), start: start)
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        setLastingOptions(context: Unmanaged.passUnretained(self).toOpaque(), multi: client.multi)
        lip_curl_on_body(easy, curlReceivedBody)
        lip_curl_on_header(easy, curlReceivedHeader)
        lip_curl_on_connected(easy, curlIsConnected)
        lip_curl_on_open_socket(easy, curlOpensSocket)
        lip_curl_on_close_socket(easy, curlClosesSocket)
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_url_cleanup(parsedURL)
        headerList?.free()
        errorText.deallocate()
    }

    /// Begins a request whose options are set.
    func begin(timeouts: HTTPClientTimeouts) {
        start = loop.clock.now()
        deadlines = TransferDeadlines(timeouts: timeouts, start: start)
        errorText[0] = 0
        setTimer()
    }

    /// Forgets the request before the pool takes the transfer; it must not be attached.
    func reset() {
        precondition(activePosition == nil)
        head.reset()
        if received.capacity > Self.keptBufferBytesMax {
            received = []
        } else {
            received.removeAll(keepingCapacity: true)
        }
        outcome = nil
        isPaused = false
        leftBytesMax = nil
        refusal = nil
        refusedAddress = nil
        if demandsNewConnection { lip_curl_set_long(easy, CURLOPT_FRESH_CONNECT, 0) }
        demandsNewConnection = false
        sendCount = 0
        shortage = nil
        sharedPort = nil
        body = []
        headerList?.free()
        headerList = nil
        preparedHeaders = nil
        signal.clear()
    }

    /// Whether a connection stood and the request was about to go out.
    var connected: Bool { sendCount > 0 }

    /// Whether the request went out once more, since the first connection proved dead.
    var isResent: Bool { sendCount > 1 }

    /// Whether the next request may use it, to be asked before ``reset()``.
    ///
    /// libcurl (seen in 7.88) counts in the handle how often it had to send something again, and gives up at the sixth
    /// time. Nothing takes a success for the end of a row, so that requests that have nothing to do with each other would
    /// share the count: a handle that may have begun to count is given up.
    var isReusable: Bool { sendCount == 0 || sendCount == 1 && head.isComplete }

    /// Takes its timer back for good.
    func dispose() {
        if let timer { loop.cancel(timer.id) }
        timer = nil
    }

    /// Swaps the unread bytes with a buffer of the reader's.
    func take(into buffer: inout [UInt8]) {
        swap(&buffer, &received)
        signal.clear()
    }

    /// Notes that a transfer that was held back goes on; the caller tells libcurl.
    func resume() {
        isPaused = false
        deadlines.resumed(at: loop.clock.now())
        setTimer()
    }

    /// Whether nobody reads its rest, so that it has to be released when it ends.
    var isLeft: Bool { leftBytesMax != nil }

    /// Drops what comes from now on, within the request's own timeouts.
    func disown() {
        leftBytesMax = Self.leftBytesMax
        received.removeAll()
    }

    /// Drops what comes from now on, for a short while.
    func leave() {
        leftBytesMax = Self.leftBytesMax
        received.removeAll()
        deadlines.left(at: loop.clock.now())
        setTimer()
    }

    /// Takes libcurl's verdict; not within a callback.
    func ended(_ result: CURLcode) {
        client.ended(self, result)
    }

    // MARK: Time

    private func setTimer() {
        let next = deadlines.next
        if next == .distantFuture { return }
        if let timer {
            if timer.at <= next { return }
            loop.cancel(timer.id)
        }
        timer = (loop.schedule(at: next) { [unowned self] in timerFired() }, next)
    }

    private func timerFired() {
        timer = nil
        guard activePosition != nil, outcome == nil else { return }
        guard let phase = deadlines.expired(at: loop.now) else { return setTimer() }
        let message =
            switch phase {
            case .connect: "no connection within the connect timeout"
            case .head: "no response within the response timeout"
            case .idle: "no bytes within the idle timeout"
            case .total: "no complete response within the total timeout"
            }
        client.end(self, error(.timeout(phase), message))
    }

    // MARK: libcurl's callbacks

    fileprivate func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        if let left = leftBytesMax {
            leftBytesMax = left - bytes.count
            return left >= bytes.count ? bytes.count : 0
        }
        if received.count >= settings.receiveBufferBytesMax {
            isPaused = true
            deadlines.heldBack()
            return Int(lip_curl_pause)
        }
        received.append(contentsOf: bytes)
        deadlines.bytesReceived(at: loop.now)
        signal.signal()
        return bytes.count
    }

    fileprivate func receiveHeader(_ line: UnsafeBufferPointer<UInt8>) -> Int {
        switch head.receive(line) {
        case .more:
            break
        case .complete:
            headAt = loop.clock.now()
            deadlines.headReceived(at: headAt)
            if head.version > 1, let sharedPort { client.multiplexedPorts.insert(sharedPort) }
            setTimer()
            signal.signal()
        case .tooLarge:
            refusal = .tooLarge
            return 0
        }
        return line.count
    }

    fileprivate func connectionStands(localPort: CInt) -> CInt {
        guard sendCount < Self.sendCountMax else {
            refusal = .reset
            return CURL_PREREQFUNC_ABORT
        }
        sendCount += 1
        shortage = nil
        let port = UInt16(truncatingIfNeeded: localPort)
        if !isReused {
            client.multiplexedPorts.remove(port)
        } else if sendCount == 1, !client.multiplexedPorts.contains(port) {
            // Should this connection prove dead, libcurl would take the next idle one, which may be as dead. Where many
            // requests share a connection, they are to share the next one as well.
            demandsNewConnection = true
            lip_curl_set_long(easy, CURLOPT_FRESH_CONNECT, 1)
        }
        // Which protocol was agreed on is known with the head only.
        sharedPort = applied.isEncrypted == true ? port : nil
        deadlines.connected(at: loop.now)
        setTimer()
        return CURL_PREREQFUNC_OK
    }

    fileprivate func openSocket(_ address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        if let forbidden = ForbiddenAddress(address: lip_curl_address(address)) {
            refusedAddress = forbidden
            return CURL_SOCKET_BAD
        }
        let descriptor = curlSocket(
            address.pointee.family, address.pointee.socktype, address.pointee.protocol)
        guard descriptor >= 0 else {
            if let found = DescriptorShortage(errno) { shortage = found }
            return CURL_SOCKET_BAD
        }
        client.multi.opened(descriptor)
        return descriptor
    }
}

// Free functions: closure literals as C callbacks carry the isolation of the code around them.

private func curlReceivedBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    return Unmanaged<Transfer>.fromOpaque(context)._withUnsafeGuaranteedRef {
        $0.receiveBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
    }
}

private func curlReceivedHeader(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    return Unmanaged<Transfer>.fromOpaque(context)._withUnsafeGuaranteedRef {
        let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
        return $0.receiveHeader(line.assumingMemoryBound(to: UInt8.self))
    }
}

private func curlIsConnected(
    _ context: UnsafeMutableRawPointer?, _ remote: UnsafeMutablePointer<CChar>?, _ local: UnsafeMutablePointer<CChar>?,
    _ remotePort: CInt, _ localPort: CInt
) -> CInt {
    guard let context else { return CURL_PREREQFUNC_ABORT }
    return Unmanaged<Transfer>.fromOpaque(context)._withUnsafeGuaranteedRef {
        $0.connectionStands(localPort: localPort)
    }
}

private func curlOpensSocket(
    _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let context, let address else { return CURL_SOCKET_BAD }
    return Unmanaged<Transfer>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.openSocket(address) }
}

/// The context is the multi handle's: a connection outlives the transfer that opened it.
private func curlClosesSocket(_ context: UnsafeMutableRawPointer?, _ descriptor: curl_socket_t) -> CInt {
    guard let context else { return -1 }
    Unmanaged<CurlMulti>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.closing(descriptor) }
    return closeDescriptor(descriptor)
}
