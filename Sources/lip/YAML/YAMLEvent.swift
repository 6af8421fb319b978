import CYAML

/// One libyaml event copied into Swift values; libyaml's own is freed before this one exists.
struct YAMLEvent {
    static let stringTag = "tag:yaml.org,2002:str"

    let type: yaml_event_type_t
    let mark: YAMLMark
    /// The anchor that it sets, or the one that an alias names.
    private(set) var anchor: String?
    private(set) var tag: String?
    private(set) var scalar = YAMLScalar(text: "", isPlain: false, verbatimOffset: nil)

    /// Takes the next event.
    ///
    /// - Throws: libyaml's error with its place.
    init(_ parser: UnsafeMutablePointer<yaml_parser_t>) throws(YAMLError) {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw Self.error(of: parser) }
        defer { yaml_event_delete(&event) }
        type = event.type
        mark = YAMLMark(event.start_mark)
        switch type {
        case YAML_ALIAS_EVENT: anchor = Self.text(event.data.alias.anchor)
        case YAML_SCALAR_EVENT:
            anchor = Self.text(event.data.scalar.anchor)
            tag = Self.text(event.data.scalar.tag)
            scalar = Self.scalar(event, isString: tag != nil)
        case YAML_SEQUENCE_START_EVENT:
            anchor = Self.text(event.data.sequence_start.anchor)
            tag = Self.text(event.data.sequence_start.tag)
        case YAML_MAPPING_START_EVENT:
            anchor = Self.text(event.data.mapping_start.anchor)
            tag = Self.text(event.data.mapping_start.tag)
        default: break
        }
    }

    private static func scalar(_ event: yaml_event_t, isString: Bool) -> YAMLScalar {
        let data = event.data.scalar
        let text = String(decoding: UnsafeBufferPointer(start: data.value, count: data.length), as: UTF8.self)
        let isPlain = data.style == YAML_PLAIN_SCALAR_STYLE
        let quoteCount = isPlain ? 0 : 1
        // Text that spans lines, has escapes or follows a tag or an anchor does not stand in the file as it reads here.
        let length = event.end_mark.column - event.start_mark.column
        let isVerbatim =
            event.start_mark.line == event.end_mark.line && length == text.unicodeScalars.count + 2 * quoteCount
        return YAMLScalar(text: text, isPlain: isPlain && !isString, verbatimOffset: isVerbatim ? quoteCount : nil)
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    private static func error(of parser: UnsafeMutablePointer<yaml_parser_t>) -> YAMLError {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "not valid YAML"
        if parser.pointee.error == YAML_READER_ERROR {
            let message =
                problem.hasPrefix("control characters")
                ? "a control character, which no text file holds" : "not UTF-8 text: \(problem)"
            return YAMLError(message: message, mark: placeOfBadByte(parser))
        }
        let context = parser.pointee.context.map { String(cString: $0) }
        let mark = YAMLMark(parser.pointee.problem_mark)
        switch (problem, context) {
        case ("found character that cannot start any token", _):
            let message =
                byte(at: mark, parser) == UInt8(ascii: "\t")
                ? "a tab, and YAML is indented with blanks"
                : "a text cannot begin with this character unless it stands in quotes"
            return YAMLError(message: message, mark: mark)
        case ("mapping values are not allowed in this context", _):
            return YAMLError(
                message:
                    "a colon with a blank behind it in the middle of a value; quote the text, or check the indentation",
                mark: mark)
        case ("found unexpected end of stream", "while scanning a quoted scalar"):
            return YAMLError(
                message: "the quotation mark that opens here is never closed",
                mark: YAMLMark(parser.pointee.context_mark))
        case ("did not find expected key", "while parsing a block mapping"):
            return YAMLError(
                message: "expected a key here; check that keys of one section are indented alike", mark: mark)
        default:
            return YAMLError(message: context.map { "\(problem) \($0)" } ?? problem, mark: mark)
        }
    }
}

extension YAMLEvent {
    /// Where the reader stopped: it counts bytes, and the parser's own mark is up to a buffer before them.
    private static func placeOfBadByte(_ parser: UnsafeMutablePointer<yaml_parser_t>) -> YAMLMark {
        var mark = YAMLMark(line: 1, column: 1)
        for byte in text(of: parser).prefix(Int(parser.pointee.problem_offset)) {
            if byte == UInt8(ascii: "\n") {
                mark = YAMLMark(line: mark.line + 1, column: 1)
            } else if byte & 0xC0 != 0x80 {
                mark.column += 1
            }
        }
        return mark
    }
}

extension YAMLEvent {
    /// The byte at a place of the text, where only characters of one byte stand before it in its line.
    private static func byte(at mark: YAMLMark, _ parser: UnsafeMutablePointer<yaml_parser_t>) -> UInt8? {
        let lines = text(of: parser).split(
            separator: UInt8(ascii: "\n"), maxSplits: mark.line, omittingEmptySubsequences: false)
        guard mark.line <= lines.count else { return nil }
        return lines[mark.line - 1].dropFirst(mark.column - 1).first
    }

    /// What the parser was given as a whole.
    private static func text(of parser: UnsafeMutablePointer<yaml_parser_t>) -> UnsafeBufferPointer<UInt8> {
        let input = parser.pointee.input.string
        guard let start = input.start, let end = input.end else { return UnsafeBufferPointer(start: nil, count: 0) }
        return UnsafeBufferPointer(start: start, count: end - start)
    }
}

extension YAMLMark {
    /// libyaml counts from 0.
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: mark.line + 1, column: mark.column + 1)
    }
}
