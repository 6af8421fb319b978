import Runtime

/// The response to one request: its head at once, its body as it comes.
///
/// Loop-bound; one task reads. A response that is dropped before its end cancels its transfer.
package final class HTTPClientResponse {
    package let status: Int
    package let headers: HTTPHeaders
    /// Major version of HTTP: 1 or 2.
    package let version: Int
    package let timings: HTTPClientTimings
    /// Fields that came after a chunked body; complete when `read` has returned false.
    package private(set) var trailers = HTTPHeaders()

    private let client: HTTPClient
    /// Nil once the transfer has ended and its end was told, or was cancelled.
    private var transfer: Transfer?
    private var failure: HTTPClientError?
    private var isWaiting = false
    /// Whether `withReads` wakes a reader whose task is cancelled.
    private var sharesHandler = false

    /// Whether the provider is held back because unread bytes have passed the bound.
    package var isHeldBack: Bool { transfer?.isPaused ?? false }

    /// Takes over a transfer whose head is complete.
    init(client: HTTPClient, transfer: Transfer) {
        self.client = client
        self.transfer = transfer
        status = transfer.head.status
        headers = transfer.head.headers
        version = transfer.head.version
        timings = transfer.timings
    }

    deinit {
        guard let transfer else { return }
        LoopBound((client, transfer), on: client.loop).run { $0.0.release($0.1) }
    }

    /// Exchanges `buffer` for all body bytes that have come, waiting for some; false at the clean end of the body.
    ///
    /// The buffer's storage takes the next bytes, so that a reader that passes the same one allocates nothing. Bytes that
    /// came before a failure are delivered before it is thrown. Cancelling the calling task while it waits ends the
    /// transfer. A body that nothing but the end of the connection delimits ends cleanly with it, over TLS too: libcurl
    /// does not insist on TLS's closing message.
    package func read(into buffer: inout [UInt8]) async throws(HTTPClientError) -> Bool {
        buffer.removeAll(keepingCapacity: true)
        while let transfer {
            if !transfer.received.isEmpty {
                transfer.take(into: &buffer)
                if transfer.isPaused { client.resume(transfer) }
                return true
            }
            if let outcome = transfer.outcome {
                finish(transfer, outcome)
                break
            }
            if await !waitForMore(transfer) { cancel() }
        }
        if let failure { throw failure }
        return false
    }

    /// Waits until there is something to read; false when the task is cancelled.
    private func waitForMore(_ transfer: Transfer) async -> Bool {
        isWaiting = true
        defer { isWaiting = false }
        guard sharesHandler else {
            do { try await transfer.signal.wait() } catch { return false }
            return true
        }
        if Task.isCancelled { return false }
        await transfer.signal.waitForSignal()
        return !Task.isCancelled
    }

    /// Runs `body`, in which all calls of `read` share one cancellation handler: to set one up costs as much as the wait.
    package func withReads<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        // Safety: other threads only carry the reference to the loop; releasing the last one anywhere is harmless.
        nonisolated(unsafe) let response = self
        let loop = client.loop
        sharesHandler = true
        defer { sharesHandler = false }
        return try await withTaskCancellationHandler {
            try await body()
        } onCancel: {
            if loop.isCurrent {
                response.wakeReader()
            } else {
                loop.execute { response.wakeReader() }
            }
        }
    }

    private func wakeReader() {
        if isWaiting { transfer?.signal.signal() }
    }

    /// Reads the rest of the body; more than `bytesMax` bytes end the transfer with `tooLarge`.
    package func readAll(upTo bytesMax: Int) async throws(HTTPClientError) -> [UInt8] {
        var whole: [UInt8] = []
        var chunk: [UInt8] = []
        while try await read(into: &chunk) {
            guard whole.count + chunk.count <= bytesMax else {
                cancel()
                throw HTTPClientError(
                    kind: .tooLarge, message: "the response body is larger than \(bytesMax) bytes", sent: true,
                    reused: timings.reused, resent: timings.resent)
            }
            if whole.isEmpty { swap(&whole, &chunk) } else { whole.append(contentsOf: chunk) }
        }
        return whole
    }

    /// Ends the transfer now: a task that waits in `read`, and whoever reads later, gets `cancelled`.
    ///
    /// May be called again, and after the end.
    package func cancel() {
        guard let transfer else { return }
        let error = HTTPClientError(
            kind: .cancelled, message: HTTPClientError.cancelled.message, sent: true, reused: timings.reused,
            resent: timings.resent)
        client.end(transfer, error)
        if isWaiting {
            // The reader gives the transfer back when it wakes.
            transfer.signal.signal()
        } else {
            failure = error
            giveBack(transfer)
        }
    }

    /// Gives up the rest of the body, which has nothing more to say: where it ends within a second and a few bytes, as one
    /// does whose end was only not sent yet, the connection is kept for other requests.
    ///
    /// Nobody may be waiting in `read`; whoever reads later gets `cancelled`.
    package func letFinish() {
        guard let transfer, !isWaiting else { return }
        self.transfer = nil
        failure = .cancelled
        client.leave(transfer)
    }

    private func finish(_ transfer: Transfer, _ outcome: Transfer.Outcome) {
        trailers = transfer.head.trailers
        if case .failed(let error) = outcome { failure = error }
        giveBack(transfer)
    }

    private func giveBack(_ transfer: Transfer) {
        self.transfer = nil
        client.release(transfer)
    }
}
