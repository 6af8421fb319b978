import Testing

@testable import Transport

@Suite struct JSONEditTests {
    private static func edited(_ text: String, _ edits: (JSONValue) -> [JSONEdit]) throws -> String {
        let document = try JSONDocument(parsing: Array(text.utf8))
        let result = document.applying(edits(document.root))
        _ = try JSONDocument(parsing: result)
        return String(decoding: result, as: UTF8.self)
    }

    private static let one = [UInt8(ascii: "1")]

    @Test func valueIsReplacedInPlace() throws {
        let document = try JSONDocument(parsing: Array(#" { "model" : "a" , "x": [1, 2] } "#.utf8))
        let model = try #require(document.root["model"])
        #expect(
            document.replacing(model, with: Array("\"b/c\"".utf8))
                == Array(#" { "model" : "b/c" , "x": [1, 2] } "#.utf8))
        #expect(document.replacing(document.root, with: Self.one) == Array(" 1 ".utf8))
        #expect(document.applying([]) == document.bytes)
    }

    @Test(arguments: [
        (#"{"a":0,"b":0}"#, #"{"a":1,"b":0}"#), (#"{"b":0}"#, #"{"b":0,"a":1}"#), ("{}", #"{"a":1}"#),
        ("{ \n }", "{\"a\":1 \n }"), (#"{ "b" : 0 }"#, #"{ "b" : 0,"a":1 }"#),
        (#"{"a":0,"b":0,"a":{}}"#, #"{"a":1,"b":0,"a":1}"#), (#"{"\u0061":0}"#, #"{"\u0061":1}"#), ("[]", "[]"),
        ("null", "null"),
    ])
    func memberIsSetWhereverItStands(_ text: String, _ expected: String) throws {
        #expect(try Self.edited(text) { [.setMember("a", of: $0, to: Self.one)] } == expected)
    }

    @Test(arguments: [
        (#"{"a":0}"#, "{}"), (#"{"a":0,"b":0}"#, #"{"b":0}"#), (#"{"b":0,"a":0}"#, #"{"b":0}"#),
        (#"{"b":0,"a":0,"c":0}"#, #"{"b":0,"c":0}"#), (#"{ "b" : 0 , "a" : 0 }"#, #"{ "b" : 0 }"#),
        (#"{ "a" : 0 , "b" : 0 }"#, #"{ "b" : 0 }"#), (#"{ "a" : 0 }"#, "{  }"), (#"{"a":0,"a":1}"#, "{}"),
        (#"{"a":0,"b":0,"a":1}"#, #"{"b":0}"#), (#"{"b":0,"a":0,"a":1}"#, #"{"b":0}"#), (#"{"b":0}"#, #"{"b":0}"#),
        ("{}", "{}"), ("[1]", "[1]"),
    ])
    func memberIsRemovedWithItsComma(_ text: String, _ expected: String) throws {
        #expect(try Self.edited(text) { [.removeMember("a", of: $0)] } == expected)
    }

    @Test func memberNamesAreEscaped() throws {
        #expect(try Self.edited("{}") { [.appendMember("a\"\n", of: $0, with: Self.one)] } == #"{"a\"\n":1}"#)
    }

    @Test func editsOfOneObjectAreSettledTogether() throws {
        let text = #"{"a":0,"b":0,"c":0}"#
        #expect(
            try Self.edited(text) {
                [.removeMember("b", of: $0), .removeMember("c", of: $0), .appendMember("d", of: $0, with: Self.one)]
            } == #"{"a":0,"d":1}"#)
        #expect(
            try Self.edited(text) {
                [
                    .appendMember("x", of: $0, with: Self.one), .appendMember("y", of: $0, with: Self.one),
                    .removeMember("a", of: $0), .removeMember("b", of: $0), .removeMember("c", of: $0),
                ]
            } == #"{"x":1,"y":1}"#)
        #expect(
            try Self.edited(text) {
                [
                    .setMember("c", of: $0, to: Self.one), .appendMember("d", of: $0, with: Self.one),
                    .removeMember("b", of: $0),
                ]
            } == #"{"a":0,"c":1,"d":1}"#)
    }

    @Test func nestedObjectsAreEdited() throws {
        let text = #"{"model":"m","stream_options":{"include_obfuscation":false},"n":{}}"#
        #expect(
            try Self.edited(text) { root in
                [
                    .setMember("model", of: root, to: Array("\"x\"".utf8)),
                    .setMember("include_usage", of: root["stream_options"] ?? root, to: Array("true".utf8)),
                    .setMember("a", of: root["n"] ?? root, to: Self.one),
                ]
            } == #"{"model":"x","stream_options":{"include_obfuscation":false,"include_usage":true},"n":{"a":1}}"#)
    }

    @Test func outerEditCountsOverInner() throws {
        let text = #"{"a":{"b":{"c":0}},"d":0}"#
        let expected = #"{"a":1,"d":0}"#
        #expect(
            try Self.edited(text) { root in
                let inner = root.path("a", "b") ?? root
                return [
                    .setMember("c", of: inner, to: Self.one), .appendMember("x", of: inner, with: Self.one),
                    .setMember("a", of: root, to: Self.one),
                ]
            } == expected)
        #expect(
            try Self.edited(text) { root in
                [.removeMember("a", of: root), .setMember("a", of: root, to: Self.one)]
            } == #"{"d":0}"#)
    }

    @Test func laterReplacementOfOneValueCounts() throws {
        #expect(
            try Self.edited("[0]") { root in
                let value = root[0] ?? root
                return [.replace(value, with: Array("1".utf8)), .replace(value, with: Array("2".utf8))]
            } == "[2]")
    }

    @Test(arguments: [
        ("[]", 0, "[1]"), ("[]", 5, "[1]"), ("[0]", 0, "[1,0]"), ("[0]", 1, "[0,1]"), ("[0]", -3, "[1,0]"),
        ("[ 0 , 2 ]", 1, "[ 0 , 1,2 ]"), ("[ 0 , 2 ]", 2, "[ 0 , 2,1 ]"), ("{}", 0, "{}"),
    ])
    func elementIsInserted(_ text: String, _ position: Int, _ expected: String) throws {
        #expect(try Self.edited(text) { [.insertElement(at: position, of: $0, with: Self.one)] } == expected)
    }

    @Test(arguments: [
        ("[0]", 0, "[]"), ("[0,2]", 0, "[2]"), ("[0,2]", 1, "[0]"), ("[ 0 , 2 , 3 ]", 1, "[ 0 , 3 ]"),
        ("[0]", 1, "[0]"),
        ("[0]", -1, "[0]"), ("{}", 0, "{}"),
    ])
    func elementIsRemovedWithItsComma(_ text: String, _ position: Int, _ expected: String) throws {
        #expect(try Self.edited(text) { [.removeElement(at: position, of: $0)] } == expected)
    }

    @Test func insertionsKeepTheirOrderAroundRemovals() throws {
        #expect(
            try Self.edited("[0,2,3]") {
                [
                    .insertElement(at: 1, of: $0, with: Array("10".utf8)),
                    .insertElement(at: 1, of: $0, with: Array("11".utf8)),
                    .removeElement(at: 1, of: $0), .removeElement(at: 2, of: $0),
                    .insertElement(at: 3, of: $0, with: Array("12".utf8)),
                ]
            } == "[0,10,11,12]")
    }
}
