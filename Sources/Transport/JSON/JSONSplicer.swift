/// Turns edits into replacements of byte ranges, and carries them out.
struct JSONSplicer {
    /// Bytes to put in place of a range of the source.
    private struct Splice {
        var range: Range<Int>
        var bytes: [UInt8]
        /// The order in which the edits were given.
        var sequence: Int
    }

    /// What happens to the entries (members or elements) of one container; it is settled together, since two removed
    /// neighbours share a comma.
    private struct EntryChanges {
        var removed: Set<Int> = []
        /// In the order given; the position counts entries of the source.
        var inserted: [(position: Int, bytes: [UInt8])] = []
    }

    private let document: JSONDocument
    private var splices: [Splice] = []
    private var changes: [Int: EntryChanges] = [:]

    init(_ document: JSONDocument) {
        self.document = document
    }

    mutating func add(_ edit: JSONEdit) {
        switch edit {
        case .replace(let value, let bytes):
            check(value)
            replace(value.range, with: bytes)
        case .setMember(let name, let object, let bytes):
            check(object)
            var occurs = false
            for member in object.members where member.key.equals(name) {
                replace(member.value.range, with: bytes)
                occurs = true
            }
            if !occurs {
                append(name, with: bytes, to: object)
            }
        case .appendMember(let name, let object, let bytes):
            check(object)
            append(name, with: bytes, to: object)
        case .removeMember(let name, let object):
            check(object)
            for (position, member) in object.members.enumerated() where member.key.equals(name) {
                changes[object.index, default: EntryChanges()].removed.insert(position)
            }
        case .insertElement(let position, let array, let bytes):
            check(array)
            guard array.isArray else { return }
            let position = min(max(position, 0), array.count)
            changes[array.index, default: EntryChanges()].inserted.append((position, bytes))
        case .removeElement(let position, let array):
            check(array)
            guard array.isArray, (0..<array.count).contains(position) else { return }
            changes[array.index, default: EntryChanges()].removed.insert(position)
        }
    }

    /// The document's bytes with every change made.
    ///
    /// Where one edit lies inside a text that another replaces or removes, the outer one counts.
    consuming func result() -> [UInt8] {
        for (index, change) in changes.sorted(by: { $0.key < $1.key }) {
            settle(change, of: JSONValue(storage: document.storage, index: index))
        }
        splices.sort { left, right in
            if left.range.lowerBound != right.range.lowerBound {
                return left.range.lowerBound < right.range.lowerBound
            }
            if left.range.isEmpty || right.range.isEmpty {
                // What is inserted at a place stands before what begins there.
                return left.range.isEmpty && (!right.range.isEmpty || left.sequence < right.sequence)
            }
            if left.range.upperBound != right.range.upperBound {
                return left.range.upperBound > right.range.upperBound
            }
            return left.sequence > right.sequence
        }
        let source = document.bytes
        var output: [UInt8] = []
        output.reserveCapacity(source.count + splices.reduce(0) { $0 + $1.bytes.count })
        var position = 0
        for splice in splices where splice.range.lowerBound >= position {
            output.append(contentsOf: source[position..<splice.range.lowerBound])
            output.append(contentsOf: splice.bytes)
            position = splice.range.upperBound
        }
        output.append(contentsOf: source[position...])
        return output
    }

    private func check(_ value: JSONValue) {
        precondition(value.storage === document.storage, "a JSON edit names a value of another document")
    }

    private mutating func replace(_ range: Range<Int>, with bytes: [UInt8]) {
        splices.append(Splice(range: range, bytes: bytes, sequence: splices.count))
    }

    private mutating func append(_ name: String, with bytes: [UInt8], to object: JSONValue) {
        guard object.isObject else { return }
        var writer = JSONWriter()
        writer.key(name)
        writer.raw(bytes)
        changes[object.index, default: EntryChanges()].inserted.append((object.count, writer.bytes))
    }

    private mutating func settle(_ change: EntryChanges, of container: JSONValue) {
        let entries = container.isObject ? container.members.map(\.range) : container.elements.map(\.range)
        remove(change.removed, from: entries)
        let kept = entries.indices.filter { !change.removed.contains($0) }
        let comma = [UInt8(ascii: ",")]
        var isFirst = true
        for (position, bytes) in change.inserted {
            if let next = kept.first(where: { $0 >= position }) {
                let start = entries[next].lowerBound
                replace(start..<start, with: bytes + comma)
            } else if let last = kept.last {
                let end = entries[last].upperBound
                replace(end..<end, with: comma + bytes)
            } else {
                let start = entries.first?.lowerBound ?? container.range.lowerBound + 1
                replace(start..<start, with: isFirst ? bytes : comma + bytes)
            }
            isFirst = false
        }
    }

    /// Removes runs of neighbours: with the comma after them, or with the one before where nothing follows.
    private mutating func remove(_ removed: Set<Int>, from entries: [Range<Int>]) {
        var first = 0
        while first < entries.count {
            guard removed.contains(first) else {
                first += 1
                continue
            }
            var after = first + 1
            while removed.contains(after) {
                after += 1
            }
            if after < entries.count {
                replace(entries[first].lowerBound..<entries[after].lowerBound, with: [])
            } else if first > 0 {
                replace(entries[first - 1].upperBound..<entries[after - 1].upperBound, with: [])
            } else {
                replace(entries[first].lowerBound..<entries[after - 1].upperBound, with: [])
            }
            first = after
        }
    }
}

extension JSONDocument {
    /// The document's bytes with these edits made and everything else untouched.
    package func applying(_ edits: [JSONEdit]) -> [UInt8] {
        var splicer = JSONSplicer(self)
        for edit in edits {
            splicer.add(edit)
        }
        return splicer.result()
    }

    /// The document's bytes with other text in one value's place.
    package func replacing(_ value: JSONValue, with raw: [UInt8]) -> [UInt8] {
        applying([.replace(value, with: raw)])
    }
}
