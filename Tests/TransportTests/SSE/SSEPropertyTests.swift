import Testing

@testable import Transport

/// Properties over generated streams; the seed stands in the test's arguments.
@Suite struct SSEPropertyTests {
    @Test(arguments: UInt64(1)...40)
    func whatTheWriterWritesTheParserReads(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var stream: [UInt8] = []
        var expected: [SSERecord] = []
        for _ in 0..<40 {
            let start = stream.count
            let data = Self.data(&random)
            if Bool.random(using: &random) {
                SSEWriter.comment("ping", into: &stream)
                SSEWriter.data(data, into: &stream)
                expected.append(Self.record("", data, stream[(start + 8)...]))
            } else {
                let name = ["message_start", "x", "é"].randomElement(using: &random) ?? ""
                SSEWriter.event(name: name, data: data, into: &stream)
                expected.append(Self.record(name, data, stream[start...]))
            }
        }
        for _ in 0..<5 {
            let transcript = SSETranscript(Self.split(stream, &random))
            #expect(transcript.events == expected)
            #expect(transcript.unfinished == nil)
        }
    }

    @Test(arguments: UInt64(1)...200)
    func anySplitOfAnyStreamGivesTheSame(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let pieces = [
            "data", "data: ", "data:", "event: ", "id: ", "retry: ", ":", " ", "x", "42", "\n", "\n", "\r\n", "\r\n",
            "\r",
            "\n\n", "\r\n\r\n", "\u{FEFF}", "é", "{\"a\":1}", "\u{0}", String(repeating: "long ", count: 40),
        ]
        var text = Bool.random(using: &random) ? "\u{FEFF}" : ""
        for _ in 0..<Int.random(in: 1...120, using: &random) {
            text += pieces.randomElement(using: &random) ?? ""
        }
        let bytes = Array(text.utf8)
        let whole = SSETranscript([bytes]).withoutFinalLineFeeds()
        for _ in 0..<10 {
            let parts = Self.split(bytes, &random)
            #expect(
                SSETranscript(parts).withoutFinalLineFeeds() == whole, "\(parts.map(\.count)) \(text.debugDescription)")
        }
        #expect(SSETranscript(bytes.map { [$0] }).withoutFinalLineFeeds() == whole)
    }

    @Test(arguments: ["\n", "\r\n", "\r"])
    func concatenatedFramesAreTheStream(_ lineEnd: String) {
        var random = SplitMix64(seed: 7)
        var text = ""
        for number in 0..<50 {
            text += "event: e\(number)\(lineEnd)data: {\"n\":\(number)}\(lineEnd): c\(lineEnd)\(lineEnd)"
        }
        let bytes = Array(text.utf8)
        for _ in 0..<50 {
            let transcript = SSETranscript(Self.split(bytes, &random))
            #expect(transcript.events.map(\.raw).joined() == text)
        }
    }

    @Test func eventOfManyMegabytesInSmallChunksIsRead() {
        let payload = String(repeating: "0123456789abcdef", count: 1 << 18)
        let bytes = Array("data: \(payload)\n\ndata: end\n\n".utf8)
        let parts = stride(from: 0, to: bytes.count, by: 16_000).map {
            Array(bytes[$0..<min($0 + 16_000, bytes.count)])
        }
        let transcript = SSETranscript(parts)
        #expect(transcript.events.map(\.data) == [payload, "end"])
    }

    private static func record(_ name: String, _ data: [UInt8], _ raw: ArraySlice<UInt8>) -> SSERecord {
        var text: [UInt8] = []
        var previous: UInt8 = 0
        for byte in data {
            // Any of the three line ends is an LF to the reader.
            if byte != 10 || previous != 13 { text.append(byte == 13 ? 10 : byte) }
            previous = byte
        }
        let data = String(decoding: text, as: UTF8.self)
        return SSERecord(name: name, data: data, raw: String(decoding: raw, as: UTF8.self))
    }

    private static func data(_ random: inout SplitMix64) -> [UInt8] {
        let letters = Array("ab \"{}:,\\é\n\r".unicodeScalars)
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...60, using: &random) {
            text.append(letters.randomElement(using: &random) ?? "a")
        }
        return Array(String(text).utf8)
    }

    private static func split(_ bytes: [UInt8], _ random: inout SplitMix64) -> [[UInt8]] {
        var parts: [[UInt8]] = []
        var start = 0
        let largest = [1, 3, 20, 200, 4096].randomElement(using: &random) ?? 1
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 0...largest, using: &random))
            parts.append(Array(bytes[start..<end]))
            start = end
        }
        return parts
    }
}

extension SSETranscript {
    /// Without the LF after the CR of a blank line, which a split stream of mixed line ends may have gained.
    fileprivate func withoutFinalLineFeeds() -> SSETranscript {
        var copy = self
        for index in copy.events.indices where copy.events[index].raw.utf8.suffix(2).elementsEqual([13, 10]) {
            copy.events[index].raw = String(decoding: copy.events[index].raw.utf8.dropLast(), as: UTF8.self)
        }
        return copy
    }
}
