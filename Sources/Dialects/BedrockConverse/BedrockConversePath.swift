/// The path of a call: `/model/{modelId}/converse` or `/model/{modelId}/converse-stream`.
package enum BedrockConversePath {
    /// The path for a model; everything in its id but unreserved characters is encoded, colons and slashes of ARNs too.
    package static func target(model: String, stream: Bool) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes = Array("/model/".utf8)
        for byte in model.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        bytes += (stream ? "/converse-stream" : "/converse").utf8
        return String(decoding: bytes, as: UTF8.self)
    }
}
