import Routing
import Testing

@testable import Gateway

@Suite("Lineage queries")
struct LineageQueryTests {
    private func query(_ text: String) throws -> LineageQuery {
        let parameters = try #require(QueryText(Array(text.utf8)[...]))
        return try LineageQuery(parameters)
    }

    @Test("every filter is read")
    func filters() throws {
        let found = try query(
            "since=1970-01-01T00:00:01Z&until=1970-01-01T01:00:02%2B01:00&backend=a%20b&model=m+n&outcome=cancelled&limit=500&cursor=5.6"
        )
        #expect(found.since == 1_000_000_000 && found.until == 2_000_000_000)
        #expect(found.backend == "a b" && found.model == "m n" && found.outcome == .cancelled)
        #expect(found.limit == 500 && found.cursor == LineageCursor("5.6"))
    }

    @Test(
        "what cannot be understood is refused",
        arguments: [
            "since=yesterday", "until=2026-02-30T00:00:00Z", "outcome=fine", "limit=0", "limit=501", "cursor=x",
            "page=2",
        ])
    func refusals(_ text: String) {
        #expect(throws: LineageQueryError.self) { try query(text) }
    }

    @Test("a broken escape is refused", arguments: ["a=%", "a=%4", "a=%zz", "a=%ff"])
    func escapes(_ text: String) {
        #expect(QueryText(Array(text.utf8)[...]) == nil)
    }

    @Test(
        "times are read as they are written",
        arguments: [0, 1, 951_782_400_000_000_000, 1_700_000_000_123_456_789, 4_102_444_799_999_999_999] as [Int64])
    func times(_ nanoseconds: Int64) {
        #expect(Timestamp(Timestamp(nanoseconds: nanoseconds).preciseText)?.nanoseconds == nanoseconds)
    }

    @Test("a model's name cannot break out of the field that shows it")
    func fieldText() {
        #expect(RequestRecord.fieldText("openai/gpt-4o") == "openai/gpt-4o")
        #expect(RequestRecord.fieldText("a\r\nx: y;é%") == "a%0D%0Ax:%20y%3B%C3%A9%25")
    }
}
