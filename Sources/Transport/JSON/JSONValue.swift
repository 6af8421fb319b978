import CSimdjson

/// One value of a document; it keeps the document alive and costs two words.
///
/// Every copy counts a reference; code that reads many values and keeps none takes a `JSONCursor` instead.
///
/// Equality is identity: the same place in the same document.
package struct JSONValue: Sendable {
    package enum Kind: UInt8, Sendable {
        case null, `false`, `true`, number, string, array, object
    }

    let storage: JSONStorage
    let index: Int

    var node: lip_json_node { storage.node(index) }

    package var kind: Kind {
        Kind(rawValue: UInt8(truncatingIfNeeded: node.kindBits)) ?? .null
    }

    /// Where the value stands in the document's bytes, quotes and brackets included.
    package var range: Range<Int> { node.range }

    /// The exact source text of the value.
    package var raw: ArraySlice<UInt8> { storage.bytes[node.range] }

    package var isNull: Bool { kind == .null }
    package var isObject: Bool { kind == .object }
    package var isArray: Bool { kind == .array }
    package var isString: Bool { kind == .string }
    package var isNumber: Bool { kind == .number }

    /// The boolean, or nil if the value is something else.
    package var bool: Bool? {
        switch kind {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// The number of elements or members (each duplicate counted); 0 for anything but arrays and objects.
    package var count: Int { node.childCount }

    /// The value of a member; the last one where a name occurs several times, nil if there is none or this is no object.
    package subscript(_ key: StaticString) -> JSONValue? {
        withCursor { $0[key]?.index }.map(at)
    }

    /// The value of a member; the last one where a name occurs several times, nil if there is none or this is no object.
    package func member(_ key: String) -> JSONValue? {
        withCursor { $0.member(key)?.index }.map(at)
    }

    /// An element of an array; nil if there is none, or this is no array.
    package subscript(_ position: Int) -> JSONValue? {
        withCursor { $0[position]?.index }.map(at)
    }

    /// Follows member names and array positions down; nil where one is missing.
    ///
    /// The steps become an array; where that counts, chain the subscripts instead.
    package func path(_ steps: JSONPathStep...) -> JSONValue? {
        var value = self
        for step in steps {
            let next =
                switch step {
                case .key(let key): value[key]
                case .position(let position): value[position]
                }
            guard let next else { return nil }
            value = next
        }
        return value
    }

    /// The members of an object in source order, duplicates included; empty for anything else.
    package var members: JSONMembers { JSONMembers(self) }

    /// The elements of an array in source order; empty for anything else.
    package var elements: JSONElements { JSONElements(self) }

    private func at(_ index: Int) -> JSONValue {
        JSONValue(storage: storage, index: index)
    }
}

extension JSONValue: Equatable {
    package static func == (left: JSONValue, right: JSONValue) -> Bool {
        left.storage === right.storage && left.index == right.index
    }
}

/// A member name or an array position, written as a literal: `value.path("choices", 0, "delta")`.
package enum JSONPathStep: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    case key(StaticString)
    case position(Int)

    package init(stringLiteral value: StaticString) {
        self = .key(value)
    }

    package init(integerLiteral value: Int) {
        self = .position(value)
    }
}
