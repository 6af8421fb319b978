import Testing
import Transport

@Suite("Amazon's event stream")
struct AmazonEventStreamTests {
    private static func message(
        _ headers: [(name: String, value: String)] = [(":event-type", "a"), (":message-type", "event")],
        _ payload: String = "{}"
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        AmazonEventStreamWriter.append(headers: headers, payload: Array(payload.utf8), to: &bytes)
        return bytes
    }

    /// A message with headers as they are, whose checksums hold.
    private static func message(headerBytes: [UInt8], payload: [UInt8] = []) -> [UInt8] {
        func big(_ value: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) } }
        var bytes = big(UInt32(16 + headerBytes.count + payload.count)) + big(UInt32(headerBytes.count))
        bytes += big(CRC32.checksum(bytes[...]))
        bytes += headerBytes + payload
        return bytes + big(CRC32.checksum(bytes[...]))
    }

    /// The payloads and event types that come out of pieces, and the error that ends them.
    private func read(
        _ pieces: [[UInt8]], limits: AmazonEventStreamLimits = .default
    ) -> (texts: [String], error: AmazonEventStreamError?) {
        var parser = AmazonEventStreamParser(limits: limits)
        var texts: [String] = []
        for piece in pieces {
            parser.feed(piece)
            do throws(AmazonEventStreamError) {
                while let message = try parser.next() {
                    let type = message.text(":event-type").map { String(decoding: $0, as: UTF8.self) } ?? "-"
                    texts.append("\(type) \(String(decoding: message.payload, as: UTF8.self))")
                }
            } catch {
                return (texts, error)
            }
        }
        return (texts, nil)
    }

    @Test("the checksum is that of zlib, however the bytes are cut")
    func checksum() {
        let bytes = Array("123456789".utf8)
        #expect(CRC32.checksum(bytes[...]) == 0xCBF4_3926)
        #expect(CRC32.checksum([][...]) == 0)
        for cut in 0...bytes.count {
            var sum = CRC32()
            sum.update(bytes[..<cut])
            sum.update(bytes[cut...])
            #expect(sum.value == 0xCBF4_3926)
        }
    }

    /// Source: the first test vector of Amazon's own libraries, an empty message.
    @Test("an empty message is the one of Amazon's own libraries")
    func emptyMessage() {
        let bytes: [UInt8] = [0, 0, 0, 0x10, 0, 0, 0, 0, 0x05, 0xC2, 0x48, 0xEB, 0x7D, 0x98, 0xC8, 0xFF]
        #expect(read([bytes]).texts == ["- "])
        #expect(Self.message([], "") == bytes)
    }

    @Test("any split gives the same messages")
    func splits() {
        let stream =
            Self.message([(":event-type", "one")], "first") + Self.message([], "")
            + Self.message([(":event-type", "three")], String(repeating: "x", count: 300))
        let whole = read([stream]).texts
        #expect(whole.count == 3)
        for size in 1...40 {
            var pieces: [[UInt8]] = []
            for start in stride(from: 0, to: stream.count, by: size) {
                pieces.append(Array(stream[start..<min(stream.count, start + size)]))
            }
            let result = read(pieces)
            #expect(result.texts == whole)
            #expect(result.error == nil)
        }
    }

    @Test("a changed byte anywhere is found")
    func changedBytes() {
        let good = Self.message()
        for index in good.indices {
            var bad = good
            bad[index] ^= 0x10
            #expect(read([bad + good]).error == .checksumMismatch, "byte \(index)")
        }
    }

    @Test("what is cut off is no message, and is known to be missing")
    func cut() throws {
        let good = Self.message()
        for length in 1..<good.count {
            var parser = AmazonEventStreamParser()
            parser.feed(Array(good[..<length]))
            #expect(try parser.next() == nil)
            #expect(parser.isInMessage)
        }
        var parser = AmazonEventStreamParser()
        parser.feed(good)
        #expect(try parser.next() != nil)
        #expect(!parser.isInMessage)
    }

    @Test("lengths that no message can have are refused before they are waited for")
    func lengths() {
        func prelude(_ length: UInt32, _ headers: UInt32) -> [UInt8] {
            let bytes = [length, headers].flatMap { value in
                [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
            }
            let sum = CRC32.checksum(bytes[...])
            return bytes + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: sum >> UInt32($0)) }
        }
        let limits = AmazonEventStreamLimits(messageBytesMax: 1000, headersBytesMax: 100)
        #expect(read([prelude(15, 0)], limits: limits).error == .malformedLength)
        #expect(read([prelude(20, 5)], limits: limits).error == .malformedLength)
        #expect(read([prelude(0, 0xFFFF_FFFF)], limits: limits).error == .malformedLength)
        #expect(read([prelude(1001, 0)], limits: limits).error == .messageTooLong(limit: 1000))
        #expect(read([prelude(0xFFFF_FFFF, 0)], limits: limits).error == .messageTooLong(limit: 1000))
        #expect(read([prelude(1000, 101)], limits: limits).error == .headersTooLong(limit: 100))
        #expect(read([prelude(1000, 100)], limits: limits).error == nil)
    }

    @Test("after an error nothing more is taken")
    func errorStays() {
        var parser = AmazonEventStreamParser()
        parser.feed([UInt8](repeating: 1, count: 12))
        for _ in 0..<2 {
            #expect(throws: AmazonEventStreamError.checksumMismatch) { _ = try parser.next() }
            parser.feed(Self.message())
        }
    }

    @Test("headers of every type are read over")
    func headerTypes() {
        func header(_ kind: UInt8, _ value: [UInt8]) -> [UInt8] { [1, UInt8(ascii: "h"), kind] + value }
        var headers: [UInt8] = []
        for (kind, count) in [(0, 0), (1, 0), (2, 1), (3, 2), (4, 4), (5, 8), (8, 8), (9, 16)] as [(UInt8, Int)] {
            headers += header(kind, [UInt8](repeating: 7, count: count))
        }
        headers += header(6, [0, 3, 1, 2, 3])
        headers += [11] + Array(":event-type".utf8) + [7, 0, 2] + Array("ok".utf8)
        #expect(read([Self.message(headerBytes: headers)]).texts == ["ok "])
        // Bytes of the same name are no text.
        let bytes = [11] + Array(":event-type".utf8) + [6, 0, 2] + Array("no".utf8)
        #expect(read([Self.message(headerBytes: bytes)]).texts == ["- "])
    }

    @Test(
        "headers that do not add up are refused",
        arguments: [
            [0], [5, 1], [1, 0x68], [1, 0x68, 10], [1, 0x68, 7, 0], [1, 0x68, 7, 0, 2, 1], [1, 0x68, 5, 1, 2],
        ] as [[UInt8]])
    func malformedHeaders(_ headers: [UInt8]) {
        #expect(read([Self.message(headerBytes: headers)]).error == .malformedHeaders)
    }
}
