import CSimdjson

/// Reads many small documents into memory that it uses again: once warm it allocates nothing for a document.
///
/// `parse` returns an ordinary document. As long as somebody keeps it, or one of its values, the next `parse` takes new
/// memory instead of touching theirs; so drop it before the next call where allocations matter. `withRoot` lends a
/// document that nobody can keep, and does not even copy its bytes. Belongs to one task at a time; decoders on one loop
/// may share one.
package final class JSONParser {
    /// Memory beyond this is given back after the document that needed it.
    package static let retainedBytesMax = 256 << 10

    private let limits: JSONLimits
    private var storage = JSONStorage()
    /// The nodes of the document that `withRoot` lends.
    private var lentTable = lip_json_table()
    private var isLending = false

    package init(limits: JSONLimits = .default) {
        self.limits = limits
    }

    deinit {
        lip_json_table_free(&lentTable)
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

    /// Reads one document where it stands, and calls back with its outermost value, which must not leave the closure.
    ///
    /// `refusal` makes the error for bytes that are no document. The closure may use `parse`, but not `withRoot` again:
    /// the memory of this document's nodes is the parser's only one.
    package func withRoot<Result, Failure: Error>(
        of bytes: UnsafeBufferPointer<UInt8>, refusal: (JSONError) -> Failure,
        _ body: (JSONCursor) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(!isLending, "a JSON parser was asked for a document while it lends one")
        isLending = true
        defer { endLending() }
        do throws(JSONError) {
            try lentTable.fill(from: bytes, limits)
        } catch {
            throw refusal(error)
        }
        guard let nodes = lentTable.nodes, let base = bytes.baseAddress else {
            preconditionFailure("a JSON document without bytes has a node")
        }
        return try body(JSONCursor(nodes: nodes, bytes: base, index: 0))
    }

    private func endLending() {
        isLending = false
        if Int(lentTable.capacity) * MemoryLayout<lip_json_node>.stride > Self.retainedBytesMax {
            lip_json_table_free(&lentTable)
        }
    }
}
