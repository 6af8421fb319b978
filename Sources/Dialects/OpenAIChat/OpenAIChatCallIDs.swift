/// Gives tool calls ids of nine letters and digits, as Mistral asks; ids of that form stay.
///
/// Source of the form: Mistral's refusal "must be a-z, A-Z, 0-9, with a length of 9". The id follows from the one it stands
/// for alone, so that the same history reads the same in the next turn; a call and its results get the same. Only on the
/// way to the provider: what it answers comes with ids of its own, which fit.
struct OpenAIChatCallIDs {
    private static let length = 9
    private static let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    private var given: [String: String] = [:]
    private var taken: Set<String> = []

    /// Whether an id can stay as it is.
    static func fits(_ id: String) -> Bool {
        id.utf8.count == length
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: false
                }
            }
    }

    /// The id that stands for this one in the request.
    mutating func id(for id: String) -> String {
        if Self.fits(id) { return id }
        if let known = given[id] { return known }
        var salt: UInt8 = 0
        var made = Self.hashed(id, salt)
        while taken.contains(made) {
            salt &+= 1
            made = Self.hashed(id, salt)
        }
        given[id] = made
        taken.insert(made)
        return made
    }

    /// FNV-1a in 64 bits, written in base 62: short, even, and the same everywhere.
    private static func hashed(_ id: String, _ salt: UInt8) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash = (hash ^ UInt64(salt)) &* 0x100_0000_01B3
        var text: [UInt8] = []
        for _ in 0..<length {
            text.append(digits[Int(hash % 62)])
            hash /= 62
        }
        return String(decoding: text, as: UTF8.self)
    }
}
