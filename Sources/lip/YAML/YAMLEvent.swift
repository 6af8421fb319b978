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
            // The reader has no mark of its own; where the parser stands is at most a buffer before the bad byte.
            return YAMLError(
                message: "\(problem) (byte \(parser.pointee.problem_offset))", mark: YAMLMark(parser.pointee.mark))
        }
        let context = parser.pointee.context.map { " \(String(cString: $0))" } ?? ""
        return YAMLError(message: problem + context, mark: YAMLMark(parser.pointee.problem_mark))
    }
}

extension YAMLMark {
    /// libyaml counts from 0.
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: mark.line + 1, column: mark.column + 1)
    }
}
