import CYAML

/// Reads one YAML document into a tree with libyaml.
///
/// Anchors, aliases and the merge key `<<` work; an alias shares the anchored tree and counts in full against the limits.
/// Tags other than `!!str` are refused, since the configuration has no use for them.
struct YAMLParser {
    private let limits: YAMLLimits
    private var anchors: [String: YAMLNode] = [:]
    private var nodeCount = 0

    private init(limits: YAMLLimits) {
        self.limits = limits
    }

    /// Parses the bytes of a document; nil when it holds nothing but blanks and comments.
    ///
    /// - Throws: the first error; libyaml cannot go on after one.
    static func parse(_ bytes: [UInt8], limits: YAMLLimits = YAMLLimits()) throws(YAMLError) -> YAMLNode? {
        guard bytes.count <= limits.documentBytesMax else {
            throw YAMLError(
                message: "the file is larger than \(limits.documentBytesMax) bytes", mark: YAMLMark(line: 1, column: 1))
        }
        // The handle's address must not change between calls, and the text must outlive them.
        let handle = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { handle.deallocate() }
        guard yaml_parser_initialize(handle) == 1 else {
            throw YAMLError(message: "out of memory", mark: YAMLMark(line: 1, column: 1))
        }
        defer { yaml_parser_delete(handle) }
        let result: Result<YAMLNode?, YAMLError> = bytes.withUnsafeBufferPointer { text in
            yaml_parser_set_input_string(handle, text.baseAddress, text.count)
            var parser = YAMLParser(limits: limits)
            return Result { () throws(YAMLError) in try parser.document(handle) }
        }
        return try result.get()
    }

    // MARK: Grammar

    private mutating func document(_ handle: UnsafeMutablePointer<yaml_parser_t>) throws(YAMLError) -> YAMLNode? {
        var root: YAMLNode?
        while true {
            let event = try YAMLEvent(handle)
            switch event.type {
            case YAML_STREAM_START_EVENT, YAML_DOCUMENT_END_EVENT: continue
            case YAML_STREAM_END_EVENT: return root
            case YAML_DOCUMENT_START_EVENT:
                guard root == nil else {
                    throw YAMLError(message: "a second document: the configuration is one document", mark: event.mark)
                }
                root = try node(YAMLEvent(handle), handle, depth: 1)
            default: throw YAMLError(message: "unexpected YAML event", mark: event.mark)
            }
        }
    }

    private mutating func node(
        _ event: YAMLEvent, _ handle: UnsafeMutablePointer<yaml_parser_t>, depth: Int
    ) throws(YAMLError) -> YAMLNode {
        guard depth <= limits.depthMax else {
            throw YAMLError(message: "nested deeper than \(limits.depthMax) levels", mark: event.mark)
        }
        if event.type == YAML_ALIAS_EVENT { return try alias(event, depth: depth) }
        try take(1, at: event.mark)
        try checkTag(event)
        let result: YAMLNode
        switch event.type {
        case YAML_SCALAR_EVENT: result = YAMLNode(scalar: event.scalar, mark: event.mark)
        case YAML_SEQUENCE_START_EVENT: result = try sequence(event, handle, depth: depth)
        case YAML_MAPPING_START_EVENT: result = try mapping(event, handle, depth: depth)
        default: throw YAMLError(message: "unexpected YAML event", mark: event.mark)
        }
        if let anchor = event.anchor { anchors[anchor] = result }
        return result
    }

    private mutating func sequence(
        _ start: YAMLEvent, _ handle: UnsafeMutablePointer<yaml_parser_t>, depth: Int
    ) throws(YAMLError) -> YAMLNode {
        var items: [YAMLNode] = []
        while true {
            let event = try YAMLEvent(handle)
            if event.type == YAML_SEQUENCE_END_EVENT { return YAMLNode(sequence: items, mark: start.mark) }
            items.append(try node(event, handle, depth: depth + 1))
        }
    }

    private mutating func mapping(
        _ start: YAMLEvent, _ handle: UnsafeMutablePointer<yaml_parser_t>, depth: Int
    ) throws(YAMLError) -> YAMLNode {
        var pairs: [YAMLPair] = []
        var merged: [YAMLPair] = []
        while true {
            let event = try YAMLEvent(handle)
            if event.type == YAML_MAPPING_END_EVENT { break }
            let key = try node(event, handle, depth: depth + 1)
            let value = try node(YAMLEvent(handle), handle, depth: depth + 1)
            if case .scalar(let scalar) = key.content, scalar.isPlain, scalar.text == "<<" {
                merged += try pairsToMerge(value)
            } else {
                pairs.append(YAMLPair(key: key, value: value))
            }
        }
        // A key of the mapping itself wins over a merged one, and of two merged ones the first.
        for pair in merged where !pairs.contains(where: { $0.key.content == pair.key.content }) { pairs.append(pair) }
        return YAMLNode(mapping: pairs, mark: start.mark)
    }

    private func pairsToMerge(_ value: YAMLNode) throws(YAMLError) -> [YAMLPair] {
        switch value.content {
        case .mapping(let pairs): return pairs
        case .sequence(let items):
            var pairs: [YAMLPair] = []
            for item in items {
                guard case .mapping(let more) = item.content else { throw notMergeable(item) }
                pairs += more
            }
            return pairs
        case .scalar: throw notMergeable(value)
        }
    }

    private func notMergeable(_ node: YAMLNode) -> YAMLError {
        YAMLError(message: "\"<<\" merges mappings, found \(node.kindDescription)", mark: node.mark)
    }

    private mutating func alias(_ event: YAMLEvent, depth: Int) throws(YAMLError) -> YAMLNode {
        let name = event.anchor ?? ""
        guard let target = anchors[name] else {
            // The name is not told: a credential that begins with a star and lost its quotes reads as an alias.
            throw YAMLError(
                message: "an alias without its anchor before it (quote a text that begins with *)", mark: event.mark)
        }
        try take(target.count, at: event.mark)
        guard depth + target.height - 1 <= limits.depthMax else {
            throw YAMLError(message: "nested deeper than \(limits.depthMax) levels", mark: event.mark)
        }
        return target
    }

    private mutating func take(_ count: Int, at mark: YAMLMark) throws(YAMLError) {
        nodeCount += count
        guard nodeCount <= limits.nodeCountMax else {
            throw YAMLError(message: "more than \(limits.nodeCountMax) values, aliases expanded", mark: mark)
        }
    }

    private func checkTag(_ event: YAMLEvent) throws(YAMLError) {
        guard let tag = event.tag, tag != "!", tag != YAMLEvent.stringTag else { return }
        throw YAMLError(message: "a tag other than !!str (quote a text that begins with !)", mark: event.mark)
    }
}
