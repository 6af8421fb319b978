import Dialects
import Routing
import Testing

@Suite("The catalogue of models") struct ModelCatalogueTests {
    private let catalogue = ModelCatalogue([
        ModelCatalogue.Vendor(
            name: "one", kinds: ["a", "b"], lacking: .audio,
            rows: [
                .init("m*", contextWindow: 100), .init("m-large*", contextWindow: 200, lacking: []),
                .init("m-large-1", outputTokensMax: 5, lacking: [.tools, .vision]), .init("x"),
            ]),
        ModelCatalogue.Vendor(name: "two", kinds: ["b"], rows: [.init("x", contextWindow: 7), .init("y")]),
    ])

    @Test("an exact name is preferred to a beginning, and a longer beginning to a shorter one")
    func specificity() {
        let view = catalogue.view(of: "a")
        #expect(view["m"]?.pattern == "m*")
        #expect(view["m-small"]?.contextWindow == 100)
        #expect(view["m-large-2"]?.contextWindow == 200)
        #expect(view["m-large-1"]?.contextWindow == nil)
        #expect(view["m-large-1"]?.outputTokensMax == 5)
        #expect(view["M"] == nil && view["xx"] == nil && view[""] == nil)
    }

    @Test("a row's own lacks replace its vendor's")
    func lacking() {
        let view = catalogue.view(of: "a")
        #expect(view["m"]?.lacking == .audio)
        #expect(view["m-large-2"]?.lacking == [])
        #expect(view["m-large-1"]?.lacking == [.tools, .vision])
    }

    @Test("a kind sees the vendors that it serves, the first of two for the same name")
    func kinds() {
        #expect(catalogue.view(of: "a")["y"] == nil)
        #expect(catalogue.view(of: "b")["y"]?.vendor == "two")
        #expect(catalogue.view(of: "b")["x"]?.vendor == "one")
        #expect(catalogue.view(of: "c").isEmpty)
    }

    @Test("an extension is asked first, replaces equal patterns, and keeps what it says nothing of")
    func extending() {
        let merged = catalogue.extended(
            by: ModelCatalogue([
                .init(name: "two", kinds: [], lacking: .tools, rows: [.init("x", contextWindow: 8), .init("z")]),
                .init(name: "three", kinds: ["c"], rows: [.init("w")]),
            ]))
        #expect(merged.vendors.map(\.name) == ["one", "two", "three"])
        let two = merged.vendors[1]
        #expect(two.kinds == ["b"] && two.rows.map(\.pattern) == ["x", "z", "y"])
        #expect(two.rows[0].contextWindow == 8)
        #expect(merged.view(of: "b")["y"]?.lacking == .tools)
        #expect(merged.view(of: "c")["w"] != nil)
        #expect(merged.rowCount == 8)
        let moved = catalogue.extended(by: ModelCatalogue([.init(name: "one", kinds: ["c"])]))
        #expect(moved.view(of: "a").isEmpty && moved.view(of: "c")["m"] != nil)
    }

    @Test("what is declared of a leg's window counts, else what the catalogue says, by the leg's backend")
    func windows() {
        let views = ["here": catalogue.view(of: "a"), "there": catalogue.view(of: "c")]
        let windows = ContextWindows([LegID(backend: "here", model: "m"): 50], catalogue: views)
        #expect(windows[LegID(backend: "here", model: "m")] == 50)
        #expect(windows[LegID(backend: "here", model: "m2")] == 100)
        #expect(windows[LegID(backend: "here", model: "x")] == nil)
        #expect(windows[LegID(backend: "there", model: "m2")] == nil)
        #expect(!windows.isEmpty && ContextWindows(catalogue: ["there": views["there"]!]).isEmpty)
    }

    @Test("what a configuration says of capabilities counts, else the catalogue, else everything is assumed")
    func capabilities() {
        var table = CapabilityTable()
        table.setDefaults(catalogue.view(of: "a"), of: "here")
        table.setDefaults(catalogue.view(of: "c"), of: "there")
        #expect(!table.isEmpty)
        let small = LegID(backend: "here", model: "m")
        #expect(table[small] == .all.subtracting(.audio))
        #expect(table[LegID(backend: "here", model: "unknown")] == .all)
        #expect(table[LegID(backend: "there", model: "m")] == .all)
        table.set(.correcting(has: .audio, lacks: .vision), of: "here")
        #expect(table[small] == .all.subtracting(.vision))
        table.set(.correcting(has: .vision), of: small)
        #expect(table[small] == .all)
        #expect(table[LegID(backend: "here", model: "unknown")] == .all.subtracting(.vision))
        table.set(.exactly(.audio), of: "here")
        #expect(table[small] == [.audio, .vision])
        table.set(.exactly(.vision), of: small)
        #expect(table[small] == .vision)
        let leaf = Leaf(backend: "here", model: "m")
        #expect(!table.declares(.reasoning, of: leaf))
        #expect(table.declares(.vision, of: leaf))
        table.set(.correcting(has: .reasoning), of: "there")
        #expect(table.declares(.reasoning, of: Leaf(backend: "there", model: "x")))
        #expect(!table.declares(.vision, of: Leaf(backend: "there", model: "x")))
        table.set(.correcting(lacks: .reasoning), of: LegID(backend: "there", model: "x"))
        #expect(!table.declares(.reasoning, of: Leaf(backend: "there", model: "x")))
        #expect(table.lacking(leaf, of: [.tools, .vision]) == .tools)
        #expect(table.lacking(leaf, of: []) == [])
    }
}
