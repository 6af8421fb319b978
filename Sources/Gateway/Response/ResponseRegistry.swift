import Routing
import Runtime

/// The responses of all loops: a lock that is held for about a microsecond, by requests in OpenAI's Responses only.
final class ResponseRegistry: Sendable {
    /// The most responses that are remembered; some 200 bytes each.
    static let countMax = 65_536
    /// OpenAI keeps a response for 30 days (API guide, "Conversation state").
    static let timeToLive = Duration.seconds(30 * 24 * 60 * 60)
    /// The longest id that is remembered, in bytes: providers choose them.
    static let idBytesMax = 256

    private let table: Locked<ResponseTable>

    init(countMax: Int = countMax, timeToLive: Duration = timeToLive) {
        table = Locked(ResponseTable(countMax: countMax, timeToLive: timeToLive))
    }

    /// Where the client's response was made; nil where it has none of this id, or no more.
    func origin(of id: String, for principal: Principal, at now: MonotonicInstant) -> ResponseOrigin? {
        table.withLock { $0.origin(of: id, for: principal, at: now) }
    }

    /// The client was given a response.
    func issued(_ id: String, to principal: Principal, by origin: ResponseOrigin, at now: MonotonicInstant) {
        guard (1...Self.idBytesMax).contains(id.utf8.count) else { return }
        table.withLock { $0.issued(id, to: principal, by: origin, at: now) }
    }

    /// The client's response is gone from its provider.
    func removed(_ id: String, of principal: Principal) {
        table.withLock { $0.removed(id, of: principal) }
    }
}
