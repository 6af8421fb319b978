import Runtime
import Transport

/// Where in Amazon's cloud a backend is, and how requests to it are authenticated.
package struct AWSAccess: Sendable {
    /// The region, such as `us-east-1`.
    package var region: String
    /// The endpoint that lists models, without a slash at its end; nil until it is known.
    package var controlURL: String?
    /// What requests are signed with; nil where a key of the service itself goes with them, as a bearer token.
    package var credentials: Credentials?

    /// An access key and what belongs to it.
    package struct Credentials: Sendable, Hashable {
        package var accessKeyID: String
        package var secretAccessKey: Secret
        /// Of temporary credentials.
        package var sessionToken: Secret?

        package init(accessKeyID: String, secretAccessKey: Secret, sessionToken: Secret? = nil) {
            self.accessKeyID = accessKeyID
            self.secretAccessKey = secretAccessKey
            self.sessionToken = sessionToken
        }
    }

    package init(region: String, credentials: Credentials? = nil) {
        self.region = region
        self.credentials = credentials
    }

    /// The endpoint of Bedrock's models in the region.
    package var bedrockURL: String {
        "https://bedrock-runtime.\(region).amazonaws.com\(region.hasPrefix("cn-") ? ".cn" : "")"
    }

    /// The endpoint that lists the models which another one serves: the same host with `bedrock` for `bedrock-runtime`, and
    /// of a host of another name that host, which then stands before both.
    package static func controlURL(besides runtimeURL: String) -> String {
        let name = "://bedrock-runtime"
        guard let place = runtimeURL.firstRange(of: name) else { return runtimeURL }
        return runtimeURL[..<place.lowerBound] + "://bedrock" + runtimeURL[place.upperBound...]
    }

    /// What must not be shown.
    var secrets: [Secret] {
        [credentials?.secretAccessKey, credentials?.sessionToken].compactMap(\.self)
    }

    /// How Bedrock's requests are signed; nil where they are not.
    var signature: AWSSignature? {
        credentials.map {
            AWSSignature(
                accessKey: $0.accessKeyID, secretKey: $0.secretAccessKey.reveal(), region: region, service: "bedrock")
        }
    }
}
