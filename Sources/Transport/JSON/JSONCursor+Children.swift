import CSimdjson

extension JSONCursor {
    /// One member of an object, borrowed.
    package struct Member {
        /// The name, a string value with a place of its own.
        package let key: JSONCursor
        package let value: JSONCursor
    }

    /// The members of an object in source order and with every duplicate, borrowed.
    package struct Members: Sequence {
        let nodes: UnsafePointer<lip_json_node>
        let bytes: UnsafePointer<UInt8>
        let firstIndex: Int
        /// The number of members.
        package let count: Int

        package var underestimatedCount: Int { count }

        @inline(__always)
        package func makeIterator() -> Iterator {
            Iterator(nodes: nodes, bytes: bytes, nextIndex: firstIndex, remaining: count)
        }

        package struct Iterator: IteratorProtocol {
            let nodes: UnsafePointer<lip_json_node>
            let bytes: UnsafePointer<UInt8>
            var nextIndex: Int
            var remaining: Int

            @inline(__always)
            package mutating func next() -> Member? {
                guard remaining > 0 else { return nil }
                remaining -= 1
                let key = JSONCursor(nodes: nodes, bytes: bytes, index: nextIndex)
                let value = JSONCursor(nodes: nodes, bytes: bytes, index: nextIndex + 1)
                nextIndex = Int(value.node.next)
                return Member(key: key, value: value)
            }
        }
    }

    /// The elements of an array in source order, borrowed.
    package struct Elements: Sequence {
        let nodes: UnsafePointer<lip_json_node>
        let bytes: UnsafePointer<UInt8>
        let firstIndex: Int
        /// The number of elements.
        package let count: Int

        package var underestimatedCount: Int { count }

        @inline(__always)
        package func makeIterator() -> Iterator {
            Iterator(nodes: nodes, bytes: bytes, nextIndex: firstIndex, remaining: count)
        }

        package struct Iterator: IteratorProtocol {
            let nodes: UnsafePointer<lip_json_node>
            let bytes: UnsafePointer<UInt8>
            var nextIndex: Int
            var remaining: Int

            @inline(__always)
            package mutating func next() -> JSONCursor? {
                guard remaining > 0 else { return nil }
                remaining -= 1
                let value = JSONCursor(nodes: nodes, bytes: bytes, index: nextIndex)
                nextIndex = Int(value.node.next)
                return value
            }
        }
    }
}
