/// A client's conversation: what its attempts have in common.
package struct ALeg: Sendable, Equatable {
    package var id: ALegID
    /// The client's own name for the conversation; empty where it gave none.
    package var continuityKey: String
    /// In nanoseconds since the Unix epoch.
    package var createdAt: Int64
    /// When its last request ended, in nanoseconds since the Unix epoch.
    package var lastSeenAt: Int64

    package init(id: ALegID, continuityKey: String = "", createdAt: Int64, lastSeenAt: Int64) {
        self.id = id
        self.continuityKey = continuityKey
        self.createdAt = createdAt
        self.lastSeenAt = lastSeenAt
    }
}
