import CSimdjson

/// The bytes of a document and the table of its nodes.
///
/// Safety of `@unchecked Sendable`: `parse` and `load` change the storage only while its maker holds the one reference
/// to it (a new storage, or `JSONParser` after `isKnownUniquelyReferenced`); shared, it is never written.
/// For the same reason its properties need no dynamic exclusivity checks, which cost more than a node access.
final class JSONStorage: @unchecked Sendable {
    @exclusivity(unchecked) private(set) var bytes: [UInt8]
    @exclusivity(unchecked) private var table = lip_json_table()

    init(bytes: [UInt8] = []) {
        self.bytes = bytes
    }

    deinit {
        lip_json_table_free(&table)
    }

    /// Bytes of memory kept for the next document.
    var capacityBytes: Int {
        bytes.capacity + Int(table.capacity) * MemoryLayout<lip_json_node>.stride
    }

    /// Replaces the document's bytes, keeping the memory.
    func load(_ source: UnsafeRawBufferPointer) {
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: source)
    }

    /// Validates the bytes and fills the table; on an error the table holds no complete document.
    func parse(_ limits: JSONLimits) throws(JSONError) {
        try bytes.withUnsafeBufferPointer { buffer throws(JSONError) in try table.fill(from: buffer, limits) }
    }

    /// The node at an index that came out of this storage.
    @inline(__always)
    func node(_ index: Int) -> lip_json_node {
        precondition(index >= 0 && index < Int(table.count), "a JSON node outlived its document")
        return table.nodes[index]
    }

    /// Calls back with a cursor at a node of this storage, which stays alive and unchanged meanwhile.
    @inline(__always)
    func withCursor<Result, Failure: Error>(
        at index: Int, _ body: (JSONCursor) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(index >= 0 && index < Int(table.count), "a JSON node outlived its document")
        return try bytes.withUnsafeBufferPointer { buffer throws(Failure) in
            guard let nodes = table.nodes, let base = buffer.baseAddress else {
                preconditionFailure("a JSON document without bytes has a node")
            }
            return try body(JSONCursor(nodes: nodes, bytes: base, index: index))
        }
    }
}

extension lip_json_table {
    /// Validates a document and describes it; on an error the table is empty.
    mutating func fill(from bytes: UnsafeBufferPointer<UInt8>, _ limits: JSONLimits) throws(JSONError) {
        var cLimits = lip_json_limits(
            bytes_max: UInt32(limits.documentBytesMax),
            nodes_max: UInt32(limits.nodesMax),
            depth_max: UInt32(limits.nestingDepthMax))
        var offset = 0
        let status = lip_json_parse(bytes.baseAddress, bytes.count, &cLimits, &self, &offset)
        if status != LIP_JSON_OK {
            count = 0
            throw JSONError(kind: JSONError.Kind(status, limits), byteOffset: offset, in: bytes)
        }
    }
}

extension lip_json_node {
    @inline(__always)
    var kindBits: UInt32 { info & UInt32(LIP_JSON_KIND_MASK) }

    @inline(__always)
    var isEscaped: Bool { info & UInt32(LIP_JSON_ESCAPED) != 0 }

    @inline(__always)
    var isInteger: Bool { info & UInt32(LIP_JSON_INTEGER) != 0 }

    @inline(__always)
    var childCount: Int { Int(info >> UInt32(LIP_JSON_COUNT_SHIFT)) }

    @inline(__always)
    var range: Range<Int> { Int(start)..<Int(end) }

    /// The text between the quotes of a string.
    @inline(__always)
    var contentRange: Range<Int> { Int(start) + 1..<Int(end) - 1 }
}

extension JSONError.Kind {
    fileprivate init(_ status: lip_json_status, _ limits: JSONLimits) {
        self =
            switch status {
            case LIP_JSON_EMPTY: .empty
            case LIP_JSON_UNEXPECTED_END: .unexpectedEnd
            case LIP_JSON_EXPECTED_KEY: .expectedKey
            case LIP_JSON_EXPECTED_COLON: .expectedColon
            case LIP_JSON_EXPECTED_COMMA_OR_BRACKET: .expectedCommaOrBracket
            case LIP_JSON_EXPECTED_COMMA_OR_BRACE: .expectedCommaOrBrace
            case LIP_JSON_TRAILING_DATA: .trailingData
            case LIP_JSON_INVALID_UTF8: .invalidUTF8
            case LIP_JSON_CONTROL_CHARACTER: .controlCharacter
            case LIP_JSON_UNTERMINATED_STRING: .unterminatedString
            case LIP_JSON_INVALID_ESCAPE: .invalidEscape
            case LIP_JSON_INVALID_NUMBER: .invalidNumber
            case LIP_JSON_INVALID_LITERAL: .invalidLiteral
            case LIP_JSON_TOO_DEEP: .tooDeep(limit: limits.nestingDepthMax)
            case LIP_JSON_TOO_LARGE: .tooLarge(limit: limits.documentBytesMax)
            case LIP_JSON_TOO_MANY_NODES: .tooManyNodes(limit: limits.nodesMax)
            case LIP_JSON_UNAVAILABLE: .unavailable
            case LIP_JSON_EXPECTED_VALUE: .expectedValue
            default: .unavailable
            }
    }
}
