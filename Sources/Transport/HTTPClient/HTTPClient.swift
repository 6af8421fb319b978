import CCurl
import Runtime

/// An HTTP client on one loop: HTTP/1.1 and, over TLS, HTTP/2 by libcurl, with pooled connections and transfers.
///
/// Loop-bound, one a loop: `open` is called by tasks that prefer the loop, everything else on it. `shutdown` must be
/// called before the last reference goes.
package final class HTTPClient {
    package let loop: EventLoop
    package let settings: HTTPClientSettings
    let multi: CurlMulti
    private var active: [Transfer] = []
    private var pool: [Transfer] = []
    /// The ports at this end of connections that speak HTTP/2; those of closed ones stay until they are used again.
    var multiplexedPorts: Set<UInt16> = []

    package init(loop: EventLoop, settings: HTTPClientSettings = HTTPClientSettings()) {
        self.loop = loop
        self.settings = settings
        multi = CurlMulti(loop: loop, settings: settings)
    }

    /// Transfers in progress.
    package var transferCount: Int { active.count }

    /// Connections that are open, in use or kept for later.
    package var connectionCount: Int { multi.connectionCount }

    /// Sends a request and returns at the head of its response.
    ///
    /// Cancelling the calling task ends the transfer within the same loop turn; one that is cancelled already sends
    /// nothing. A request whose reused connection proved dead before any byte of an answer came is sent once more, on another
    /// connection, which response and error tell of (`resent`); nothing else is retried. RFC 9110, 9.2.2, leaves that to
    /// clients that know what a request does, whatever its method: what lip asks of providers may be asked of them twice.
    package func open(
        _ request: HTTPClientRequest, as opening: HTTPClientOpening? = nil
    ) async throws(HTTPClientError) -> HTTPClientResponse {
        if Task.isCancelled { throw .cancelled }
        let transfer = try start(request)
        opening?.began(transfer, of: self)
        defer { opening?.ended() }
        while !transfer.head.isComplete, transfer.outcome == nil {
            do {
                try await transfer.signal.wait()
            } catch {
                end(transfer, transfer.error(.cancelled, HTTPClientError.cancelled.message))
            }
        }
        guard transfer.head.isComplete else {
            defer { release(transfer) }
            guard case .failed(let error) = transfer.outcome else {
                preconditionFailure("a transfer ended without head")
            }
            throw error
        }
        return HTTPClientResponse(client: self, transfer: transfer)
    }

    /// Sends a request whose answer nobody reads: whether it arrives is not told.
    ///
    /// The client alone holds the transfer, which ends with its answer, at the latest after the request's timeouts, and
    /// with ``shutdown()``. Give it a total timeout.
    package func send(_ request: HTTPClientRequest) {
        guard let transfer = try? start(request) else { return }
        if transfer.outcome == nil { transfer.disown() } else { release(transfer) }
    }

    /// Gives up the transfers that lie in the pool: after a peak they keep the pages around them, which it has used.
    package func emptyPool() {
        for transfer in pool { transfer.dispose() }
        pool.removeAll()
    }

    /// Closes connections that have been idle for too long; returns how many.
    ///
    /// To be called now and then, since nothing else does it while no request goes out.
    package func closeIdleConnections() -> Int {
        let before = multi.connectionCount
        multi.closeIdle(olderThan: settings.idleConnectionAgeMax)
        return before - multi.connectionCount
    }

    /// Ends all transfers with `shutDown` and closes all connections; further calls of `open` fail.
    package func shutdown() {
        guard !multi.isClosed else { return }
        for transfer in active { end(transfer, transfer.error(.shutDown, HTTPClientError.shutDown.message)) }
        emptyPool()
        multi.close()
    }

    // MARK: Transfers

    private func start(_ request: HTTPClientRequest) throws(HTTPClientError) -> Transfer {
        if multi.isClosed { throw .shutDown }
        guard let transfer = pool.popLast() ?? Transfer(client: self) else {
            throw HTTPClientError(kind: .internalFailure, message: "libcurl has no memory for a transfer")
        }
        do {
            try transfer.prepare(request)
        } catch {
            release(transfer)
            throw error
        }
        transfer.begin(timeouts: request.timeouts)
        transfer.activePosition = active.count
        active.append(transfer)
        let added = multi.add(transfer.easy)
        guard added == CURLM_OK else {
            detach(transfer)
            release(transfer)
            throw HTTPClientError(kind: .internalFailure, message: "libcurl refused a transfer (\(added.rawValue))")
        }
        multi.run()
        return transfer
    }

    /// Ends a transfer that is in progress; does nothing to one that has ended.
    func end(_ transfer: Transfer, _ error: HTTPClientError) {
        guard transfer.activePosition != nil else { return }
        detach(transfer)
        transfer.outcome = .failed(error)
        transfer.signal.signal()
        multi.remove(transfer.easy, isMultiplexed: transfer.sharedPort != nil)
        if CurlLibrary.holdsResetsBack, let port = transfer.sharedPort,
            let other = active.first(where: { $0.sharedPort == port && !$0.isPaused })
        {
            multi.flush(other.easy)
        }
        if transfer.isLeft { release(transfer) }
    }

    /// Takes a transfer whose rest nobody reads: if it ends soon, its connection is kept, else it is ended.
    func leave(_ transfer: Transfer) {
        guard transfer.activePosition != nil, !transfer.isPaused else { return release(transfer) }
        transfer.leave()
    }

    /// Lets a transfer go on whose reader has caught up.
    func resume(_ transfer: Transfer) {
        guard transfer.activePosition != nil else { return }
        transfer.resume()
        // May deliver what libcurl holds before it returns, and be held back again by it.
        curl_easy_pause(transfer.easy, CURLPAUSE_CONT)
        multi.run()
    }

    /// Takes a transfer that nobody needs any more; ends it if it is in progress.
    func release(_ transfer: Transfer) {
        end(transfer, .cancelled)
        let isReusable = transfer.isReusable
        transfer.reset()
        if multi.isClosed || !isReusable || pool.count >= settings.pooledTransfersMax {
            transfer.dispose()
        } else {
            pool.append(transfer)
        }
    }

    /// Takes libcurl's verdict on a transfer, which has left the multi handle.
    func ended(_ transfer: Transfer, _ result: CURLcode) {
        detach(transfer)
        transfer.outcome = transfer.finish(result)
        transfer.signal.signal()
        if transfer.isLeft { release(transfer) }
    }

    private func detach(_ transfer: Transfer) {
        guard let position = transfer.activePosition else { return }
        transfer.activePosition = nil
        let last = active.removeLast()
        if last !== transfer {
            active[position] = last
            last.activePosition = position
        }
    }
}
