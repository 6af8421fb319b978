import Testing

@testable import Transport

/// What an event says, taken out of the parser's memory.
struct SSERecord: Equatable, CustomStringConvertible {
    var name = ""
    var data = ""
    var id: String?
    var retry: Int?
    var raw = ""

    init(_ event: SSEEvent) {
        name = String(decoding: event.name, as: UTF8.self)
        data = event.withData { String(decoding: $0, as: UTF8.self) }
        if !event.data.elementsEqual(data.utf8) { data = "lent and kept data differ" }
        id = event.id.map { String(decoding: $0, as: UTF8.self) }
        retry = event.retryMilliseconds
        raw = String(decoding: event.rawFrame, as: UTF8.self)
    }

    init(name: String = "", data: String, id: String? = nil, retry: Int? = nil, raw: String) {
        (self.name, self.data, self.id, self.retry, self.raw) = (name, data, id, retry, raw)
    }

    var description: String {
        "event \(name.debugDescription) data \(data.debugDescription) id \(id ?? "-") retry \(retry ?? -1) "
            + "raw \(raw.debugDescription)"
    }
}

/// Everything a stream gave: events, the unfinished one, and the state at the end.
struct SSETranscript: Equatable {
    var events: [SSERecord] = []
    var unfinished: SSERecord?
    var lastEventID: [UInt8] = []
    var reconnectionMilliseconds: Int?
    var error: SSEError?

    init(_ chunks: [[UInt8]], limits: SSELimits = .default) {
        var parser = SSEParser(limits: limits)
        do {
            for chunk in chunks {
                try parser.feed(chunk) { events.append(SSERecord($0)) }
            }
        } catch {
            self.error = error
        }
        lastEventID = parser.lastEventID
        reconnectionMilliseconds = parser.reconnectionMilliseconds
        if error == nil, case .unfinished(let event) = parser.finish() { unfinished = SSERecord(event) }
    }
}

