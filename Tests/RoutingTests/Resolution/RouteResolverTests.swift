import Dialects
import Routing
import Testing

@Suite struct RouteResolverTests {
    private static func settings() throws -> RouteSettings {
        var settings = RouteSettings(
            backends: [
                RouteSettings.Backend(id: "openai", models: ["gpt-4o", "shared", "strange|name?x"]),
                RouteSettings.Backend(id: "claude", models: ["opus", "shared", "opus"]),
                RouteSettings.Backend(id: "local"),
            ], defaultRoute: "standard")
        settings.aliases = try ModelAliases([
            ModelAliasRule(pattern: "^fast$", replacement: "local:qwen!openai:gpt-4o-mini"),
            ModelAliasRule(pattern: "^old:(.*)$", replacement: "openai:$1"),
            ModelAliasRule(pattern: "^standard$", replacement: "openai:gpt-5|claude:opus"),
            ModelAliasRule(pattern: "^openai:retired$", replacement: "claude:opus"),
            ModelAliasRule(pattern: "^gone:(.*)$", replacement: "nowhere:x$1"),
        ])
        settings.models = [
            RouteSettings.LogicalModel(name: "coding", selector: "[weight=2]claude:opus^gpt-4o"),
            RouteSettings.LogicalModel(name: "slow", selector: "fast"),
            RouteSettings.LogicalModel(name: "gpt-4o", selector: "local:wins"),
        ]
        settings.vendorBackend = { $0.hasPrefix("claude-") ? "claude" : $0 == "lost" ? "nowhere" : nil }
        return settings
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let header: String?
        let model: String
        let source: ResolvedRoute.Source
        let selector: String
        var testDescription: String { "\(header ?? "") \(model)" }

        init(_ model: String, header: String? = nil, _ source: ResolvedRoute.Source, _ selector: String) {
            self.header = header
            self.model = model
            self.source = source
            self.selector = selector
        }
    }

    @Test(
        "each request gets its selector from the first source that has one",
        arguments: [
            Row("gpt-4o", header: " claude:sonnet ", .header, "claude:sonnet"),
            Row("gpt-4o", header: "sonnet", .header, "openai:sonnet"),
            Row("gpt-4o", header: "fast", .header, "local:qwen!openai:gpt-4o-mini"),
            Row("openai:x", header: "  ", .inlineSelector, "openai:x"),
            Row("openai:gpt-4o", .inlineSelector, "openai:gpt-4o"),
            Row(" openai : x | claude : y ", .inlineSelector, "openai:x|claude:y"),
            Row("openai:x|opus", .inlineSelector, "openai:x|openai:opus"),
            Row("[weight=2]openai:x^claude:y", .inlineSelector, "[weight=2]openai:x^claude:y"),
            Row("{ttft_timeout=5}claude:y", .inlineSelector, "{ttft_timeout=5}claude:y"),
            Row("[first]opus", .inlineSelector, "[first]openai:opus"),
            Row("openai:retired", .inlineSelector, "claude:opus"),
            Row("fast", .modelAlias, "local:qwen!openai:gpt-4o-mini"),
            Row("old:gpt-3", .modelAlias, "openai:gpt-3"),
            Row("coding", .logicalModel, "[weight=2]claude:opus^openai:gpt-4o"),
            Row("slow", .logicalModel, "local:qwen!openai:gpt-4o-mini"),
            Row("gpt-4o", .logicalModel, "local:wins"),
            Row("opus", .listedModel, "claude:opus"),
            Row("claude-sonnet-4-5", .vendorModel, "claude:claude-sonnet-4-5"),
            Row("lost", .passed, "openai:lost"),
            Row("shared", .passed, "openai:shared"),
            Row("qwen2.5:7b", .passed, "openai:qwen2.5:7b"),
            Row("gemini:x", .passed, "openai:gemini:x"),
            Row("retired", .passed, "claude:opus"),
            Row(" ", .defaultRoute, "openai:gpt-5|claude:opus"),
        ])
    func sources(row: Row) throws {
        let resolver = try RouteResolver(Self.settings())
        let route = try resolver.resolve(header: row.header, model: row.model)
        #expect(route.source == row.source)
        #expect(route.selector.canonicalText == row.selector)
        #expect(route.selector.leaves.allSatisfy { $0.backend != nil })
    }

