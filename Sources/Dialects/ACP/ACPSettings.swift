/// How lip introduces itself to an agent, and what it asks for.
package struct ACPSettings: Sendable, Hashable {
    /// The directory that sessions work in, an absolute path at the agent's side.
    package var directory: String
    /// The way to authenticate that is asked for where the agent offers some; nil for none.
    package var authMethod: String?
    /// lip's own version.
    package var clientVersion: String

    package init(directory: String = "/", authMethod: String? = nil, clientVersion: String) {
        self.directory = directory
        self.authMethod = authMethod
        self.clientVersion = clientVersion
    }
}
