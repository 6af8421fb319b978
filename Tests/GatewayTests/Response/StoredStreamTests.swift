import Dialects
import Testing
import Transport

@testable import Gateway

@Suite struct StoredStreamTests {
    private static let event = #"event: a\#ndata: {"type":"a","sequence_number":41,"text":"x"}\#n\#n"#

    private func stream(_ chunks: [some StringProtocol]) -> StoredStream {
        var stream = StoredStream()
        for chunk in chunks { stream.add(Array(chunk.utf8)) }
        return stream
    }

    private func number(_ event: [UInt8]?) throws -> Int? {
        let text = String(decoding: try #require(event), as: UTF8.self)
        #expect(text.hasPrefix("event: error\ndata: {\"type\":\"error\",") && text.hasSuffix("}\n\n"))
        #expect(text.contains("gateway_shutting_down"))
        let data = Array(text.dropFirst("event: error\ndata: ".count).utf8)
        return try JSONDocument(parsing: data).root["sequence_number"]?.int
    }

    @Test("an error follows the last whole event in the order, however the bytes were split")
    func order() throws {
        for split in 0...Self.event.count {
            let chunks = [Self.event.prefix(split), Self.event.dropFirst(split)]
            #expect(try number(stream(chunks).errorEvent(.shuttingDown)) == 42)
        }
        let chunks = Self.event.map { String($0) }
        #expect(try number(stream(chunks).errorEvent(.shuttingDown)) == 42)
    }

    @Test("an error is the first where nothing came, and where events have no numbers")
    func unnumbered() throws {
        #expect(try number(stream([""]).errorEvent(.shuttingDown)) == 0)
        #expect(try number(stream(["data: [DONE]\n\n"]).errorEvent(.shuttingDown)) == 0)
    }

    @Test("no error is put into the middle of an event, or of something else")
    func middle() {
        for cut in 1..<Self.event.count {
            #expect(stream([Self.event + Self.event.prefix(cut)]).errorEvent(.shuttingDown) == nil)
        }
        #expect(stream([#"{"id":"resp_1"}"#]).errorEvent(.shuttingDown) == nil)
    }
}
