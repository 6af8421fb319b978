import CCurl
import Glibc

/// Header fields in the form that libcurl takes, prepared once and shared by any number of requests on any loop.
///
/// A backend keeps one for each key: a request then costs no work on headers. Fields that lip never sends are added in
/// libcurl's spelling for «none»: `Expect`, and `Content-Type` unless given. Safety of `@unchecked Sendable`: the list is
/// built in `init`, never changed, and freed in `deinit`; libcurl only reads it.
package final class HTTPClientHeaders: @unchecked Sendable {
    let list: HeaderList
    /// Whether they are for requests with an AWS signature, and for no others.
    let isForSigning: Bool

    /// Checks and prepares fields; throws `invalidRequest` for what RFC 9110 does not allow or the transport sets itself.
    ///
    /// - Parameter isForSigning: For requests with an AWS signature. libcurl (before 8) signs every line of the list, also
    ///   those that only leave a field out, and reads neither repeated names nor empty values as AWS does: there the lines
    ///   are missing, and such fields are refused.
    package init(
        _ fields: [(name: String, value: String)], isForSigning: Bool = false
    ) throws(HTTPClientError) {
        self.isForSigning = isForSigning
        if isForSigning { try Self.checkSignable(fields) }
        var list = HeaderList(tail: nil)
        do {
            try list.append(fields)
        } catch {
            list.free()
            throw error
        }
        if !isForSigning {
            list.append(line: "Expect:")
            let hasContentType = fields.contains { $0.name.lowercased() == "content-type" }
            if !hasContentType { list.append(line: "Content-Type:") }
        }
        self.list = list
    }

    private static func checkSignable(_ fields: [(name: String, value: String)]) throws(HTTPClientError) {
        var names: Set<String> = []
        for (name, value) in fields {
            guard !value.utf8.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else {
                throw HTTPClientError(
                    kind: .invalidRequest, message: "the header \(name) is empty, which cannot be signed")
            }
            guard names.insert(name.lowercased()).inserted else {
                throw HTTPClientError(
                    kind: .invalidRequest, message: "the header \(name) stands twice, which cannot be signed")
            }
        }
    }

    deinit {
        list.free()
    }

    /// What requests without prepared fields use.
    static let bare: HTTPClientHeaders = {
        var list = HeaderList(tail: nil)
        list.append(line: "Expect:")
        list.append(line: "Content-Type:")
        return HTTPClientHeaders(list, isForSigning: false)
    }()

    /// What signed requests without prepared fields use.
    static let bareSigned = HTTPClientHeaders(HeaderList(tail: nil), isForSigning: true)

    private init(_ list: HeaderList, isForSigning: Bool) {
        self.list = list
        self.isForSigning = isForSigning
    }
}

/// A chain of libcurl's list nodes; one that ends in another chain owns its own nodes only.
struct HeaderList {
    private typealias Node = UnsafeMutablePointer<curl_slist>

    private(set) var head: UnsafeMutablePointer<curl_slist>?
    private var last: UnsafeMutablePointer<curl_slist>?
    private let tail: UnsafeMutablePointer<curl_slist>?

    /// An empty chain that continues with the nodes of another one, which must live as long.
    init(tail: HeaderList?) {
        self.tail = tail?.head
        head = tail?.head
    }

    /// Appends fields after checking them; nodes made before an error stay, for `free`.
    mutating func append(_ fields: [(name: String, value: String)]) throws(HTTPClientError) {
        for (name, value) in fields {
            guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte) else {
                throw HTTPClientError(kind: .invalidRequest, message: "a request header has an invalid name")
            }
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw HTTPClientError(
                    kind: .invalidRequest, message: "the request header \(name) has a control character in its value")
            }
            guard !Self.ownedNames.contains(name.lowercased()) else {
                throw HTTPClientError(
                    kind: .invalidRequest, message: "the request header \(name) is set by the transport")
            }
            // A colon with nothing behind it would tell libcurl to leave the field out; a semicolon sends it empty.
            let isBlank = value.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 }
            append(line: isBlank ? "\(name);" : "\(name): \(value)")
        }
    }

    /// Framing is libcurl's: a second length or coding would let a request be read in two ways.
    private static let ownedNames: Set<String> = [
        "content-length", "transfer-encoding", "connection", "expect", "upgrade", "http2-settings", "te", "trailer",
    ]

    mutating func append(line: String) {
        let node = Node.allocate(capacity: 1)
        node.initialize(to: curl_slist(data: strdup(line), next: tail))
        if let last { last.pointee.next = node } else { head = node }
        last = node
    }

    /// The lines in the order in which they go out, secrets included: for tests, not for logs.
    var lines: [String] {
        sequence(first: head) { $0?.pointee.next }.prefix { $0 != nil }.compactMap { node in
            node.map { String(cString: $0.pointee.data) }
        }
    }

    /// Frees the nodes of this chain; it must not be used afterwards.
    func free() {
        var node = head
        while let current = node, current != tail {
            node = current.pointee.next
            Glibc.free(current.pointee.data)
            current.deallocate()
        }
    }
}
