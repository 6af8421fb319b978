import Testing

@testable import Transport

@Suite struct HTTPClientPartsTests {
    private func feed(_ head: inout ResponseHead, _ lines: String...) -> [ResponseHead.Progress] {
        lines.map { line in
            Array((line + "\r\n").utf8).withUnsafeBufferPointer { head.receive($0) }
        }
    }

    @Test("a head is complete at its blank line, and what follows are trailers")
    func head() {
        var head = ResponseHead(bytesMax: 1000)
        #expect(
            feed(&head, "HTTP/1.1 200 OK", "X-A:  b\t ", "Empty:", "X-A: c", "") == [
                .more, .more, .more, .more, .complete,
            ])
        #expect(head.status == 200)
        #expect(head.version == 1)
        #expect(head.headers.all("x-a") == ["b", "c"])
        #expect(head.headers.first("empty") == "")
        #expect(feed(&head, "X-Sum: 9", "") == [.more, .more])
        #expect(head.trailers.first("x-sum") == "9")
        #expect(head.headers.count == 3)
    }

    @Test("interim heads leave nothing behind")
    func interim() {
        var head = ResponseHead(bytesMax: 1000)
        #expect(feed(&head, "HTTP/1.1 103 Early Hints", "Link: x", "") == [.more, .more, .more])
        #expect(!head.isComplete)
        #expect(feed(&head, "HTTP/2 404 ", "a: b", "") == [.more, .more, .complete])
        #expect(head.status == 404)
        #expect(head.version == 2)
        #expect(head.headers.first("link") == nil)
        #expect(head.headers.count == 1)
    }

    @Test("folded lines, lines without a colon and a status beyond digits do no harm")
    func oddLines() {
        var head = ResponseHead(bytesMax: 1000)
        #expect(
            feed(&head, " stray", "nonsense", "HTTP/1.1 2x", "A: b", "\t c") == [.more, .more, .more, .more, .more])
        #expect(head.headers.first("a") == "b c")
        #expect(head.headers.count == 1)
    }

    @Test("a head beyond its bound is refused, trailers included")
    func bound() {
        var head = ResponseHead(bytesMax: 40)
        #expect(feed(&head, "HTTP/1.1 200 OK", "") == [.more, .complete])
        #expect(feed(&head, "X-Long-Trailer: 0123456789") == [.tooLarge])
        head.reset()
        #expect(feed(&head, "HTTP/1.1 200 OK", "") == [.more, .complete])
    }

    @Test("a chain of fields that continues in another one keeps the order and frees its own nodes only")
    func headerLists() throws {
        let prepared = try HTTPClientHeaders([("Authorization", "Bearer k"), ("Content-Type", "a/b")])
        var own = HeaderList(tail: prepared.list)
        try own.append([("X-A", "1"), ("X-B", " ")])
        #expect(own.lines == ["X-A: 1", "X-B;", "Authorization: Bearer k", "Content-Type: a/b", "Expect:"])
        own.free()
        #expect(prepared.list.lines == ["Authorization: Bearer k", "Content-Type: a/b", "Expect:"])
        let bare = try HTTPClientHeaders([])
        #expect(bare.list.lines == ["Expect:", "Content-Type:"])
    }
}
