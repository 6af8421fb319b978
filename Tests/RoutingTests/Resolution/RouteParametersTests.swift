import Dialects
import Routing
import Testing

@Suite struct RouteParametersTests {
    private func parameters(_ query: String) throws -> RouteParameters {
        try RouteParameters(Selector.parse("a:m?\(query)").arms[0].legs[0])
    }

    @Test("each parameter of a leaf's query is read in its own type")
    func types() throws {
        let parameters = try parameters(
            "temperature=0.5&top_p=1&max_tokens=64&reasoning_effort=high&parallel_tool_calls=Off&verbosity=low")
        #expect(parameters.temperature == 0.5)
        #expect(parameters.topP == 1)
        #expect(parameters.maxOutputTokens == 64)
        #expect(parameters.reasoningEffort == "high")
        #expect(parameters.parallelToolCalls == false)
        #expect(parameters.verbosity == "low")
    }

    @Test("the first value counts, blank and unknown ones do not, and either spelling of a name will do")
    func precedence() throws {
        #expect(try parameters("temperature=1&temperature=hot").temperature == 1)
        #expect(try parameters("temperature=+&unknown=x") == .none)
        #expect(try parameters("topP=0.25").topP == 0.25)
        #expect(try parameters("max_tokens=1&max_output_tokens=2").maxOutputTokens == 2)
        #expect(try parameters("max_tokens=1&max_output_tokens=").maxOutputTokens == 1)
        #expect(try parameters("parallel_tool_calls=YES").parallelToolCalls == true)
        #expect(try RouteParameters(Leaf(backend: "a", model: "m")) == .none)
    }

    @Test(
        "a malformed value is a 400 that names the parameter",
        arguments: [
            ("temperature=hot", "temperature"), ("temperature=2.1", "temperature"), ("temperature=nan", "temperature"),
            ("top_p=-0.1", "top_p"), ("topP=2", "topP"), ("max_tokens=1.5", "max_tokens"),
            ("max_output_tokens=2147483648", "max_output_tokens"), ("max_tokens=-1", "max_tokens"),
            ("parallel_tool_calls=2", "parallel_tool_calls"),
        ])
    func malformed(query: String, name: String) throws {
        let failure = #expect(throws: Failure.self) { try parameters(query) }
        #expect(failure?.status == 400)
        #expect(failure?.parameter == name)
        #expect(failure?.message.contains(name) == true)
    }
}
