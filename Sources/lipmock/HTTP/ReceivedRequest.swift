/// A request as it arrived, with its header fields in their order and spelling.
struct ReceivedRequest {
    var method: String
    /// The target as sent: path and query.
    var target: String
    var version: String
    var headers: [(name: String, value: String)]
    var body: [UInt8] = []

    /// The target without its query.
    var path: String {
        target.firstIndex(of: "?").map { String(target[..<$0]) } ?? target
    }

    /// The first value of a header field, whose name is given in lower case.
    func header(_ name: String) -> String? {
        headers.first { Self.isSame($0.name, lowercase: name) }?.value
    }

    /// Whether a field's name is this one, in any case; without the copy that `lowercased` makes.
    static func isSame(_ name: String, lowercase: String) -> Bool {
        name.utf8.count == lowercase.utf8.count
            && zip(name.utf8, lowercase.utf8).allSatisfy { byte, lower in
                byte == lower || (byte | 0x20 == lower && 0x61...0x7A ~= lower)
            }
    }

    /// The value of a query parameter, without decoding of escapes.
    func query(_ name: String) -> String? {
        guard let mark = target.firstIndex(of: "?") else { return nil }
        for pair in target[target.index(after: mark)...].split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts[0] == name { return parts.count == 2 ? String(parts[1]) : "" }
        }
        return nil
    }

    /// Whether the client wants the connection kept after the answer.
    var keepsAlive: Bool {
        let connection = header("connection")?.lowercased()
        return version == "HTTP/1.0" ? connection == "keep-alive" : connection != "close"
    }
}
