/// The selector grammar: a block of global parameters, then arms between `|`.
struct SelectorParser {
    let text: SelectorText

    func selector() throws(SelectorError) -> Selector {
        let whole = text.trimmed(text.all)
        guard !whole.isEmpty else { throw text.error("empty selector", at: whole.lowerBound) }
        let (global, rest) = try globalBlock(whole)

        let pieces = text.splitOutsideBrackets(rest, at: UInt8(ascii: "|")).map(text.trimmed)
        for piece in pieces where piece.isEmpty {
            throw text.error("empty failover alternative", at: piece.lowerBound)
        }
        var arms: [Arm] = []
        arms.reserveCapacity(pieces.count)
        var leaves = LeafParser(text: text)
        for piece in pieces { arms.append(try arm(piece, &leaves)) }
        return Selector(global: global, arms: arms)
    }

    // MARK: Global parameters

    private func globalBlock(
        _ range: Range<Int>
    ) throws(SelectorError) -> (global: GlobalParameters, rest: Range<Int>) {
        guard text.starts(range, with: UInt8(ascii: "{")) else { return (GlobalParameters(), range) }
        guard let close = text.first(UInt8(ascii: "}"), in: range) else {
            throw text.error("unclosed global parameter block", at: range.lowerBound)
        }
        let content = range.lowerBound + 1..<close
        guard !text.trimmed(content).isEmpty else {
            throw text.error("empty global parameter block", at: range.lowerBound)
        }
        var global = GlobalParameters()
        for part in text.split(content, at: UInt8(ascii: ",")) { try add(text.trimmed(part), to: &global) }
        let rest = text.trimmed(close + 1..<range.upperBound)
        if text.starts(rest, with: UInt8(ascii: "{")) {
            throw text.error("duplicate global parameter block", at: rest.lowerBound)
        }
        guard !rest.isEmpty else { throw text.error("empty selector", at: rest.lowerBound) }
        return (global, rest)
    }

    private func add(_ part: Range<Int>, to global: inout GlobalParameters) throws(SelectorError) {
        guard !part.isEmpty else { throw text.error("malformed global parameter list", at: part.lowerBound) }
        let (key, value) = text.entry(part)
        switch key {
        case "ttft_timeout":
            guard global.ttftTimeout == nil else {
                throw text.error("duplicate ttft_timeout global parameter", at: part.lowerBound)
            }
            global.ttftTimeout = try text.duration(value, of: key, at: part.lowerBound)
        case "affinity", "session_sticky", "client_sticky":
            guard global.affinity == nil else {
                throw text.error("duplicate affinity global parameter", at: part.lowerBound)
            }
            global.affinity = try affinity(key, value, at: part.lowerBound)
        default:
            throw text.error("unsupported global parameter key \(QuotedText.quoted(key))", at: part.lowerBound)
        }
    }

    private func affinity(
        _ key: String, _ value: Range<Int>?, at offset: Int
    ) throws(SelectorError) -> GlobalParameters.Affinity {
        guard key == "affinity" else {
            guard value == nil else { throw text.error("\(key) does not take a value", at: offset) }
            return key == "session_sticky" ? .session : .client
        }
        guard let affinity = value.flatMap({ GlobalParameters.Affinity(rawValue: text.lowercased($0)) }) else {
            throw text.error("affinity must be session or client", at: offset)
        }
        return affinity
    }

    // MARK: Arms

    private func arm(_ range: Range<Int>, _ leaves: inout LeafParser) throws(SelectorError) -> Arm {
        let bang = text.firstOutsideBrackets(UInt8(ascii: "!"), in: range)
        let caret = text.firstOutsideBrackets(UInt8(ascii: "^"), in: range)
        let isMarked = LeafAnnotations.markWeightedBranch(text, range)
        if let bang {
            guard caret == nil, !isMarked else {
                throw text.error(
                    "parallel '!' and weighted '^'/[weight]/[first] cannot be mixed in one arm",
                    at: max(bang, caret ?? bang))
            }
            return try race(range, &leaves)
        }
        if caret != nil || isMarked { return try weighted(range, &leaves) }
        return Arm(kind: .single, legs: [try leaves.leaf(range, in: .single)])
    }

    private func race(_ range: Range<Int>, _ leaves: inout LeafParser) throws(SelectorError) -> Arm {
        let pieces = text.splitOutsideBrackets(range, at: UInt8(ascii: "!")).map(text.trimmed)
        guard pieces.count <= Selector.raceLegsMax else {
            throw text.error(
                "too many parallel branches (max \(Selector.raceLegsMax))",
                at: pieces[Selector.raceLegsMax].lowerBound)
        }
        var legs: [Leaf] = []
        for piece in pieces {
            guard !piece.isEmpty else { throw text.error("empty parallel branch", at: piece.lowerBound) }
            legs.append(try leaves.leaf(piece, in: .race))
        }
        return Arm(kind: .race, legs: legs)
    }

    private func weighted(_ range: Range<Int>, _ leaves: inout LeafParser) throws(SelectorError) -> Arm {
        var legs: [Leaf] = []
        var hasFirst = false
        for piece in text.splitOutsideBrackets(range, at: UInt8(ascii: "^")).map(text.trimmed) {
            guard !piece.isEmpty else { throw text.error("empty weighted branch", at: piece.lowerBound) }
            let leaf = try leaves.leaf(piece, in: .weighted)
            if leaf.first, hasFirst {
                throw text.error(
                    "at most one [first] branch is allowed in a weighted selector", at: piece.lowerBound)
            }
            hasFirst = hasFirst || leaf.first
            legs.append(leaf)
        }
        return Arm(kind: .weighted, legs: legs)
    }
}
