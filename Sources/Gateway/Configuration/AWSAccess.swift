import Runtime
import Transport

/// Where in Amazon's cloud a backend is, and how requests to it are authenticated.
package struct AWSAccess: Sendable {
    /// The region, such as `us-east-1`.
    package var region: String
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
