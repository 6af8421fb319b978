import Runtime
import Transport

/// The credentials of a Google Cloud file: a service account's key, or a person's login by `gcloud`.
///
/// Sources: Google, "Using OAuth 2.0 for server to server applications"; "How Application Default Credentials works".
package struct GoogleCredentials: Sendable {
    /// Why a file cannot be used, in words that hold nothing of it but names.
    package struct Refusal: Error, Hashable {
        package var message: String
    }

    private enum Kind: Sendable {
        case serviceAccount(email: String, keyID: String?, signer: RSASigner)
        case user(id: String, secret: Secret, refreshToken: Secret)
    }

    /// What is asked for: all that the account may do.
    private static let scope = "https://www.googleapis.com/auth/cloud-platform"
    private static let tokenURL = "https://oauth2.googleapis.com/token"
    /// How long an assertion is good; Google takes at most an hour.
    private static let assertionSeconds: Int64 = 3600

    private let kind: Kind
    private let tokenURL: String
    /// The project that the account belongs to, or is billed to.
    package let project: String?

    /// Reads the file's text.
    package init(_ json: [UInt8]) throws(Refusal) {
        let root: JSONValue
        do {
            root = try JSONDocument(parsing: json).root
        } catch {
            throw Refusal(message: "not JSON")
        }
        func text(_ name: StaticString) throws(Refusal) -> String {
            guard let text = root[name]?.string, !text.isEmpty else { throw Refusal(message: "has no \(name)") }
            return text
        }
        let type = root["type"]?.string
        switch type {
        case "service_account":
            guard let signer = RSASigner(pem: try text("private_key")) else {
                throw Refusal(message: "its private_key is no RSA key in PEM")
            }
            kind = .serviceAccount(
                email: try text("client_email"), keyID: root["private_key_id"]?.string, signer: signer)
        case "authorized_user":
            kind = .user(
                id: try text("client_id"), secret: Secret(try text("client_secret")),
                refreshToken: Secret(try text("refresh_token")))
        default:
            throw Refusal(
                message: "is of type \(type ?? "unknown"), and only service_account and authorized_user are taken")
        }
        project = root["project_id"]?.string ?? root["quota_project_id"]?.string
        tokenURL = root["token_uri"]?.string ?? Self.tokenURL
        let address: UpstreamURL
        do {
            address = try UpstreamURL(tokenURL)
        } catch {
            throw Refusal(message: "its token_uri: \(error.message)")
        }
        guard address.isEncrypted || ServerAddress(host: address.host, port: 0).isLoopback else {
            throw Refusal(message: "its token_uri: http is taken for a loopback address only")
        }
    }

    var secrets: [Secret] {
        switch kind {
        case .serviceAccount: []
        case .user(_, let secret, let refreshToken): [secret, refreshToken]
        }
    }

    /// The request for a token at a time in seconds since 1970; nil where it cannot be signed.
    func grant(at time: Int64) -> TokenSource.Grant? {
        var form: [(name: String, value: String)]
        switch kind {
        case .serviceAccount(let email, let keyID, let signer):
            guard let assertion = assertion(email, keyID, signer, at: time) else { return nil }
            form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion)]
        case .user(let id, let secret, let refreshToken):
            form = [
                ("grant_type", "refresh_token"), ("client_id", id), ("client_secret", secret.reveal()),
                ("refresh_token", refreshToken.reveal()),
            ]
        }
        let text = form.map { "\($0.name)=\(PercentEncoding.segment($0.value))" }.joined(separator: "&")
        return TokenSource.Grant(url: tokenURL, body: Array(text.utf8))
    }

    /// A signed JSON web token that says who asks for what (RFC 7523, 3).
    private func assertion(_ email: String, _ keyID: String?, _ signer: RSASigner, at time: Int64) -> String? {
        var header = JSONWriter()
        header.beginObject()
        header.key("alg")
        header.string("RS256" as StaticString)
        header.key("typ")
        header.string("JWT" as StaticString)
        if let keyID {
            header.key("kid")
            header.string(keyID)
        }
        header.endObject()
        var claims = JSONWriter()
        claims.beginObject()
        claims.key("iss")
        claims.string(email)
        claims.key("scope")
        claims.string(Self.scope)
        claims.key("aud")
        claims.string(tokenURL)
        claims.key("iat")
        claims.int(time)
        claims.key("exp")
        claims.int(time + Self.assertionSeconds)
        claims.endObject()
        var token = Base64URL.encode(header.bytes)
        token.append(UInt8(ascii: "."))
        token += Base64URL.encode(claims.bytes)
        guard let signature = signer.signature(of: token) else { return nil }
        token.append(UInt8(ascii: "."))
        token += Base64URL.encode(signature)
        return String(decoding: token, as: UTF8.self)
    }
}
