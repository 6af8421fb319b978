import Testing

@testable import Transport

/// Properties over generated documents; the seed stands in the test's arguments.
@Suite struct JSONPropertyTests {
    @Test(arguments: UInt64(1)...100)
    func whatTheWriterWritesIsReadBack(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let parser = JSONParser()
        for _ in 0..<20 {
            let model = JSONModel.random(&random)
            let document = try parser.parse(model.written)
            #expect(JSONModel(document.root) == model)
            #expect(document.root.raw.elementsEqual(model.written))
        }
    }

    @Test(arguments: UInt64(1)...100)
    func spellingMakesNoDifference(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<20 {
            let model = JSONModel.random(&random)
            let text = " " + model.spelt(&random) + "\n"
            #expect(JSONModel(try JSONDocument(parsing: Array(text.utf8)).root) == model)
        }
    }

    /// A document with any byte changed is refused or is another document, and never a trap.
    @Test(arguments: UInt64(1)...50)
    func damagedDocumentIsHandled(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let original = Array(JSONModel.random(&random).spelt(&random).utf8)
        for _ in 0..<50 {
            var bytes = original
            let place = Int.random(in: 0..<bytes.count, using: &random)
            bytes[place] = Array("{}[]\",:\\u0e-. \n".utf8).randomElement(using: &random) ?? 0
            do {
                let model = JSONModel(try JSONDocument(parsing: bytes).root)
                #expect(JSONModel(try JSONDocument(parsing: model.written).root) == model)
            } catch {
                #expect(error.byteOffset <= bytes.count)
                #expect(error.line >= 1 && error.column >= 1)
            }
        }
    }

    @Test(arguments: UInt64(1)...200)
    func editsChangeWhatTheyNameAndNothingElse(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var members: [JSONModel.Member] = []
        for number in 0..<Int.random(in: 0...6, using: &random) {
            members.append(JSONModel.Member(key: "k\(number % 4)", value: .random(&random, depth: 3)))
        }
        let text = JSONModel.object(members).spelt(&random)
        let document = try JSONDocument(parsing: Array(text.utf8))
        var edits: [JSONEdit] = []
        for number in 0..<Int.random(in: 1...4, using: &random) {
            let key = "k\(Int.random(in: 0...5, using: &random))"
            let value = JSONModel.number("\(number)")
            switch Int.random(in: 0..<3, using: &random) {
            case 0 where !edits.removes(key):
                // A name that no member has yet may be set only once, since both edits see the same source.
                guard members.contains(where: { $0.key == key }) || !edits.sets(key) else { continue }
                edits.append(.setMember(key, of: document.root, to: value.written))
            case 1 where !edits.sets(key):
                edits.append(.removeMember(key, of: document.root))
            case 2:
                edits.append(.appendMember("new", of: document.root, with: value.written))
            default:
                break
            }
        }
        var expected = members
        for edit in edits {
            switch edit {
            case .setMember(let key, _, let bytes):
                let value = JSONModel.number(String(decoding: bytes, as: UTF8.self))
                if !members.contains(where: { $0.key == key }) {
                    expected.append(JSONModel.Member(key: key, value: value))
                }
                for index in expected.indices where expected[index].key == key { expected[index].value = value }
            case .removeMember(let key, _):
                expected.removeAll { $0.key == key }
            case .appendMember(let key, _, let bytes):
                expected.append(.init(key: key, value: .number(String(decoding: bytes, as: UTF8.self))))
            default:
                Issue.record("not generated")
            }
        }
        let result = document.applying(edits)
        let edited = try JSONDocument(parsing: result).root
        #expect(JSONModel(edited) == .object(expected), "\(text) \(edits)")
        // What no edit names keeps its spelling.
        for member in document.root.members {
            let key = member.key.string ?? ""
            guard !edits.sets(key), !edits.removes(key) else { continue }
            let source = document.bytes[member.range]
            #expect(edited.members.contains { result[$0.range].elementsEqual(source) })
        }
    }
}

extension [JSONEdit] {
    fileprivate func sets(_ name: String) -> Bool {
        contains { if case .setMember(name, _, _) = $0 { true } else { false } }
    }

    fileprivate func removes(_ name: String) -> Bool {
        contains { if case .removeMember(name, _) = $0 { true } else { false } }
    }
}
