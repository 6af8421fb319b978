/// Checks a request's AWS Signature Version 4 as the service does: from what arrived, nothing else.
///
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
struct SignatureV4 {
    /// The secret of an access key for which no `--key ID:SECRET` was given.
    static let secretUnlessSaid = "lipmock-secret"
    private static let algorithm = "AWS4-HMAC-SHA256"

    private let accessKey: String
    private let scope: [String]
    private let signedHeaders: [String]
    private let signature: String

    /// Reads an `Authorization` field.
    init(_ field: String) throws(ErrorReply) {
        var values: [String: String] = [:]
        for part in field.dropFirst(Self.algorithm.count).split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
            if pair.count == 2 { values[String(pair[0])] = String(pair[1]) }
        }
        let credential = values["Credential"]?.split(separator: "/").map(String.init) ?? []
        guard field.hasPrefix(Self.algorithm + " "), credential.count == 5, credential[4] == "aws4_request",
            let headers = values["SignedHeaders"], let signature = values["Signature"]
        else {
            throw ErrorReply(
                status: 403, message: "Authorization header requires Credential, SignedHeaders and Signature.",
                type: "IncompleteSignatureException")
        }
        accessKey = credential[0]
        scope = Array(credential[1...])
        signedHeaders = headers.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
        self.signature = signature
    }

    /// Checks the signature; `keys` are the options' `ID:SECRET` pairs.
    func check(_ request: ReceivedRequest, keys: [String]) throws(ErrorReply) {
        guard scope[2] == "bedrock" else {
            throw Self.mismatch("Credential should be scoped to correct service: 'bedrock'.")
        }
        guard let date = request.header("x-amz-date"), date.hasPrefix(scope[0]) else {
            throw Self.mismatch("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date.")
        }
        for name in ["host", "x-amz-date"]
            + (request.header("x-amz-security-token") == nil ? [] : ["x-amz-security-token"])
        where !signedHeaders.contains(name) {
            throw Self.mismatch("'\(name)' must be a signed header in the AWS Authorization.")
        }
        let pairs = keys.filter { $0.contains(":") }.map { $0.split(separator: ":", maxSplits: 1).map(String.init) }
        let secret = pairs.first { $0[0] == accessKey }?[1] ?? (pairs.isEmpty ? Self.secretUnlessSaid : nil)
        guard let secret else {
            throw ErrorReply(
                status: 403, message: "The security token included in the request is invalid.",
                type: "UnrecognizedClientException")
        }
        guard let expected = expected(request, date: date, secret: secret), expected == signature else {
            throw Self.mismatch(
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
                    + "Access Key and signing method. Consult the service documentation for details.")
        }
    }

    private static func mismatch(_ message: String) -> ErrorReply {
        ErrorReply(status: 403, message: message, type: "InvalidSignatureException")
    }

    /// The signature that the request should have; nil where a header is signed that did not arrive.
    private func expected(_ request: ReceivedRequest, date: String, secret: String) -> String? {
        var headers = ""
        for name in signedHeaders {
            let values = request.headers.filter { ReceivedRequest.isSame($0.name, lowercase: name) }.map(\.value)
            guard !values.isEmpty else { return nil }
            let folded = values.map { $0.split(separator: " ").joined(separator: " ") }.joined(separator: ",")
            headers += "\(name):\(folded)\n"
        }
        let query = request.target.firstIndex(of: "?").map {
            String(request.target[request.target.index(after: $0)...])
        }
        let canonical = [
            request.method, Self.encoded(request.path), query ?? "", headers, signedHeaders.joined(separator: ";"),
            SHA256.hex(SHA256.digest(request.body)),
        ].joined(separator: "\n")
        let text = [
            Self.algorithm, date, scope.joined(separator: "/"), SHA256.hex(SHA256.digest(Array(canonical.utf8))),
        ].joined(separator: "\n")
        var key = Array("AWS4\(secret)".utf8)
        for part in scope { key = SHA256.hmac(Array(part.utf8), key: key) }
        return SHA256.hex(SHA256.hmac(Array(text.utf8), key: key))
    }

    /// The path as it is signed: what arrived, each segment encoded once more.
    private static func encoded(_ path: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "/"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
