/// A way to call a request off before its head has come, for others than the task that waits for it.
///
/// Loop-bound. Made by the caller of ``HTTPClient/open(_:as:)``, for one call; once that has returned it does nothing, and
/// the response can be cancelled itself.
package final class HTTPClientOpening {
    private var transfer: (client: HTTPClient, Transfer)?

    package init() {}

    /// Ends the transfer now: the task that waits for its head gets `cancelled`.
    package func cancel() {
        guard let (client, transfer) = transfer else { return }
        client.end(transfer, transfer.error(.cancelled, HTTPClientError.cancelled.message))
    }

    func began(_ transfer: Transfer, of client: HTTPClient) {
        self.transfer = (client, transfer)
    }

    /// Transfers are used again: this one will be somebody else's.
    func ended() {
        transfer = nil
    }
}
