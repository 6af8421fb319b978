import Runtime
import Transport

/// What a token endpoint answers (RFC 6749, 5.1).
struct TokenAnswer {
    let value: String
    let lifetime: Duration?

    init?(_ body: [UInt8]) {
        guard let root = try? JSONDocument(parsing: body).root, let value = root["access_token"]?.string,
            !value.isEmpty,
            !value.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
        else { return nil }
        self.value = value
        lifetime = root["expires_in"]?.int.map { .seconds(max(1, $0)) }
    }

    /// The token, whose lifetime begins now.
    func accessToken(at now: MonotonicInstant) -> AccessToken {
        guard let lifetime else { return AccessToken(Secret(value)) }
        return AccessToken(Secret(value), lifetime: lifetime, from: now)
    }
}
