import Testing

@testable import Transport

@Suite struct JSONParserTests {
    @Test func memoryIsUsedAgainWhenNobodyKeepsTheDocument() throws {
        let parser = JSONParser()
        let first = ObjectIdentifier(try parser.parse(Array("[1,2]".utf8)).storage)
        let second = ObjectIdentifier(try parser.parse(Array("{\"a\":[3]}".utf8)).storage)
        #expect(first == second)
    }

    @Test func keptDocumentIsNotTouchedByTheNext() throws {
        let parser = JSONParser()
        let first = try parser.parse(Array("[1,2]".utf8))
        let second = try parser.parse(Array("{\"a\":[3]}".utf8)[...])
        #expect(first.root.elements.map(\.int) == [1, 2])
        #expect(second.root.path("a", 0)?.int == 3)
        let value = try parser.parse(Array("\"kept\"".utf8)).root
        _ = try parser.parse(Array("\"next\"".utf8))
        #expect(value.string == "kept")
    }

    @Test func errorLeavesTheParserUsable() throws {
        let parser = JSONParser()
        for _ in 0..<3 {
            #expect(throws: JSONError.self) { try parser.parse(Array("[1,".utf8)) }
            #expect(throws: JSONError.self) { try parser.parse([]) }
            #expect(try parser.parse(Array("[1]".utf8)).root.count == 1)
        }
    }

    @Test func memoryOfALargeDocumentIsGivenBack() throws {
        let parser = JSONParser()
        let large = [UInt8(ascii: "\"")] + Array(repeating: UInt8(ascii: "x"), count: 1 << 20) + [UInt8(ascii: "\"")]
        #expect(try parser.parse(large).storage.capacityBytes > JSONParser.retainedBytesMax)
        #expect(try parser.parse(Array("[1]".utf8)).storage.capacityBytes < JSONParser.retainedBytesMax)
    }

    @Test func limitsApply() throws {
        let parser = JSONParser(limits: JSONLimits(nestingDepthMax: 1))
        #expect(throws: JSONError.self) { try parser.parse(Array("[[]]".utf8)) }
        _ = try parser.parse(Array("[]".utf8))
    }

    @Test func documentMayCrossTasks() async throws {
        let document = try JSONDocument(parsing: Array("{\"a\":\"b\"}".utf8))
        async let text = document.root["a"]?.string
        #expect(await text == "b")
    }
}
