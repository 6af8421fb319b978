import Routing

/// What a key may be used for, as metrics and `GET /admin/legs` name it.
enum KeyStateName: String, CaseIterable, Sendable {
    case usable
    /// The provider limited it; it comes back by itself.
    case resting
    /// The provider refused it; it is not used again.
    case refused

    init(_ state: KeyPool.KeyState) {
        switch state {
        case .usable: self = .usable
        case .cooling: self = .resting
        case .disabled: self = .refused
        }
    }
}
