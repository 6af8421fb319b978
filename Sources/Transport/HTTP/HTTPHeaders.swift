/// An ordered list of header fields over one block of bytes; names compare case-insensitively (RFC 9110, 5.1).
///
/// A parser hands over the bytes it gathered together with offsets, so that a head costs two allocations whatever its
/// number of fields, and a `String` is made only of what somebody asks for. Names keep their spelling and duplicates
/// their order. Contents are what the caller gave: bytes that must not stand in a field are refused where a head is
/// parsed or written, not here.
package struct HTTPHeaders: Sendable {
    /// Where one field stands in the block; offsets are bytes, and a head is far below 4 GiB.
    package struct Field: Hashable, Sendable {
        package var nameStart: UInt32
        package var nameEnd: UInt32
        package var valueStart: UInt32
        package var valueEnd: UInt32

        package init(name: Range<Int>, value: Range<Int>) {
            nameStart = UInt32(name.lowerBound)
            nameEnd = UInt32(name.upperBound)
            valueStart = UInt32(value.lowerBound)
            valueEnd = UInt32(value.upperBound)
        }

        /// The bytes of the name, as offsets into `HTTPHeaders.storage`.
        package var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
        /// The bytes of the value, as offsets into `HTTPHeaders.storage`.
        package var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
    }

    /// The bytes that the fields point into; may hold others (a request line) between and before them.
    package private(set) var storage: [UInt8]
    package private(set) var fields: [Field]

    package init() {
        storage = []
        fields = []
    }

    /// Takes bytes and offsets as a parser gathered them; every offset must lie within `storage`.
    package init(storage: [UInt8], fields: [Field]) {
        self.storage = storage
        self.fields = fields
    }

    package init(_ pairs: [(String, String)]) {
        self.init()
        for (name, value) in pairs { append(name, value) }
    }

    package var count: Int { fields.count }
    package var isEmpty: Bool { fields.isEmpty }

    /// The field at a position, as text; invalid UTF-8 is repaired.
    package subscript(_ position: Int) -> (name: String, value: String) {
        let field = fields[position]
        return (text(field.name), text(field.value))
    }

    /// The bytes of the name at a position.
    package func nameBytes(at position: Int) -> ArraySlice<UInt8> {
        storage[fields[position].name]
    }

    /// The bytes of the value at a position.
    package func valueBytes(at position: Int) -> ArraySlice<UInt8> {
        storage[fields[position].value]
    }

    package mutating func append(_ name: String, _ value: String) {
        append(name: name.utf8, value: value.utf8)
    }

    /// Adds a field given as bytes.
    package mutating func append(name: some Collection<UInt8>, value: some Collection<UInt8>) {
        let start = storage.count
        storage.append(contentsOf: name)
        let middle = storage.count
        storage.append(contentsOf: value)
        fields.append(Field(name: start..<middle, value: middle..<storage.count))
    }

    /// Replaces every field of this name by one, which stands at the end.
    package mutating func set(_ name: String, _ value: String) {
        remove(name)
        append(name, value)
    }

    /// Removes every field of this name; its bytes stay in the block.
    package mutating func remove(_ name: String) {
        while let found = position(of: name) { fields.remove(at: found) }
    }

    /// The value of the first field of this name, as text.
    package func first(_ name: String) -> String? {
        position(of: name).map { text(fields[$0].value) }
    }

    /// The value of the first field of this name, as bytes: no copy and no allocation.
    package func firstBytes(_ name: String) -> ArraySlice<UInt8>? {
        position(of: name).map { storage[fields[$0].value] }
    }

    package func contains(_ name: String) -> Bool {
        position(of: name) != nil
    }

    /// The values of all fields of this name, in their order.
    package func all(_ name: String) -> [String] {
        var values: [String] = []
        var position = position(of: name)
        while let found = position {
            values.append(text(fields[found].value))
            position = self.position(of: name, from: found + 1)
        }
        return values
    }

    /// The position of the first field of this name at or after `start`.
    package func position(of name: String, from start: Int = 0) -> Int? {
        var name = name
        return name.withUTF8 { name in
            storage.withUnsafeBufferPointer { bytes in
                var position = start
                while position < fields.count {
                    let field = fields[position]
                    if Int(field.nameEnd &- field.nameStart) == name.count,
                        equalsIgnoringCase(UnsafeBufferPointer(rebasing: bytes[field.name]), name)
                    {
                        return position
                    }
                    position += 1
                }
                return nil
            }
        }
    }

    /// Whether a field of this name lists `token` among its comma-separated elements (RFC 9110, 5.6.1).
    package func lists(_ token: String, in name: String) -> Bool {
        var token = token
        return token.withUTF8 { token in
            var position = position(of: name)
            while let found = position {
                let listed = storage.withUnsafeBufferPointer { bytes in
                    bytes[fields[found].value].split(separator: UInt8(ascii: ",")).contains { element in
                        let element = UnsafeBufferPointer(rebasing: trimBlanks(element))
                        return element.count == token.count && equalsIgnoringCase(element, token)
                    }
                }
                if listed { return true }
                position = self.position(of: name, from: found + 1)
            }
            return false
        }
    }

    package func forEach(_ body: (_ name: String, _ value: String) throws -> Void) rethrows {
        for field in fields { try body(text(field.name), text(field.value)) }
    }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: storage[range], as: UTF8.self)
    }
}

/// Whether two runs of bytes of equal length are equal but for the case of ASCII letters.
func equalsIgnoringCase(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    for position in 0..<left.count {
        let (first, second) = (left[position], right[position])
        if first == second { continue }
        // Letters of either case differ in one bit; folding others would make "@" equal "`".
        let folded = first | 0x20
        guard folded == second | 0x20, folded >= UInt8(ascii: "a"), folded <= UInt8(ascii: "z") else { return false }
    }
    return true
}

/// The bytes without blanks and tabs at both ends.
func trimBlanks<Bytes: BidirectionalCollection<UInt8>>(_ bytes: Bytes) -> Bytes.SubSequence {
    func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    guard let first = bytes.firstIndex(where: { !isBlank($0) }) else { return bytes[bytes.endIndex...] }
    var end = bytes.endIndex
    while isBlank(bytes[bytes.index(before: end)]) { end = bytes.index(before: end) }
    return bytes[first..<end]
}
