import Runtime
import Transport

/// The session that a request names in its body, in the client's metadata, for clients that cannot set headers.
///
/// It is meant for lip alone: a token is a credential, so both members are taken out of what goes to a provider.
package struct SessionHint: Sendable, Equatable {
    /// The value of `lip_session_id`.
    package var id: String?
    /// The value of `lip_resume_token`.
    package var resumeToken: Secret?

    package init(id: String? = nil, resumeToken: Secret? = nil) {
        self.id = id
        self.resumeToken = resumeToken
    }

    /// Reads a request's metadata; nil where it names no session, and for what is no object.
    init?(metadata: JSONCursor) throws(MalformedField) {
        guard metadata.isObject else { return nil }
        self.init()
        for member in metadata.members {
            guard let name = Name(member.key) else { continue }
            try FieldCheck.string(member.value, name.rawValue)
            switch name {
            case .id: id = member.value.string
            case .resumeToken: resumeToken = member.value.string.map(Secret.init)
            }
        }
        if id == nil, resumeToken == nil { return nil }
    }

    /// The metadata as a provider may see them; nil where nothing is left.
    static func removed(from metadata: JSONCursor) -> RawJSON? {
        guard metadata.isObject, metadata.members.contains(where: { Name($0.key) != nil }) else {
            return RawJSON(metadata)
        }
        var bytes = [UInt8(ascii: "{")]
        for member in metadata.members where Name(member.key) == nil {
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            bytes += member.key.raw
            bytes.append(UInt8(ascii: ":"))
            bytes += member.value.raw
        }
        guard bytes.count > 1 else { return nil }
        bytes.append(UInt8(ascii: "}"))
        return RawJSON(bytes: bytes)
    }

    /// Takes the session out of a request that is carried.
    static func removal(from document: JSONDocument) -> JSONEdit {
        let rest = document.withRoot { root in root["metadata"].flatMap { removed(from: $0) } }
        guard let rest else { return .removeMember("metadata", of: document.root) }
        return .setMember("metadata", of: document.root, to: rest.bytes)
    }

    private enum Name: String {
        case id = "lip_session_id"
        case resumeToken = "lip_resume_token"

        init?(_ key: JSONCursor) {
            if key.equals("lip_session_id") {
                self = .id
            } else if key.equals("lip_resume_token") {
                self = .resumeToken
            } else {
                return nil
            }
        }
    }
}
