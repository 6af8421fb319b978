import Foundation
import Gateway
import Routing
import Testing

@testable import lip

@Suite("The catalogue of models, as it is configured") struct CatalogueTests {
    private static let backends = "backends: [{ id: openai, kind: openai-legacy, api_key: key-0123456789 }]\n"

    private func load(_ catalogue: String, _ more: String = "") -> LoadedConfiguration {
        TestHost(files: ["m.yaml": catalogue]).load(Self.backends + "catalogue: { path: m.yaml\(more) }\n")
    }

    private func lines(_ loaded: LoadedConfiguration) -> [String] { loaded.issues.map { $0.line(file: "lip.yaml") } }

    @Test("what lip carries is the file of the repository, to the byte")
    func builtIn() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = try String(contentsOf: root.appendingPathComponent("config/models.yaml"), encoding: .utf8)
        #expect(BuiltInCatalogue.text == file, "run tools/catalogue")
    }

    @Test("the built-in catalogue knows the current models of the large vendors")
    func contents() {
        let catalogue = BuiltInCatalogue.catalogue
        #expect(catalogue.rowCount >= 150)
        let rows: [(kind: String, model: String, vendor: String, window: Int?)] = [
            ("openai-responses", "gpt-4o-mini", "openai", 128_000),
            ("openai-legacy", "gpt-5.4-pro", "openai", 1_050_000),
            ("openai-legacy", "gpt-5-mini-2025-08-07", "openai", 400_000), ("openai-legacy", "gpt-4", "openai", 8192),
            ("anthropic", "claude-sonnet-4-5-20250929", "anthropic", 200_000),
            ("anthropic", "claude-opus-4-6", "anthropic", 1_000_000), ("anthropic", "claude-next", "anthropic", nil),
            ("gemini", "gemini-2.5-flash", "google", 1_048_576), ("mistral", "codestral-latest", "mistral", 262_144),
            ("deepseek", "deepseek-chat", "deepseek", nil), ("xai", "grok-4-fast-reasoning", "xai", 2_000_000),
            ("groq", "llama-3.3-70b-versatile", "groq", 131_072), ("qwen", "qwen3-max", "qwen", 262_144),
            ("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "amazon", nil),
            ("openrouter", "anthropic/claude-sonnet-4.5", "openrouter", nil),
        ]
        for row in rows {
            let entry = catalogue.view(of: row.kind)[row.model]
            #expect(entry?.vendor == row.vendor && entry?.contextWindow == row.window, "\(row)")
        }
        #expect(catalogue.view(of: "openai-legacy")["gpt-oss-120b"] == nil)
        #expect(catalogue.view(of: "vllm").isEmpty)
    }

    @Test("each vendor serves kinds that there are, and each default model of a provider is in the catalogue")
    func defaults() {
        for kind in BackendKind.table where kind.needsKey && !["model"].contains(kind.defaultModel) {
            // Resellers have every vendor's models, and none of their own.
            let view = BuiltInCatalogue.catalogue.view(of: kind.id)
            #expect(view.isEmpty || view[kind.defaultModel] != nil, "\(kind.id)")
        }
    }

    @Test("a file extends the built-in catalogue, or replaces it")
    func modes() {
        let own = "vendors:\n  openai:\n    models: [{ name: \"gpt-own*\", context_window: 64K, lacks: [tools] }]\n"
        let extended = load(own)
        #expect(extended.issues.isEmpty)
        let view = extended.configuration.catalogue.view(of: "openai-legacy")
        #expect(view["gpt-own-1"]?.contextWindow == 64_000 && view["gpt-own-1"]?.lacking == .tools)
        #expect(view["gpt-4o"] != nil)
        let full = own.replacing("models:", with: "kinds: [openai-legacy]\n    models:")
        let replaced = load(full, ", mode: replace")
        #expect(replaced.issues.isEmpty)
        #expect(replaced.configuration.catalogue.rowCount == 1)
        #expect(TestHost().load(Self.backends).configuration.catalogue == BuiltInCatalogue.catalogue)
    }

    @Test("mistakes are told with the catalogue's own file, line and column, behind those of the configuration")
    func mistakes() {
        let loaded = load(
            """
            vendors:
              openia: { models: [{ name: "a*b" }] }
              openai:
                kinds: [opnai]
                models:
                  - { name: gpt-4o, context_window: many, capabilities: [x] }
                  - { name: gpt-4o }
                  - { lacks: [visoin] }
              nobody:
            """, ", mod: x")
        #expect(
            lines(loaded) == [
                "lip.yaml:2:28: error: catalogue: unknown key \"mod\"; did you mean \"mode\"?",
                "m.yaml:2:3: error: vendors.openia: a vendor needs kinds, the backends that serve its models; did you mean \"openai\"?",
                "m.yaml:2:30: error: vendors.openia.models[0].name: a name is exact or ends with its one *, found \"a*b\"",
                "m.yaml:4:13: error: vendors.openai.kinds[0]: unknown kind \"opnai\"",
                "m.yaml:6:41: error: vendors.openai.models[0].context_window: expected a number of tokens such as 128000, 128K or 1M, found \"many\"",
                "m.yaml:6:47: error: vendors.openai.models[0]: unknown key \"capabilities\"; a catalogue tells what models lack, in lacks",
                "m.yaml:7:9: error: vendors.openai.models[1]: the model stands twice",
                "m.yaml:8:9: error: vendors.openai.models[2]: a model needs a name",
                "m.yaml:8:19: error: vendors.openai.models[2].lacks[0]: unknown capability \"visoin\"; did you mean \"vision\"?",
                "m.yaml:9:3: error: vendors.nobody: a vendor needs models",
            ])
    }

    @Test("a file that is missing, empty, no mapping or no YAML is an error at its place")
    func files() {
        #expect(
            lines(TestHost().load(Self.backends + "catalogue: { path: none.yaml }")) == [
                "lip.yaml:2:20: error: catalogue.path: cannot read the file: No such file or directory"
            ])
        #expect(lines(load("")) == ["lip.yaml:2:20: error: catalogue.path: the file holds nothing"])
        #expect(lines(load("- a")) == ["m.yaml:1:1: error: expected a mapping with vendors, found a list"])
        #expect(lines(load("{}")) == ["m.yaml:1:1: error: a catalogue needs vendors"])
        #expect(lines(load("a: [")).allSatisfy { $0.hasPrefix("m.yaml:") } && !lines(load("a: [")).isEmpty)
        #expect(
            lines(TestHost().load(Self.backends + "catalogue: { mode: replace }")) == [
                "lip.yaml:2:12: error: catalogue: needs the path of a catalogue"
            ])
    }
}
