import Runtime
import Transport

/// What the file of a ChatGPT login holds.
///
/// `{"tokens": {"access_token", "refresh_token", "id_token", "account_id"}, "last_refresh", …}`, as `codex login` writes
/// it; the tokens may stand in the object itself as well, as other tools write them.
package struct CodexLoginFile: Sendable {
    /// Why a file cannot be used, in words that hold nothing of it but names.
    package struct Refusal: Error, Hashable {
        package var message: String
    }

    private let document: JSONDocument
    let accessToken: Secret
    /// Nil where the login cannot be renewed.
    let refreshToken: Secret?
    /// The account; nil where neither the file nor its tokens tell it.
    package let accountID: String?
    /// When the access token ends, in seconds since 1970; nil where it does not tell.
    let expiry: Int64?

    private var holder: JSONValue { Self.holder(of: document.root) }

    private static func holder(of root: JSONValue) -> JSONValue {
        root["tokens"].flatMap { $0.isObject ? $0 : nil } ?? root
    }

    /// Reads the file's text.
    package init(_ json: [UInt8]) throws(Refusal) {
        do {
            document = try JSONDocument(parsing: json)
        } catch {
            throw Refusal(message: "is not JSON")
        }
        guard document.root.isObject else { throw Refusal(message: "is no JSON object") }
        let holder = Self.holder(of: document.root)
        guard let access = holder["access_token"]?.string, !access.isEmpty else {
            let key = document.root["OPENAI_API_KEY"]?.string ?? ""
            throw Refusal(
                message: key.isEmpty
                    ? "has no access_token"
                    : "has an API key and no access_token of a ChatGPT login: kind openai-responses takes API keys")
        }
        guard access.utf8.allSatisfy(JSONWebToken.isVisible) else {
            throw Refusal(message: "has an access_token that cannot stand in a header")
        }
        accessToken = Secret(access)
        refreshToken = holder["refresh_token"]?.string.flatMap { $0.isEmpty ? nil : Secret($0) }
        let claims = JSONWebToken(access)
        expiry = claims?.expiry
        let named = holder["account_id"]?.string
        accountID =
            named.flatMap { $0.isEmpty || !$0.utf8.allSatisfy(JSONWebToken.isVisible) ? nil : $0 }
            ?? holder["id_token"]?.string.flatMap { JSONWebToken($0)?.chatGPTAccount } ?? claims?.chatGPTAccount
    }

    /// Whether an access token tells itself whose account it stands for.
    package static func tellsAccount(accessToken: Secret) -> Bool {
        JSONWebToken(accessToken.reveal())?.chatGPTAccount != nil
    }

    /// What must not be shown.
    var secrets: [Secret] { [accessToken] + [refreshToken].compactMap(\.self) }

    /// The access token, if it is good at a time in seconds since 1970.
    func token(at time: Int64, _ now: MonotonicInstant, account: String?) -> AccessToken? {
        let left = expiry.map { $0 - time }
        if let left, left <= 0 { return nil }
        var token =
            left.map { AccessToken(accessToken, lifetime: .seconds($0), from: now) } ?? AccessToken(accessToken)
        token.account = account ?? accountID
        return token
    }

    /// The file's text with the tokens of an answer in it, and when they came; all else as it was.
    func updated(with answer: CodexTokenAnswer, at time: Timestamp) -> [UInt8] {
        func text(_ value: String) -> [UInt8] {
            var json = JSONWriter()
            json.string(value)
            return json.bytes
        }
        let holder = holder
        var edits: [JSONEdit] = [
            .setMember("access_token", of: holder, to: text(answer.token.value)),
            .setMember("last_refresh", of: document.root, to: text(time.text)),
        ]
        if let refresh = answer.refreshToken {
            edits.append(.setMember("refresh_token", of: holder, to: text(refresh.reveal())))
        }
        if let id = answer.idToken { edits.append(.setMember("id_token", of: holder, to: text(id.reveal()))) }
        return document.applying(edits)
    }
}
