import CSimdjson

extension JSONValue {
    /// The decoded string, or nil if the value is something else.
    ///
    /// A lone surrogate, which JSON can spell but UTF-8 cannot, becomes U+FFFD.
    package var string: String? {
        let node = self.node
        guard node.kindBits == LIP_JSON_STRING.rawValue else { return nil }
        return storage.bytes.withUnsafeBufferPointer { bytes in
            let content = UnsafeBufferPointer(rebasing: bytes[node.contentRange])
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
    }

    /// Appends the decoded string's UTF-8 to a buffer; false, with nothing appended, if the value is no string.
    @discardableResult
    package func appendString(to buffer: inout [UInt8]) -> Bool {
        let node = self.node
        guard node.kindBits == LIP_JSON_STRING.rawValue else { return false }
        storage.bytes.withUnsafeBufferPointer { bytes in
            let content = UnsafeBufferPointer(rebasing: bytes[node.contentRange])
            if !node.isEscaped {
                buffer.append(contentsOf: content)
                return
            }
            var decoder = JSONStringDecoder(content)
            while let run = decoder.nextRun() {
                run.withBytes { buffer.append(contentsOf: $0) }
            }
        }
        return true
    }

    /// Whether the value is this string; allocates nothing.
    package func equals(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { isText($0) }
    }

    /// Whether the value is this string; allocates nothing for a native string.
    package func equals(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { isText($0) }
    }

    /// Whether the value is a string of no character.
    package var isEmptyString: Bool { isString && node.contentRange.isEmpty }

    private func isText(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let node = self.node
        guard node.kindBits == LIP_JSON_STRING.rawValue else { return false }
        return storage.bytes.withUnsafeBufferPointer { node.isString(text, in: $0) }
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
