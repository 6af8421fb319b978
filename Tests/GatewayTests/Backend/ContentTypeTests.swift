import Testing

@testable import Gateway

@Suite struct ContentTypeTests {
    @Test(
        "a type is known in any case and with any parameters, and only as a whole",
        arguments: [
            ("text/event-stream", .eventStream), ("Text/Event-Stream; charset=utf-8", .eventStream),
            ("text/event-stream ;x", .eventStream), ("application/json", .json),
            ("APPLICATION/JSON;charset=UTF-8", .json), ("", .missing), ("text/html", .other("text/html")),
            ("application/jsonp", .other("application/jsonp")),
            ("application/problem+json", .other("application/problem+json")),
            (";", .other("")), ("text", .other("text")), ("application/vnd.amazon.eventstream", .amazonEventStream),
            ("application/x-ndjson; charset=utf-8", .jsonLines), ("application/ndjson", .jsonLines),
            ("application/jsonl", .jsonLines), ("application/x-jsonlines", .jsonLines),
        ] as [(String, ContentType)])
    func types(text: String, type: ContentType) {
        #expect(ContentType(Array(text.utf8)[...]) == type)
    }

    @Test("what names no type is missing, and what is too long is cut")
    func bounds() {
        #expect(ContentType(nil) == .missing)
        #expect(
            ContentType(Array(repeating: UInt8(ascii: "x"), count: 1000)[...])
                == .other(String(repeating: "x", count: 64)))
    }
}
