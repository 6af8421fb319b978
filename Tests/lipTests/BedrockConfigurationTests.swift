import Gateway
import Runtime
import Testing

@testable import lip

@Suite struct BedrockConfigurationTests {
    private static let credentials = """
        # shared
        [default]
        aws_access_key_id = AKIADEFAULT
        aws_secret_access_key=default-secret

        [work]
        aws_access_key_id = AKIAWORK
        aws_secret_access_key = work-secret
        aws_session_token = work-token
        """
    private static let config = """
        [default]
        region = eu-west-1
        s3 =
          region = nowhere
        [profile work]
        region = eu-central-1
        [work]
        region = not-a-profile
        [profile sso]
        sso_session = corp
        [profile empty]
        output = json
        """
    private static let files = ["/home/u/.aws/credentials": credentials, "/home/u/.aws/config": config]

    private func load(_ row: String, _ variables: [String: String] = [:], files: [String: String] = [:])
        -> LoadedConfiguration
    {
        TestHost(variables: variables, files: files).load("backends: [{id: b, kind: bedrock\(row)}]\n")
    }

    private func backend(
        _ row: String, _ variables: [String: String] = [:], files: [String: String] = [:]
    ) throws -> BackendConfiguration {
        let loaded = load(row, variables, files: files)
        #expect(loaded.errors.isEmpty)
        return try #require(loaded.configuration.backends.first)
    }

    private static let pair = ", access_key_id: AKIAFILE, secret_access_key: file-secret"

    @Test("credentials of the file sign, in the region that is said")
    func fileCredentials() throws {
        let backend = try backend("\(Self.pair), session_token: tok, region: ap-south-1", ["AWS_REGION": "eu-west-3"])
        #expect(backend.baseURL == "https://bedrock-runtime.ap-south-1.amazonaws.com")
        #expect(backend.aws?.region == "ap-south-1")
        #expect(backend.aws?.credentials?.accessKeyID == "AKIAFILE")
        #expect(backend.aws?.credentials?.secretAccessKey.reveal() == "file-secret")
        #expect(backend.aws?.credentials?.sessionToken?.reveal() == "tok")
        #expect(backend.keys.map { $0.reveal() } == ["file-secret"])
        #expect(backend.keyOrigin == .file)
        #expect(backend.hasUsableCredentials)
    }

    @Test(
        "the region comes from the file, the environment, the profile, or is us-east-1",
        arguments: [
            (", region: us-west-2", ["AWS_REGION": "eu-west-3"], "us-west-2"),
            ("", ["AWS_REGION": "eu-west-3", "AWS_DEFAULT_REGION": "eu-west-2"], "eu-west-3"),
            ("", ["AWS_DEFAULT_REGION": "eu-west-2"], "eu-west-2"), ("", ["AWS_REGION": "a b"], "eu-west-1"),
            ("", ["AWS_PROFILE": "work"], "eu-central-1"), ("", ["HOME": "/nowhere"], "us-east-1"),
        ] as [(String, [String: String], String)])
    func region(_ row: String, _ variables: [String: String], _ region: String) throws {
        let variables = ["HOME": "/home/u"].merging(variables) { $1 }
        let backend = try backend(row, variables, files: Self.files)
        #expect(backend.aws?.region == region)
        #expect(backend.baseURL == "https://bedrock-runtime.\(region).amazonaws.com")
    }

