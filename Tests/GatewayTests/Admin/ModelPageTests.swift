import Dialects
import Routing
import Runtime
import Testing

@testable import Gateway

@Suite struct ModelPageTests {
    private func list(_ count: Int) throws -> ModelList {
        var configuration = Configuration()
        var backend = BackendConfiguration(id: "b", kind: try #require(BackendKind.named("openai-legacy")))
        backend.models = (0..<count).map { BackendModel(name: "m\($0)", contextWindow: $0 == 0 ? nil : 1000 * $0) }
        configuration.backends = [backend]
        configuration.routing.defaultRoute = "b:m0"
        configuration.models = [LogicalModel(name: "house/x:1", selector: "b:m2|b:m1")]
        return ModelList(
            configuration, created: Timestamp(nanoseconds: 1_700_000_000_000_000_000),
            resolver: try RouteResolver(configuration.routeSettings()), windows: configuration.contextWindows)
    }

    private func query(_ text: String) throws -> QueryText { try #require(QueryText(Array(text.utf8)[...])) }

    @Test("each name is listed once, with what is known of the legs behind it")
    func rows() throws {
        let list = try list(3)
        #expect(list.rows.map(\.id) == ["house/x:1", "b:m0", "b:m1", "b:m2"])
        #expect(list["house/x:1"]?.contextWindow == 1000)
        #expect(list["b:m0"]?.contextWindow == nil && list["b:m2"]?.contextWindow == 2000)
        #expect(list["b:m0"]?.hasEmbeddings == true)
        #expect(list["nobody"] == nil)
    }

    @Test("Anthropic's pages go forwards and backwards and meet every model once")
    func anthropicPages() throws {
        let list = try list(6)
        var after = ""
        var seen: [String] = []
        while true {
            let page = try ModelPage.anthropic(query("limit=3" + after), of: list)
            seen += list.rows[page.range].map(\.id)
            guard page.hasMore, let last = seen.last else { break }
            after = "&after_id=\(last.replacingColons)"
        }
        #expect(seen == list.rows.map(\.id))
        let back = try ModelPage.anthropic(query("limit=2&before_id=b:m2"), of: list)
        #expect(list.rows[back.range].map(\.id) == ["b:m0", "b:m1"] && back.hasMore)
        let first = try ModelPage.anthropic(query("limit=9&before_id=b:m1"), of: list)
        #expect(first.range == 0..<2 && !first.hasMore)
    }

    @Test(
        "a page that cannot be is refused naming the parameter",
        arguments: [
            ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=x", "limit"), ("after_id=nobody", "after_id"),
            ("before_id=nobody", "before_id"), ("before_id=b:m1&after_id=b:m0", "before_id"),
        ])
    func badPages(text: String, field: String) throws {
        let list = try list(3)
        let failure = #expect(throws: Failure.self) { try ModelPage.anthropic(query(text), of: list) }
        #expect(failure?.parameter == field && failure?.status == 400)
    }

    @Test("Gemini's pages follow their tokens, and a size that is too large is cut")
    func geminiPages() throws {
        let list = try list(6)
        #expect(try ModelPage.gemini(query("pageSize=5000"), of: list).range == 0..<7)
        #expect(try ModelPage.gemini(query("pageSize=0"), of: list).range == 0..<7)
        let page = try ModelPage.gemini(query("pageSize=2&pageToken=b:m0"), of: list)
        #expect(page.range == 2..<4 && page.hasMore)
        #expect(throws: Failure.self) { try ModelPage.gemini(query("pageToken=x"), of: list) }
        #expect(throws: Failure.self) { try ModelPage.gemini(query("pageSize=-1"), of: list) }
    }

    @Test(
        "a client that has the list is told so, however it spells the tag",
        arguments: [
            (#""t""#, true), (#"W/"t""#, true), (#""x", "t""#, true), (#"  "t" "#, true), ("*", true), (#""T""#, false),
            ("t", false), ("", false), (nil, false),
        ] as [(String?, Bool)])
    func tags(condition: String?, isKnown: Bool) {
        #expect(ModelListAnswer(body: [], entityTag: #""t""#).isKnown(to: condition) == isKnown)
        #expect(!ModelListAnswer(body: []).isKnown(to: condition))
    }
}

extension String {
    fileprivate var replacingColons: String { split(separator: ":").joined(separator: "%3A") }
}
