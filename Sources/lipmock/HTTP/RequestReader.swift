/// Reads requests from a connection's bytes: a pure machine, fed in any split.
///
/// The mock has a reader of its own, so that a mistake in the gateway's parser cannot hide behind the same mistake here.
/// It is stricter than most servers, so that a client that sends something doubtful is found out: two lengths, a length
/// beside a coding, a missing Host, blanks around a field name and bare line feeds are all refused.
struct RequestReader {
    /// What the bytes so far amount to.
    enum Progress {
        case needsMore
        /// The head is complete and the body is not; reported once a request.
        case head(ReceivedRequest)
        case request(ReceivedRequest)
        case malformed(String)
    }

    private enum Phase {
        case head
        case body(length: Int)
        case chunkSize
        case chunk(left: Int)
        case chunkEnd
        case trailer
    }

    static let headBytesMax = 65_536
    static let bodyBytesMax = 64 << 20

    private var buffer: [UInt8] = []
    /// Where the unread part of `buffer` begins.
    private var start = 0
    private var phase = Phase.head
    private var current = ReceivedRequest(method: "", target: "", version: "", headers: [])

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: true)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// Takes the next step; call again until it needs more.
    mutating func next() -> Progress {
        while true {
            switch phase {
            case .head:
                guard let end = endOfHead() else {
                    return buffer.count - start > Self.headBytesMax ? .malformed("head too long") : .needsMore
                }
                if let problem = parseHead(upTo: end) { return .malformed(problem) }
                start = end + 4
                if let problem = chooseBody() { return .malformed(problem) }
                if case .body(let length) = phase, buffer.count - start >= length { continue }
                return .head(current)
            case .body(let length):
                guard buffer.count - start >= length else { return .needsMore }
                take(length)
                return .request(finish())
            case .chunkSize:
                guard let line = takeLine() else { return .needsMore }
                let digits = line.prefix { $0 != UInt8(ascii: ";") }
                guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size >= 0 else {
                    return .malformed("bad chunk size")
                }
                if current.body.count + size > Self.bodyBytesMax { return .malformed("body too long") }
                phase = size == 0 ? .trailer : .chunk(left: size)
            case .chunk(let left):
                let available = min(left, buffer.count - start)
                take(available)
                phase = available == left ? .chunkEnd : .chunk(left: left - available)
                if available < left { return .needsMore }
            case .chunkEnd:
                guard let line = takeLine() else { return .needsMore }
                guard line.isEmpty else { return .malformed("chunk longer than its size") }
                phase = .chunkSize
            case .trailer:
                guard let line = takeLine() else { return .needsMore }
                if line.isEmpty { return .request(finish()) }
            }
        }
    }

    private mutating func finish() -> ReceivedRequest {
        phase = .head
        let request = current
        current.body = []
        return request
    }

    private mutating func take(_ count: Int) {
        current.body.append(contentsOf: buffer[start..<start + count])
        start += count
    }

    private mutating func takeLine() -> ArraySlice<UInt8>? {
        guard let end = buffer[start...].firstIndex(of: 0x0A), end > start, buffer[end - 1] == 0x0D else { return nil }
        defer { start = end + 1 }
        return buffer[start..<end - 1]
    }

    private func endOfHead() -> Int? {
        guard buffer.count - start >= 4 else { return nil }
        return buffer.withUnsafeBufferPointer { bytes in
            var position = start + 3
            while position < bytes.count {
                if bytes[position] == 0x0A, bytes[position - 1] == 0x0D, bytes[position - 2] == 0x0A,
                    bytes[position - 3] == 0x0D
                {
                    return position - 3
                }
                position += 1
            }
            return nil
        }
    }

    private mutating func parseHead(upTo end: Int) -> String? {
        var lines = buffer[start..<end].split(separator: 0x0A, omittingEmptySubsequences: false).makeIterator()
        guard let first = lines.next() else { return "empty head" }
        let words = trimmingReturn(first).split(separator: 0x20, omittingEmptySubsequences: false)
        guard words.count == 3, !words[0].isEmpty, words[1].first == UInt8(ascii: "/") else {
            return "bad request line"
        }
        current.method = String(decoding: words[0], as: UTF8.self)
        current.target = String(decoding: words[1], as: UTF8.self)
        current.version = String(decoding: words[2], as: UTF8.self)
        guard current.version == "HTTP/1.1" || current.version == "HTTP/1.0" else { return "bad version" }
        current.headers.removeAll(keepingCapacity: true)
        while let line = lines.next() {
            let line = trimmingReturn(line)
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else {
                return "bad header line"
            }
            guard line[..<colon].allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return "bad header name" }
            var value = line[(colon + 1)...]
            while let blank = value.first, blank == 0x20 || blank == 0x09 { value = value.dropFirst() }
            while let blank = value.last, blank == 0x20 || blank == 0x09 { value = value.dropLast() }
            guard value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                return "control byte in a header"
            }
            current.headers.append(
                (String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self)))
        }
        return nil
    }

    private func trimmingReturn(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        line.last == 0x0D ? line.dropLast() : line
    }

    private mutating func chooseBody() -> String? {
        var lengths: [String] = []
        var codings: [String] = []
        var hosts = 0
        for (name, value) in current.headers {
            if ReceivedRequest.isSame(name, lowercase: "host") {
                hosts += 1
            } else if ReceivedRequest.isSame(name, lowercase: "content-length") {
                lengths.append(value)
            } else if ReceivedRequest.isSame(name, lowercase: "transfer-encoding") {
                codings.append(value.lowercased())
            }
        }
        if hosts != 1, current.version == "HTTP/1.1" { return hosts == 0 ? "no Host" : "two Hosts" }
        if !codings.isEmpty {
            guard codings == ["chunked"], lengths.isEmpty else { return "ambiguous body length" }
            phase = .chunkSize
            return nil
        }
        guard lengths.count <= 1 else { return "two lengths" }
        guard let length = lengths.first.map({ Int($0) }) ?? 0, length >= 0 else { return "bad length" }
        if length > Self.bodyBytesMax { return "body too long" }
        phase = .body(length: length)
        return nil
    }
}
