import Gateway
import Testing

@testable import lip

@Suite("Configuration warnings")
struct ConfigurationWarningTests {
    private func warnings(_ text: String, _ variables: [String: String] = [:]) -> [String] {
        let loaded = TestHost(variables: variables).load(text)
        #expect(loaded.errors.map(\.message) == [])
        return loaded.warnings.map { "\($0.mark?.line ?? 0) \($0.path): \($0.message)" }
    }

    @Test("a backend without its key is told, with the variable that would hold it")
    func missingKey() {
        let text = "backends: [{id: a, kind: groq}]\nrouting: {default_route: \"a:m\"}\n"
        #expect(warnings(text) == ["1 backends[0]: the backend \"a\" has no key"])
        #expect(TestHost().load(text).warnings.first?.suggestion == "give it an api_key or set GROQ_API_KEY")
        #expect(warnings(text, ["GROQ_API_KEY": "k"]) == [])
    }

    @Test("a warning of a backend has its place in the file's list, unreadable ones before it counted")
    func placeInTheList() {
        let text = """
            backends:
              - {id: broken, kind: nothing-known}
              - {id: one, kind: vllm, models: [twice]}
              - {id: a, kind: groq, models: [twice]}
              - {id: b, kind: bedrock, region: 7, profile: none}
            """
        let issues = TestHost().load(text)
        let warnings = issues.warnings.map { "\($0.mark?.line ?? 0) \($0.path): \($0.message)" }
        #expect(warnings.contains("4 backends[2]: the backend \"a\" has no key"), "\(warnings)")
        #expect(
            warnings.contains { $0.hasPrefix("3 backends[1]: the model \"twice\" is listed by one, a") }, "\(warnings)")
        #expect(issues.errors.contains { $0.path == "backends[0].kind" })
    }

    @Test("a route parameter that is not known is told, with the one that may be meant")
    func unknownRouteParameter() async {
        let text = """
            backends: [{id: a, kind: vllm}]
            routing: {default_route: "a:m?temprature=1&top_p=1"}
            model_aliases: [{pattern: "^x(.*)$", replacement: "a:m?$1=2&foo=1"}]
            """
        let loaded = TestHost().load(text)
        #expect(
            loaded.warnings.map { "\($0.mark?.line ?? 0) \($0.path): \($0.message); \($0.suggestion ?? "")" } == [
                "2 routing.default_route: the route parameter \"temprature\" is not known and left out; did you mean \"temperature\"?",
                "3 model_aliases[0].replacement: the route parameter \"foo\" is not known and left out; ",
            ])
        let host = TestHost(files: ["lip.yaml": text])
        let run = await CommandRun(["routes", "a:m?topp=1", "--config", "lip.yaml"], host: host)
        #expect(
            run.outputLines.last
                == "    ! the route parameter \"topp\" is not known and left out; did you mean \"top_p\"?")
    }

    @Test(
        "a kind that goes by another word is guessed",
        arguments: [
            ("claude", "anthropic"), ("Google", "gemini"), ("gpt", "openai-legacy"), ("openai", "openai-legacy"),
            ("azure-openai", "azure"), ("aws_bedrock", "bedrock"), ("vertex-ai", "vertexai"), ("grok", "xai"),
            ("llama.cpp", "llamacpp"), ("openai-compatible", "custom-openai-legacy-compatible"), ("vlm", "vllm"),
            ("antropic", "anthropic"), ("codex", "openai-codex"), ("stub", "local-stub"),
        ])
    func kindWords(word: String, kind: String) {
        let loaded = TestHost().load("backends: [{id: a, kind: \(word)}]\n")
        #expect(loaded.errors.map(\.suggestion) == ["did you mean \"\(kind)\"?"])
        // So it is where the id stands for the kind.
        let id = word.lowercased()
        #expect(TestHost().load("backends: [{id: \(id)}]\n").errors.map(\.suggestion) == ["did you mean \"\(kind)\"?"])
    }

    @Test("every word for a kind leads to one that there is")
    func kindWordsAreKinds() {
        for kind in BackendKind.table {
            #expect(BackendKindWords.didYouMean(kind.id) == "did you mean \"\(kind.id)\"?")
        }
        for kind in BackendKindWords.kinds { #expect(BackendKind.named(kind) != nil, "\(kind)") }
    }

    @Test("the list of kinds is said once")
    func listOfKinds() {
        let text = """
            backends:
              - { id: a, kind: zzzzzz }
              - { id: b, kind: yyyyyyy }
              - { id: xxxxxxxx }
            """
        let suggestions = TestHost().load(text).errors.map { $0.suggestion ?? "" }
        #expect(suggestions.count == 3)
        #expect(suggestions.first?.hasPrefix("one of openai-legacy, ") == true)
        #expect(suggestions.dropFirst() == ["one of the kinds named for line 2", "one of the kinds named for line 2"])
    }

    @Test("what a Bedrock backend lacks is one sentence")
    func bedrockWithoutKey() {
        let loaded = TestHost().load("backends: [{id: a, kind: bedrock, region: us-east-1}]\n")
        #expect(
            loaded.warnings.map { $0.suggestion ?? "" } == [
                "give it access_key_id and secret_access_key, a profile or an api_key, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_BEARER_TOKEN_BEDROCK"
            ])
    }

    @Test("a route parameter that the leg's kind has no place for is told")
    func placelessParameter() async {
        let text = """
            backends: [{id: a, kind: vllm}, {id: c, kind: anthropic, api_key: key-0123456789}]
            routing: {default_route: "a:m?provider=x|c:m?verbosity=low&top_p=1"}
            """
        #expect(
            TestHost().load(text).warnings.map { "\($0.mark?.line ?? 0):\($0.mark?.column ?? 0) \($0.message)" } == [
                #"2:27 the route parameter "provider" has no place at kind vllm and is left out"#,
                #"2:42 the route parameter "verbosity" has no place at kind anthropic and is left out"#,
            ])
        let run = await CommandRun(
            ["routes", "a:m?provider=x", "--config", "lip.yaml"], host: TestHost(files: ["lip.yaml": text]))
        #expect(
            run.outputLines.last == #"    ! the route parameter "provider" has no place at kind vllm and is left out"#)
    }

    @Test("a bare model that nothing knows is told, with what will become of it")
    func unknownBareModel() {
        func said(_ routing: String, _ rest: String, models: String = "[special]") -> [String] {
            let text = """
                backends: [{id: a, kind: vllm, models: [m]}, {id: b, kind: vllm, models: \(models)}]
                routing: {default_route: "a:m|b:special", \(routing)}
                \(rest)
                """
            return TestHost().load(text).issues.map {
                "\($0.mark?.line ?? 0):\($0.mark?.column ?? 0) \($0.path): \($0.message); \($0.suggestion ?? "")"
            }
        }
        let nothing = "and the catalogue leads to none: "
        let asked = "\(nothing)it will be asked of the default route's first backend, \"a\""
        #expect(
            said("max_attempts: 3", #"models: {x: "b:special|speciel", y: special, itself: "itself|b:special"}"#) == [
                #"3:24 models.x: no backend lists the model "speciel", \#(asked); did you mean "special"?"#,
                #"3:55 models.itself: no backend lists the model "itself", \#(asked); write it as backend:model"#,
            ])
        let alias =
            #"model_aliases: [{pattern: "^x(.*)$", replacement: "what"}, {pattern: "^y(.*)$", replacement: "$1"}]"#
        let lead = #"3:52 model_aliases[0].replacement: no backend lists the model "what", \#(nothing)"#
        #expect(
            said("unknown_model: pass", alias) == [
                #"\#(lead)it will be asked of the default route's first backend, "a", since unknown_model is pass; write it as backend:model"#
            ])
        #expect(
            said("unknown_model: not_found", alias) == [
                "\(lead)requests for it will be refused, since unknown_model is not_found; write it as backend:model"
            ])
        #expect(
            said("unknown_model: default_route", alias) == [
                "\(lead)the default route will serve it, since unknown_model is default_route; write it as backend:model"
            ])
        // A provider that is asked for its models may have it.
        #expect(said("unknown_model: pass", alias, models: "discover") == [])
    }

    @Test("names of backends and of logical models where models are meant are errors")
    func misplacedNames() {
        func said(_ routing: String, _ rest: String, models: String = "[special]") -> [String] {
            let text = """
                backends: [{id: a, kind: vllm, models: [m]}, {id: b, kind: vllm, models: \(models)}]
                routing: {default_route: \(routing)}
                \(rest)
                """
            return TestHost().load(text).issues.map {
                "\($0.severity) \($0.mark?.line ?? 0):\($0.mark?.column ?? 0) \($0.path): \($0.message)"
            }
        }
        #expect(
            said(#""a:m|b""#, #"models: {x: b, y: "b:special|x"}"#) == [
                #"error 2:31 routing.default_route: names the backend "b" without a model"#,
                #"error 3:13 models.x: names the backend "b" without a model"#,
                #"error 3:30 models.y: "x" is a logical model, which cannot stand in a selector"#,
            ])
        let cycle = """
            models: {assistant: fast, best: "b:special"}
            model_aliases: [{pattern: "^fast$", replacement: assistant}, {pattern: "^q$", replacement: best}]
            """
        #expect(
            said(#""a:m""#, cycle) == [
                #"error 3:21 models.assistant: the logical model leads to itself: an alias makes "assistant" of its selector"#
            ])
        // One that may turn out to be a model is no error.
        let warned = said(#""a:m|b|b:m""#, "", models: "discover")
        #expect(
            warned == [
                #"warning 2:31 routing.default_route: names the backend "b" without a model: requests are refused unless a backend is found to have a model of that name"#
            ])
    }

    @Test("a variable that was named to hold a key and does not is told")
    func missingVariable() {
        let text = """
            backends:
              - {id: a, kind: custom-openai-legacy-compatible, base_url: "http://127.0.0.1:1/v1", api_key_env_var_root: KEY}
            routing: {default_route: "a:m"}
            """
        #expect(
            warnings(text) == [
                "2 backends[0].api_key_env_var_root: the variable is not set: requests go out without a key"
            ])
        #expect(warnings(text, ["KEY": "k"]) == [])
    }

    @Test("a backend that no route leads to is told")
    func unreached() {
        let text = """
            backends: [{id: a, kind: vllm}, {id: b, kind: vllm}, {id: c, kind: vllm}, {id: d, kind: vllm}]
            routing: {default_route: "a:m"}
            model_aliases: [{pattern: "^x$", replacement: "b:m"}]
            models: {y: "c:m"}
            """
        #expect(
            warnings(text) == [
                "1 backends: no route, alias or model leads to the backend \"d\": only requests that name it, or a model of its own, reach it"
            ])
    }

    @Test("an alias behind one that matches first is told, equal or matched")
    func shadowedAlias() {
        let text = """
            backends: [{id: a, kind: vllm}]
            model_aliases:
              - {pattern: "^fa", replacement: "a:one"}
              - {pattern: "^fast$", replacement: "a:two"}
              - {pattern: "^fa", replacement: "a:three"}
              - {pattern: "^slow$", replacement: "a:four"}
            """
        #expect(
            warnings(text) == [
                "4 model_aliases[1]: never applies: model_aliases[0] in line 3 matches first",
                "5 model_aliases[2]: never applies: model_aliases[0] in line 3 matches first",
            ])
    }

    @Test("an alias that also rewrites what a backend is asked for by name is told")
    func aliasOverBackend() {
        let text = """
            backends: [{id: a, kind: vllm, models: [gpt-4o]}]
            model_aliases: [{pattern: "gpt-4", replacement: "a:gpt-4o"}]
            """
        #expect(
            warnings(text) == [
                "2 model_aliases[0].pattern: also rewrites \"a:gpt-4o\", a model that the backend \"a\" is asked for by name"
            ])
    }

    @Test("a logical model that an alias takes first is told")
    func aliasOverModel() {
        let text = """
            backends: [{id: a, kind: vllm}]
            model_aliases: [{pattern: "^fast$", replacement: "a:m"}]
            models: {fast: "a:n"}
            """
        #expect(warnings(text) == ["3 models.fast: never applies: model_aliases[0] in line 2 matches the name first"])
    }

    @Test("alternatives beyond max_attempts and legs that stand twice are told")
    func arms() {
        let text = """
            backends: [{id: a, kind: vllm}]
            routing: {max_attempts: 2, default_route: "a:m|a:n|a:m"}
            """
        let found = warnings(text)
        #expect(found.count == 2)
        #expect(found.contains { $0.contains("alternative 3 and those behind it") })
        #expect(found.contains { $0.contains("the leg \"a:m\" stands in an earlier alternative") })
    }

    @Test("a leg that stands twice under bounds of size is none to warn about")
    func legsBySize() {
        let route = "[max_context=1K,ttft_timeout=1]a:m|[min_context=1K]a:m"
        #expect(warnings("backends: [{id: a, kind: vllm}]\nrouting: {default_route: \"\(route)\"}\n") == [])
    }

    @Test("a model that its backend does not list is told, with its neighbour")
    func unlistedModel() {
        let text = "backends: [{id: a, kind: vllm, models: [qwen-3]}]\nrouting: {default_route: \"a:qwen3\"}\n"
        #expect(warnings(text) == ["2 routing.default_route: the backend \"a\" does not list the model \"qwen3\""])
        #expect(TestHost().load(text).warnings.first?.suggestion == "did you mean \"qwen-3\"?")
    }

    @Test("a model that several backends list is told, since its bare name leads nowhere")
    func ambiguousModel() {
        let text = """
            backends: [{id: a, kind: vllm, models: [m]}, {id: b, kind: vllm, models: [m]}]
            routing: {default_route: "a:m|b:m"}
            """
        #expect(
            warnings(text) == [
                "1 backends[0]: the model \"m\" is listed by a, b: asked for by that name alone, none of them is chosen"
            ])
    }

    @Test("keys in clear and unchecked certificates are told")
    func transport() {
        let text = """
            backends: [{id: a, kind: vllm, base_url: "http://gpu.example:8000/v1", api_key: k, verify_tls: false}]
            """
        #expect(
            warnings(text) == [
                "1 backends[0]: keys go over the network in clear: base_url is http",
                "1 backends[0]: the upstream's certificate is not checked: verify_tls is false",
            ])
        #expect(warnings("backends: [{id: a, kind: vllm, base_url: \"http://[::1]:8000/v1\", api_key: k}]\n") == [])
    }
}
