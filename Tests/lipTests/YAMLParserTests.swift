import Testing

@testable import lip

@Suite("YAML parser")
struct YAMLParserTests {
    private func parse(_ text: String, _ limits: YAMLLimits = YAMLLimits()) throws(YAMLError) -> YAMLNode? {
        try YAMLParser.parse(Array(text.utf8), limits: limits)
    }

    private func scalar(_ node: YAMLNode?, _ path: String...) -> YAMLScalar? {
        var node = node
        for key in path {
            switch node?.content {
            case .mapping(let pairs):
                node =
                    pairs.first { if case .scalar(let scalar) = $0.key.content { scalar.text == key } else { false } }?
                    .value
            case .sequence(let items): node = Int(key).flatMap { items.indices.contains($0) ? items[$0] : nil }
            default: return nil
            }
        }
        if case .scalar(let scalar) = node?.content { return scalar }
        return nil
    }

    @Test("nodes know their line and column in characters")
    func marks() throws {
        let root = try #require(try parse("a: 1\nbé: [x,\n  \"y\"]\n"))
        guard case .mapping(let pairs) = root.content, case .sequence(let items) = pairs[1].value.content else {
            Issue.record("expected a mapping with a list")
            return
        }
        #expect(pairs[0].key.mark == YAMLMark(line: 1, column: 1))
        #expect(pairs[0].value.mark == YAMLMark(line: 1, column: 4))
        #expect(pairs[1].value.mark == YAMLMark(line: 2, column: 5))
        #expect(items[1].mark == YAMLMark(line: 3, column: 3))
        #expect(items[1].mark(atCharacter: 0) == YAMLMark(line: 3, column: 4))
    }

    @Test("a text with escapes or on several lines gives its start for every character")
    func verbatim() throws {
        let root = try parse("a: \"x\\ny\"\nb: |\n  text\nc: 'it''s'\nd: plain text\ne: !!str 5\n")
        #expect(scalar(root, "a")?.verbatimOffset == nil)
        #expect(scalar(root, "b")?.verbatimOffset == nil)
        #expect(scalar(root, "c")?.verbatimOffset == nil)
        #expect(scalar(root, "d")?.verbatimOffset == 0)
        #expect(scalar(root, "e")?.resolved == .string)
    }

    @Test(
        "plain scalars mean what YAML's core schema says",
        arguments: [
            ("true", YAMLScalar.Resolved.bool(true)), ("False", .bool(false)), ("yes", .string), ("~", .null),
            ("", .null),
            ("null", .null), ("12", .number), ("-1.5e3", .number), ("1_000", .string), ("0x10", .string),
            (".", .string),
            ("1.2.3", .string), ("nan", .string), ("infinity", .string), ("15s", .string),
        ])
    func resolution(_ text: String, _ expected: YAMLScalar.Resolved) throws {
        #expect(scalar(try parse("k: \(text)\n"), "k")?.resolved == expected)
        #expect(scalar(try parse("k: \"\(text)\"\n"), "k")?.resolved == .string)
    }

    @Test("aliases repeat what their anchor holds, and << merges with the mapping's own keys first")
    func aliases() throws {
        let text = """
            base: &base {a: 1, b: 2}
            first: *base
            second: {<<: *base, b: 3}
            third: {<<: [{b: 4}, *base]}
            """
        let root = try parse(text)
        #expect(scalar(root, "first", "b")?.text == "2")
        #expect(scalar(root, "second", "a")?.text == "1")
        #expect(scalar(root, "second", "b")?.text == "3")
        #expect(scalar(root, "third", "b")?.text == "4")
        #expect(scalar(root, "third", "a")?.text == "1")
    }

    @Test("an alias bomb is refused by the number of values, before it takes the memory")
    func bomb() throws {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<30 {
            text += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ","))]\n"
        }
        let error = #expect(throws: YAMLError.self) { try self.parse(text) }
        #expect(error?.message == "more than 100000 values, aliases expanded")
    }

    @Test("depth is bounded, directly and through aliases")
    func depth() throws {
        let deep = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
        #expect(throws: YAMLError(message: "nested deeper than 64 levels", mark: YAMLMark(line: 1, column: 65))) {
            try self.parse(deep)
        }
        _ = try parse(String(repeating: "[", count: 64) + String(repeating: "]", count: 64))
        let half = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
        let error = #expect(throws: YAMLError.self) {
            try self.parse(
                "a: &a \(half)\nb: \(String(repeating: "[", count: 40))*a\(String(repeating: "]", count: 40))\n")
        }
        #expect(error?.message == "nested deeper than 64 levels")
    }

    @Test(
        "what is no usable document is refused at its place",
        arguments: [
            ("a: [1\n", 2, "did not find expected ',' or ']'"), ("a: b: c\n", 1, "a colon with a blank behind it"),
            ("a: 1\n---\nb: 2\n", 2, "a second document"), ("a: *nothing\n", 1, "an alias without its anchor"),
            ("a: &a [*a]\n", 1, "an alias without its anchor"), ("a: !!binary x\n", 1, "a tag other than !!str"),
            ("a: {<<: 1}\n", 1, "\"<<\" merges mappings"), ("a: \"\u{1}\"\n", 1, "a control character"),
            ("\tkey: 1\n", 1, "a tab, and YAML is indented with blanks"), ("é: 1\nb:\n\tc: 1\n", 3, "a tab"),
            ("a: @b\n", 1, "unless it stands in quotes"), ("a: 1\nb: \"c\nd: 1\n", 2, "never closed"),
            ("a:\n  b: 1\n c: 2\n", 3, "indented alike"), ("a: 1\nb: \"\u{1}\"\n", 2, "a control character"),
        ])
    func refused(_ text: String, _ line: Int, _ message: String) throws {
        let error = #expect(throws: YAMLError.self) { try self.parse(text) }
        #expect(error?.mark.line == line)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test("a document larger than the limit is refused unread")
    func size() throws {
        var limits = YAMLLimits()
        limits.documentBytesMax = 10
        let error = #expect(throws: YAMLError.self) { try self.parse("abcdefghijk", limits) }
        #expect(error?.message == "the file is larger than 10 bytes")
    }

    @Test("nothing but comments is no document", arguments: ["", "# only\n", "\n\n", "---\n"])
    func empty(_ text: String) throws {
        let root = try parse(text)
        #expect(root?.isNull ?? true)
    }

    @Test("bytes that are no UTF-8 are refused")
    func encoding() throws {
        let error = #expect(throws: YAMLError.self) { try YAMLParser.parse([0x61, 0x3A, 0x20, 0xFF, 0x0A]) }
        #expect(error?.message.contains("UTF-8") == true)
    }
}
