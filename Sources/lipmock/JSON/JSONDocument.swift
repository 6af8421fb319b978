/// A parsed JSON text.
struct JSONDocument {
    let bytes: [UInt8]
    let root: JSONValue

    init(parsing bytes: [UInt8]) throws(JSONError) {
        self.bytes = bytes
        var parser = JSONTextParser(bytes: bytes)
        root = try parser.document()
    }
}

/// Where and why a text is not JSON.
struct JSONError: Error {
    var message: String
    var byteOffset: Int
}

/// One value of a document.
struct JSONValue {
    enum Content {
        case null
        case bool(Bool)
        case number(String)
        case string(String)
        case array([JSONValue])
        case object([(key: String, value: JSONValue)])
    }

    enum Kind { case object, array, string, number, `true`, `false`, null }

    let content: Content
    let raw: ArraySlice<UInt8>

    var kind: Kind {
        switch content {
        case .null: .null
        case .bool(let value): value ? .true : .false
        case .number: .number
        case .string: .string
        case .array: .array
        case .object: .object
        }
    }

    func member(_ key: String) -> JSONValue? {
        guard case .object(let members) = content else { return nil }
        return members.last { $0.key == key }?.value
    }

    subscript(_ key: String) -> JSONValue? { member(key) }

    var elements: [JSONValue] {
        guard case .array(let elements) = content else { return [] }
        return elements
    }

    var members: [(key: String, value: JSONValue)] {
        guard case .object(let members) = content else { return [] }
        return members
    }

    var string: String? {
        guard case .string(let value) = content else { return nil }
        return value
    }

    var bool: Bool? {
        guard case .bool(let value) = content else { return nil }
        return value
    }

    var double: Double? {
        guard case .number(let value) = content else { return nil }
        return Double(value)
    }

    var int: Int? {
        guard case .number(let value) = content else { return nil }
        return Int(value) ?? Double(value).flatMap { Int(exactly: $0) }
    }

    var isNull: Bool { kind == .null }
}

private struct JSONTextParser {
    let bytes: [UInt8]
    var position = 0
    var depth = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(JSONError) -> JSONValue {
        let value = try value()
        skipBlanks()
        if position < bytes.count { throw error("trailing data") }
        return value
    }

    private func error(_ message: String) -> JSONError { JSONError(message: message, byteOffset: position) }

    private mutating func skipBlanks() {
        while position < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) { position += 1 }
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        skipBlanks()
        guard position < bytes.count else { throw error("unexpected end") }
        depth += 1
        defer { depth -= 1 }
        if depth > 256 { throw error("too deep") }
        let start = position
        let content: JSONValue.Content
        switch bytes[position] {
        case UInt8(ascii: "{"): content = try object()
        case UInt8(ascii: "["): content = try array()
        case UInt8(ascii: "\""): content = .string(try string())
        case UInt8(ascii: "t"): content = .bool(try literal("true", true))
        case UInt8(ascii: "f"): content = .bool(try literal("false", false))
        case UInt8(ascii: "n"):
            _ = try literal("null", true)
            content = .null
        default: content = .number(try number())
        }
        return JSONValue(content: content, raw: bytes[start..<position])
    }

    private mutating func literal(_ text: String, _ value: Bool) throws(JSONError) -> Bool {
        guard bytes[position...].starts(with: text.utf8) else { throw error("unknown literal") }
        position += text.utf8.count
        return value
    }

    private mutating func number() throws(JSONError) -> String {
        let start = position
        while position < bytes.count, "+-0123456789.eE".utf8.contains(bytes[position]) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard Double(text) != nil else { throw error("bad number") }
        return text
    }

    private mutating func object() throws(JSONError) -> JSONValue.Content {
        position += 1
        var members: [(key: String, value: JSONValue)] = []
        skipBlanks()
        if position < bytes.count, bytes[position] == UInt8(ascii: "}") {
            position += 1
            return .object(members)
        }
        while true {
            skipBlanks()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { throw error("expected a key") }
            let key = try string()
            skipBlanks()
            guard position < bytes.count, bytes[position] == UInt8(ascii: ":") else { throw error("expected a colon") }
            position += 1
            members.append((key, try value()))
            if try !another(until: UInt8(ascii: "}")) { return .object(members) }
        }
    }

    private mutating func array() throws(JSONError) -> JSONValue.Content {
        position += 1
        var elements: [JSONValue] = []
        skipBlanks()
        if position < bytes.count, bytes[position] == UInt8(ascii: "]") {
            position += 1
            return .array(elements)
        }
        while true {
            elements.append(try value())
            if try !another(until: UInt8(ascii: "]")) { return .array(elements) }
        }
    }

    private mutating func another(until end: UInt8) throws(JSONError) -> Bool {
        skipBlanks()
        guard position < bytes.count else { throw error("unexpected end") }
        defer { position += 1 }
        if bytes[position] == end { return false }
        if bytes[position] == UInt8(ascii: ",") { return true }
        throw error("expected a comma")
    }

    private mutating func string() throws(JSONError) -> String {
        position += 1
        var text: [UInt8] = []
        while true {
            guard position < bytes.count else { throw error("unexpected end") }
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { break }
            if byte < 0x20 { throw error("control character") }
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                continue
            }
            guard position < bytes.count else { throw error("unexpected end") }
            let escaped = bytes[position]
            position += 1
            switch escaped {
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escaped)
            case UInt8(ascii: "u"):
                var scalar = try hex4()
                if 0xD800..<0xDC00 ~= scalar, bytes[position...].starts(with: "\\u".utf8) {
                    position += 2
                    let low = try hex4()
                    scalar = 0x10000 + (scalar - 0xD800) << 10 + (low &- 0xDC00)
                }
                guard let valid = Unicode.Scalar(scalar) else { throw error("bad escape") }
                text.append(contentsOf: String(Character(valid)).utf8)
            default: throw error("bad escape")
            }
        }
        guard let valid = String(validating: text, as: UTF8.self) else { throw error("invalid UTF-8") }
        return valid
    }

    private mutating func hex4() throws(JSONError) -> UInt32 {
        guard position + 4 <= bytes.count,
            let value = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
        else { throw error("bad escape") }
        position += 4
        return value
    }
}
