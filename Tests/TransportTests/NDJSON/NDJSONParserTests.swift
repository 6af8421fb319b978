import Testing
import Transport

@Suite("JSON lines") struct NDJSONParserTests {
    private func lines(_ pieces: [String], limit: Int = 16) -> (lines: [String], error: NDJSONError?) {
        var parser = NDJSONParser(limits: NDJSONLimits(lineBytesMax: limit))
        var lines: [String] = []
        do throws(NDJSONError) {
            for piece in pieces {
                parser.feed(Array(piece.utf8))
                while let line = try parser.next() { lines.append(String(decoding: line, as: UTF8.self)) }
            }
            parser.finish()
            while let line = try parser.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        } catch {
            return (lines, error)
        }
        return (lines, nil)
    }

    @Test(
        "lines come without their ends, and blank ones not at all",
        arguments: [
            ("", []), ("\n", []), ("{}", ["{}"]), ("{}\n", ["{}"]), ("{}\n{}\n", ["{}", "{}"]),
            ("a\r\nb\r\n", ["a", "b"]), ("\n\r\n \t\n a \n\n", [" a "]), ("a\rb\n", ["a\rb"]), ("a\r", ["a"]),
            ("0123456789abcdef\n1", ["0123456789abcdef", "1"]),
        ] as [(String, [String])])
    func cuts(_ stream: String, _ expected: [String]) {
        #expect(lines([stream]) == (expected, nil))
        for size in 1...5 {
            let characters = Array(stream.unicodeScalars)
            let pieces = stride(from: 0, to: characters.count, by: size).map { start in
                var piece = String.UnicodeScalarView()
                piece.append(contentsOf: characters[start..<min(characters.count, start + size)])
                return String(piece)
            }
            #expect(lines(pieces) == (expected, nil), "pieces of \(size)")
        }
    }

    @Test("a line over the limit ends the stream, whether its end has come or not")
    func limit() {
        let long = String(repeating: "x", count: 17)
        for pieces in [
            [long], [long + "\n"], ["a\n", long], ["a\n" + long + "\nb\n"], Array(repeating: "x", count: 17),
        ] {
            let found = lines(pieces)
            #expect(found.error == .lineTooLong(limit: 16))
            #expect(found.lines == (pieces.joined().hasPrefix("a\n") ? ["a"] : []))
        }
        var parser = NDJSONParser(limits: NDJSONLimits(lineBytesMax: 4))
        parser.feed(Array("12345".utf8))
        #expect(throws: NDJSONError.lineTooLong(limit: 4)) { try parser.next() }
        parser.feed(Array("\n1\n".utf8))
        #expect(throws: NDJSONError.lineTooLong(limit: 4)) { try parser.next() }
        #expect(NDJSONError.lineTooLong(limit: 4).description == "a line of the stream is longer than 4 bytes")
        #expect(NDJSONLimits.default.lineBytesMax == 1 << 20)
    }

    @Test("a buffer that has grown is given back once it was read")
    func manyLines() {
        var parser = NDJSONParser(limits: NDJSONLimits(lineBytesMax: 1 << 20))
        var count = 0
        for round in 0..<50 {
            parser.feed(Array((String(repeating: "y", count: round * 4000) + "\nrest").utf8))
            while let line = try? parser.next() { count += line.count }
        }
        parser.finish()
        while let line = try? parser.next() { count += line.count }
        #expect(count == (0..<50).reduce(0) { $0 + $1 * 4000 } + 50 * 4)
    }
}
