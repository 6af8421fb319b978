import CCrypto

/// Signs by RSASSA-PKCS1-v1_5 with SHA-256, which JSON web tokens call RS256 (RFC 7518, 3.3).
///
/// Owns the key's handle. Safety of `@unchecked Sendable`: the key is not changed after `init`, and OpenSSL lets any number
/// of threads sign with one key, each with a context of its own.
final class RSASigner: @unchecked Sendable {
    private let key: OpaquePointer

    /// Reads a private key in PEM; nil where it is no RSA key, or an encrypted one.
    init?(pem: String) {
        let bytes = Array(pem.utf8)
        guard let count = Int32(exactly: bytes.count),
            let key = bytes.withUnsafeBytes({ lip_crypto_private_key($0.baseAddress, count) })
        else { return nil }
        guard lip_crypto_is_rsa(key) == 1 else {
            EVP_PKEY_free(key)
            return nil
        }
        self.key = key
    }

    deinit {
        EVP_PKEY_free(key)
    }

    /// The signature of a message, made in about a millisecond; nil only where OpenSSL has no memory left.
    func signature(of message: [UInt8]) -> [UInt8]? {
        guard let context = EVP_MD_CTX_new() else { return nil }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1 else { return nil }
        var count = 0
        guard EVP_DigestSign(context, nil, &count, message, message.count) == 1 else { return nil }
        var signature = [UInt8](repeating: 0, count: count)
        guard EVP_DigestSign(context, &signature, &count, message, message.count) == 1 else { return nil }
        signature.removeLast(signature.count - count)
        return signature
    }
}
