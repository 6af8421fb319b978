import Gateway
import Routing
import Testing

@testable import lip

@Suite("What the configuration says of legs")
struct LegConfigurationTests {
    private func load(_ text: String) -> LoadedConfiguration { TestHost().load(text) }

    private func errors(_ text: String) -> [String] {
        load(text).errors.map { $0.line(file: "f") }
    }

    @Test("bounds, capabilities and the retry budget reach their values")
    func values() throws {
        let loaded = load(
            """
            backends:
              - id: a
                kind: vllm
                max_in_flight: 8
                capabilities: [tools, vision]
                models: [m, { name: n, max_in_flight: 2, capabilities: [] }]
              - { id: s, kind: local-stub, tool_name: t }
              - { id: p, kind: local-stub }
              - id: q
                kind: openai-legacy
                api_key: key-0123456789
                capabilities: { has: [reasoning], lacks: [vision] }
                models: [gpt-4o, { name: local, capabilities: { has: [vision], lacks: [tools] } }]
            routing: { default_route: "a:m|q:gpt-4o|s:m^p:m", max_attempts: 4, retry_budget: { share: 0.5, min: 0 } }
            """)
        #expect(loaded.errors.isEmpty && loaded.warnings.isEmpty)
        let it = loaded.configuration
        #expect(it.backends[0].inFlightMax == 8 && it.backends[3].inFlightMax == nil)
        #expect(it.backends[0].models.map(\.inFlightMax) == [nil, 2])
        #expect(it.routing.retryBudget.share == 0.5 && it.routing.retryBudget.minimum == 0)
        let rows: [(String, String, Capabilities)] = [
            ("a", "m", [.tools, .vision]), ("a", "other", [.tools, .vision]), ("a", "n", []),
            ("s", "m", [.streaming, .tools]), ("p", "m", [.streaming]), ("q", "m", .all.subtracting(.vision)),
            // The catalogue knows that it neither hears nor reasons.
            ("q", "gpt-4o", .all.subtracting([.vision, .audio])), ("q", "local", .all.subtracting(.tools)),
        ]
        let table = it.capabilities
        for (backend, model, expected) in rows { #expect(table[LegID(backend: backend, model: model)] == expected) }
    }

    @Test("corrections that contradict each other, or name what does not exist, are told")
    func contradictions() {
        #expect(
            errors(
                """
                backends:
                  - { id: a, kind: vllm, capabilities: { has: [vision, tools], lacks: [tools], is: [audio] } }
                  - { id: b, kind: vllm, models: [{ name: m, capabilities: { lacks: [visoin] } }] }
                routing: { default_route: "a:m|b:m" }
                """) == [
                    "f:2:40: error: backends[0].capabilities: tools cannot be there and lacking",
                    "f:2:80: error: backends[0].capabilities: unknown key \"is\"",
                    "f:3:70: error: backends[1].models[0].capabilities.lacks[0]: unknown capability \"visoin\"; did you "
                        + "mean \"vision\"?",
                ])
    }

    @Test("mistakes are told with their places")
    func mistakes() {
        #expect(
            errors(
                """
                backends:
                  - { id: a, kind: vllm, max_in_flight: 0, capabilities: [tool, magic] }
                  - { id: b, kind: vllm, models: [{ name: m, max_in_flight: none, capabilities: vision }] }
                routing: { default_route: "a:m|b:m", retry_budget: { share: 1.5, min: -1, max: 3 } }
                """) == [
                    "f:2:41: error: backends[0].max_in_flight: 0 is out of range: at least 1, at most 1000000",
                    "f:2:59: error: backends[0].capabilities[0]: unknown capability \"tool\"; did you mean \"tools\"?",
                    "f:2:65: error: backends[0].capabilities[1]: unknown capability \"magic\"; one of tools, vision, "
                        + "documents, audio, structured_outputs, reasoning, logprobs, parallel_tool_calls, streaming",
                    "f:3:61: error: backends[1].models[0].max_in_flight: expected a whole number, found the text \"none\"",
                    "f:3:81: error: backends[1].models[0].capabilities: expected a list, found text; write it in "
                        + "brackets, as in [one, two]",
                    "f:4:61: error: routing.retry_budget.share: 1.5 is out of range: above 0.0 and at most 1.0",
                    "f:4:71: error: routing.retry_budget.min: -1 is out of range: at least 0, at most 1000000",
                    "f:4:75: error: routing.retry_budget: unknown key \"max\"",
                ])
    }

    @Test("a model's bound that its backend's makes pointless is told")
    func pointlessBound() {
        let text = "backends: [{id: a, kind: vllm, max_in_flight: 2, models: [{name: m, max_in_flight: 3}]}]\n"
        #expect(
            load(text).warnings.map(\.message) == [
                "the backend's max_in_flight of 2 is reached before the model's own of 3"
            ])
    }

    @Test("what is written beside a leg and keeps it from being of use is told with its place")
    func misfits() {
        let text = """
            backends:
              - { id: a, kind: vllm, models: [{ name: m, context_window: 8K }] }
              - { id: s, kind: local-stub }
            routing: { default_route: "{ttft_timeout=2}[min_context=8K]a:m|[handicap=2]s:m!a:m|[ttft_timeout=3]a:m" }
            """
        #expect(
            load(text).warnings.map { "\($0.mark?.column ?? 0) \($0.message)" } == [
                "44 the leg \"a:m\": of no use: it takes requests above 8000 tokens, and its window is 8000",
                "80 the leg \"a:m\": starts only when those with a head start fail: its delay of 2s is not below the "
                    + "route's ttft_timeout of 2s",
                "84 the leg \"a:m\" stands in an earlier alternative and is not tried again",
                "84 the leg \"a:m\": its ttft_timeout has no effect: the route's of 2s passes first",
                "84 the leg \"a:m\": tried only for what s:m in alternative 2 cannot do, since that never fails",
            ])
    }

    @Test("a leg of no configured backend is an error, and no warning besides")
    func noBackend() {
        let loaded = load(
            "backends: [{ id: s, kind: local-stub }]\nrouting: { default_route: \"s:m|nobody:m\" }\n")
        #expect(loaded.errors.map(\.message).filter { $0.contains("nobody") }.count == 1)
        #expect(loaded.warnings.map(\.message).filter { $0.contains("nobody") } == [])
    }
}
