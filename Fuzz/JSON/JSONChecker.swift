/// The grammar of RFC 8259 as plainly as it can be written, to compare the real parser with.
struct JSONChecker {
    private let bytes: [UInt8]
    private let depthMax: Int
    private var position = 0

    static func accepts(_ bytes: [UInt8], depthMax: Int) -> Bool {
        var checker = JSONChecker(bytes: bytes, depthMax: depthMax)
        return checker.value(depth: 0) && checker.position == bytes.count
    }

    private init(bytes: [UInt8], depthMax: Int) {
        self.bytes = bytes
        self.depthMax = depthMax
    }

    private mutating func take(_ byte: Character) -> Bool {
        guard position < bytes.count, bytes[position] == byte.asciiValue else { return false }
        position += 1
        return true
    }

    private mutating func take(word: String) -> Bool {
        word.allSatisfy { take($0) }
    }

    private mutating func space() {
        while take(" ") || take("\n") || take("\r") || take("\t") {}
    }

    private mutating func value(depth: Int) -> Bool {
        space()
        defer { space() }
        guard position < bytes.count else { return false }
        switch Character(Unicode.Scalar(bytes[position])) {
        case "{": return depth < depthMax && take("{") && object(depth: depth + 1)
        case "[": return depth < depthMax && take("[") && array(depth: depth + 1)
        case "\"": return string()
        case "t": return take(word: "true")
        case "f": return take(word: "false")
        case "n": return take(word: "null")
        default: return number()
        }
    }

    private mutating func object(depth: Int) -> Bool {
        space()
        if take("}") { return true }
        while true {
            space()
            guard string() else { return false }
            space()
            guard take(":"), value(depth: depth) else { return false }
            if take("}") { return true }
            guard take(",") else { return false }
        }
    }

    private mutating func array(depth: Int) -> Bool {
        space()
        if take("]") { return true }
        while true {
            guard value(depth: depth) else { return false }
            if take("]") { return true }
            guard take(",") else { return false }
        }
    }

    private mutating func string() -> Bool {
        guard take("\"") else { return false }
        while position < bytes.count {
            if take("\"") { return true }
            if take("\\") {
                if take("u") {
                    guard bytes.count - position >= 4 else { return false }
                    guard bytes[position..<position + 4].allSatisfy(Self.isHexDigit) else { return false }
                    position += 4
                } else {
                    guard "\"\\/bfnrt".contains(where: { take($0) }) else { return false }
                }
            } else {
                guard bytes[position] >= 0x20 else { return false }
                position += 1
            }
        }
        return false
    }

    private mutating func number() -> Bool {
        _ = take("-")
        if !take("0"), !digits() { return false }
        if take("."), !digits() { return false }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            return digits()
        }
        return true
    }

    private mutating func digits() -> Bool {
        let start = position
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
        return position > start
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        Character(Unicode.Scalar(byte)).isHexDigit
    }
}
