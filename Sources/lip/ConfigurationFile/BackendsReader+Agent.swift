import Dialects
import Gateway

/// Reads how an agent is spoken to: `cwd` and `auth_method`.
extension BackendsReader {
    /// Keys that only kind acp has.
    static let agentKeys = ["cwd", "auth_method"]

    /// The longest path and name, in bytes.
    private static let textBytesMax = 4096

    func readAgent(_ section: SectionReader, into backend: inout BackendConfiguration) {
        var agent = ACPSettings(clientVersion: Version.text)
        if let text = section.text("cwd") {
            if text.text.hasPrefix("/"), Self.isPlain(text.text) {
                agent.directory = text.text
            } else {
                // The protocol asks for one (`NewSessionRequest`), and lip does not know the agent's file system.
                context.log.error(
                    "expected an absolute path at the agent's side, such as /srv, found \(text.shown)",
                    path: text.path, at: text.node.mark)
            }
        }
        if let text = section.text("auth_method") {
            if Self.isPlain(text.text) {
                agent.authMethod = text.text
            } else {
                context.log.error(
                    "expected the id of a method that the agent offers, found \(text.shown)", path: text.path,
                    at: text.node.mark)
            }
        }
        if let node = section.node("upstream_streaming"), backend.upstreamStreaming != .auto {
            section.report("upstream_streaming", node, "an agent's answers are always streams")
        }
        backend.agent = agent
    }

    private static func isPlain(_ text: String) -> Bool {
        text.utf8.count <= textBytesMax && !text.utf8.contains { $0 < 0x20 || $0 == 0x7F }
    }
}
