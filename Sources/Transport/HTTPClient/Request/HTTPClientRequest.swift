/// One request to an upstream; a value that `HTTPClient.open` takes.
package struct HTTPClientRequest: Sendable {
    /// A method of RFC 9110 or another token; case matters.
    package var method: String
    /// An absolute http or https URL without credentials.
    package var url: String
    /// Fields that many requests share, prepared once.
    package var preparedHeaders: HTTPClientHeaders?
    /// Fields of this request alone; they go out before the prepared ones.
    package var headers: [(name: String, value: String)]
    /// The body; not copied, and freed when the transfer ends.
    package var body: [UInt8]
    package var timeouts: HTTPClientTimeouts
    /// Whether the peer's certificate and name are verified; switching it off is for tests and closed networks.
    package var verifiesPeer = true
    /// Whether compressed answers (gzip, deflate, br) are asked for; what comes compressed is decoded, asked for or
    /// not.
    package var acceptsCompression = true
    /// Connects to this Unix socket instead of the URL's host.
    package var unixSocketPath: String?
    /// Signs the request after AWS Signature Version 4; prepared headers must then be made for signing.
    ///
    /// A session token goes with it as the header `X-Amz-Security-Token`.
    package var awsSignature: AWSSignature?

    package init(
        method: String = "POST", url: String, preparedHeaders: HTTPClientHeaders? = nil,
        headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        timeouts: HTTPClientTimeouts = HTTPClientTimeouts()
    ) {
        self.method = method
        self.url = url
        self.preparedHeaders = preparedHeaders
        self.headers = headers
        self.body = body
        self.timeouts = timeouts
    }
}

/// The key and scope that a request is signed with (AWS Signature Version 4).
package struct AWSSignature: Hashable, Sendable {
    package var accessKey: String
    package var secretKey: String
    package var region: String
    /// The service's signing name: `bedrock`, `s3`.
    package var service: String

    package init(accessKey: String, secretKey: String, region: String, service: String) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.region = region
        self.service = service
    }
}
