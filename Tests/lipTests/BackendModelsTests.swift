import Gateway
import Routing
import Testing

@testable import lip

@Suite("Where a backend's models come from") struct BackendModelsTests {
    private func load(_ models: String, kind: String = "vllm", files: [String: String] = [:]) -> LoadedConfiguration {
        TestHost(files: files).load("backends:\n  - id: local\n    kind: \(kind)\n    models: \(models)\n")
    }

    private func lines(_ loaded: LoadedConfiguration) -> [String] { loaded.errors.map { $0.line(file: "lip.yaml") } }

    @Test("the word discover, and the mapping that says the same")
    func discover() {
        #expect(load("discover").configuration.backends[0].discovery == ModelDiscovery())
        let backend = load("{ source: discover, refresh_interval: 2h, items: [a] }").configuration.backends[0]
        #expect(backend.discovery?.refreshInterval == .seconds(7200))
        #expect(backend.models.map(\.name) == ["a"])
        #expect(load("[discover]").configuration.backends[0].discovery == nil)
    }

    @Test(
        "a file holds a list as it could stand in the configuration, or one under models",
        arguments: [
            "- a\n- { name: b, context_window: 8K, capabilities: [] }\n",
            "models:\n  - a\n  - { name: b, context_window: 8K, capabilities: [] }\n",
        ])
    func file(_ text: String) {
        for models in ["{ path: i.yaml }", "{ source: file, path: i.yaml }"] {
            let loaded = load(models, files: ["i.yaml": text])
            #expect(loaded.issues.isEmpty)
            let backend = loaded.configuration.backends[0]
            #expect(backend.modelsFile == "i.yaml")
            #expect(backend.models.map(\.name) == ["a", "b"])
            #expect(backend.models[1].contextWindow == 8000 && backend.models[1].capabilities == .exactly([]))
        }
    }

    @Test("the default route of a configuration without one begins with the first model of the file")
    func defaultRoute() {
        let loaded = load("{ path: i.yaml }", files: ["i.yaml": "[first, second]"])
        #expect(loaded.configuration.routing.defaultRoute == "local:first")
    }

    @Test(
        "mistakes are told at their place",
        arguments: [
            (
                "3",
                "lip.yaml:4:13: error: backends[0].models: expected a list, a mapping with source, or the word discover, found a number; write it in brackets, as in [one, two]"
            ),
            ("{ source: file }", "lip.yaml:4:13: error: backends[0].models: source file needs a path"),
            ("{}", "lip.yaml:4:13: error: backends[0].models: needs items, or a path to a file with them"),
            (
                "{ path: i.yaml, items: [a] }",
                "lip.yaml:4:29: error: backends[0].models.items: belongs to source inline or discover, and the source is file"
            ),
            (
                "{ source: discover, path: i.yaml }",
                "lip.yaml:4:33: error: backends[0].models.path: belongs to source file, and the source is discover"
            ),
            (
                "{ source: discover, refresh_interval: 5m }",
                "lip.yaml:4:51: error: backends[0].models.refresh_interval: 5m is out of range: at least 1h"
            ),
            (
                "{ items: [a], refresh_interval: 2h }",
                "lip.yaml:4:27: error: backends[0].models.refresh_interval: belongs to source discover, and the source is inline"
            ),
            (
                "{ path: none.yaml }",
                "lip.yaml:4:21: error: backends[0].models.path: cannot read the file: No such file or directory"
            ),
        ])
    func mistakes(_ models: String, _ line: String) {
        #expect(lines(load(models, files: ["i.yaml": "[a]"])) == [line])
    }

    @Test("mistakes in the file are told with its name, line and column")
    func mistakesInFile() {
        let loaded = load(
            "{ path: i.yaml }", files: ["i.yaml": "models:\n  - a\n  - { name: a, window: 3 }\nmore: 1\n"])
        #expect(
            lines(loaded) == [
                "i.yaml:3:5: error: models[1]: the model stands twice",
                "i.yaml:3:16: error: models[1]: unknown key \"window\"",
                "i.yaml:4:1: error: unknown key \"more\"",
            ])
        #expect(
            lines(load("{ path: i.yaml }", files: ["i.yaml": "text"])) == [
                "i.yaml:1:1: error: expected a list of models, found text"
            ])
    }

    @Test("what cannot be asked is not", arguments: ["local-stub"])
    func unasked(_ kind: String) {
        #expect(
            lines(load("discover", kind: kind)) == [
                "lip.yaml:4:13: error: backends[0].models: backends of kind \(kind) cannot be asked for their models; list them here"
            ])
    }
}
