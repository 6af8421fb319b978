/// Reads many small documents into memory that it uses again: once warm it allocates nothing for a document.
///
/// The document it returns is an ordinary value. As long as somebody keeps it, or one of its values, the next `parse`
/// takes new memory instead of touching theirs; so drop it before the next call where allocations matter. Belongs to
/// one task at a time; decoders on one loop may share one.
package final class JSONParser {
    /// Memory beyond this is given back after the document that needed it.
    package static let retainedBytesMax = 256 << 10

    private let limits: JSONLimits
    private var storage = JSONStorage()

    package init(limits: JSONLimits = .default) {
        self.limits = limits
    }

    /// Reads one document from a copy of the bytes: copying a frame costs less than sharing its buffer would.
    package func parse(_ bytes: UnsafeRawBufferPointer) throws(JSONError) -> JSONDocument {
        if !isKnownUniquelyReferenced(&storage) || storage.capacityBytes > Self.retainedBytesMax {
            storage = JSONStorage()
        }
        storage.load(bytes)
        try storage.parse(limits)
        return JSONDocument(storage: storage)
    }

    /// Reads one document from a copy of the bytes.
    package func parse(_ bytes: ArraySlice<UInt8>) throws(JSONError) -> JSONDocument {
        try bytes.withUnsafeBufferPointer { buffer throws(JSONError) in try parse(UnsafeRawBufferPointer(buffer)) }
    }

    /// Reads one document from a copy of the bytes.
    package func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONDocument {
        try bytes.withUnsafeBufferPointer { buffer throws(JSONError) in try parse(UnsafeRawBufferPointer(buffer)) }
    }
}