@Suite struct SSEParserTests {
    @Test(
        arguments: [
            // The specification's own examples.
            (
                "data: YHOO\ndata: +2\ndata: 10\n\n",
                [SSERecord(data: "YHOO\n+2\n10", raw: "data: YHOO\ndata: +2\ndata: 10\n\n")]
            ),
            (
                ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
                [
                    SSERecord(data: "first event", id: "1", raw: "data: first event\nid: 1\n\n"),
                    SSERecord(data: "second event", id: "", raw: "data:second event\nid\n\n"),
                    SSERecord(data: " third event", raw: "data:  third event\n\n"),
                ]
            ),
            (
                "data\n\ndata\ndata\n\ndata:\n",
                [SSERecord(data: "", raw: "data\n\n"), SSERecord(data: "\n", raw: "data\ndata\n\n")]
            ),
            (
                "data:test\n\ndata: test\n\n",
                [
                    SSERecord(data: "test", raw: "data:test\n\n"), SSERecord(data: "test", raw: "data: test\n\n"),
                ]
            ),
            // Line ends.
            (
                "data: a\r\n\r\ndata: b\r\n\r\n",
                [
                    SSERecord(data: "a", raw: "data: a\r\n\r\n"), SSERecord(data: "b", raw: "data: b\r\n\r\n"),
                ]
            ),
            (
                "data: a\r\rdata: b\r\r",
                [SSERecord(data: "a", raw: "data: a\r\r"), SSERecord(data: "b", raw: "data: b\r\r")]
            ),
            (
                "data: a\r\ndata: b\ndata: c\r\n\n",
                [SSERecord(data: "a\nb\nc", raw: "data: a\r\ndata: b\ndata: c\r\n\n")]
            ),
            ("data: a\n\r\n", [SSERecord(data: "a", raw: "data: a\n\r\n")]),
            ("\n\n\r\n\rdata: a\n\n\n\n", [SSERecord(data: "a", raw: "data: a\n\n")]),
            // Comments, unknown fields, a frame without data.
            (
                ": hi\ndata: a\n:\n: there\nfoo: bar\nDATA: no\n data: no\ndatax: no\n\n",
                [
                    SSERecord(data: "a", raw: ": hi\ndata: a\n:\n: there\nfoo: bar\nDATA: no\n data: no\ndatax: no\n\n")
                ]
            ),
            (": OPENROUTER PROCESSING\n\ndata: a\n\n: ping\n\n", [SSERecord(data: "a", raw: "data: a\n\n")]),
            ("event: ping\n\nid: 7\n\nretry: 10\n\ndata: a\n\n", [SSERecord(data: "a", raw: "data: a\n\n")]),
            // Fields.
            (
                "event: x\nevent: y\ndata: a\n\n",
                [SSERecord(name: "y", data: "a", raw: "event: x\nevent: y\ndata: a\n\n")]
            ),
            ("event\ndata: a\n\n", [SSERecord(data: "a", raw: "event\ndata: a\n\n")]),
            ("id: a\u{0}b\ndata: a\n\n", [SSERecord(data: "a", raw: "id: a\u{0}b\ndata: a\n\n")]),
            ("retry: 250\ndata: a\n\n", [SSERecord(data: "a", retry: 250, raw: "retry: 250\ndata: a\n\n")]),
            ("retry: 1.5\ndata: a\n\n", [SSERecord(data: "a", raw: "retry: 1.5\ndata: a\n\n")]),
            (
                "retry: -1\nretry\nretry:\ndata: a\n\n",
                [SSERecord(data: "a", raw: "retry: -1\nretry\nretry:\ndata: a\n\n")]
            ),
            (
                "retry: 99999999999999999999\ndata: a\n\n",
                [
                    SSERecord(data: "a", raw: "retry: 99999999999999999999\ndata: a\n\n")
                ]
            ),
            ("data::a: b\n\n", [SSERecord(data: ":a: b", raw: "data::a: b\n\n")]),
            ("data: {\"a\":\"é😀\"}\n\n", [SSERecord(data: "{\"a\":\"é😀\"}", raw: "data: {\"a\":\"é😀\"}\n\n")]),
            // The byte order mark: skipped once, at the start only.
            ("\u{FEFF}data: a\n\n\u{FEFF}data: b\n\n", [SSERecord(data: "a", raw: "data: a\n\n")]),
            ("\u{FEFF}\u{FEFF}data: a\n\n", []),
            ("", []),
        ] as [(String, [SSERecord])])
    func streamGivesItsEventsHoweverItIsSplit(_ text: String, _ expected: [SSERecord]) {
        let bytes = Array(text.utf8)
        let whole = SSETranscript([bytes])
        #expect(whole.events == expected)
        for first in 0...bytes.count {
            #expect(SSETranscript([Array(bytes[..<first]), Array(bytes[first...])]) == whole, "split at \(first)")
        }
        for first in 0...min(bytes.count, 60) {
            for second in first...min(bytes.count, 60) {
                let parts = [Array(bytes[..<first]), Array(bytes[first..<second]), [], Array(bytes[second...])]
                #expect(SSETranscript(parts) == whole, "split at \(first) and \(second)")
            }
        }
        #expect(SSETranscript(bytes.map { [$0] }) == whole, "byte by byte")
    }

    @Test func invalidUTF8IsCarriedAsItIs() throws {
        var parser = SSEParser()
        parser.feed(Array("data: ".utf8) + [0xFF, 0xC3] + Array("\n\n".utf8))
        let event = try #require(try parser.next())
        #expect(event.data.elementsEqual([0xFF, 0xC3]))
    }

    @Test(
        arguments: [
            ("data: a\n\n", nil), (": comment", nil), ("data: a\n\n: comment\n", nil), ("data: a\r\n\r", nil),
            ("\n", nil),
            ("data: a\n", "a"), ("data: a", "a"), ("data: a\n\ndata: [DONE]", "[DONE]"), ("data: a\r", "a"),
            ("data: a\n\ndata: b\ndata: c", "b\nc"), ("event: x", ""), ("data: a\n\nid: 3\n", ""),
            ("data: a\n\nda", ""),
        ] as [(String, String?)])
    func unfinishedEventIsDiscardedAndReported(_ text: String, _ unfinished: String?) {
        let transcript = SSETranscript([Array(text.utf8)])
        #expect(transcript.events.allSatisfy { $0.data == "a" })
        #expect(transcript.unfinished?.data == unfinished)
    }

    @Test func idAndRetryAreRemembered() throws {
        var parser = SSEParser()
        try parser.feed(Array("id: 1\ndata: a\n\nid: 2\nretry: 30\n\ndata: b\n\nid: x\u{0}\n\n".utf8)) { _ in }
        #expect(parser.lastEventID == Array("2".utf8))
        #expect(parser.reconnectionMilliseconds == 30)
        try parser.feed(Array("id\n\n".utf8)) { _ in }
        #expect(parser.lastEventID.isEmpty)
    }

