import Testing

@testable import Transport

/// What is JSON and what is not, and what the refusals say.
@Suite struct JSONGrammarTests {
    @Test(arguments: [
        "{}", "[]", "null", "true", "false", "0", "-0", "\"\"", " \t\r\n[ ]\n", "[[]]", "[{}]", "{\"\":{}}",
        "1", "-1", "10", "1.0", "0.1", "-0.0", "1e1", "1E1", "1e+1", "1e-1", "0e0", "1.5E-10", "0.000", "0e+00",
        "123456789012345678901234567890", "-123456789012345678901234567890.123e999999", "1e400",
        "[1,2,3]", "[ 1 , 2 ]", "{\"a\":1,\"b\":[true,false,null]}", "{\"a\":1,\"a\":2}", "[\"a\",\"b\"]",
        #""\"\\\/\b\f\n\r\t\u0000\u00e9\uFFFF""#, #""\ud83d\ude00""#, #""\ud83d""#, #""\ude00""#, #""\ud83d\u0041""#,
        #""\\""#, #""\\\\""#, #""\\\"""#, #"["\\","\""]"#,
        "\"é\u{10FFFF}\u{7F}\u{2028}\"", "{\"\u{0}\":1}".replacing("\u{0}", with: "\\u0000"),
        "[\"\(String(repeating: "x", count: 63))\"]", "[\"\(String(repeating: "\\\\", count: 64))\",1]",
        "\"\(String(repeating: "é", count: 1000))\"",
    ])
    func validDocumentIsAccepted(_ text: String) throws {
        let document = try JSONDocument(parsing: Array(text.utf8))
        #expect(document.bytes == Array(text.utf8))
        let isSpace = { (byte: UInt8) in " \t\r\n".utf8.contains(byte) }
        let trimmed = Array(text.utf8).drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        #expect(Array(document.root.raw) == Array(trimmed))
    }

