import Gateway
import Runtime

/// Reads where a backend of kind bedrock is, and what authenticates its requests.
///
/// The first of these that is there: what the file says (`api_key`, `access_key_id` or `profile`); the environment's
/// `AWS_BEARER_TOKEN_BEDROCK`, then its `AWS_ACCESS_KEY_ID`; the profile that `AWS_PROFILE` names, else `default`.
extension BackendsReader {
    /// Keys that only this kind has.
    static let amazonKeys = ["region", "access_key_id", "secret_access_key", "session_token", "profile", "control_url"]

    private static let regionUnlessSaid = "us-east-1"
    /// Ways of a profile to get credentials that lip does not follow.
    private static let indirections = [
        "sso_session", "sso_start_url", "role_arn", "credential_process", "web_identity_token_file", "login_session",
    ]

    /// Reads region, credentials and endpoint.
    func readAmazonAccess(_ section: SectionReader, into backend: inout BackendConfiguration) {
        let stated = region(section)
        let credentials = credentials(section)
        var profile: AWSProfile?
        if let text = section.text("profile") { profile = namedProfile(text) }
        readKeys(section, into: &backend)
        let ways = [
            ["api_key", "api_keys"].first { section.node($0) != nil },
            ["access_key_id", "secret_access_key", "session_token"].first { section.node($0) != nil },
            section.node("profile").map { _ in "profile" },
        ].compactMap(\.self)
        if ways.count > 1, let node = section.node(ways[1]) {
            section.report(ways[1], node, "\(ways[0]) and \(ways[1]) are two ways to authenticate: keep one")
        }
        var signing = credentials
        if let profile, let text = section.text("profile") {
            signing = profileCredentials(profile) { message, suggestion in
                context.log.error(message, path: text.path, at: text.node.mark, suggestion: suggestion)
            }
            if signing != nil { backend.keyOrigin = .profile(profile.name) }
        } else if signing != nil {
            backend.keyOrigin = .file
        } else if ways.isEmpty, backend.keys.isEmpty {
            signing = environmentCredentials(into: &backend)
            if signing == nil {
                profile = sharedProfile
                signing = profile.flatMap { profileCredentials($0) }
                if let profile, signing != nil { backend.keyOrigin = .profile(profile.name) }
            }
        }
        if !ways.isEmpty, ways[0] != "api_key", ways[0] != "api_keys" { backend.keys = [] }
        let region = stated ?? environmentRegion ?? profile?["region"] ?? Self.regionUnlessSaid
        set(AWSAccess(region: region, credentials: signing), into: &backend)
        if let text = section.text("control_url"),
            let url = BaseURLCheck.checked(text, kind: backend.kind, log: context.log)
        {
            backend.aws?.controlURL = url
        }
        checkEndpoint(section, "base_url", backend.baseURL)
        checkEndpoint(section, "control_url", backend.aws?.controlURL ?? "")
    }

    /// The backend of a start without a file: for a key of Bedrock's own, or an access key with its region.
    func bedrockFromEnvironment() -> BackendConfiguration? {
        guard let kind = BackendKind.named("bedrock") else { return nil }
        var backend = BackendConfiguration(id: kind.id, kind: kind)
        takeKeys(from: kind.keyVariables, into: &backend)
        var signing: AWSAccess.Credentials?
        if backend.keys.isEmpty {
            guard environmentRegion != nil else { return nil }
            signing = environmentCredentials(into: &backend)
            if signing == nil { return nil }
        }
        set(AWSAccess(region: environmentRegion ?? Self.regionUnlessSaid, credentials: signing), into: &backend)
        return backend
    }

    private func set(_ access: AWSAccess, into backend: inout BackendConfiguration) {
        backend.aws = access
        if backend.baseURL.isEmpty { backend.baseURL = access.bedrockURL }
        backend.aws?.controlURL = AWSAccess.controlURL(besides: backend.baseURL)
        // The secret stands for the credentials among the keys of other kinds.
        if let credentials = access.credentials { backend.keys = [credentials.secretAccessKey] }
    }

    private func checkEndpoint(_ section: SectionReader, _ key: String, _ url: String) {
        guard let node = section.node(key), url.lowercased().hasPrefix("http://"), !BackendCheck.isLocal(url)
        else { return }
        section.report(
            key, node, "http is taken for a loopback address only: requests carry credentials",
            suggestion: "use https")
    }

