import CSimdjson

/// The elements of an array, in source order.
package struct JSONElements: Sequence, Sendable {
    private let array: JSONValue
    /// The number of elements.
    package let count: Int

    init(_ value: JSONValue) {
        array = value
        count = value.isArray ? value.count : 0
    }

    package var underestimatedCount: Int { count }

    package func makeIterator() -> Iterator {
        Iterator(storage: array.storage, nextIndex: array.index + 1, remaining: count)
    }

    package struct Iterator: IteratorProtocol, Sendable {
        fileprivate let storage: JSONStorage
        fileprivate var nextIndex: Int
        fileprivate var remaining: Int

        package mutating func next() -> JSONValue? {
            guard remaining > 0 else { return nil }
            remaining -= 1
            let value = JSONValue(storage: storage, index: nextIndex)
            nextIndex = Int(value.node.next)
            return value
        }
    }
}
