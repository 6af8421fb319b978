import Dialects
import Routing
import Testing

@Suite("Capabilities") struct CapabilitiesTests {
    private var table: CapabilityTable {
        var table = CapabilityTable()
        table.set(.exactly([.vision, .tools]), of: "a")
        table.set(.exactly([]), of: LegID(backend: "a", model: "old"))
        table.set(.exactly([.audio]), of: "c")
        return table
    }

    @Test("each feature of a call asks for its capability")
    func features() {
        let rows: [(CallFeatures, [String])] = [
            (.tools, ["tools"]), (.images, ["vision"]), (.files, ["documents"]), (.audioInput, ["audio"]),
            (.audioOutput, ["audio"]), (.jsonSchema, ["structured_outputs"]), (.reasoning, ["reasoning"]),
            (.logprobs, ["logprobs"]), (.parallelToolCalls, ["parallel_tool_calls"]), (.toolHistory, []),
            (.severalChoices, []), ([.images, .tools], ["tools", "vision"]),
        ]
        for (features, names) in rows { #expect(Capabilities(requiredBy: features).names == names) }
    }

    @Test("names read back what they tell, and nothing else is one")
    func names() {
        for name in Capabilities.allNames { #expect(Capabilities(name: name)?.names == [name]) }
        #expect(Capabilities.all.names == Capabilities.allNames)
        #expect(Capabilities(name: "Vision") == nil)
    }

    @Test("a model's own list replaces its backend's, and where nothing is said everything is assumed")
    func table_() {
        let table = table
        #expect(table[LegID(backend: "a", model: "new")] == [.vision, .tools])
        #expect(table[LegID(backend: "a", model: "old")] == [])
        #expect(table[LegID(backend: "b", model: "old")] == .all)
        #expect(CapabilityTable().isEmpty && !table.isEmpty)
    }

    @Test(
        "legs that lack what is needed take part in nothing",
        arguments: [
            ("a:old|a:m|b:m", "a:m|b:m"), ("a:old^[weight=3]b:m", "[weight=3]b:m"),
            ("[handicap=2]a:m!a:old|b:m", "a:m|b:m"), ("a:m!b:m!a:old", "a:m!b:m"), ("a:old!a:old|b:m", "b:m"),
            ("{ttft_timeout=3}[ttft_timeout=1]a:m|c:m", "{ttft_timeout=3}[ttft_timeout=1]a:m"), ("a:m|b:m", "a:m|b:m"),
        ])
    func filter(_ text: String, _ expected: String) throws {
        let found = try Selector.parse(text).servable([.vision, .tools], by: table)
        #expect(found.canonicalText == (try Selector.parse(expected).canonicalText))
    }

    @Test("when no leg is left the answer names what they lack")
    func nothingLeft() throws {
        let selector = try Selector.parse("a:old|c:m")
        do throws(Failure) {
            _ = try selector.servable([.vision, .audio, .reasoning], by: table)
            Issue.record("a leg was left")
        } catch {
            #expect(error.message == "missing required capabilities: vision, audio")
            #expect(error.status == 400 && error.code == "unsupported_parameter" && error.side == .client)
        }
    }

    @Test("what a call can do without keeps no leg out")
    func soft() throws {
        let selector = try Selector.parse("a:old")
        #expect(try selector.servable([.reasoning, .parallelToolCalls], by: table) == selector)
    }

    @Test("an option that a model has no capability for is left out and named")
    func downgrade() throws {
        let text = #"""
            {"model":"m","messages":[{"role":"user","content":"Hi"}],"reasoning_effort":"high","parallel_tool_calls":true,
            "temperature":0.5,"x":1}
            """#
        let call = try OpenAIChatRequestDecoder.decode(Array(text.utf8))
        #expect(call.requiredCapabilities == [.reasoning, .parallelToolCalls])
        let (less, dropped) = call.leavingOut([.reasoning, .vision])
        #expect(dropped == ["reasoning_effort"])
        let sent = String(decoding: OpenAIChatRequestEncoder.encode(less, as: "m", stream: false).body, as: UTF8.self)
        #expect(!sent.contains("reasoning_effort"))
        for kept in [#""parallel_tool_calls":true"#, #""temperature":0.5"#, #""x":1"#] { #expect(sent.contains(kept)) }
        #expect(
            call.leavingOut([.parallelToolCalls, .reasoning]).dropped == ["reasoning_effort", "parallel_tool_calls"])
        #expect(call.leavingOut([.vision]).call.original != nil)
    }
}
