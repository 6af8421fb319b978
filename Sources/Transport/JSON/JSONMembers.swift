import CSimdjson

/// One member of an object.
package struct JSONMember: Sendable {
    /// The name, a string value with a place of its own.
    package let key: JSONValue
    package let value: JSONValue

    /// From the first byte of the name to the last of the value.
    package var range: Range<Int> { key.range.lowerBound..<value.range.upperBound }
}

/// The members of an object, in source order and with every duplicate.
package struct JSONMembers: Sequence, Sendable {
    private let object: JSONValue
    /// The number of members.
    package let count: Int

    init(_ value: JSONValue) {
        object = value
        count = value.isObject ? value.count : 0
    }

    package var underestimatedCount: Int { count }

    package func makeIterator() -> Iterator {
        Iterator(storage: object.storage, nextIndex: object.index + 1, remaining: count)
    }

    package struct Iterator: IteratorProtocol, Sendable {
        fileprivate let storage: JSONStorage
        fileprivate var nextIndex: Int
        fileprivate var remaining: Int

        package mutating func next() -> JSONMember? {
            guard remaining > 0 else { return nil }
            remaining -= 1
            let key = JSONValue(storage: storage, index: nextIndex)
            let value = JSONValue(storage: storage, index: nextIndex + 1)
            nextIndex = Int(value.node.next)
            return JSONMember(key: key, value: value)
        }
    }
}