    @Test("China has a domain of its own, and an endpoint that is named is used")
    func endpoint() throws {
        #expect(
            try backend(", region: cn-north-1\(Self.pair)").baseURL
                == "https://bedrock-runtime.cn-north-1.amazonaws.com.cn")
        #expect(try backend(", base_url: 'https://vpce-1.example/'\(Self.pair)").baseURL == "https://vpce-1.example")
        #expect(try backend(", base_url: 'http://127.0.0.1:9/'\(Self.pair)").baseURL == "http://127.0.0.1:9")
    }

    @Test("models are listed where the region's control plane is, or where it is said to be")
    func controlPlane() throws {
        func url(_ row: String) throws -> String? { try backend(row + Self.pair).aws?.controlURL }
        #expect(try url(", region: eu-west-1") == "https://bedrock.eu-west-1.amazonaws.com")
        #expect(try url(", region: cn-north-1") == "https://bedrock.cn-north-1.amazonaws.com.cn")
        #expect(
            try url(", base_url: 'https://bedrock-runtime-fips.us-east-1.amazonaws.com'")
                == "https://bedrock-fips.us-east-1.amazonaws.com")
        #expect(try url(", base_url: 'https://proxy.example/aws'") == "https://proxy.example/aws")
        #expect(try url(", control_url: 'https://vpce-2.example/'") == "https://vpce-2.example")
        let loaded = load(", models: discover, control_url: 'http://10.0.0.1'\(Self.pair)")
        #expect(loaded.errors.map(\.path) == ["backends[0].control_url"])
        #expect(try backend(", models: discover\(Self.pair)").discovery != nil)
    }

    @Test("the environment's bearer key is asked before its access key, and that before the shared files")
    func environment() throws {
        let access = [
            "AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "env-secret", "AWS_SESSION_TOKEN": "env-token",
        ]
        let all = access.merging(["AWS_BEARER_TOKEN_BEDROCK": "bearer-key", "HOME": "/home/u"]) { $1 }
        let bearer = try backend("", all, files: Self.files)
        #expect(bearer.aws?.credentials == nil)
        #expect(bearer.keys.map { $0.reveal() } == ["bearer-key"])
        #expect(bearer.keyOrigin == .environment(["AWS_BEARER_TOKEN_BEDROCK"]))
        let signing = try backend("", access.merging(["HOME": "/home/u"]) { $1 }, files: Self.files)
        #expect(signing.aws?.credentials?.accessKeyID == "AKIAENV")
        #expect(signing.aws?.credentials?.sessionToken?.reveal() == "env-token")
        #expect(signing.keyOrigin == .environment(["AWS_ACCESS_KEY_ID"]))
        let shared = try backend("", ["HOME": "/home/u"], files: Self.files)
        #expect(shared.aws?.credentials?.accessKeyID == "AKIADEFAULT")
        #expect(shared.keyOrigin == .profile("default"))
        // Half of an access key is none.
        let half = try backend("", ["HOME": "/home/u", "AWS_ACCESS_KEY_ID": "AKIAENV"], files: Self.files)
        #expect(half.keyOrigin == .profile("default"))
    }

    @Test("a profile is read from the shared files, wherever they are")
    func profile() throws {
        let backend = try backend(
            ", profile: work", ["HOME": "/home/u", "AWS_BEARER_TOKEN_BEDROCK": "k"], files: Self.files)
        #expect(backend.aws?.credentials?.accessKeyID == "AKIAWORK")
        #expect(backend.aws?.credentials?.sessionToken?.reveal() == "work-token")
        #expect(backend.aws?.region == "eu-central-1")
        #expect(backend.keys.map { $0.reveal() } == ["work-secret"])
        #expect(backend.keyOrigin == .profile("work"))
        let moved = try self.backend(
            ", profile: work", ["AWS_SHARED_CREDENTIALS_FILE": "/c", "AWS_CONFIG_FILE": "/d"],
            files: ["/c": Self.credentials])
        #expect(moved.aws?.region == "us-east-1")
    }

    @Test("a key of Bedrock's own is a bearer key")
    func bearer() throws {
        let backend = try backend(", api_keys: [one-key, two-key]")
        #expect(backend.aws?.credentials == nil)
        #expect(backend.keys.map { $0.reveal() } == ["one-key", "two-key"])
        #expect(backend.keyOrigin == .file)
    }

    @Test(
        "what cannot work is told",
        arguments: [
            (", access_key_id: a", "access_key_id needs secret_access_key"),
            (", secret_access_key: a", "secret_access_key needs access_key_id"),
            (", session_token: a", "session_token needs access_key_id"),
            (", region: US East", "expected a region such as us-east-1, found \"US East\""),
            (", api_key: k\(pair)", "api_key and access_key_id are two ways to authenticate: keep one"),
            (", profile: work\(pair)", "access_key_id and profile are two ways to authenticate: keep one"),
            (", profile: gone", "the profile \"gone\" is not in /home/u/.aws/credentials nor /home/u/.aws/config"),
            (", profile: sso", "the profile \"sso\" gets its credentials by sso_session, which lip does not follow"),
            (", profile: empty", "the profile \"empty\" has no access key"),
            (
                ", base_url: 'http://10.0.0.1/'\(pair)",
                "http is taken for a loopback address only: requests carry credentials"
            ),
            (", endpoint: x\(pair)", "unknown key \"endpoint\""),
        ])
    func errors(_ row: String, _ message: String) {
        let loaded = load(row, ["HOME": "/home/u"], files: Self.files)
        #expect(loaded.errors.map(\.message).contains(message))
    }

    @Test("a backend without credentials is warned about, with what it could have")
    func missing() {
        let loaded = load("")
        #expect(loaded.errors.isEmpty)
        let warning = loaded.warnings.first { $0.message.contains("has no key") }
        #expect(warning?.suggestion?.contains("access_key_id and secret_access_key, a profile or an api_key") == true)
        #expect(warning?.suggestion?.contains("AWS_BEARER_TOKEN_BEDROCK") == true)
    }

    @Test("keys of this kind belong to no other")
    func otherKinds() {
        let loaded = TestHost().load("backends: [{id: a, kind: vllm, region: us-east-1}]\n")
        #expect(loaded.errors.first?.suggestion == "only kind bedrock has it")
    }
}
