import Gateway
import Runtime
import Transport

/// Reads whose login a backend of kind openai-codex uses.
///
/// The first of these that is there: what the file says (`access_token` or `auth_file`); the environment's
/// `OPENAI_CODEX_ACCESS_TOKEN`, else `OPENAI_CODEX_API_KEY`; the file that `codex login` writes.
extension BackendsReader {
    /// Keys that only this kind has, besides `access_token`.
    static let codexKeys = ["auth_file", "auth_file_read_only", "token_url", "account_id"]

    private static let tokenVariables = ["OPENAI_CODEX_ACCESS_TOKEN", "OPENAI_CODEX_API_KEY"]
    private static let homeVariable = "CODEX_HOME"

    /// Reads the login.
    func readCodexAccess(_ section: SectionReader, into backend: inout BackendConfiguration) {
        backend.accountID = accountID(section)
        var isReadOnly = false
        section.bool("auth_file_read_only", into: &isReadOnly)
        let tokenURL = tokenURL(section)
        let token = section.secret("access_token")
        let file = section.text("auth_file")
        if section.node("access_token") != nil, let node = section.node("auth_file") {
            section.report(
                "auth_file", node, "access_token and auth_file are two ways to authenticate: keep one")
        }
        if let node = section.node("access_token") {
            backend.keys = token.map { [$0] } ?? []
            backend.keyOrigin = .file
            checkAccount(of: backend) { section.report("access_token", node, $0, suggestion: $1) }
        } else if section.node("auth_file") != nil {
            if let file {
                takeLogin(
                    expanded(file.text), isReadOnly, tokenURL, into: &backend
                ) { context.log.error($0, path: file.path, at: file.node.mark, suggestion: $1) }
            }
        } else {
            takeUsualLogin(isReadOnly, tokenURL, into: &backend) {
                context.log.error($0, path: section.path, at: section.mark, suggestion: $1)
            }
        }
        checkTransport(section, of: backend)
    }

    private func accountID(_ section: SectionReader) -> String? {
        guard let text = section.text("account_id") else { return nil }
        guard !text.text.isEmpty, text.text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            context.log.error(
                "expected an account's id, found \(text.shown)", path: text.path, at: text.node.mark)
            return nil
        }
        return text.text
    }

    private func tokenURL(_ section: SectionReader) -> String {
        guard let text = section.text("token_url") else { return CodexLogin.tokenURLUnlessSaid }
        if let refusal = CodexLogin.refusal(ofTokenURL: text.text) {
            context.log.error(refusal, path: text.path, at: text.node.mark)
        }
        return text.text
    }

    private func checkTransport(_ section: SectionReader, of backend: BackendConfiguration) {
        if let node = section.node("base_url"), backend.baseURL.lowercased().hasPrefix("http://"),
            !BackendCheck.isLocal(backend.baseURL)
        {
            section.report(
                "base_url", node, "http is taken for a loopback address only: requests carry access tokens",
                suggestion: "use https")
        }
        if let node = section.node("upstream_streaming"), backend.upstreamStreaming != .always {
            section.report(
                "upstream_streaming", node, "this kind answers nothing but streams, which lip collects",
                suggestion: "leave it out")
        }
    }

    // MARK: Tokens

    private typealias Report = (_ message: String, _ suggestion: String?) -> Void

    private func takeUsualLogin(
        _ isReadOnly: Bool, _ tokenURL: String, into backend: inout BackendConfiguration, onFailure: Report
    ) {
        for name in Self.tokenVariables {
            guard let token = context.host.variable(name)?.trimmed, !token.isEmpty else { continue }
            guard token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                return onFailure("\(name) cannot stand in a header", nil)
            }
            backend.keys = [Secret(token)]
            backend.keyOrigin = .environment([name])
            return checkAccount(of: backend) { onFailure("\(name): \($0)", $1) }
        }
        let home = context.host.variable(Self.homeVariable)?.trimmed ?? ""
        guard !home.isEmpty || context.host.variable("HOME")?.isEmpty == false else {
            return onFailure("there is no login: neither \(Self.homeVariable) nor HOME is set", "give it an auth_file")
        }
        takeLogin(
            expanded(home.isEmpty ? "~/.codex/auth.json" : "\(home)/auth.json"), isReadOnly, tokenURL, into: &backend
        ) {
            onFailure(
                "no usable login: \($0)",
                $1 ?? "log in with codex login, or give it an auth_file, or set \(Self.tokenVariables[0])")
        }
    }

    private func takeLogin(
        _ path: String, _ isReadOnly: Bool, _ tokenURL: String, into backend: inout BackendConfiguration,
        onFailure: Report
    ) {
        let bytes: [UInt8]
        do {
            bytes = try context.host.readFile(path, CodexLogin.fileBytesMax)
        } catch {
            return onFailure("the file \(path) cannot be read: \(error.reason)", nil)
        }
        do {
            let file = try CodexLoginFile(bytes)
            guard file.accountID != nil || backend.accountID != nil else {
                return onFailure("the file \(path) does not tell its account", "give it an account_id")
            }
        } catch {
            return onFailure("the file \(path) is no usable login: it \(error.message)", nil)
        }
        backend.tokens = .codex(
            CodexLogin(path: path, tokenURL: tokenURL, isReadOnly: isReadOnly, accountID: backend.accountID))
        backend.keyOrigin = .credentials(path)
    }

    /// A token that does not tell its account needs it told.
    private func checkAccount(of backend: BackendConfiguration, onFailure: Report) {
        guard backend.accountID == nil, let key = backend.keys.first,
            !CodexLoginFile.tellsAccount(accessToken: key)
        else { return }
        onFailure("the token does not tell its account", "give it an account_id")
    }

    /// A path with the home directory in place of a leading `~`.
    private func expanded(_ path: String) -> String {
        guard path.hasPrefix("~/"), let home = context.host.variable("HOME"), !home.isEmpty else { return path }
        return home + path.dropFirst()
    }
}
