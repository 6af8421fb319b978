import CSimdjson
import Glibc

extension JSONCursor {
    /// The decoded string, or nil if the value is something else.
    ///
    /// A lone surrogate, which JSON can spell but UTF-8 cannot, becomes U+FFFD.
    package var string: String? {
        let node = self.node
        guard node.kindBits == LIP_JSON_STRING.rawValue else { return nil }
        let content = text(node.contentRange)
        if !node.isEscaped {
            return String(decoding: content, as: UTF8.self)
        }
        return String(unsafeUninitializedCapacity: content.count) { buffer in
            var decoder = JSONStringDecoder(content)
            var count = 0
            while let run = decoder.nextRun() {
                count = buffer.append(run, at: count)
            }
            return count
        }
    }

    /// Appends the decoded string's UTF-8 to a buffer; false, with nothing appended, if the value is no string.
    @discardableResult
    package func appendString(to buffer: inout [UInt8]) -> Bool {
        let node = self.node
        guard node.kindBits == LIP_JSON_STRING.rawValue else { return false }
        let content = text(node.contentRange)
        if !node.isEscaped {
            buffer.append(contentsOf: content)
            return true
        }
        var decoder = JSONStringDecoder(content)
        while let run = decoder.nextRun() {
            run.withBytes { buffer.append(contentsOf: $0) }
        }
        return true
    }

    /// Whether the value is this string; allocates nothing.
    @inline(__always)
    package func equals(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { isText($0) }
    }

    /// Whether the value is this string; allocates nothing for a native string.
    package func equals(string text: String) -> Bool {
        var text = text
        return text.withUTF8 { isText($0) }
    }

    /// Whether the value is a string whose decoded text is this UTF-8.
    @inline(__always)
    func isText(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let node = self.node
        guard node.kindBits == LIP_JSON_STRING.rawValue else { return false }
        let content = self.text(node.contentRange)
        if node.isEscaped { return JSONStringDecoder.decodes(content, to: text) }
        guard content.count == text.count, let left = content.baseAddress, let right = text.baseAddress else {
            return content.isEmpty && text.isEmpty
        }
        return memcmp(left, right, content.count) == 0
    }
}

extension UnsafeMutableBufferPointer<UInt8> {
    /// Copies a run to a position, and returns the position after it.
    fileprivate func append(_ run: JSONStringDecoder.Run, at position: Int) -> Int {
        run.withBytes { part in
            _ = self[position...].update(fromContentsOf: part)
            return position + part.count
        }
    }
}
