import Transport

/// Reads a document and compares the verdict with a plain recursive checker; then walks, decodes, edits and rewrites it.
func fuzzJSON(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: count))
    let limits = JSONLimits(nestingDepthMax: 32)
    let isValid = String(validating: bytes, as: UTF8.self) != nil && JSONChecker.accepts(bytes, depthMax: 32)
    let document: JSONDocument
    do {
        document = try JSONDocument(parsing: bytes, limits: limits)
    } catch {
        precondition(!isValid, "a valid document was refused")
        precondition(error.byteOffset <= count && error.line > 0 && error.column > 0, "an error outside the document")
        return 0
    }
    precondition(isValid, "an invalid document was accepted")

    var writer = JSONWriter()
    rewrite(document.root, &writer)
    guard let second = try? JSONDocument(parsing: writer.bytes, limits: limits) else {
        preconditionFailure("what was written is no document")
    }
    var secondWriter = JSONWriter()
    rewrite(second.root, &secondWriter)
    precondition(writer.bytes == secondWriter.bytes, "writing is not stable")
    edit(document)
    return 0
}

/// Writes every value anew from what was decoded.
private func rewrite(_ value: JSONValue, _ writer: inout JSONWriter) {
    switch value.kind {
    case .null: writer.null()
    case .true: writer.bool(true)
    case .false: writer.bool(false)
    case .number:
        precondition(value.int == nil || value.double != nil, "an integer without a double")
        writer.raw(value.raw)
    case .string:
        let string = value.string ?? ""
        var bytes: [UInt8] = []
        value.appendString(to: &bytes)
        precondition(bytes.elementsEqual(string.utf8) && value.equals(string), "two decodings differ")
        writer.string(string)
    case .array:
        writer.beginArray()
        for element in value.elements { rewrite(element, &writer) }
        writer.endArray()
    case .object:
        writer.beginObject()
        for member in value.members {
            let name = member.key.string ?? ""
            precondition(value.member(name) != nil, "a member is not found by its name")
            writer.key(name)
            rewrite(member.value, &writer)
        }
        writer.endObject()
    }
}

/// Edits the root, and checks that the results are documents that show the edit.
private func edit(_ document: JSONDocument) {
    let root = document.root
    let one = [UInt8(ascii: "1")]
    if let member = root.members.first(where: { _ in true }), let name = member.key.string {
        let removed = parse(document.applying([.removeMember(name, of: root)]))
        precondition(removed.root.member(name) == nil, "a removed member is there")
        let set = parse(document.applying([.setMember(name, of: root, to: one)]))
        precondition(set.root.member(name)?.int == 1 && set.root.count == root.count, "a set member differs")
    }
    if root.isObject {
        let appended = parse(document.applying([.appendMember("\u{0}", of: root, with: one)]))
        precondition(appended.root.count == root.count + 1, "an appended member is not there")
    }
    if root.isArray {
        let middle = root.count / 2
        let inserted = parse(document.applying([.insertElement(at: middle, of: root, with: one)]))
        precondition(inserted.root[middle]?.int == 1 && inserted.root.count == root.count + 1, "no inserted element")
        let removed = parse(document.applying([.removeElement(at: middle, of: root)]))
        precondition(removed.root.count == max(0, root.count - 1), "a removed element is there")
    }
}

private func parse(_ bytes: [UInt8]) -> JSONDocument {
    guard let document = try? JSONDocument(parsing: bytes) else { preconditionFailure("an edit broke the document") }
    return document
}
