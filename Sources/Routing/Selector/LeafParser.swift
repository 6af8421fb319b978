/// The grammar of one leaf: annotations, `backend:model`, `?query`.
///
/// Leaves are parsed in written order: columns are counted on from the leaf before, so that a text of many leaves is
/// not counted from its start for each of them.
struct LeafParser {
    let text: SelectorText
    private var legCount = 0
    private var counted = 0
    private var column = 1

    init(text: SelectorText) {
        self.text = text
    }

    mutating func leaf(_ range: Range<Int>, in kind: Arm.Kind) throws(SelectorError) -> Leaf {
        legCount += 1
        guard legCount <= Selector.legsMax else {
            throw text.error("too many legs (max \(Selector.legsMax))", at: range.lowerBound)
        }
        let (annotations, rest) = try LeafAnnotations.read(text, range)
        try judge(annotations, in: kind)
        guard !rest.isEmpty else {
            throw text.error("missing primary after annotations", at: rest.lowerBound)
        }

        let question = text.first(UInt8(ascii: "?"), in: rest) ?? rest.upperBound
        let query = try query(min(question + 1, rest.upperBound)..<rest.upperBound)
        let path = text.trimmed(rest.lowerBound..<question)
        guard !path.isEmpty else { throw text.error("missing model in primary", at: rest.lowerBound) }
        if let brace = globalBlock(in: path) {
            throw text.error("global parameters must appear before the first leaf", at: brace)
        }

        let (backend, model) = try names(path)
        var leaf = Leaf(
            backend: backend.isEmpty ? nil : text.string(backend), model: text.string(model),
            parameters: query.parameters, encodedQuery: query.encoded, column: column(at: range.lowerBound))
        leaf.weight = annotations.weight ?? 1
        leaf.first = annotations.first
        leaf.handicap = annotations.handicap
        leaf.ttftTimeout = annotations.ttftTimeout
        leaf.minContext = annotations.minContext
        leaf.maxContext = annotations.maxContext
        return leaf
    }

    /// Refuses annotations that have no meaning in an arm of this kind.
    private func judge(_ annotations: LeafAnnotations, in kind: Arm.Kind) throws(SelectorError) {
        if kind == .race {
            if let offset = annotations.offsets[.weight] ?? annotations.offsets[.first] {
                throw text.error("[weight] and [first] are not valid on parallel branches", at: offset)
            }
        } else if let offset = annotations.offsets[.handicap] {
            throw text.error("[handicap] is only valid on parallel branches", at: offset)
        }
    }

    private func query(_ range: Range<Int>) throws(SelectorError) -> QueryString.Contents {
        do throws(QueryString.Problem) {
            return try QueryString.decode(text, range)
        } catch {
            throw text.error("parse query: \(error.detail)", at: error.offset)
        }
    }

    private func names(
        _ path: Range<Int>
    ) throws(SelectorError) -> (backend: Range<Int>, model: Range<Int>) {
        var backend = path.lowerBound..<path.lowerBound
        var model = path
        if let colon = text.first(UInt8(ascii: ":"), in: path) {
            backend = text.trimmed(path.lowerBound..<colon)
            model = text.trimmed(colon + 1..<path.upperBound)
        }
        guard !model.isEmpty else { throw text.error("model is required", at: model.lowerBound) }
        if let bar = text.first(UInt8(ascii: "|"), in: path) {
            throw text.error("unexpected '|' in primary (use failover '|' at top level)", at: bar)
        }
        return (backend, model)
    }

    /// Where a path holds what looks like a block of global parameters; `${…}` does not.
    private func globalBlock(in path: Range<Int>) -> Int? {
        var rest = path
        while let open = text.first(UInt8(ascii: "{"), in: rest),
            let close = text.first(UInt8(ascii: "}"), in: open..<rest.upperBound)
        {
            let isVariable = open > path.lowerBound && text.bytes[open - 1] == UInt8(ascii: "$")
            if !isVariable, GlobalParameters.keys.contains(text.entry(open + 1..<close).key) { return open }
            rest = close + 1..<rest.upperBound
        }
        return nil
    }

    private mutating func column(at offset: Int) -> Int {
        for byte in text.bytes[counted..<offset] where byte & 0xC0 != 0x80 { column += 1 }
        counted = offset
        return column
    }
}
