import Dialects
import Routing
import Runtime
import Transport

/// Calling a request off while its client waits: the client asked for it (`POST /lip/v1/a-legs/{id}/cancel`), or the
/// process ends.
extension ModelRequest: RunningRequest {
    /// Ends what the request is doing, in this turn; its client is told once its task has its turn.
    ///
    /// Nothing is cut short that the client has been sent, nor an answer whose end waits for a slow client.
    func callOff(because cause: CancellationCause) {
        // A client that has left is what ends its request, whatever comes after.
        guard record.calledOff == nil, !exchange.isGone else { return }
        record.calledOff = cause
        current?.callOff()
        run?.callOff()
        pause?.signal()
    }

    /// What to answer where an attempt was called off: the client asked for it, or has left, or the process ends.
    var callOffFailure: Failure { record.callOffFailure(of: exchange) }
}
