import Routing

extension CircuitBreaker.Transition {
    /// The state that it leads to.
    var state: BreakerState {
        switch self {
        case .opened: .open
        case .halfOpened: .halfOpen
        case .closed: .closed
        }
    }

    /// Writes the line `breaker.opened`, `breaker.half_open` or `breaker.closed`.
    ///
    /// - Parameter requestID: the request whose attempt brought it about.
    func log(to logger: Logger, leg: LegID, requestID: String) {
        var fields: [(String, LogValue)] = [
            ("request_id", .string(requestID)), ("backend", .string(leg.backend)),
            ("backend_model", .string(leg.model)),
        ]
        switch self {
        case .opened(let duration):
            fields.append(("open_for_ms", .number(duration.milliseconds)))
            logger.log(.warn, "breaker.opened", fields)
        case .halfOpened: logger.log(.info, "breaker.half_open", fields)
        case .closed: logger.log(.info, "breaker.closed", fields)
        }
    }
}
