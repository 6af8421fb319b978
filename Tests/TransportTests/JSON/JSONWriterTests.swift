import Testing

@testable import Transport

@Suite struct JSONWriterTests {
    private static func text(_ write: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        write(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func valuesStandInTheOrderOfTheCalls() {
        let text = Self.text { writer in
            writer.beginObject()
            writer.key("z")
            writer.int(1)
            writer.key("a" as String)
            writer.beginArray()
            writer.beginArray()
            writer.endArray()
            writer.beginObject()
            writer.endObject()
            writer.string("s" as StaticString)
            writer.string("t" as String)
            writer.bool(true)
            writer.bool(false)
            writer.null()
            writer.raw(Array("{ \"kept\" : 1.00 }".utf8))
            writer.endArray()
            writer.key("b")
            writer.double(0.5)
            writer.endObject()
        }
        #expect(text == #"{"z":1,"a":[[],{},"s","t",true,false,null,{ "kept" : 1.00 }],"b":0.5}"#)
    }

    @Test(arguments: [
        ("", ""), ("plain", "plain"), ("\"", "\\\""), ("\\", "\\\\"), ("/", "/"),
        ("\u{8}\u{C}\n\r\t", "\\b\\f\\n\\r\\t"),
        ("\u{0}\u{1F}\u{B}", "\\u0000\\u001f\\u000b"), ("\u{7F}é😀\u{2028}", "\u{7F}é😀\u{2028}"),
        ("12345678\"", "12345678\\\""), ("1234567\"8", "1234567\\\"8"), ("\"12345678", "\\\"12345678"),
        ("a \u{20}!#[]^", "a \u{20}!#[]^"),
    ])
    func stringsAreEscapedWhereTheyMustBe(_ text: String, _ escaped: String) {
        #expect(Self.text { $0.string(text) } == "\"\(escaped)\"")
        #expect(Self.text { $0.string(Array(text.utf8)) } == "\"\(escaped)\"")
        #expect(Self.text { $0.string(Array(text.utf8)[...]) } == "\"\(escaped)\"")
    }

    @Test func everyByteAtEveryPlaceOfAWordIsEscapedAlike() throws {
        for byte in UInt8(0)..<0x80 {
            for place in 0..<17 {
                var text = Array(repeating: UInt8(ascii: "x"), count: 17)
                text[place] = byte
                var writer = JSONWriter()
                writer.string(text)
                var decoded: [UInt8] = []
                try JSONDocument(parsing: writer.bytes).root.appendString(to: &decoded)
                #expect(decoded == text)
                let isPlain = byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
                #expect((writer.bytes.count == 19) == isPlain)
            }
        }
    }

    @Test(arguments: [
        (0, "0"), (9, "9"), (-9, "-9"), (10, "10"), (-1234, "-1234"), (Int.max, "9223372036854775807"),
        (Int.min, "-9223372036854775808"),
    ])
    func integersAreWritten(_ value: Int, _ expected: String) {
        #expect(Self.text { $0.int(value) } == expected)
    }

    @Test func unsignedIntegersAreWritten() {
        #expect(Self.text { $0.int(UInt64.max) } == "18446744073709551615")
        #expect(Self.text { $0.int(Int8.min) } == "-128")
    }

    @Test(arguments: [
        0.1, 1.0, -0.0, 1e16, 1e22, 1e300, -1e-7, .leastNonzeroMagnitude, Double.greatestFiniteMagnitude, .pi, 1 / 3,
        123456.789,
    ])
    func doublesReadBackAsThemselves(_ value: Double) throws {
        var writer = JSONWriter()
        writer.double(value)
        #expect(try JSONDocument(parsing: writer.bytes).root.double?.bitPattern == value.bitPattern)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, .signalingNaN])
    func whatJSONLacksBecomesNull(_ value: Double) {
        #expect(Self.text { $0.double(value) } == "null")
    }

    @Test func valueIsAppendedToABufferThatGoesOn() {
        var output = Array("data: ".utf8)
        JSONWriter.append(to: &output) { writer in
            writer.beginArray()
            writer.int(1)
            writer.int(2)
            writer.endArray()
        }
        output.append(contentsOf: "\n\n".utf8)
        #expect(output == Array("data: [1,2]\n\n".utf8))
    }

    @Test func writerCanBeUsedAgain() {
        var writer = JSONWriter(reservingBytes: 16)
        writer.int(1)
        writer.removeAll()
        writer.int(2)
        #expect(writer.bytes == Array("2".utf8))
    }
}
