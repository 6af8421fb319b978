/// The `[…]` groups in front of a leaf, read but not yet judged by where the leaf stands.
struct LeafAnnotations {
    /// The keys that a leaf's groups may hold.
    enum Key: String {
        case weight
        case first
        case handicap
        case ttftTimeout = "ttft_timeout"
        case minContext = "min_context"
        case maxContext = "max_context"

        /// How the key is shown where it stands twice.
        var shownForm: String {
            switch self {
            case .first: "[first]"
            default: "[\(rawValue)=N]"
            }
        }
    }

    private(set) var weight: Int?
    private(set) var first = false
    private(set) var handicap: Duration?
    private(set) var ttftTimeout: Duration?
    private(set) var minContext: Int?
    private(set) var maxContext: Int?
    /// Where each key stands, as a byte offset.
    private(set) var offsets: [Key: Int] = [:]

    /// Reads the groups at the start of `range`; returns them and what stands behind them, trimmed.
    static func read(
        _ text: SelectorText, _ range: Range<Int>
    ) throws(SelectorError) -> (annotations: LeafAnnotations, rest: Range<Int>) {
        var annotations = LeafAnnotations()
        var rest = range
        while text.starts(rest, with: UInt8(ascii: "[")) {
            guard let close = text.first(UInt8(ascii: "]"), in: rest) else {
                throw text.error("unclosed annotation prefix", at: rest.lowerBound)
            }
            let group = rest.lowerBound + 1..<close
            guard !text.trimmed(group).isEmpty else {
                throw text.error("empty annotation prefix", at: rest.lowerBound)
            }
            for part in text.split(group, at: UInt8(ascii: ",")) {
                try annotations.add(text, text.trimmed(part))
            }
            rest = text.trimmed(close + 1..<rest.upperBound)
        }
        if let low = annotations.minContext, let high = annotations.maxContext, low >= high {
            throw text.error(
                "min_context must be less than max_context", at: annotations.offsets[.minContext] ?? range.lowerBound)
        }
        return (annotations, rest)
    }

    /// Whether the groups at the start of `range` make it a branch of a weighted arm.
    ///
    /// So does a group that is never closed: it hides every separator, and only the leaf's own error explains it.
    static func markWeightedBranch(_ text: SelectorText, _ range: Range<Int>) -> Bool {
        var rest = range
        while text.starts(rest, with: UInt8(ascii: "[")) {
            guard let close = text.first(UInt8(ascii: "]"), in: rest) else { return true }
            for part in text.split(rest.lowerBound + 1..<close, at: UInt8(ascii: ",")) {
                let key = Key(rawValue: text.entry(part).key)
                if key == .weight || key == .first { return true }
            }
            rest = text.trimmed(close + 1..<rest.upperBound)
        }
        return false
    }

    private mutating func add(_ text: SelectorText, _ part: Range<Int>) throws(SelectorError) {
        guard !part.isEmpty else { throw text.error("malformed annotation list", at: part.lowerBound) }
        let (name, value) = text.entry(part)
        guard let key = Key(rawValue: name) else {
            throw text.error("unsupported annotation key \(QuotedText.quoted(name))", at: part.lowerBound)
        }
        guard offsets.updateValue(part.lowerBound, forKey: key) == nil else {
            throw text.error("duplicate \(key.shownForm) annotation", at: part.lowerBound)
        }
        switch key {
        case .first:
            if let value, !value.isEmpty {
                throw text.error("[first] does not take a value", at: part.lowerBound)
            }
            first = true
        case .weight:
            guard let weight = value.flatMap({ AnnotationValue.positiveInteger(text.bytes[$0]) }) else {
                throw text.error("weight must be a positive integer", at: part.lowerBound)
            }
            self.weight = weight
        case .handicap: handicap = try text.duration(value, of: name, at: part.lowerBound)
        case .ttftTimeout: ttftTimeout = try text.duration(value, of: name, at: part.lowerBound)
        case .minContext: minContext = try text.tokens(value, of: name, at: part.lowerBound)
        case .maxContext: maxContext = try text.tokens(value, of: name, at: part.lowerBound)
        }
    }
}

extension SelectorText {
    /// The duration that a key was given; an error names the key and where its entry begins.
    func duration(_ value: Range<Int>?, of key: String, at offset: Int) throws(SelectorError) -> Duration {
        do throws(AnnotationValue.Problem) {
            guard let value else { throw .malformed }
            return try AnnotationValue.duration(bytes[value])
        } catch {
            throw self.error("\(key) \(error == .tooLarge ? "is too large" : "must be a positive integer")", at: offset)
        }
    }

    /// The count of tokens that a key was given; an error names the key and where its entry begins.
    func tokens(_ value: Range<Int>?, of key: String, at offset: Int) throws(SelectorError) -> Int {
        do throws(AnnotationValue.Problem) {
            guard let value else { throw .malformed }
            return try AnnotationValue.tokens(self, value)
        } catch {
            let form = "must be a positive token count with optional K/M suffix"
            throw self.error("\(key) \(error == .tooLarge ? "is too large" : form)", at: offset)
        }
    }
}
