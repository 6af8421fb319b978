import Glibc
import Transport

/// A login of which access tokens are got by refresh tokens, each good once (`/oauth/token`).
///
/// Until the control API has set it up, every access token is good and no refresh token is.
final class MockLogin {
    static let path = "/oauth/token"

    private var refreshToken: String?
    /// The access tokens that are good; any where nil.
    private var accessTokens: [String]?
    private var lifetime = 3600
    private var number = 0

    /// Sets the login up.
    func set(refreshToken: String?, accessTokens: [String]?, lifetime: Int?) {
        self.refreshToken = refreshToken
        self.accessTokens = accessTokens
        self.lifetime = lifetime ?? 3600
        number = 0
    }

    func accepts(_ accessToken: String) -> Bool { accessTokens?.contains(accessToken) ?? true }

    /// The answer to a request for a token, in the form that RFC 6749 (4.1.3, 5, 6) gives it.
    func answer(to request: ReceivedRequest) -> (status: Int, json: [UInt8]) {
        let type = request.header("content-type") ?? ""
        guard request.method == "POST", type.hasPrefix("application/x-www-form-urlencoded") else {
            return Self.error("invalid_request", "send a form by POST")
        }
        var form: [String: String] = [:]
        for pair in String(decoding: request.body, as: UTF8.self).split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, form.updateValue(String(parts[1]), forKey: String(parts[0])) == nil else {
                return Self.error("invalid_request", "the form is malformed, or a field stands twice")
            }
        }
        guard form["grant_type"] == "refresh_token" else {
            return Self.error("unsupported_grant_type", "grant_type must be refresh_token")
        }
        guard form["client_id"]?.hasPrefix("app_") == true else {
            return Self.error("invalid_client", "no such client")
        }
        guard let refreshToken, form["refresh_token"] == refreshToken else {
            return Self.error("invalid_grant", "the refresh token is used up, or was never issued")
        }
        number += 1
        let access = token()
        accessTokens = [access]
        let next = "mock-refresh-\(number)"
        self.refreshToken = next
        var json = JSONWriter()
        json.beginObject()
        for (name, value) in [
            ("access_token", access), ("refresh_token", next), ("id_token", token()), ("token_type", "Bearer"),
        ] {
            json.key(name)
            json.string(value)
        }
        json.endObject()
        return (200, json.bytes)
    }

    /// A JSON web token without a signature that anybody could check.
    private func token() -> String {
        var claims = JSONWriter()
        claims.beginObject()
        claims.key("exp")
        claims.int(time(nil) + lifetime)
        claims.key("jti")
        claims.int(number)
        claims.key("https://api.openai.com/auth")
        claims.beginObject()
        claims.key("chatgpt_account_id")
        claims.string("mock-account")
        claims.endObject()
        claims.endObject()
        return "\(Self.base64URL(Array(#"{"alg":"none"}"#.utf8))).\(Self.base64URL(claims.bytes)).mock"
    }

    private static func base64URL(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
            for place in 0...group.count { text.append(alphabet[Int(bits >> (18 - 6 * UInt32(place)) & 63)]) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func error(_ code: String, _ words: String) -> (status: Int, json: [UInt8]) {
        var json = JSONWriter()
        json.beginObject()
        json.key("error")
        json.string(code)
        json.key("error_description")
        json.string(words)
        json.endObject()
        return (400, json.bytes)
    }
}