    @Test func frameWithinOneChunkIsNotCopied() throws {
        let chunk = Array("data: one\n\ndata: two\n\n".utf8)
        var parser = SSEParser()
        parser.feed(chunk)
        var places: [Int] = []
        while let event = try parser.next() {
            let base = chunk.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
            let data = event.data.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
            places.append(Int(data) - Int(base))
        }
        #expect(places == [6, 17])
    }

    @Test func chunkIsReleasedOnceItsEventsAreTaken() throws {
        var chunk = Array("data: one\n\ndata: tw".utf8)
        chunk.reserveCapacity(64)
        var parser = SSEParser()
        try parser.feed(chunk) { _ in }
        let before = chunk.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        chunk.removeAll(keepingCapacity: true)
        chunk.append(1)
        #expect(chunk.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } == before)
    }

    @Test func keptEventOutlivesItsChunk() throws {
        var parser = SSEParser()
        var kept: [SSEEvent] = []
        for part in ["data: fir", "st\n\ndata: second\n\ndata: th", "ird\n\n"] {
            parser.feed(Array(part.utf8))
            while let event = try parser.next() { kept.append(event) }
        }
        #expect(kept.map { String(decoding: $0.data, as: UTF8.self) } == ["first", "second", "third"])
    }

    @Test func eventsMayBeTakenLater() throws {
        var parser = SSEParser()
        parser.feed(Array("data: a\n\ndata: b\n".utf8))
        #expect(try parser.next()?.data.elementsEqual("a".utf8) == true)
        parser.feed(Array("\ndata: c\n\n".utf8))
        #expect(try parser.next()?.data.elementsEqual("b".utf8) == true)
        #expect(try parser.next()?.data.elementsEqual("c".utf8) == true)
        #expect(try parser.next() == nil)
    }

    @Test func parserBeginsAnewAfterFinish() throws {
        var parser = SSEParser()
        try parser.feed(Array("id: 1\ndata: a".utf8)) { _ in }
        _ = parser.finish()
        var events: [SSERecord] = []
        try parser.feed(Array("\u{FEFF}data: b\n\n".utf8)) { events.append(SSERecord($0)) }
        #expect(events == [SSERecord(data: "b", raw: "data: b\n\n")])
        #expect(parser.lastEventID.isEmpty)
    }

    @Test func lineIsLimitedHoweverItIsSplit() {
        let limits = SSELimits(lineBytesMax: 10)
        for end in ["\n\n", "\r\n\r\n", "\r\r"] {
            let good = Array("data: 1234\(end)".utf8)
            let bad = Array("data: a\(end)data: 12345\(end)".utf8)
            for split in 0...bad.count {
                let transcript = SSETranscript([Array(bad[..<split]), Array(bad[split...])], limits: limits)
                #expect(transcript.error == .lineTooLong(limit: 10))
                #expect(transcript.events.map(\.data) == ["a"])
            }
            #expect(SSETranscript([good], limits: limits).events.map(\.data) == ["1234"])
        }
    }

    @Test func eventIsLimitedHoweverItIsSplit() {
        let limits = SSELimits(eventBytesMax: 15)
        for end in ["\n", "\r\n", "\r"] {
            let good = Array("data: 1\ndata:2\n\(end)".utf8)
            #expect(good.count - end.utf8.count == 15)
            let bad = Array("data: a\n\ndata: 1\ndata: 2\n\(end)".utf8)
            for split in 0...bad.count {
                let transcript = SSETranscript([Array(bad[..<split]), Array(bad[split...])], limits: limits)
                #expect(transcript.error == .eventTooLong(limit: 15))
                #expect(transcript.events.map(\.data) == ["a"])
            }
            for split in 0...good.count {
                let transcript = SSETranscript([Array(good[..<split]), Array(good[split...])], limits: limits)
                #expect(transcript.events.map(\.data) == ["1\n2"])
            }
        }
    }

    @Test func nothingIsTakenAfterAnError() {
        var parser = SSEParser(limits: SSELimits(lineBytesMax: 4))
        #expect(throws: SSEError.lineTooLong(limit: 4)) { try parser.feed(Array("data: a\n\n".utf8)) { _ in } }
        #expect(throws: SSEError.lineTooLong(limit: 4)) { try parser.feed(Array("a\n\n".utf8)) { _ in } }
    }
}
