import Runtime
import Transport

/// The id under which a request stands in logs and in the `x-request-id` header of its answer.
enum RequestID {
    /// The longest inbound id that is kept, in bytes.
    static let bytesMax = 128

    /// The client's own id when it is one word of harmless characters, else a new one.
    static func choose(
        inbound: ArraySlice<UInt8>?, using generator: inout XoshiroGenerator
    ) -> String {
        if let inbound, isAcceptable(inbound) { return String(decoding: inbound, as: UTF8.self) }
        return RandomID(from: &generator).text(after: "req_")
    }

    static func isAcceptable(_ id: ArraySlice<UInt8>) -> Bool {
        guard !id.isEmpty, id.count <= bytesMax else { return false }
        return id.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
    }
}