    @Test(
        arguments: [
            // Structure.
            ("", .empty, 0), (" \n\t", .empty, 0),
            ("{", .unexpectedEnd, 1), ("[", .unexpectedEnd, 1), ("[1", .unexpectedEnd, 2), ("[1,", .unexpectedEnd, 3),
            ("{\"a\"", .unexpectedEnd, 4), ("{\"a\":", .unexpectedEnd, 5), ("{\"a\":1", .unexpectedEnd, 6),
            ("{\"a\":1,", .unexpectedEnd, 7), ("[[]", .unexpectedEnd, 3),
            ("]", .expectedValue, 0), ("}", .expectedValue, 0), (",", .expectedValue, 0), (":", .expectedValue, 0),
            ("[,]", .expectedValue, 1), ("[1,]", .expectedValue, 3), ("[1,,2]", .expectedValue, 3),
            ("{\"a\":}", .expectedValue, 5), ("{\"a\":,}", .expectedValue, 5), ("[:]", .expectedValue, 1),
            ("{,}", .expectedKey, 1), ("{\"a\":1,}", .expectedKey, 7), ("{1:2}", .expectedKey, 1),
            ("{a:1}", .expectedKey, 1),
            ("{'a':1}", .expectedKey, 1), ("{[]:1}", .expectedKey, 1), ("{null:1}", .expectedKey, 1),
            ("{\"a\"}", .expectedColon, 4), ("{\"a\" 1}", .expectedColon, 5), ("{\"a\",1}", .expectedColon, 4),
            ("{\"a\"\"b\"}", .expectedColon, 4),
            ("[1 2]", .expectedCommaOrBracket, 3), ("[1}", .expectedCommaOrBracket, 2),
            ("[\"a\"b]", .expectedCommaOrBracket, 4),
            ("[\"a\":1]", .expectedCommaOrBracket, 4), ("[[]{}]", .expectedCommaOrBracket, 3),
            ("{\"a\":1]", .expectedCommaOrBrace, 6), ("{\"a\":1 \"b\":2}", .expectedCommaOrBrace, 7),
            ("{\"a\":1:2}", .expectedCommaOrBrace, 6), ("{\"a\":\"b\"c}", .expectedCommaOrBrace, 8),
            ("{}{}", .trailingData, 2), ("1 2", .trailingData, 2), ("[] x", .trailingData, 3),
            ("null,", .trailingData, 4),
            ("{}]", .trailingData, 2), ("\"a\"b", .trailingData, 3), ("\"a\" \"b\"", .trailingData, 4),
            // Literals and numbers.
            ("nul", .invalidLiteral, 0), ("nulll", .invalidLiteral, 0), ("True", .expectedValue, 0),
            ("tru", .invalidLiteral, 0),
            ("falsee", .invalidLiteral, 0), ("[nullnull]", .invalidLiteral, 1), ("NaN", .expectedValue, 0),
            ("Infinity", .expectedValue, 0), ("undefined", .expectedValue, 0), ("true\"\"", .invalidLiteral, 0),
            ("01", .invalidNumber, 0), ("-", .invalidNumber, 0), ("-01", .invalidNumber, 0), ("1.", .invalidNumber, 0),
            (".5", .expectedValue, 0), ("+1", .expectedValue, 0), ("1e", .invalidNumber, 0), ("1e+", .invalidNumber, 0),
            ("1.e1", .invalidNumber, 0), ("--1", .invalidNumber, 0), ("0x10", .invalidNumber, 0),
            ("1_0", .invalidNumber, 0),
            ("[1a]", .invalidNumber, 1), ("1\"a\"", .invalidNumber, 0), ("-Infinity", .invalidNumber, 0),
            ("1\u{0}", .invalidNumber, 0), ("1\u{A0}", .invalidNumber, 0), ("00", .invalidNumber, 0),
            ("-\"\"", .invalidNumber, 0),
            // Strings.
            ("\"", .unterminatedString, 0), ("[\"a]", .unterminatedString, 1), ("\"\\\"", .unterminatedString, 0),
            ("\"\\", .unterminatedString, 0), ("{\"a\":\"b}", .unterminatedString, 5),
            ("\"\\x\"", .invalidEscape, 1), ("\"ab\\'\"", .invalidEscape, 3), ("\"\\u12\"", .invalidEscape, 1),
            ("\"\\u12G4\"", .invalidEscape, 1), ("\"\\U0041\"", .invalidEscape, 1), ("\"\\u\"", .invalidEscape, 1),
            ("\"\\n\\q\"", .invalidEscape, 3), ("[\"a\",\"\\é\"]", .invalidEscape, 6),
            ("{\"\\a\":1}", .invalidEscape, 2),
            ("\"\n\"", .controlCharacter, 1), ("\"a\tb\"", .controlCharacter, 2), ("\"\u{0}\"", .controlCharacter, 1),
            ("[\"ok\",\"\u{1F}\"]", .controlCharacter, 7), ("\"\\\n\"", .controlCharacter, 2),
            // Whitespace that is none, and a byte order mark.
            ("\u{A0}1", .expectedValue, 0), ("\u{FEFF}{}", .expectedValue, 0), ("\u{C}1", .expectedValue, 0),
            ("[1]\u{0}", .trailingData, 3),
            // Comments.
            ("/**/1", .expectedValue, 0), ("[1]//x", .trailingData, 3), ("[1#\n]", .invalidNumber, 1),
        ] as [(String, JSONError.Kind, Int)])
    func invalidDocumentIsRefused(_ text: String, _ kind: JSONError.Kind, _ offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSONDocument(parsing: Array(text.utf8)) }
        #expect(error?.kind == kind)
        #expect(error?.byteOffset == offset)
    }

    @Test(
        arguments: [
            ([0x22, 0x80, 0x22], 1), ([0x22, 0xC0, 0xAF, 0x22], 1), ([0x22, 0xC1, 0xBF, 0x22], 1),
            ([0x22, 0xE0, 0x80, 0xAF, 0x22], 1), ([0x22, 0xED, 0xA0, 0x80, 0x22], 1),
            ([0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], 1),
            ([0x22, 0xF0, 0x80, 0x80, 0xAF, 0x22], 1), ([0x22, 0xF5, 0x80, 0x80, 0x80, 0x22], 1),
            ([0x22, 0xFF, 0x22], 1),
            ([0x22, 0x61, 0xC3, 0x22], 2), ([0x22, 0xE2, 0x82, 0x22], 1), ([0x22, 0xF0, 0x9F, 0x98, 0x22], 1),
            ([0x5B, 0x31, 0x5D, 0xFF], 3), ([0xC3], 0), ([0x22, 0x5C, 0xFF, 0x22], 2), ([0x22, 0xC3], 1),
        ] as [([UInt8], Int)])
    func invalidUTF8IsRefused(_ bytes: [UInt8], _ offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSONDocument(parsing: bytes) }
        #expect(error?.kind == .invalidUTF8)
        #expect(error?.byteOffset == offset)
    }

    @Test func everyInvalidUTF8SequenceOfTwoBytesIsRefusedAndEveryValidOneAccepted() {
        for first in UInt8(0x20)...0xFF where first != UInt8(ascii: "\"") && first != UInt8(ascii: "\\") {
            for second in UInt8(0x20)...0xFF where second != UInt8(ascii: "\"") && second != UInt8(ascii: "\\") {
                let isValid = String(validating: [first, second], as: UTF8.self) != nil
                let isAccepted = (try? JSONDocument(parsing: [0x22, first, second, 0x22])) != nil
                #expect(isValid == isAccepted, "\(first) \(second)")
            }
        }
    }

    @Test func errorNamesLineAndColumnInCharacters() {
        let text = "{\n  \"é\": 1,\n  \"ü😀\": nope\n}"
        let error = #expect(throws: JSONError.self) { try JSONDocument(parsing: Array(text.utf8)) }
        #expect(error?.line == 3)
        #expect(error?.column == 9)
        #expect(error?.message == "invalid JSON at line 3, column 9 (byte 25): expected true, false or null")
    }

    @Test func nestingIsLimited() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array(repeating: UInt8(ascii: "["), count: depth) + Array(repeating: UInt8(ascii: "]"), count: depth)
        }
        _ = try JSONDocument(parsing: nested(128))
        let error = #expect(throws: JSONError.self) { try JSONDocument(parsing: nested(129)) }
        #expect(error?.kind == .tooDeep(limit: 128))
        #expect(error?.byteOffset == 128)
        let objects = #expect(throws: JSONError.self) {
            try JSONDocument(parsing: Array("{\"a\":{\"a\":{}}}".utf8), limits: JSONLimits(nestingDepthMax: 2))
        }
        #expect(objects?.kind == .tooDeep(limit: 2))
        // Unclosed nesting far beyond the limit ends at the limit too.
        let open = #expect(throws: JSONError.self) {
            try JSONDocument(parsing: Array(repeating: UInt8(ascii: "["), count: 100_000))
        }
        #expect(open?.kind == .tooDeep(limit: 128))
        // Many containers side by side are not deep.
        let wide = "[" + Array(repeating: "[]", count: 1000).joined(separator: ",") + "]"
        #expect(try JSONDocument(parsing: Array(wide.utf8)).root.count == 1000)
    }

    @Test func sizeIsLimited() throws {
        let limits = JSONLimits(documentBytesMax: 4)
        _ = try JSONDocument(parsing: Array("1234".utf8), limits: limits)
        let error = #expect(throws: JSONError.self) { try JSONDocument(parsing: Array("12345".utf8), limits: limits) }
        #expect(error?.kind == .tooLarge(limit: 4))
        #expect(error?.message == "invalid JSON: the document is longer than 4 bytes")
    }

    @Test(arguments: [("[1,2]", 3), ("{\"a\":1,\"b\":[]}", 5), ("1", 1)])
    func numberOfNodesIsLimited(_ text: String, _ nodes: Int) throws {
        _ = try JSONDocument(parsing: Array(text.utf8), limits: JSONLimits(nodesMax: nodes))
        guard nodes > 1 else { return }
        let error = #expect(throws: JSONError.self) {
            try JSONDocument(parsing: Array(text.utf8), limits: JSONLimits(nodesMax: nodes - 1))
        }
        #expect(error?.kind == .tooManyNodes(limit: nodes - 1))
    }

    /// Strings, escapes and numbers at every place relative to the blocks of 64 bytes that the scanner works on.
    @Test(arguments: 0..<130)
    func placeOfATokenMakesNoDifference(_ offset: Int) throws {
        let padding = String(repeating: " ", count: offset)
        let text = padding + #"{"k\\":"v\"\u00e9 é","n":-12.5e3,"t":[true,false,null]}"#
        let document = try JSONDocument(parsing: Array(text.utf8))
        let root = document.root
        #expect(root.range.lowerBound == offset)
        #expect(root.member("k\\")?.string == "v\"é é")
        #expect(root["n"]?.double == -12500)
        #expect(root["t"]?.elements.map(\.kind) == [.true, .false, .null])
        for end in 0..<text.utf8.count {
            #expect(throws: JSONError.self) { try JSONDocument(parsing: Array(text.utf8.prefix(end))) }
        }
    }

    @Test func largeDocumentIsRead() throws {
        let element = #"{"role":"user","content":"\#(String(repeating: "text \\n", count: 100))","n":[1,2,3]}"#
        let text = "[" + Array(repeating: element, count: 2000).joined(separator: ",\n") + "]"
        #expect(text.utf8.count > 1_000_000)
        let document = try JSONDocument(parsing: Array(text.utf8))
        #expect(document.root.count == 2000)
        for value in document.root.elements {
            #expect(value.raw.elementsEqual(element.utf8))
            #expect(value["n"]?[2]?.int == 3)
        }
    }
}
