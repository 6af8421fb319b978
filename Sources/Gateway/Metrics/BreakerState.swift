import Routing

/// How a leg's breaker stands, as metrics and logs name it.
enum BreakerState: String, CaseIterable, Sendable {
    case closed
    case open
    case halfOpen = "half_open"

    init(_ state: CircuitBreaker.State) {
        switch state {
        case .closed: self = .closed
        case .open: self = .open
        case .halfOpen: self = .halfOpen
        }
    }

    fileprivate var index: Int {
        switch self {
        case .closed: 0
        case .open: 1
        case .halfOpen: 2
        }
    }
}

/// A count for each state of a breaker.
struct BreakerTally: Sendable, Equatable {
    private var counts = [UInt64](repeating: 0, count: BreakerState.allCases.count)

    subscript(state: BreakerState) -> UInt64 {
        get { counts[state.index] }
        set { counts[state.index] = newValue }
    }

    mutating func merge(_ other: BreakerTally) {
        for index in counts.indices { counts[index] += other.counts[index] }
    }
}
