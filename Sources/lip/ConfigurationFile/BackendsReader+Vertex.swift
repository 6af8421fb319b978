import Gateway
import Runtime
import Transport

/// Reads where a backend of kind vertexai is, and what it gets its access tokens with.
///
/// The first of these that is there: what the file says (`access_token` or `credentials_file`); the file that
/// `GOOGLE_APPLICATION_CREDENTIALS` names; the one that `gcloud auth application-default login` writes.
extension BackendsReader {
    /// Keys that only this kind has.
    static let vertexKeys = ["project", "location", "credentials_file", "access_token"]

    private static let locationUnlessSaid = "us-central1"
    private static let credentialsBytesMax = 64 << 10
    private static let credentialsVariable = "GOOGLE_APPLICATION_CREDENTIALS"

    /// Reads project, location and credentials.
    func readGoogleAccess(_ section: SectionReader, into backend: inout BackendConfiguration) {
        let token = section.secret("access_token")
        let file = section.text("credentials_file")
        if section.node("access_token") != nil, let node = section.node("credentials_file") {
            section.report(
                "credentials_file", node,
                "access_token and credentials_file are two ways to authenticate: keep one")
        }
        if section.node("access_token") != nil {
            backend.keys = token.map { [$0] } ?? []
            backend.keyOrigin = .file
        } else if let file {
            takeCredentials(file.text, into: &backend) { message in
                context.log.error(message, path: file.path, at: file.node.mark)
            }
        } else if section.node("credentials_file") == nil {
            takeUsualCredentials(into: &backend) { message in
                context.log.warning(message, path: section.path, at: section.mark)
            }
        }
        let project = name("project", section) ?? environmentProject ?? credentials(of: backend)?.project
        guard let project else {
            if section.node("project") == nil {
                context.log.error(
                    "kind vertexai needs a project", path: section.path, at: section.mark,
                    suggestion: "or set VERTEX_PROJECT or GOOGLE_CLOUD_PROJECT")
            }
            return
        }
        set(project, name("location", section) ?? environmentLocation, into: &backend)
        if let node = section.node("base_url"), backend.baseURL.lowercased().hasPrefix("http://"),
            !BackendCheck.isLocal(backend.baseURL)
        {
            section.report(
                "base_url", node, "http is taken for a loopback address only: requests carry access tokens",
                suggestion: "use https")
        }
    }

    /// The backend of a start without a file: where the environment names the project for it, and there are credentials.
    func vertexFromEnvironment() -> BackendConfiguration? {
        guard let kind = BackendKind.named("vertexai"), let project = variable("VERTEX_PROJECT") else { return nil }
        var backend = BackendConfiguration(id: kind.id, kind: kind)
        takeUsualCredentials(into: &backend) { _ in }
        guard backend.tokens != nil else { return nil }
        set(project, environmentLocation, into: &backend)
        return backend
    }

    private func set(_ project: String, _ location: String?, into backend: inout BackendConfiguration) {
        let place = GooglePlace(project: project, location: location ?? Self.locationUnlessSaid)
        backend.google = place
        if backend.baseURL.isEmpty { backend.baseURL = place.vertexURL }
    }

    // MARK: Place

    private var environmentProject: String? { variable("VERTEX_PROJECT") ?? variable("GOOGLE_CLOUD_PROJECT") }
    private var environmentLocation: String? { variable("VERTEX_LOCATION") ?? variable("GOOGLE_CLOUD_LOCATION") }

    private func variable(_ name: String) -> String? {
        context.host.variable(name)?.trimmed.nilUnless(Self.isName)
    }

    private func name(_ key: String, _ section: SectionReader) -> String? {
        guard let text = section.text(key) else { return nil }
        guard Self.isName(text.text) else {
            context.log.error(
                "expected a name of letters, digits and dashes, found \(text.shown)", path: text.path,
                at: text.node.mark)
            return nil
        }
        return text.text
    }

    /// Whether a text may be part of a host's name, or of one behind an organisation's (`example.com:project`).
    private static func isName(_ text: String) -> Bool {
        (1...100).contains(text.utf8.count) && text.utf8.first != UInt8(ascii: "-")
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"):
                    true
                default: false
                }
            }
    }

    // MARK: Credentials

    private func credentials(of backend: BackendConfiguration) -> GoogleCredentials? {
        guard case .google(let credentials) = backend.tokens else { return nil }
        return credentials
    }

    private func takeUsualCredentials(into backend: inout BackendConfiguration, onFailure: (_ message: String) -> Void)
    {
        if let path = context.host.variable(Self.credentialsVariable)?.trimmed, !path.isEmpty {
            takeCredentials(path, into: &backend) { onFailure("\(Self.credentialsVariable): \($0)") }
        } else if let home = context.host.variable("HOME"), !home.isEmpty {
            takeCredentials("\(home)/.config/gcloud/application_default_credentials.json", into: &backend) { _ in }
        }
    }

    private func takeCredentials(
        _ path: String, into backend: inout BackendConfiguration, onFailure: (_ message: String) -> Void
    ) {
        let bytes: [UInt8]
        do {
            bytes = try context.host.readFile(path, Self.credentialsBytesMax)
        } catch {
            return onFailure("the file cannot be read: \(error.reason)")
        }
        do {
            backend.tokens = .google(try GoogleCredentials(bytes))
            backend.keyOrigin = .credentials(path)
        } catch {
            onFailure("the file is no usable credentials of Google: \(error.message)")
        }
    }
}

extension String {
    /// The text, if it is as it must be.
    fileprivate func nilUnless(_ isUsable: (String) -> Bool) -> String? {
        isUsable(self) ? self : nil
    }
}
