/// A short text without a block of memory of its own; a longer one keeps its string.
///
/// For what outlives the request that made it: a block made amid a request's others would keep the page around it.
struct InlineText: Sendable, Equatable {
    /// The longest text that is kept inline, in bytes.
    static let bytesMax = 40

    private var bytes: (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)
    private var count: UInt8 = 0
    private var long: String?

    init(_ text: String) {
        let length = text.utf8.count
        guard length <= Self.bytesMax else {
            long = text
            return
        }
        count = UInt8(length)
        withUnsafeMutableBytes(of: &bytes) { $0.copyBytes(from: text.utf8) }
    }

    var string: String {
        long ?? withUnsafeBytes(of: bytes) { String(decoding: $0.prefix(Int(count)), as: UTF8.self) }
    }

    static func == (left: InlineText, right: InlineText) -> Bool {
        left.count == right.count && left.bytes == right.bytes && left.long == right.long
    }
}
