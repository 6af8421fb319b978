import Dialects
import Routing
import Runtime
import Testing

@testable import Gateway

@Suite struct ResponseTableTests {
    private let start = MonotonicInstant(nanoseconds: 1_000_000_000)
    private let origin = ResponseOrigin(backend: "a", model: "m", key: 1)

    @Test("a response is known to whom it was issued, and to nobody else")
    func principals() {
        var table = ResponseTable(countMax: 4, timeToLive: .seconds(10))
        table.issued("resp_1", to: .clientKey(0), by: origin, at: start)
        #expect(table.origin(of: "resp_1", for: .clientKey(0), at: start) == origin)
        #expect(table.origin(of: "resp_1", for: .clientKey(1), at: start) == nil)
        #expect(table.origin(of: "resp_1", for: .local, at: start) == nil)
        table.removed("resp_1", of: .clientKey(1))
        #expect(table.origin(of: "resp_1", for: .clientKey(0), at: start) == origin)
        table.removed("resp_1", of: .clientKey(0))
        #expect(table.origin(of: "resp_1", for: .clientKey(0), at: start) == nil)
    }

    @Test("a response is forgotten when its time is over, however often it was asked for")
    func time() {
        var table = ResponseTable(countMax: 4, timeToLive: .seconds(10))
        table.issued("resp_1", to: .local, by: origin, at: start)
        #expect(table.origin(of: "resp_1", for: .local, at: start + .seconds(9)) == origin)
        #expect(table.origin(of: "resp_1", for: .local, at: start + .seconds(10)) == nil)
        #expect(table.count == 0)
    }

    @Test("where there is no room, the response unused for longest goes")
    func bound() {
        var table = ResponseTable(countMax: 2, timeToLive: .seconds(10))
        table.issued("resp_1", to: .local, by: origin, at: start)
        table.issued("resp_2", to: .local, by: origin, at: start)
        _ = table.origin(of: "resp_1", for: .local, at: start)
        table.issued("resp_3", to: .local, by: origin, at: start)
        #expect(table.count == 2)
        #expect(table.origin(of: "resp_2", for: .local, at: start) == nil)
        #expect(table.origin(of: "resp_1", for: .local, at: start) == origin)
    }

    @Test(
        "a path names a kept response and what is asked of it",
        arguments: [
            ("/v1/responses/resp_1", "resp_1", .storedResponse),
            ("/v1/responses/r-1.x/cancel", "r-1.x", .cancelResponse),
            ("/v1/responses/r/input_items", "r", .responseInputItems), ("/v1/responses/", nil, nil),
            ("/v1/responses/r/", nil, nil), ("/v1/responses/r/other", nil, nil), ("/v1/responses/a%2Fb", nil, nil),
            ("/v1/responses/..%2f", nil, nil), ("/v1/responses", nil, nil),
        ] as [(String, String?, Endpoint?)])
    func paths(path: String, id: String?, endpoint: Endpoint?) {
        let found = StoredResponsePath(Array(path.utf8)[...])
        #expect(found?.id == id && found?.endpoint == endpoint)
    }

    @Test(
        "a query goes on without the client's key",
        arguments: [
            ("", ""), ("limit=5&order=asc", "?limit=5&order=asc"), ("key=secret", ""),
            ("a=1&key=secret&b=%20x", "?a=1&b=%20x"), ("%6Bey=secret&a=1", "?a=1"),
        ])
    func queries(query: String, forwarded: String) throws {
        #expect(try QueryText.forwarded(Array(query.utf8)[...]) == forwarded)
    }

    @Test(
        "a query that could end up elsewhere in the address is refused", arguments: ["a=%", "a=1#b", "a b", "a=\u{E9}"])
    func badQueries(query: String) {
        #expect(throws: Failure.self) { try QueryText.forwarded(Array(query.utf8)[...]) }
    }
}
