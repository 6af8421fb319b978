/// Why a group of services ended other than by an orderly shutdown: the first cause, not what followed from it.
package struct ServiceGroupError: Error, CustomStringConvertible {
    package enum Kind: Sendable {
        /// `start()` or `run()` threw.
        case failed(any Error)
        /// `run()` returned although nobody had asked it to.
        case returnedEarly
        /// The service was still running when the group's deadline passed, and was cut short.
        case deadlinePassed
        /// The service was still running when the shutdown was forced, and was cut short or cancelled.
        case forced

        /// Whether cancelling the group is enough to explain it.
        var followsCancellation: Bool {
            switch self {
            case .failed(let error): error is CancellationError
            case .forced: true
            case .returnedEarly, .deadlinePassed: false
            }
        }
    }

    package var kind: Kind
    /// The name of the service that the group was waiting for, or that ended.
    package var service: String

    package init(kind: Kind, service: String) {
        self.kind = kind
        self.service = service
    }

    package var description: String {
        switch kind {
        case .failed(let error): "service \(service) failed: \(error)"
        case .returnedEarly: "service \(service) returned before it was asked to stop"
        case .deadlinePassed: "service \(service) did not stop before the deadline"
        case .forced: "service \(service) was cut short"
        }
    }
}
