import Routing
import Runtime

/// Which responses were issued to whom, and where; in memory and bounded, without clock or lock.
struct ResponseTable: Sendable {
    /// Somebody else's response of the same id is another one: what a client was not given, it cannot ask for.
    private struct Key: Hashable, Sendable {
        let principal: Principal
        let id: String
    }

    private struct Issue: Sendable {
        let origin: ResponseOrigin
        let time: MonotonicInstant
    }

    private let timeToLive: Duration
    private var issues: RecencyTable<Key, Issue>

    /// - Parameters:
    ///   - countMax: The most responses; beyond it the one unused for longest goes.
    ///   - timeToLive: How long a response is remembered after it was issued.
    init(countMax: Int, timeToLive: Duration) {
        issues = RecencyTable(countMax: countMax)
        self.timeToLive = timeToLive
    }

    var count: Int { issues.count }

    /// Where the client's response was made; nil where it has none of this id, or no more.
    mutating func origin(of id: String, for principal: Principal, at now: MonotonicInstant) -> ResponseOrigin? {
        let key = Key(principal: principal, id: id)
        guard let issue = issues[key]?.value else { return nil }
        guard now - issue.time < timeToLive else {
            issues.remove(key)
            return nil
        }
        issues.touch(key, at: now)
        return issue.origin
    }

    /// The client was given a response.
    mutating func issued(_ id: String, to principal: Principal, by origin: ResponseOrigin, at now: MonotonicInstant) {
        issues.insert(Issue(origin: origin, time: now), for: Key(principal: principal, id: id), at: now)
    }

    /// The client's response is gone from its provider.
    mutating func removed(_ id: String, of principal: Principal) {
        issues.remove(Key(principal: principal, id: id))
    }
}
