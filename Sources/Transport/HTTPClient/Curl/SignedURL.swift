import CCurl

/// The URL that libcurl is given so that it signs the path as AWS reads it, and the target that goes out in its place.
///
/// AWS encodes each segment of the path once more before it signs, of every service but S3: `%3A` on the wire is `%253A`
/// in what is signed. libcurl before 8.15 signs the path of its URL as it is, so it gets the path encoded once more as its
/// URL, and what is sent as `CURLOPT_REQUEST_TARGET`, which no signature covers. Later versions encode by themselves.
/// Source: AWS Signature Version 4, "Create a canonical request"; curl's pull request 17129.
struct SignedURL: Equatable {
    /// Scheme and host as in the request, the path as it is signed.
    let url: String
    /// The path as it goes out.
    let requestTarget: String

    /// nil where libcurl signs the URL as it stands.
    init?(
        _ url: String, for signature: AWSSignature, libcurlEncodes: Bool = SignedURL.libcurlEncodes
    ) {
        guard !libcurlEncodes, !signature.service.utf8.starts(with: "s3".utf8),
            let authority = url.firstRange(of: "://")?.upperBound,
            let path = url[authority...].firstIndex(of: "/")
        else { return nil }
        let target = url[path...]
        let end = target.firstIndex(of: "?") ?? target.endIndex
        guard !target[..<end].utf8.allSatisfy({ $0 == UInt8(ascii: "/") || Self.isUnreserved($0) }) else { return nil }
        self.url = url[..<path] + Self.encoded(target[..<end]) + target[end...]
        requestTarget = String(target)
    }

    /// Whether the libcurl that runs encodes the path by itself.
    static let libcurlEncodes = lip_curl_version() >= 0x08_0F_00

    private static func encoded(_ path: Substring) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in path.utf8 {
            if byte == UInt8(ascii: "/") || isUnreserved(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The characters that AWS never encodes.
    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
