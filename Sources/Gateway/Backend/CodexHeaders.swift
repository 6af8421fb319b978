import Dialects
import Runtime
import Transport

/// What each request to the backend of ChatGPT's Codex says of its client.
///
/// A client that speaks to it through lip, such as Codex itself, names itself; else the configuration's `headers` do, else
/// lip says who it is. Source: OpenAI's client (github.com/openai/codex, `codex-rs/login/src/auth/default_client.rs`,
/// `codex-rs/codex-api/src/requests/headers.rs`).
struct CodexHeaders: Sendable {
    /// The field that names the account whose token the request carries.
    static let account = "chatgpt-account-id"
    private static let beta = "openai-beta"
    private static let sessionNames = ["session_id", "conversation_id"]
    /// The fields that are chosen for each request.
    static let names = [beta, "originator", "version"] + sessionNames

    private let configured: [BackendHeader]

    init(_ headers: [BackendHeader]) {
        configured = headers.filter { Self.names.contains($0.name.lowercased()) }
    }

    /// The fields of one request; `session` stands for the conversation where nobody names one.
    func fields(from client: HTTPHeaders, of dialect: DialectID, session: String) -> [(name: String, value: String)] {
        let isCarried = dialect == .openAIResponses
        return Self.names.map { name in
            let own = configured.first { $0.name.lowercased() == name }
            let value = (isCarried ? client.first(name) : nil) ?? own?.value.reveal()
            return (name, value ?? Self.usual(name, session))
        }
    }

    private static func usual(_ name: String, _ session: String) -> String {
        switch name {
        case beta: "responses=experimental"
        case "originator": "lip"
        case "version": Version.text
        default: session
        }
    }
}
