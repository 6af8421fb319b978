import Dialects
import Routing
import Runtime

/// Calling a request off while its client waits (`POST /lip/v1/a-legs/{id}/cancel`).
extension ModelRequest {
    /// Ends what the request is doing, in this turn; its client is told once its task has its turn.
    ///
    /// Nothing is cut short that the client has been sent, nor an answer whose end waits for a slow client.
    func cancel() {
        guard !record.isCancelled else { return }
        record.isCancelled = true
        current?.callOff()
        run?.callOff()
        pause?.signal()
    }

    /// What to answer where an attempt was called off: the client asked for it, or has left, or the process ends.
    var callOffFailure: Failure {
        switch record.callOffCause(of: exchange) {
        case .explicit: Failure(.cancelled, "the request was cancelled", code: "request_cancelled")
        case .shutDown: Failure(.cancelled, "lip was shut down before the answer was complete")
        case .clientLeft, .lostRace: Failure(.cancelled, "the client left")
        }
    }
}
