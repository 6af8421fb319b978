/// A session with an agent, made for one prompt.
package struct ACPSession: Sendable, Hashable {
    /// The longest id of a session that is taken, in bytes.
    static let idBytesMax = 4096

    /// The session's id.
    package var id: String
    /// What a prompt may hold beside text and links.
    package var content: ACPPromptContent
    /// Whether the agent wants to be told that a session is no longer needed (`sessionCapabilities.close`).
    package var closes: Bool
    /// The number of the call that it is for; the ids of its requests stand behind it.
    package var call: Int

    /// What stands in for a session before there is one, for what does not depend on it.
    package static let unopened = ACPSession(id: "", content: [])

    package init(id: String, content: ACPPromptContent, closes: Bool = false, call: Int = 0) {
        self.id = id
        self.content = content
        self.closes = closes
        self.call = call
    }
}

/// What a prompt to an agent may hold beside text and links, which every agent takes.
///
/// Source: https://agentclientprotocol.com/protocol/initialization, "Prompt capabilities".
package struct ACPPromptContent: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package static let image = ACPPromptContent(rawValue: 1 << 0)
    package static let audio = ACPPromptContent(rawValue: 1 << 1)
    /// Embedded resources.
    package static let resource = ACPPromptContent(rawValue: 1 << 2)

    package static let all: ACPPromptContent = [.image, .audio, .resource]
}
