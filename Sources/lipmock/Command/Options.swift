/// What the command line says.
struct Options: Sendable {
    var address = "127.0.0.1"
    var port: UInt16 = 0
    /// Where a line of JSON goes for each request that has ended.
    var recordPath: String?
    /// Requests that the control API remembers.
    var remembered = 4096
    /// API keys that are accepted; any, when empty.
    var keys: [String] = []
    var models = ["mock"]

    static let usage = """
        usage: lipmock [--port N] [--address A] [--record FILE] [--remember N] [--key KEY]... [--model NAME]...

        A scripted LLM provider for tests, benchmarks and demos. Prints one line of JSON with its port once it listens.
          --port N       the port; 0, the default, takes any free one
          --address A    the IPv4 address to listen on (127.0.0.1)
          --record FILE  appends a line of JSON for each request that has ended
          --remember N   requests that GET /_mock/requests remembers (4096)
          --key KEY      an API key to accept, repeatable; without one, any key is good
          --model NAME   a model for GET /v1/models, repeatable
        """

    struct Problem: Error { var message: String }

    init(_ arguments: [String]) throws(Problem) {
        var rest = arguments[...]
        var models: [String] = []
        while let option = rest.popFirst() {
            let known = ["--port", "--address", "--record", "--remember", "--key", "--model"]
            guard known.contains(option) else { throw Problem(message: "unknown option \(option)") }
            guard let value = rest.popFirst() else { throw Problem(message: "\(option) needs a value") }
            switch option {
            case "--port":
                guard let port = UInt16(value) else { throw Problem(message: "--port: \(value) is not a port") }
                self.port = port
            case "--address": address = value
            case "--record": recordPath = value
            case "--remember":
                guard let count = Int(value), count >= 0 else {
                    throw Problem(message: "--remember: \(value) is not a count")
                }
                remembered = count
            case "--key": keys.append(value)
            default: models.append(value)
            }
        }
        if !models.isEmpty { self.models = models }
    }
}
