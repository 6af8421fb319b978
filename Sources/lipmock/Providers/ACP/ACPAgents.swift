import Runtime

/// What agents remember between requests: who has introduced itself, and the sessions that were given out.
///
/// An agent is a place in the path, and remembers for as long as the process lives, as a real one does. Of sessions only
/// their number is kept, and which were closed.
enum ACPAgents {
    struct Agent {
        var isInitialized = false
        var isAuthenticated = false
        var sessionCount = 0
        var closed: Set<Int> = []
    }

    private static let agents = Locked<[String: Agent]>([:])

    static func with<Result>(_ name: String, _ body: (inout Agent) -> Result) -> Result {
        agents.withLock { body(&$0[name, default: Agent()]) }
    }
}
