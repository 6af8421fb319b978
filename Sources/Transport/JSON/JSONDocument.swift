/// A valid JSON document: its bytes and a flat table of where each value stands in them.
///
/// Values are found and decoded when they are asked for; what nobody asks for is only validated. A value type, cheap to
/// copy, which may cross tasks.
package struct JSONDocument: Sendable {
    let storage: JSONStorage

    init(storage: JSONStorage) {
        self.storage = storage
    }

    /// Reads a whole document, without copying it.
    package init(parsing bytes: [UInt8], limits: JSONLimits = .default) throws(JSONError) {
        storage = JSONStorage(bytes: bytes)
        try storage.parse(limits)
    }

    /// The document as it came.
    package var bytes: [UInt8] { storage.bytes }

    /// The outermost value.
    package var root: JSONValue { JSONValue(storage: storage, index: 0) }
}
