import Glibc
import Runtime
import Testing

@testable import Gateway
@testable import Transport

@Suite("Credentials of Google")
struct GoogleCredentialsTests {
    /// A key pair that OpenSSL's own command has made for the test, and removes with it.
    private final class KeyPair {
        let directory: String
        let pem: String

        init(_ arguments: String) throws {
            var template = Array("/tmp/lip-key-XXXXXX".utf8CString)
            directory = String(cString: try #require(mkdtemp(&template)))
            let made = "openssl genpkey \(arguments) -out \(directory)/key.pem 2>/dev/null"
            try #require(
                system("\(made) && openssl pkey -in \(directory)/key.pem -pubout -out \(directory)/public.pem") == 0)
            pem = String(decoding: try Self.read("\(directory)/key.pem"), as: UTF8.self)
        }

        deinit {
            for name in ["key.pem", "public.pem", "message", "signature"] { unlink("\(directory)/\(name)") }
            rmdir(directory)
        }

        /// Whether the command takes a signature for the pair's.
        func verifies(_ signature: [UInt8], of message: [UInt8]) throws -> Bool {
            try Self.write(message, "\(directory)/message")
            try Self.write(signature, "\(directory)/signature")
            return system(
                "openssl dgst -sha256 -verify \(directory)/public.pem -signature \(directory)/signature "
                    + "\(directory)/message >/dev/null 2>&1") == 0
        }

        private static func read(_ path: String) throws -> [UInt8] {
            let file = try #require(fopen(path, "r"))
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
            return bytes
        }

        private static func write(_ bytes: [UInt8], _ path: String) throws {
            let file = try #require(fopen(path, "w"))
            defer { fclose(file) }
            try #require(fwrite(bytes, 1, bytes.count, file) == bytes.count)
        }
    }

    private func json(_ members: [(String, String)]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        for (name, value) in members {
            writer.key(name)
            writer.string(value)
        }
        writer.endObject()
        return writer.bytes
    }

    private func account(_ pem: String, _ more: (String, String)...) -> [UInt8] {
        json(
            [
                ("type", "service_account"), ("client_email", "me@p.iam.gserviceaccount.com"), ("private_key", pem),
                ("private_key_id", "kid-1"), ("project_id", "p"),
            ] + more)
    }

    private func form(_ grant: TokenSource.Grant) -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: String(decoding: grant.body, as: UTF8.self).split(separator: "&").map {
                let pair = $0.split(separator: "=", maxSplits: 1)
                return (String(pair[0]), String(pair[1]))
            })
    }

    @Test("a service account signs what it asks for, so that its public key verifies it")
    func assertion() throws {
        let pair = try KeyPair("-algorithm RSA -pkeyopt rsa_keygen_bits:2048")
        let credentials = try GoogleCredentials(account(pair.pem))
        #expect(credentials.project == "p")
        let grant = try #require(credentials.grant(at: 1_700_000_000))
        #expect(grant.url == "https://oauth2.googleapis.com/token")
        let form = form(grant)
        #expect(form["grant_type"] == "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer")
        let parts = try #require(form["assertion"]).split(separator: ".").map(String.init)
        try #require(parts.count == 3)
        let header = String(decoding: try #require(Base64URL.decode(parts[0].utf8)), as: UTF8.self)
        #expect(header == #"{"alg":"RS256","typ":"JWT","kid":"kid-1"}"#)
        let claims = try JSONDocument(parsing: try #require(Base64URL.decode(parts[1].utf8))).root
        #expect(claims["iss"]?.string == "me@p.iam.gserviceaccount.com")
        #expect(claims["aud"]?.string == grant.url)
        #expect(claims["scope"]?.string == "https://www.googleapis.com/auth/cloud-platform")
        #expect(claims["iat"]?.int == 1_700_000_000 && claims["exp"]?.int == 1_700_003_600)
        let signature = try #require(Base64URL.decode(parts[2].utf8))
        #expect(try pair.verifies(signature, of: Array("\(parts[0]).\(parts[1])".utf8)))
        #expect(try !pair.verifies(signature, of: Array("\(parts[0]).\(parts[1])x".utf8)))
    }

    @Test("a person's login is a grant by its refresh token")
    func user() throws {
        let credentials = try GoogleCredentials(
            json([
                ("type", "authorized_user"), ("client_id", "id"), ("client_secret", "s&cret"), ("refresh_token", "r"),
                ("quota_project_id", "q"),
            ]))
        let grant = try #require(credentials.grant(at: 0))
        #expect(
            form(grant) == [
                "grant_type": "refresh_token", "client_id": "id", "client_secret": "s%26cret", "refresh_token": "r",
            ])
        #expect(credentials.project == "q")
        #expect(credentials.secrets.map { $0.reveal() } == ["s&cret", "r"])
    }

    @Test("what cannot be used is refused in words that hold no key")
    func refusals() throws {
        let curve = try KeyPair("-algorithm EC -pkeyopt ec_paramgen_curve:P-256")
        let pair = try KeyPair("-algorithm RSA -pkeyopt rsa_keygen_bits:2048")
        func refusal(_ json: [UInt8]) -> String? {
            do {
                _ = try GoogleCredentials(json)
                return nil
            } catch {
                return error.message
            }
        }
        #expect(refusal(Array("{".utf8)) == "not JSON")
        #expect(refusal(json([("type", "external_account")]))?.contains("of type external_account") == true)
        #expect(refusal(account(curve.pem)) == "its private_key is no RSA key in PEM")
        #expect(
            refusal(account("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"))?.contains("RSA") == true)
        #expect(refusal(json([("type", "service_account"), ("private_key", pair.pem)])) == "has no client_email")
        #expect(
            refusal(account(pair.pem, ("token_uri", "http://169.254.169.254/token")))?.hasPrefix("its token_uri")
                == true)
        #expect(refusal(account(pair.pem, ("token_uri", "http://tokens.example/token")))?.contains("loopback") == true)
        #expect(refusal(account(pair.pem, ("token_uri", "http://127.0.0.1:1/token"))) == nil)
    }

    @Test("base64 for URLs has its own alphabet, no padding, and comes back")
    func base64() {
        #expect(Base64URL.encode([0xFB, 0xFF, 0xFE]) == Array("-__-".utf8))
        for count in 0..<20 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 200) }
            let text = Base64URL.encode(bytes)
            #expect(Base64URL.decode(text) == bytes)
            #expect(!text.contains(UInt8(ascii: "=")))
        }
        #expect(Base64URL.decode("a+b/".utf8) == nil)
    }
}
