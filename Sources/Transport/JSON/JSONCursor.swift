import CSimdjson
import Glibc

/// One value of a document, borrowed: it reads like `JSONValue`, but counts no references and so costs nothing to copy.
///
/// Invariant: the pointers lead into the document's bytes and its table of nodes, which `withRoot` and `withCursor` keep
/// alive, and unchanged, for as long as their closure runs. So neither a cursor nor anything that borrows through it
/// (`raw`, `members`, `elements`) may leave that closure; what is copied out of it (strings, numbers, arrays) may.
/// `index` is the root's or was reached from it through the counts and links that the parser wrote, and is therefore not
/// checked again.
package struct JSONCursor {
    let nodes: UnsafePointer<lip_json_node>
    let bytes: UnsafePointer<UInt8>
    let index: Int

    @inline(__always)
    var node: lip_json_node { nodes[index] }

    package var kind: JSONValue.Kind {
        JSONValue.Kind(rawValue: UInt8(truncatingIfNeeded: node.kindBits)) ?? .null
    }

    /// Where the value stands in the document's bytes, quotes and brackets included.
    package var range: Range<Int> { node.range }

    /// The exact source text of the value, borrowed.
    package var raw: UnsafeBufferPointer<UInt8> { text(node.range) }

    package var isNull: Bool { node.kindBits == LIP_JSON_NULL.rawValue }
    package var isObject: Bool { node.kindBits == LIP_JSON_OBJECT.rawValue }
    package var isArray: Bool { node.kindBits == LIP_JSON_ARRAY.rawValue }
    package var isString: Bool { node.kindBits == LIP_JSON_STRING.rawValue }
    package var isNumber: Bool { node.kindBits == LIP_JSON_NUMBER.rawValue }
    /// Whether the value is a string of no character.
    package var isEmptyString: Bool { isString && node.contentRange.isEmpty }

    /// The boolean, or nil if the value is something else.
    package var bool: Bool? {
        switch kind {
        case .true: true
        case .false: false
        case .null, .number, .string, .array, .object: nil
        }
    }

    /// The number of elements or members (each duplicate counted); 0 for anything but arrays and objects.
    package var count: Int { node.childCount }

    /// The value of a member; the last one where a name occurs several times, nil if there is none or this is no object.
    package subscript(_ key: StaticString) -> JSONCursor? {
        key.withUTF8Buffer { lastMember(named: $0) }
    }

    /// The value of a member; the last one where a name occurs several times, nil if there is none or this is no object.
    package func member(_ key: String) -> JSONCursor? {
        var key = key
        return key.withUTF8 { lastMember(named: $0) }
    }

    /// An element of an array; nil if there is none, or this is no array.
    package subscript(_ position: Int) -> JSONCursor? {
        guard isArray, position >= 0, position < node.childCount else { return nil }
        var child = index + 1
        for _ in 0..<position { child = Int(nodes[child].next) }
        return at(child)
    }

    /// The members of an object in source order, duplicates included; empty for anything else.
    package var members: Members {
        Members(nodes: nodes, bytes: bytes, firstIndex: index + 1, count: isObject ? node.childCount : 0)
    }

    /// The elements of an array in source order; empty for anything else.
    package var elements: Elements {
        Elements(nodes: nodes, bytes: bytes, firstIndex: index + 1, count: isArray ? node.childCount : 0)
    }

    /// The value of the last member of this name; nil if there is none or this is no object.
    private func lastMember(named name: UnsafeBufferPointer<UInt8>) -> JSONCursor? {
        guard isObject else { return nil }
        var found: Int?
        var key = index + 1
        for _ in 0..<node.childCount {
            if at(key).isText(name) { found = key + 1 }
            key = Int(nodes[key + 1].next)
        }
        return found.map(at)
    }

    /// The value at an index that the table itself gave.
    @inline(__always)
    private func at(_ index: Int) -> JSONCursor {
        JSONCursor(nodes: nodes, bytes: bytes, index: index)
    }

    /// Bytes of the document.
    @inline(__always)
    func text(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: bytes + range.lowerBound, count: range.count)
    }
}

extension JSONDocument {
    /// Calls back with the outermost value, borrowed: it must not leave the closure.
    @inline(__always)
    package func withRoot<Result, Failure: Error>(
        _ body: (JSONCursor) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try storage.withCursor(at: 0, body)
    }
}

extension JSONValue {
    /// Calls back with the same value, borrowed: it must not leave the closure.
    @inline(__always)
    package func withCursor<Result, Failure: Error>(
        _ body: (JSONCursor) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try storage.withCursor(at: index, body)
    }
}
