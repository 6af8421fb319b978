/// Gathers the lines that libcurl delivers into status, fields and trailers: bytes in, verdict out.
///
/// Interim answers (1xx) are forgotten at their end. Lines come one at a time and whole, with their line end; after the
/// head is complete, further lines are trailers.
struct ResponseHead {
    enum Progress {
        case more
        /// The final head has ended with this line.
        case complete
        /// More than the bound has come.
        case tooLarge
    }

    private(set) var status = 0
    /// Major version of HTTP: 1 or 2.
    private(set) var version = 1
    private(set) var isComplete = false
    private let bytesMax: Int
    private var bytesSeen = 0
    private var storage: [UInt8] = []
    private var fields: [HTTPHeaders.Field] = []
    private(set) var trailers = HTTPHeaders()

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// The fields of the head so far.
    var headers: HTTPHeaders { HTTPHeaders(storage: storage, fields: fields) }

    /// Forgets everything before the next request.
    mutating func reset() {
        self = ResponseHead(bytesMax: bytesMax)
    }

    /// Takes one line.
    mutating func receive(_ line: UnsafeBufferPointer<UInt8>) -> Progress {
        bytesSeen += line.count
        if bytesSeen > bytesMax { return .tooLarge }
        var line = line[...]
        while let last = line.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { line.removeLast() }
        if isComplete {
            receiveTrailer(line)
            return .more
        }
        if line.isEmpty { return endOfHead() }
        if Self.isStatusLine(line) {
            beginHead(line)
        } else if line.first == UInt8(ascii: " ") || line.first == UInt8(ascii: "\t") {
            unfold(line)
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            if storage.capacity == 0 {
                storage.reserveCapacity(1024)
                fields.reserveCapacity(24)
            }
            appendField(name: line[..<colon], value: trimBlanks(line[line.index(after: colon)...]))
        }
        return .more
    }

    private mutating func endOfHead() -> Progress {
        // A head without a status line cannot be; libcurl has refused it. An interim one is followed by another.
        guard status >= 200 || status == 101 else { return .more }
        isComplete = true
        return .complete
    }

    private static func isStatusLine(_ line: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        line.starts(with: "HTTP/".utf8) && !line.prefix(8).contains(UInt8(ascii: ":"))
    }

    /// `HTTP/1.1 200 OK` or `HTTP/2 200`; libcurl has checked the form.
    private mutating func beginHead(_ line: Slice<UnsafeBufferPointer<UInt8>>) {
        storage.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
        let rest = line.dropFirst(5)
        version = rest.first.map { Int($0) - 0x30 } ?? 1
        let digits = rest.drop { $0 != UInt8(ascii: " ") }.dropFirst().prefix(3)
        status = digits.reduce(0) { $0 * 10 + Int($1 &- 0x30) }
    }

    private mutating func appendField(
        name: Slice<UnsafeBufferPointer<UInt8>>, value: Slice<UnsafeBufferPointer<UInt8>>
    ) {
        let start = storage.count
        storage.append(contentsOf: name)
        let middle = storage.count
        storage.append(contentsOf: value)
        fields.append(HTTPHeaders.Field(name: start..<middle, value: middle..<storage.count))
    }

    /// A folded line continues the value before it (RFC 9112, 5.2: the user agent replaces the fold by blanks).
    private mutating func unfold(_ line: Slice<UnsafeBufferPointer<UInt8>>) {
        guard let last = fields.popLast() else { return }
        storage.append(UInt8(ascii: " "))
        storage.append(contentsOf: trimBlanks(line))
        fields.append(HTTPHeaders.Field(name: last.name, value: last.value.lowerBound..<storage.count))
    }

    private mutating func receiveTrailer(_ line: Slice<UnsafeBufferPointer<UInt8>>) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return }
        trailers.append(name: line[..<colon], value: trimBlanks(line[line.index(after: colon)...]))
    }
}
