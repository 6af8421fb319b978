@testable import Transport

/// A JSON value as plain data: what documents are generated from and compared with.
indirect enum JSONModel: Equatable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONModel])
    case object([Member])

    struct Member: Equatable {
        var key: String
        var value: JSONModel
    }

    init(_ value: JSONValue) {
        switch value.kind {
        case .null: self = .null
        case .true: self = .bool(true)
        case .false: self = .bool(false)
        case .number: self = .number(String(decoding: value.raw, as: UTF8.self))
        case .string: self = .string(value.string ?? "")
        case .array: self = .array(value.elements.map(JSONModel.init))
        case .object:
            self = .object(value.members.map { Member(key: $0.key.string ?? "", value: JSONModel($0.value)) })
        }
    }

    static func random(_ random: inout SplitMix64, depth: Int = 0) -> JSONModel {
        switch Int.random(in: 0..<(depth < 5 ? 10 : 5), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .number(randomNumber(&random))
        case 3, 4: return .string(randomString(&random))
        case 5, 6, 7:
            let count = Int.random(in: 0...5, using: &random)
            return .object(
                (0..<count).map { _ in
                    Member(key: randomString(&random), value: .random(&random, depth: depth + 1))
                })
        default:
            let count = Int.random(in: 0...5, using: &random)
            return .array((0..<count).map { _ in .random(&random, depth: depth + 1) })
        }
    }

    private static func randomNumber(_ random: inout SplitMix64) -> String {
        let numbers = [
            "0", "-1", "17", "1.50", "1e5", "-0.25E-2", "123456789012345678901234567890", "9007199254740993",
        ]
        return numbers.randomElement(using: &random) ?? "0"
    }

    static func randomString(_ random: inout SplitMix64) -> String {
        let letters = Array("abc \"\\/\n\t\u{0}\u{1F}\u{7F}é😀\u{2028}{}[]:,".unicodeScalars)
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            text.append(letters.randomElement(using: &random) ?? "a")
        }
        return String(text)
    }

    /// Writes the value as `JSONWriter` does.
    func write(_ writer: inout JSONWriter) {
        switch self {
        case .null: writer.null()
        case .bool(let value): writer.bool(value)
        case .number(let text): writer.raw(Array(text.utf8))
        case .string(let text): writer.string(text)
        case .array(let elements):
            writer.beginArray()
            for element in elements { element.write(&writer) }
            writer.endArray()
        case .object(let members):
            writer.beginObject()
            for member in members {
                writer.key(member.key)
                member.value.write(&writer)
            }
            writer.endObject()
        }
    }

    var written: [UInt8] {
        var writer = JSONWriter()
        write(&writer)
        return writer.bytes
    }

    /// The value spelt with random whitespace and with escapes that need not be.
    func spelt(_ random: inout SplitMix64) -> String {
        func space() -> String {
            String(
                (0..<Int.random(in: 0...2, using: &random)).map { _ in " \n\t".randomElement(using: &random) ?? " " })
        }
        func quoted(_ text: String) -> String {
            var spelling = "\""
            for unit in text.utf16 {
                let scalar = Unicode.Scalar(unit)
                let mustEscape = unit < 0x20 || unit == 0x22 || unit == 0x5C || scalar == nil
                if mustEscape || Int.random(in: 0..<4, using: &random) == 0 {
                    let hex = String(unit, radix: 16, uppercase: Bool.random(using: &random))
                    spelling += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
                } else if let scalar {
                    spelling.unicodeScalars.append(scalar)
                }
            }
            return spelling + "\""
        }
        switch self {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .number(let text): return text
        case .string(let text): return quoted(text)
        case .array(let elements):
            let parts = elements.map { space() + $0.spelt(&random) + space() }
            return "[" + (parts.isEmpty ? space() : parts.joined(separator: ",")) + "]"
        case .object(let members):
            let parts = members.map { member in
                space() + quoted(member.key) + space() + ":" + space() + member.value.spelt(&random) + space()
            }
            return "{" + (parts.isEmpty ? space() : parts.joined(separator: ",")) + "}"
        }
    }
}