    // MARK: Region

    private func region(_ section: SectionReader) -> String? {
        guard let text = section.text("region") else { return nil }
        guard Self.isRegion(text.text) else {
            context.log.error(
                "expected a region such as us-east-1, found \(text.shown)", path: text.path, at: text.node.mark)
            return nil
        }
        return text.text
    }

    private var environmentRegion: String? {
        ["AWS_REGION", "AWS_DEFAULT_REGION"].lazy.compactMap { context.host.variable($0)?.trimmed }
            .first { Self.isRegion($0) }
    }

    /// Whether a text may be part of a host's name.
    private static func isRegion(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count) && text.utf8.first != UInt8(ascii: "-")
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    // MARK: Credentials

    private func credentials(_ section: SectionReader) -> AWSAccess.Credentials? {
        let id = section.secret("access_key_id")
        let secret = section.secret("secret_access_key")
        let token = section.secret("session_token")
        let names = ["access_key_id", "secret_access_key"]
        if let present = (names + ["session_token"]).first(where: { section.node($0) != nil }) {
            for name in names where section.node(name) == nil {
                context.log.error(
                    "\(present) needs \(name)", path: section.path, at: section.keyMark(present) ?? section.mark)
            }
        }
        guard let id, let secret else { return nil }
        return AWSAccess.Credentials(accessKeyID: id.reveal(), secretAccessKey: secret, sessionToken: token)
    }

    private func environmentCredentials(into backend: inout BackendConfiguration) -> AWSAccess.Credentials? {
        func value(_ name: String) -> String? { context.host.variable(name).flatMap(Self.usable) }
        guard let id = value("AWS_ACCESS_KEY_ID"), let secret = value("AWS_SECRET_ACCESS_KEY") else { return nil }
        backend.keyOrigin = .environment(["AWS_ACCESS_KEY_ID"])
        return AWSAccess.Credentials(
            accessKeyID: id, secretAccessKey: Secret(secret), sessionToken: value("AWS_SESSION_TOKEN").map(Secret.init))
    }

    /// A value without blanks around it; nil where it cannot stand in a header.
    private static func usable(_ text: String) -> String? {
        let text = text.trimmed
        return text.isEmpty || text.utf8.contains { $0 < 0x20 || $0 == 0x7F } ? nil : text
    }

    // MARK: Profiles

    private func namedProfile(_ text: LocatedText) -> AWSProfile? {
        do {
            if let profile = try AWSProfile(text.text, host: context.host) { return profile }
            let paths = AWSProfile.paths(context.host).map(\.path).joined(separator: " nor ")
            context.log.error(
                "the profile \(text.shown) is not in \(paths.isEmpty ? "~/.aws/credentials" : paths)",
                path: text.path, at: text.node.mark)
        } catch {
            context.log.error("cannot be read from \(error.reason)", path: text.path, at: text.node.mark)
        }
        return nil
    }

    /// The profile that Amazon's own tools would use; none where it does not exist or cannot be read.
    private var sharedProfile: AWSProfile? {
        let name = context.host.variable("AWS_PROFILE").flatMap(Self.usable) ?? "default"
        return try? AWSProfile(name, host: context.host)
    }

    private func profileCredentials(
        _ profile: AWSProfile, onFailure: (_ message: String, _ suggestion: String?) -> Void = { _, _ in }
    ) -> AWSAccess.Credentials? {
        guard let id = profile["aws_access_key_id"].flatMap(Self.usable),
            let secret = profile["aws_secret_access_key"].flatMap(Self.usable)
        else {
            if let way = Self.indirections.first(where: { profile[$0] != nil }) {
                onFailure(
                    "the profile \(quoted(profile.name)) gets its credentials by \(way), which lip does not follow",
                    "aws configure export-credentials prints some for the environment")
            } else {
                onFailure("the profile \(quoted(profile.name)) has no access key", nil)
            }
            return nil
        }
        return AWSAccess.Credentials(
            accessKeyID: id, secretAccessKey: Secret(secret),
            sessionToken: profile["aws_session_token"].flatMap(Self.usable).map(Secret.init))
    }
}