    @Test("a leg that the configuration wrote without a backend goes where a client's bare model name would")
    func configuredBareModels() throws {
        var settings = try Self.settings()
        settings.defaultRoute = "local:qwen|opus"
        settings.aliases = try ModelAliases([
            ModelAliasRule(pattern: "^quick$", replacement: "claude-haiku"),
            ModelAliasRule(pattern: "^mine/(.*)$", replacement: "$1"),
        ])
        settings.models = [
            RouteSettings.LogicalModel(name: "g", selector: "gpt-4o"),
            RouteSettings.LogicalModel(name: "mix", selector: "[weight=2]claude-sonnet^opus?top_p=1|lost|shared|what"),
            RouteSettings.LogicalModel(name: "via", selector: "quick"),
        ]
        let resolver = try RouteResolver(settings)
        func selector(_ model: String, header: String? = nil) throws -> String {
            try resolver.resolve(header: header, model: model).selector.canonicalText
        }
        #expect(try selector("g") == "openai:gpt-4o")
        #expect(
            try selector("mix")
                == "[weight=2]claude:claude-sonnet^claude:opus?top_p=1|local:lost|local:shared|local:what")
        #expect(try selector("quick") == "claude:claude-haiku")
        #expect(try selector("via") == "claude:claude-haiku")
        #expect(try selector("mine/gpt-4o") == "openai:gpt-4o")
        #expect(try selector("mine/what") == "local:what")
        #expect(try selector("") == "local:qwen|claude:opus")
        #expect(try selector("m", header: "quick") == "claude:claude-haiku")
        // In a selector that a client writes itself it stays at the default route's first backend.
        #expect(try selector("openai:x|opus") == "openai:x|local:opus")
        #expect(try resolver.resolve(header: nil, model: "g").source == .logicalModel)
    }

    @Test(
        "a header that is one bare name is resolved as a client's model is",
        arguments: [
            Row("m", header: "coding", .header, "[weight=2]claude:opus^openai:gpt-4o"),
            Row("m", header: "slow", .header, "local:qwen!openai:gpt-4o-mini"),
            Row("m", header: "gpt-4o", .header, "local:wins"),
            Row("m", header: "opus", .header, "claude:opus"),
            Row("m", header: " :opus ", .header, "claude:opus"),
            Row("m", header: "claude-sonnet-4-5", .header, "claude:claude-sonnet-4-5"),
            Row("m", header: "what", .header, "openai:what"),
            Row("m", header: "qwen2.5:7b", .header, "local:qwen2.5:7b"),
            Row("m", header: "team/best:v1", .header, "claude:best"),
            Row("m", header: "retired", .header, "claude:opus"),
            // More than a name: what a client writes itself stays at the default route's first backend.
            Row("m", header: "opus?top_p=1", .header, "openai:opus?top_p=1"),
            Row("m", header: "[first]opus", .header, "[first]openai:opus"),
            Row("m", header: "opus|claude:x", .header, "openai:opus|claude:x"),
        ])
    func bareHeaders(row: Row) throws {
        var settings = try Self.settings()
        settings.backends[2] = RouteSettings.Backend(id: "local", models: ["qwen2.5:7b"])
        settings.models.append(RouteSettings.LogicalModel(name: "team/best:v1", selector: "claude:best"))
        let resolver = try RouteResolver(settings)
        let route = try resolver.resolve(header: row.header, model: row.model)
        #expect(route.source == row.source)
        #expect(route.selector.canonicalText == row.selector)
    }

    @Test("a bare name in the header that nothing knows goes by the policy for unknown models")
    func unknownHeader() throws {
        var settings = try Self.settings()
        settings.unknownModel = .defaultRoute
        let route = try RouteResolver(settings).resolve(header: "what", model: "opus")
        #expect(route.selector.canonicalText == "openai:gpt-5|claude:opus" && route.source == .header)
        settings.unknownModel = .notFound
        let resolver = try RouteResolver(settings)
        #expect(throws: RouteError.unknownModel("what")) { try resolver.resolve(header: "what", model: "opus") }
    }

    @Test(
        "a malformed parameter of any leg is refused before any leg is tried",
        arguments: [
            ("openai:m|claude:m?temperature=hot", 10), ("openai:m?temperature=hot!claude:m", 1),
            ("openai:m^[weight=2]claude:m?temperature=hot", 10),
        ])
    func malformedParameter(text: String, column: Int) throws {
        let resolver = try RouteResolver(Self.settings())
        let problem = "route parameter temperature: must be a number from 0 to 2"
        let error = RouteError.malformedParameter("temperature", problem: problem, column: column)
        #expect(throws: error) { try resolver.resolve(header: text, model: "m") }
        #expect(throws: error) { try resolver.resolve(header: nil, model: text) }
        #expect(error.failure.status == 400)
        #expect(error.failure.code == "invalid_route_parameter")
        #expect(error.failure.parameter == "temperature")
        #expect(error.failure.message == "\(problem) (column \(column))")
    }

    @Test("a default route or a logical model with a malformed parameter cannot be used")
    func malformedConfiguredParameter() throws {
        var settings = try Self.settings()
        settings.defaultRoute = "openai:gpt-5|claude:opus?top_p=2"
        settings.models = [RouteSettings.LogicalModel(name: "mix", selector: "claude:opus|openai:x?max_tokens=-1")]
        #expect(
            RouteResolver.problems(in: settings).map(\.description) == [
                "routing.default_route: route parameter top_p: must be a number from 0 to 1 (column 14)",
                "models.mix: route parameter max_tokens: must be an integer from 0 to 2147483647 (column 13)",
            ])
        #expect(throws: RouteSettingsError.self) { try RouteResolver(settings) }
    }

    @Test("a backend's id without a model is refused where a selector is meant, not asked for as a model")
    func backendWithoutModel() throws {
        var settings = try Self.settings()
        settings.aliases = try ModelAliases([ModelAliasRule(pattern: "^mine/(.*)$", replacement: "$1")])
        settings.defaultRoute = "openai:gpt-5"
        settings.backends[1] = RouteSettings.Backend(id: "claude", models: ["opus", "local"])
        let resolver = try RouteResolver(settings)
        func message(_ model: String, header: String? = nil) -> String? {
            let error = #expect(throws: RouteError.self) { try resolver.resolve(header: header, model: model) }
            #expect(error?.failure.status == 400)
            return error?.message
        }
        #expect(
            message("m", header: " claude ")
                == #"X-LIP-Route names the backend "claude" without a model; write "claude:MODEL""#)
        #expect(
            message("m", header: "openai:x|claude")
                == #"the route selector names the backend "claude" without a model; write "claude:MODEL" (column 10)"#)
        #expect(
            message("mine/claude")
                == #"the route selector names the backend "claude" without a model; write "claude:MODEL" (column 1)"#)
        // A model of that name is meant where there is one; and a client's model is never a backend.
        #expect(try resolver.resolve(header: "local", model: "").selector.canonicalText == "claude:local")
        #expect(try resolver.resolve(header: nil, model: "claude").selector.canonicalText == "openai:claude")
    }

    @Test("a logical model within a selector is refused, unless a backend is known to have a model of its name")
    func logicalModelWithinSelector() throws {
        let resolver = try RouteResolver(Self.settings())
        for selector in ["coding|claude:x", "openai:x!coding", "coding?top_p=1", "[ttft_timeout=5]coding"] {
            let error = #expect(throws: RouteError.self) { try resolver.resolve(header: selector, model: "m") }
            #expect(error?.failure.status == 400)
            let column = selector.hasPrefix("openai") ? 10 : 1
            #expect(error == .logicalModelWithinSelector("coding", column: column))
        }
        #expect(
            try resolver.resolve(header: "gpt-4o|claude:x", model: "m").selector.canonicalText
                == "openai:gpt-4o|claude:x")
    }

    @Test("an alias that makes the name of a logical model leads on to it, once")
    func aliasToLogicalModel() throws {
        var settings = try Self.settings()
        settings.defaultRoute = "local:qwen"
        settings.aliases = try ModelAliases([
            ModelAliasRule(pattern: "^fast$", replacement: "best"),
            ModelAliasRule(pattern: "^best$", replacement: "slow"),
            ModelAliasRule(pattern: "^mine/(.*)$", replacement: "$1"),
            ModelAliasRule(pattern: "^openai:retired$", replacement: "best"),
            ModelAliasRule(pattern: "^quick$", replacement: "claude:haiku"),
        ])
        settings.models = [
            RouteSettings.LogicalModel(name: "best", selector: "claude:opus|gpt-4o"),
            RouteSettings.LogicalModel(name: "slow", selector: "quick"),
            RouteSettings.LogicalModel(name: "own", selector: "own|claude:opus"),
        ]
        let resolver = try RouteResolver(settings)
        func selector(_ model: String, header: String? = nil) throws -> String {
            try resolver.resolve(header: header, model: model).selector.canonicalText
        }
        #expect(try selector("fast") == "claude:opus|openai:gpt-4o")
        #expect(try selector("m", header: "fast") == "claude:opus|openai:gpt-4o")
        #expect(try selector("openai:retired") == "claude:opus|openai:gpt-4o")
        #expect(try selector("mine/best") == "claude:opus|openai:gpt-4o")
        #expect(try selector("mine/slow") == "claude:haiku")
        // The alias of that name is not looked at a second time, nor does a name lead to a second model.
        #expect(try selector("best") == "claude:haiku")
        #expect(try selector("own") == "local:own|claude:opus")
        #expect(try selector("mine/what") == "local:what")
        let route = try resolver.resolve(header: nil, model: "fast")
        #expect(route.source == .modelAlias && route.aliasRule == 0 && route.text == "fast")
        #expect(route.rewrittenText == "claude:opus|gpt-4o")

        settings.unknownModel = .notFound
        let strict = try RouteResolver(settings)
        #expect(throws: RouteError.unknownModel("what")) { try strict.resolve(header: nil, model: "mine/what") }
        settings.unknownModel = .defaultRoute
        #expect(
            try RouteResolver(settings).resolve(header: nil, model: "mine/what").selector.canonicalText == "local:qwen")
    }

    @Test("logical models that lead to one another, or by an alias to themselves, are told of")
    func modelCycles() throws {
        var settings = try Self.settings()
        settings.defaultRoute = "local:qwen"
        settings.aliases = try ModelAliases([
            ModelAliasRule(pattern: "^fast$", replacement: "assistant"),
            ModelAliasRule(pattern: "^other$", replacement: "next"),
        ])
        settings.models = [
            RouteSettings.LogicalModel(name: "assistant", selector: "fast"),
            RouteSettings.LogicalModel(name: "next", selector: "assistant|local:x"),
            RouteSettings.LogicalModel(name: "third", selector: "other"),
            RouteSettings.LogicalModel(name: "bare", selector: "local:x|claude"),
        ]
        #expect(
            RouteResolver.problems(in: settings).map(\.description) == [
                #"models.assistant: the logical model "assistant" leads to itself: an alias makes its name of its selector"#,
                #"models.next: the logical model "assistant" stands within a route selector; it can only be named alone (column 1)"#,
                #"models.third: the logical model "next" stands within a route selector; it can only be named alone (column 1)"#,
                #"models.bare: the route selector names the backend "claude" without a model; write "claude:MODEL" (column 9)"#,
            ])
        // Lists of models come and go while lip runs: until one has the name, requests for it are refused.
        let resolver = try RouteResolver(settings)
        #expect(throws: RouteError.logicalModelLeadsToItself("assistant")) {
            try resolver.resolve(header: nil, model: "assistant")
        }
        settings.backends.append(RouteSettings.Backend(id: "last", models: ["assistant", "claude"]))
        let knowing = try RouteResolver(settings)
        #expect(try knowing.resolve(header: nil, model: "fast").selector.canonicalText == "last:assistant")
        #expect(try knowing.resolve(header: nil, model: "next").selector.canonicalText == "last:assistant|local:x")
    }

    @Test("a model that is passed on or listed keeps every sign of its name")
    func strangeNames() throws {
        let resolver = try RouteResolver(Self.settings())
        let listed = try resolver.resolve(header: nil, model: "strange|name?x")
        #expect(listed.selector.arms.map(\.legs) == [[Leaf(backend: "openai", model: "strange|name?x")]])
        let passed = try resolver.resolve(header: nil, model: "[odd] name!x")
        #expect(passed.source == .passed)
        #expect(passed.selector.arms.map(\.legs) == [[Leaf(backend: "openai", model: "[odd] name!x")]])
    }

    @Test("an unknown model is served by the default route or refused where the policy says so")
    func unknownModel() throws {
        var settings = try Self.settings()
        settings.unknownModel = .defaultRoute
        let route = try RouteResolver(settings).resolve(header: nil, model: "what")
        #expect(route.source == .defaultRoute)
        #expect(route.selector.canonicalText == "openai:gpt-5|claude:opus")
        #expect(route.text == "standard")
        #expect(route.rewrittenText == "openai:gpt-5|claude:opus")
        #expect(route.aliasRule == 2)

        settings.unknownModel = .notFound
        let error = #expect(throws: RouteError.self) { try RouteResolver(settings).resolve(header: nil, model: "what") }
        #expect(error == .unknownModel("what"))
        #expect(error?.failure.status == 404)
        #expect(error?.failure.message == #"the model "what" does not exist"#)
    }

    @Test("the result says which alias rewrote the selector, and from what")
    func aliases() throws {
        let resolver = try RouteResolver(Self.settings())
        let plain = try resolver.resolve(header: "claude:x", model: "")
        #expect(plain.aliasRule == nil && plain.rewrittenText == nil && plain.text == "claude:x")
        let rewritten = try resolver.resolve(header: nil, model: "old:gpt-3")
        #expect(rewritten.aliasRule == 1)
        #expect(rewritten.text == "old:gpt-3")
        #expect(rewritten.rewrittenText == "openai:gpt-3")
    }

    @Test("a default backend stands in the keys of the leaves that it was filled into")
    func filledKeys() throws {
        let route = try RouteResolver(Self.settings()).resolve(header: "x?b=1|openai:x?b=1", model: "")
        #expect(route.selector.leaves.map(\.key.text) == ["openai:x?b=1", "openai:x?b=1"])
    }

    @Test(
        "what cannot be routed is a 400 that says why",
        arguments: [
            ("openai:x|", nil, "invalid route selector: empty failover alternative (column 10)"),
            ("[weight=x]openai:x", nil, "invalid route selector: weight must be a positive integer (column 2)"),
            ("openai:x|nowhere:y", nil, #"unknown backend "nowhere" in the route selector (column 10)"#),
            ("[first]nowhere:y", nil, #"unknown backend "nowhere" in the route selector (column 1)"#),
            ("m", "nowhere:y", #"unknown backend "nowhere" in the route selector (column 1)"#),
            ("m", "a:", "invalid route selector: model is required (column 3)"),
            ("old:", nil, "invalid route selector: model is required (column 8)"),
            ("gone:y", nil, #"unknown backend "nowhere" in the route selector (column 1)"#),
        ])
    func refused(model: String, header: String?, message: String) throws {
        let resolver = try RouteResolver(Self.settings())
        let error = #expect(throws: RouteError.self) { try resolver.resolve(header: header, model: model) }
        #expect(error?.failure.status == 400)
        #expect(error?.failure.message == message)
    }

    @Test("a configuration whose routes cannot work is refused, every problem at once")
    func settingsProblems() throws {
        func problems(_ change: (inout RouteSettings) -> Void) throws -> [String] {
            var settings = try Self.settings()
            change(&settings)
            let problems = RouteResolver.problems(in: settings)
            if let first = problems.first {
                #expect(throws: first) { try RouteResolver(settings) }
            }
            return problems.map(\.description)
        }
        #expect(try problems { _ in } == [])
        #expect(
            try problems { $0.defaultRoute = "gpt-5" } == [
                "routing.default_route: must not be model-only (missing backend)"
            ])
        #expect(
            try problems { $0.defaultRoute = "[first]gpt-5^openai:x" } == [
                "routing.default_route: must not be model-only (missing backend)"
            ])
        #expect(
            try problems { $0.defaultRoute = "openai:x|nowhere:y" } == [
                #"routing.default_route: unknown backend "nowhere" in the route selector (column 10)"#
            ])
        #expect(
            try problems {
                $0.defaultRoute = "nowhere:y"
                $0.models = [
                    RouteSettings.LogicalModel(name: "a", selector: "x|"),
                    RouteSettings.LogicalModel(name: "b", selector: "x"),
                    RouteSettings.LogicalModel(name: "c", selector: "void:x"),
                ]
            } == [
                #"routing.default_route: unknown backend "nowhere" in the route selector (column 1)"#,
                "models.a: invalid route selector: empty failover alternative (column 3)",
                #"models.c: unknown backend "void" in the route selector (column 1)"#,
            ])
    }
}
