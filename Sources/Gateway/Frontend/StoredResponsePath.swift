/// What a path below `/v1/responses/` names: a response that a provider keeps, or something about it.
struct StoredResponsePath: Equatable {
    /// The response's id as it stands in the path.
    let id: String
    let endpoint: Endpoint

    private static let front = "/v1/responses/"
    /// The longest id, in bytes; OpenAI's have some 60.
    private static let idBytesMax = 256

    /// Reads a request's path without its query; nil where it is not of this form.
    init?(_ path: ArraySlice<UInt8>) {
        guard path.starts(with: Self.front.utf8) else { return nil }
        let rest = path.dropFirst(Self.front.utf8.count)
        let name = rest.prefix { $0 != UInt8(ascii: "/") }
        guard (1...Self.idBytesMax).contains(name.count), name.allSatisfy(Self.isPlain) else { return nil }
        let action = rest[name.endIndex...]
        if action.isEmpty {
            endpoint = .storedResponse
        } else if action.elementsEqual("/cancel".utf8) {
            endpoint = .cancelResponse
        } else if action.elementsEqual("/input_items".utf8) {
            endpoint = .responseInputItems
        } else {
            return nil
        }
        id = String(decoding: name, as: UTF8.self)
    }

    /// Ids are made of letters, digits and these signs; nothing else may get into a provider's address.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
