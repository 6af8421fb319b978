import Transport

/// One vector as its provider wrote it; rewritten only for a client that wants the other form.
package enum EmbeddingVector: Sendable, Equatable {
    /// A JSON array of numbers, as source text: no digit is lost by going through a binary form.
    case numbers(RawJSON)
    /// Little-endian 32-bit floats in base64.
    case base64(String)

    /// The vector that a value holds; throws where it is none.
    init(_ value: JSONCursor) throws(Failure) {
        if let text = value.string, !text.isEmpty {
            self = .base64(text)
        } else if value.isArray, value.count > 0 {
            self = .numbers(RawJSON(bytes: Array(value.raw)))
        } else {
            throw Self.invalid
        }
    }

    /// Whether a value can be a vector, as far as can be told without reading it.
    static func isVector(_ value: JSONCursor?) -> Bool {
        guard let value else { return false }
        return (value.isString && !value.isEmptyString) || (value.isArray && value.count > 0)
    }

    /// Writes the vector in the form asked for.
    func write(as encoding: EmbeddingOptions.Encoding, to json: inout JSONWriter) throws(Failure) {
        switch (self, encoding) {
        case (.numbers(let raw), .numbers): json.raw(raw.bytes)
        case (.base64(let text), .base64): json.string(text)
        case (.numbers(let raw), .base64): json.string(Base64.text(of: try Self.packed(raw)))
        case (.base64(let text), .numbers): try Self.write(packed: text, to: &json)
        }
    }

    private static func packed(_ raw: RawJSON) throws(Failure) -> [UInt8] {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: raw.bytes)
        } catch {
            throw invalid
        }
        return try document.withRoot { root throws(Failure) in
            var bytes: [UInt8] = []
            bytes.reserveCapacity(4 * root.count)
            for element in root.elements {
                guard let number = element.double.map({ Float($0) }), number.isFinite else { throw invalid }
                let bits = number.bitPattern
                for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
            }
            return bytes
        }
    }

    private static func write(packed text: String, to json: inout JSONWriter) throws(Failure) {
        guard let bytes = Base64.bytes(of: text), !bytes.isEmpty, bytes.count % 4 == 0 else { throw invalid }
        json.beginArray()
        for start in stride(from: 0, to: bytes.count, by: 4) {
            let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
            let number = Float(bitPattern: bits)
            guard number.isFinite else { throw invalid }
            // The shortest digits that name this very float: more would only pretend to know better.
            json.raw(Array(number.description.utf8))
        }
        json.endArray()
    }

    private static let invalid = Failure(.invalidResponse, "the provider's answer holds a vector that is none")
}
