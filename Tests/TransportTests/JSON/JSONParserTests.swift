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

    @Test func aLentDocumentReadsLikeOneOfItsOwn() throws {
        struct Refusal: Error {
            let byteOffset: Int
        }
        let parser = JSONParser(limits: JSONLimits(nestingDepthMax: 3))
        func text(_ source: String) throws -> String? {
            try Array(source.utf8).withUnsafeBufferPointer { bytes in
                try parser.withRoot(of: bytes, refusal: { Refusal(byteOffset: $0.byteOffset) }) {
                    root throws(Refusal) in
                    let kept = try? parser.parse(Array(#"["other"]"#.utf8))
                    return (root["a"]?.string ?? "") + (kept?.root[0]?.string ?? "")
                }
            }
        }
        #expect(try text(#"{"a":"first"}"#) == "firstother")
        #expect(throws: Refusal.self) { try text("[[[[]]]]") }
        #expect(throws: Refusal.self) { try text("") }
        let error = #expect(throws: Refusal.self) { try text(#"{"a":"#) }
        #expect(error?.byteOffset == 5)
        // More nodes than the parser keeps memory for.
        #expect(try text(#"{"b":["# + String(repeating: "0,", count: 40_000) + #"0],"a":"large"}"#) == "largeother")
        #expect(try text(#"{"a":"small again"}"#) == "small againother")
    }
}
