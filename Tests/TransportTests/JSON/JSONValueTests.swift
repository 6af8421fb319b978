import Testing

@testable import Transport

@Suite struct JSONValueTests {
    private static func value(_ text: String) throws -> JSONValue {
        try JSONDocument(parsing: Array(text.utf8)).root
    }

    @Test(
        arguments: [
            ("{}", .object), ("[]", .array), ("\"\"", .string), ("1", .number), ("true", .true), ("false", .false),
            ("null", .null),
        ] as [(String, JSONValue.Kind)])
    func kindIsTold(_ text: String, _ kind: JSONValue.Kind) throws {
        let value = try Self.value(text)
        #expect(value.kind == kind)
        #expect(value.isNull == (kind == .null))
        #expect(value.bool == (kind == .true ? true : kind == .false ? false : nil))
        #expect((value.string != nil) == (kind == .string))
        #expect((value.double != nil) == (kind == .number))
        #expect((value.int != nil) == (kind == .number))
        #expect(value["a"] == nil)
        #expect(value[0] == nil)
        #expect(value.members.map(\.key).isEmpty)
        #expect(value.elements.map(\.kind).isEmpty)
    }

    @Test func membersAndElementsComeInSourceOrderWithTheirPlaces() throws {
        let text = #" {"b": [1, {"x":[]}, "s"], "a" : {"c":null}, "b":2} "#
        let root = try Self.value(text)
        #expect(root.members.map { $0.key.string } == ["b", "a", "b"])
        #expect(root.members.count == 3)
        #expect(
            root.members.map { String(decoding: $0.value.raw, as: UTF8.self) }
                == [#"[1, {"x":[]}, "s"]"#, #"{"c":null}"#, "2"])
        for member in root.members {
            #expect(Array(text.utf8)[member.value.range].elementsEqual(member.value.raw))
            #expect(member.range.lowerBound == member.key.range.lowerBound)
        }
        let first = try #require(root.members.first { _ in true })
        #expect(first.value.elements.map { String(decoding: $0.raw, as: UTF8.self) } == ["1", #"{"x":[]}"#, "\"s\""])
    }

    @Test func lastDuplicateWins() throws {
        let root = try Self.value(#"{"a":1,"b":2,"a":{"a":3}}"#)
        #expect(root["a"]?["a"]?.int == 3)
        #expect(root.member("a")?.isObject == true)
        #expect(root["c"] == nil)
    }

    @Test func memberIsFoundByItsDecodedName() throws {
        let root = try Self.value(#"{"m\u006fdel":1,"\u00e9":2,"a\"b":3,"":4,"\ud83d\ude00x":5}"#)
        #expect(root["model"]?.int == 1)
        #expect(root["é"]?.int == 2)
        #expect(root.member("a\"b")?.int == 3)
        #expect(root[""]?.int == 4)
        #expect(root["😀x"]?.int == 5)
        #expect(root["mode"] == nil)
        #expect(root["modell"] == nil)
        #expect(root["m\\u006fdel"] == nil)
    }

    @Test func pathsLeadDownOrNowhere() throws {
        let root = try Self.value(#"{"choices":[{"delta":{"content":"hi"}},{"index":1}]}"#)
        #expect(root.path("choices", 0, "delta", "content")?.string == "hi")
        #expect(root["choices"]?[1]?["index"]?.int == 1)
        #expect(root.path() == root)
        #expect(root.path("choices", 2) == nil)
        #expect(root.path("choices", -1) == nil)
        #expect(root.path("choices", "delta") == nil)
        #expect(root.path(0) == nil)
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("7", 7), ("-42", -42), ("9223372036854775807", Int.max),
            ("-9223372036854775808", Int.min),
            ("9223372036854775808", nil), ("-9223372036854775809", nil), ("18446744073709551616", nil),
            ("1.0", 1), ("1e2", 100), ("1.5e1", 15), ("-2.50e2", -250), ("100e-2", 1), ("1200.00", 1200), ("0.0", 0),
            ("0e999999999999999999999", 0), ("-0.0e-5", 0), ("1e18", 1_000_000_000_000_000_000), ("1e19", nil),
            ("9223372036854775807.000", Int.max), ("922337203685477580.7e1", Int.max), ("922337203685477580.8e1", nil),
            ("1.5", nil), ("15e-1", nil), ("1e-1", nil), ("1e99999999999999999999999", nil),
            ("1e-99999999999999999999", nil),
            ("10000000000000000000000000000e-25", 1000), ("0.00001e5", 1), ("123456789012345678901234567890", nil),
            ("0.1e1", 1), ("10.10e1", 101), ("10.01e1", nil),
        ] as [(String, Int?)])
    func integersAreExact(_ text: String, _ expected: Int?) throws {
        #expect(try Self.value(text).int == expected)
    }

    @Test(
        arguments: [
            ("18446744073709551615", UInt64.max), ("18446744073709551616", nil), ("-1", nil), ("-0", 0), ("1e3", 1000),
            ("1844674407370955161.5e1", UInt64.max), ("-1e3", nil),
        ] as [(String, UInt64?)])
    func unsignedIntegersAreExact(_ text: String, _ expected: UInt64?) throws {
        #expect(try Self.value(text).uint64 == expected)
    }

    @Test(
        arguments: [
            ("0", 0), ("1.5", 1.5), ("-1e-3", -0.001), ("0.1", 0.1), ("1e308", 1e308), ("1e309", nil), ("-1e400", nil),
            ("5e-324", .leastNonzeroMagnitude), ("1e-323", .leastNonzeroMagnitude * 2), ("1e-400", 0),
            ("123456789012345678901234567890", 1.2345678901234568e29),
            ("2.2250738585072011e-308", .leastNormalMagnitude - .leastNonzeroMagnitude),
            ("9007199254740993", 9007199254740992),
        ] as [(String, Double?)])
    func doublesAreNearest(_ text: String, _ expected: Double?) throws {
        #expect(try Self.value(text).double == expected)
    }

    @Test func negativeZeroKeepsItsSign() throws {
        #expect(try Self.value("-0.0").double?.sign == .minus)
    }

    @Test func rawTextOfNumbersSurvives() throws {
        let text = "123456789012345678901234567890.10E+0005"
        #expect(try Self.value("[\(text)]")[0]?.raw.elementsEqual(text.utf8) == true)
    }

    @Test(arguments: [
        ("\"\"", ""), ("\"plain\"", "plain"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
        (#""\u0041\u00e9\u20AC\uFFFF""#, "Aé€\u{FFFF}"), (#""\ud83d\ude00""#, "😀"), (#""\uDBFF\uDFFF""#, "\u{10FFFF}"),
        (#""a\u0000b""#, "a\u{0}b"), (#""x\ud83dy""#, "x\u{FFFD}y"), (#""\ude00""#, "\u{FFFD}"),
        (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"), (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""\ud83d\n""#, "\u{FFFD}\n"),
        (#""é\né""#, "é\né"), (#""\uD800\uD800""#, "\u{FFFD}\u{FFFD}"), (#""end\\""#, "end\\"),
        ("\"" + String(repeating: "long é ", count: 50) + "\"", String(repeating: "long é ", count: 50)),
    ])
    func stringsAreDecoded(_ text: String, _ expected: String) throws {
        let value = try Self.value(text)
        #expect(value.string == expected)
        #expect(value.equals(expected))
        #expect(!value.equals(expected + "x"))
        #expect(!value.equals("not it"))
        #expect(value.isEmptyString == expected.isEmpty)
        var buffer: [UInt8] = [1]
        #expect(value.appendString(to: &buffer))
        #expect(buffer == [1] + Array(expected.utf8))
    }

    @Test func comparisonWithStaticTextIsOfDecodedStrings() throws {
        let root = try Self.value(#"["user","us\u0065r","use","users","",1]"#)
        let isUser = root.elements.map { $0.equals("user" as StaticString) }
        #expect(isUser == [true, true, false, false, false, false])
        #expect(root[4]?.equals("" as StaticString) == true)
        var buffer: [UInt8] = []
        #expect(root[5]?.appendString(to: &buffer) == false)
    }

    @Test func allEscapedCodeUnitsDecodeLikeTheStandardLibrary() throws {
        for unit in UInt16(0)...UInt16.max where unit % 7 == 0 || unit < 256 || (0xD7F0...0xE010).contains(unit) {
            let hex = String(unit, radix: 16)
            let text = "\"\\u\(String(repeating: "0", count: 4 - hex.count))\(hex)\""
            #expect(try Self.value(text).string == String(decoding: [unit], as: UTF16.self))
        }
    }
}
