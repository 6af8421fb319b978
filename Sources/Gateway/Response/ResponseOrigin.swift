/// Where a response was made that its provider keeps: only there it is known.
struct ResponseOrigin: Sendable, Equatable {
    var backend: String
    var model: String
    /// The place of the key that it was made with, which tells the account; nil for a backend without keys.
    var key: Int?
}
