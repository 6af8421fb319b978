/// Why a request is not served: the status to answer with before the connection is closed, and a reason for its sender.
struct HTTPRefusal: Error {
    var status: Int
    /// Safe to show; says what is wrong, quotes nothing that was sent.
    var reason: StaticString

    static func malformed(_ reason: StaticString) -> HTTPRefusal {
        HTTPRefusal(status: 400, reason: reason)
    }
}
