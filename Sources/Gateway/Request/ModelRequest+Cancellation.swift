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

    /// What a request that was called off does in place of a step: it tries nothing more, and ends what it has.
    func calledOff(_ step: Step) -> Step {
        switch step {
        case .attempt(let attempt) where attempt.recordIndex == nil: answer(callOffFailure)
        case .race, .wait: answer(callOffFailure)
        // These end by themselves, with what was done so far on record.
        case .attempt, .collect, .relay, .failInBand, .done: step
        }
    }
}
