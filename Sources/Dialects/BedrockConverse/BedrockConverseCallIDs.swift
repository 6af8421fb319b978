/// Gives each tool call an id that Bedrock takes: up to 64 letters, digits, `_` and `-`.
///
/// Ids of other providers may hold more, and the oldest form of calls has none. A call and its result get the same id.
struct BedrockConverseCallIDs {
    private static let bytesMax = 64
    /// Leaves room for a number behind it.
    private static let stemBytesMax = 52

    private var given: [String: String] = [:]
    private var taken: Set<String> = []
    private var nameless: [String] = []

    /// The id for a call.
    mutating func call(_ id: String) -> String {
        if !id.isEmpty, let known = given[id] { return known }
        let wanted = unused(Self.allowed(id))
        taken.insert(wanted)
        if id.isEmpty {
            nameless.append(wanted)
        } else {
            given[id] = wanted
        }
        return wanted
    }

    /// The id for a result; one without an id answers the oldest call without one.
    mutating func result(_ id: String) -> String {
        if id.isEmpty { return nameless.isEmpty ? call("") : nameless.removeFirst() }
        return call(id)
    }

    private func unused(_ id: String) -> String {
        if id.utf8.count <= Self.bytesMax, !taken.contains(id) { return id }
        let stem = String(decoding: id.utf8.prefix(Self.stemBytesMax), as: UTF8.self)
        var number = 1
        while taken.contains("\(stem)_\(number)") { number += 1 }
        return "\(stem)_\(number)"
    }

    private static func allowed(_ id: String) -> String {
        if id.isEmpty { return "tooluse_lip" }
        return String(
            decoding: id.utf8.map { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    byte
                default: UInt8(ascii: "_")
                }
            }, as: UTF8.self)
    }
}
