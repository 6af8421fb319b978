/// Writes JSON in the order of its calls, without spaces.
///
/// It places commas, colons and escapes; that every begin has its end, and every member its key, is the caller's part.
/// To use its memory again, call `removeAll`.
package struct JSONWriter: Sendable {
    /// What was written so far.
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    package init(reservingBytes capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    /// Makes room for so many bytes in all, so that a large document does not grow by doubling.
    package mutating func reserve(_ capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    /// Appends one value to a buffer that goes on elsewhere, without copying it.
    package static func append<Failure: Error>(
        to buffer: inout [UInt8], _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        var writer = JSONWriter()
        swap(&writer.bytes, &buffer)
        defer { swap(&writer.bytes, &buffer) }
        try body(&writer)
    }

    /// Forgets what was written, and keeps the memory.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    package mutating func beginObject() {
        begin(UInt8(ascii: "{"))
    }

    package mutating func endObject() {
        end(UInt8(ascii: "}"))
    }

    package mutating func beginArray() {
        begin(UInt8(ascii: "["))
    }

    package mutating func endArray() {
        end(UInt8(ascii: "]"))
    }

    /// Begins a member; its value is the next call.
    package mutating func key(_ name: StaticString) {
        separate()
        name.withUTF8Buffer { quote(UnsafeRawBufferPointer($0)) }
        endKey()
    }

    /// Begins a member; its value is the next call.
    package mutating func key(_ name: String) {
        separate()
        quote(name)
        endKey()
    }

    package mutating func string(_ text: String) {
        separate()
        quote(text)
    }

    package mutating func string(_ text: Substring) {
        separate()
        var text = text
        text.withUTF8 { quote(UnsafeRawBufferPointer($0)) }
    }

    package mutating func string(_ text: StaticString) {
        separate()
        text.withUTF8Buffer { quote(UnsafeRawBufferPointer($0)) }
    }

    /// Writes bytes as a string; they must be UTF-8.
    package mutating func string(_ utf8: [UInt8]) {
        separate()
        utf8.withUnsafeBytes { quote($0) }
    }

    /// Writes bytes as a string; they must be UTF-8.
    package mutating func string(_ utf8: ArraySlice<UInt8>) {
        separate()
        utf8.withUnsafeBytes { quote($0) }
    }

    package mutating func int(_ value: some FixedWidthInteger) {
        separate()
        if value.magnitude < 10 {
            if value < 0 { bytes.append(UInt8(ascii: "-")) }
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value.magnitude))
        } else {
            bytes.append(contentsOf: String(value).utf8)
        }
    }

    /// Writes the shortest text that reads back as the same double; `null` for NaN and the infinities, which JSON lacks.
    package mutating func double(_ value: Double) {
        separate()
        if value.isFinite {
            bytes.append(contentsOf: value.description.utf8)
        } else {
            append("null")
        }
    }

    package mutating func bool(_ value: Bool) {
        separate()
        append(value ? "true" : "false")
    }

    package mutating func null() {
        separate()
        append("null")
    }

    /// Writes a value that is JSON already; it is not looked at.
    package mutating func raw(_ json: ArraySlice<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    /// Writes a value that is JSON already; it is not looked at.
    package mutating func raw(_ json: [UInt8]) {
        separate()
        bytes.append(contentsOf: json)
    }

    /// Writes a value of a document as it stands there.
    package mutating func raw(_ value: JSONValue) {
        raw(value.raw)
    }

    /// Writes a value of a document as it stands there.
    package mutating func raw(_ value: JSONCursor) {
        separate()
        bytes.append(contentsOf: value.raw)
    }

    /// Puts the comma before a value or key that follows another.
    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func begin(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func endKey() {
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    private mutating func quote(_ text: String) {
        var text = text
        text.withUTF8 { quote(UnsafeRawBufferPointer($0)) }
    }

    private mutating func quote(_ text: UnsafeRawBufferPointer) {
        bytes.append(UInt8(ascii: "\""))
        JSONStringEncoder.append(text, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }
}
