import Dialects
import Routing
import Testing

@Suite struct RouteParametersTests {
    @Test("names that mean nothing are told, those that do are not")
    func unknownNames() throws {
        let query = "temprature=1&top_p=1&topP=1&Temperature=1&foo=&foo=2&provider=x"
        let leaf = try Selector.parse("a:m?\(query)").arms[0].legs[0]
        #expect(RouteParameters.unknownNames(of: leaf) == ["Temperature", "foo", "temprature"])
        let known = try Selector.parse("a:m?" + RouteParameters.names.map { "\($0)=1" }.joined(separator: "&"))
        #expect(RouteParameters.unknownNames(of: known.arms[0].legs[0]) == [])
        // Each of them is read: a value that is none is refused.
        for name in RouteParameters.names where !["reasoning_effort", "verbosity"].contains(name) {
            #expect(throws: Failure.self, "\(name)") { try parameters("\(name)=~") }
        }
    }

    private func parameters(_ query: String) throws -> RouteParameters {
        try RouteParameters(Selector.parse("a:m?\(query)").arms[0].legs[0])
    }

    @Test("each parameter is read in its own type")
    func types() throws {
        let parameters = try parameters(
            "temperature=0.5&top_p=1&max_tokens=64&reasoning_effort=high&parallel_tool_calls=Off&verbosity=low"
                + "&provider=deep-infra/fp8.1_x")
        #expect(parameters.temperature == 0.5)
        #expect(parameters.topP == 1)
        #expect(parameters.maxOutputTokens == 64)
        #expect(parameters.reasoningEffort == "high")
        #expect(parameters.parallelToolCalls == false)
        #expect(parameters.verbosity == "low")
        #expect(parameters.provider == "deep-infra/fp8.1_x")
        #expect(!parameters.isEmpty)
    }

    @Test("the first value counts, blank and unknown ones do not, and either spelling of a name will do")
    func precedence() throws {
        #expect(try parameters("temperature=1&temperature=hot").temperature == 1)
        #expect(try parameters("temperature=+&unknown=x").isEmpty)
        #expect(try parameters("topP=0.25").topP == 0.25)
        #expect(try parameters("topP=0.25&top_p=0.5").topP == 0.5)
        #expect(try parameters("max_tokens=1&max_output_tokens=2").maxOutputTokens == 2)
        #expect(try parameters("max_tokens=1&max_output_tokens=").maxOutputTokens == 1)
        #expect(try parameters("parallel_tool_calls=YES").parallelToolCalls == true)
        #expect(try parameters("temperature=%2B1e0").temperature == 1)
        #expect(try RouteParameters(Leaf(backend: "a", model: "m")).isEmpty)
    }

    @Test("all that is wrong with a leaf is told, but for what is not known yet")
    func problems() throws {
        let leaf = try Selector.parse("a:m?temperature=hot&top_p=1&max_tokens=$1").arms[0].legs[0]
        let temperature = "route parameter temperature: must be a number from 0 to 2"
        #expect(
            RouteParameters.problems(of: leaf) == [
                temperature, "route parameter max_tokens: must be an integer from 0 to 2147483647",
            ])
        #expect(RouteParameters.problems(of: leaf) { $0.first.contains("$") } == [temperature])
    }

    @Test(
        "a malformed value is a 400 that names the parameter",
        arguments: [
            ("temperature=hot", "temperature", "must be a number from 0 to 2"),
            ("temperature=2.1", "temperature", "must be a number from 0 to 2"),
            ("temperature=nan", "temperature", "must be a number from 0 to 2"),
            ("temperature=0x1", "temperature", "must be a number from 0 to 2"),
            ("top_p=-0.1", "top_p", "must be a number from 0 to 1"),
            ("topP=2", "topP", "must be a number from 0 to 1"),
            ("max_tokens=1.5", "max_tokens", "must be an integer from 0 to 2147483647"),
            ("max_output_tokens=2147483648", "max_output_tokens", "must be an integer from 0 to 2147483647"),
            ("max_tokens=-1", "max_tokens", "must be an integer from 0 to 2147483647"),
            (
                "parallel_tool_calls=2", "parallel_tool_calls",
                "must be 1, true, yes or on, or 0, false, no or off"
            ),
            ("provider=a b", "provider", "must be letters, digits and any of . _ - /"),
            ("verbosity=\(String(repeating: "x", count: 4097))", "verbosity", "must be at most 4096 bytes"),
        ])
    func malformed(query: String, name: String, problem: String) throws {
        let failure = #expect(throws: Failure.self) { try parameters(query) }
        #expect(failure?.status == 400)
        #expect(failure?.parameter == name)
        #expect(failure?.message == "route parameter \(name): \(problem)")
    }
}
