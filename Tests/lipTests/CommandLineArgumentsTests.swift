import Testing

@testable import lip

@Suite("Command line")
struct CommandLineArgumentsTests {
    @Test(
        "the path may stand before and after the command, and the last one wins",
        arguments: [
            (["--config", "a", "routes"], "a"), (["routes", "--config", "a"], "a"), (["routes", "--config=a"], "a"),
            (["-config", "a", "routes"], "a"), (["--config", "a", "routes", "--config=b"], "b"),
            (["--config", "routes", "routes"], "routes"), (["--config", "--json", "routes"], "--json"),
            (["--config=a=b", "routes"], "a=b"),
        ])
    func path(_ arguments: [String], _ expected: String) throws {
        let parsed = try CommandLineArguments.parse(arguments)
        #expect(parsed.configurationPath == expected)
        #expect(parsed.command == .routes)
    }

    @Test("without a command lip serves")
    func defaults() throws {
        let parsed = try CommandLineArguments.parse([])
        #expect(parsed == CommandLineArguments())
        #expect(parsed.command == .serve)
        #expect(parsed.configurationPath == nil)
    }

    @Test("routes takes selectors, whatever they look like behind --")
    func selectors() throws {
        let parsed = try CommandLineArguments.parse(["routes", "serve", "--json", "a:m|b:m", "--", "--config", "-x"])
        #expect(parsed.selectors == ["serve", "a:m|b:m", "--config", "-x"])
        #expect(parsed.writesJSON)
    }

    @Test("help and version win over everything else", arguments: ["--help", "-h", "-help"])
    func help(_ option: String) throws {
        #expect(try CommandLineArguments.parse(["routes", option, "x"]).information == .help)
        #expect(try CommandLineArguments.parse(["--version"]).information == .version)
    }

    @Test(
        "what cannot be understood is told, with a guess",
        arguments: [
            (["srve"], "unknown command srve; did you mean serve?"),
            (["--confg", "x"], "unknown option --confg; did you mean --config?"),
            (["--config"], "--config needs a path"), (["--config="], "--config needs a path"),
            (["check-config", "x", "y"], "unexpected arguments: x y"),
            (["serve", "--json"], "--json does not go with serve"),
            (["inventory", "--stdin"], "--stdin goes with routes only"),
            (["routes", "--json=maybe"], "--json takes no value"),
            (["routes", "--stdin", "a:m"], "selectors come from --stdin or from the command line, not both"),
        ])
    func errors(_ arguments: [String], _ message: String) {
        #expect(throws: UsageError(message: message)) { try CommandLineArguments.parse(arguments) }
    }
}
