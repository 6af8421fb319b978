import Testing

@testable import Transport

/// The borrowed form of values, against the counted one and against the model.
@Suite struct JSONCursorTests {
    private static func document(_ text: String) throws -> JSONDocument {
        try JSONDocument(parsing: Array(text.utf8))
    }

    @Test(arguments: UInt64(1)...50)
    func walkingFindsWhatWasWritten(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<20 {
            let model = JSONModel.random(&random)
            let document = try Self.document(model.spelt(&random))
            #expect(document.withRoot { JSONModel($0) } == model)
        }
    }

    @Test(arguments: UInt64(1)...50)
    func everyValueIsTheSameAsItsCountedForm(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<20 {
            let document = try Self.document(JSONModel.random(&random).spelt(&random))
            Self.compare(document.root)
        }
    }

    private static func compare(_ value: JSONValue) {
        value.withCursor { cursor in
            #expect(cursor.kind == value.kind && cursor.count == value.count && cursor.range == value.range)
            #expect(cursor.raw.elementsEqual(value.raw))
            #expect(cursor.isNull == value.isNull && cursor.isNumber == value.isNumber)
            #expect(cursor.isEmptyString == value.isEmptyString && cursor.bool == value.bool)
            #expect(Array(cursor.members.map(\.value.index)) == value.members.map(\.value.index))
            #expect(Array(cursor.elements.map(\.index)) == value.elements.map(\.index))
            var text: [UInt8] = []
            #expect(cursor.appendString(to: &text) == value.isString)
            #expect(cursor.string.map { Array($0.utf8) } ?? [] == text)
        }
        for member in value.members {
            let name = member.key.string ?? ""
            #expect(value.withCursor { $0.member(name)?.index } == value.member(name)?.index)
            #expect(member.key.withCursor { $0.equals(string: name) })
            compare(member.value)
        }
        for (position, element) in value.elements.enumerated() {
            #expect(value.withCursor { $0[position]?.index } == element.index)
            compare(element)
        }
    }

    @Test func lookUpsTakeTheLastOfANameHoweverItIsSpelt() throws {
        let document = try Self.document(#"{"a":1,"\u0061":[true,"x\n",-7],"":0,"b":{}}"#)
        document.withRoot { root in
            #expect(root["a"]?.count == 3)
            #expect(root["a"]?[0]?.bool == true)
            #expect(root["a"]?[1]?.string == "x\n")
            #expect(root["a"]?[2]?.int == -7)
            #expect(root["a"]?[3] == nil && root["a"]?[-1] == nil && root[0] == nil)
            #expect(root[""]?.int == 0)
            #expect(root["b"]?["a"] == nil && root["c"] == nil && root["a"]?["a"] == nil)
            #expect(root["a"]?[1]?.equals("x\n") == true && root["a"]?[1]?.equals("x") == false)
            #expect(root["b"]?.equals("") == false)
        }
    }

    @Test func errorsOfTheClosurePassThrough() throws {
        struct Refusal: Error {}
        let document = try Self.document("[1]")
        #expect(throws: Refusal.self) {
            try document.withRoot { root throws(Refusal) in
                if root.isArray { throw Refusal() }
            }
        }
    }
}

extension JSONModel {
    fileprivate init(_ value: JSONCursor) {
        switch value.kind {
        case .null: self = .null
        case .true: self = .bool(true)
        case .false: self = .bool(false)
        case .number: self = .number(String(decoding: value.raw, as: UTF8.self))
        case .string: self = .string(value.string ?? "")
        case .array: self = .array(value.elements.map { JSONModel($0) })
        case .object:
            self = .object(value.members.map { Member(key: $0.key.string ?? "", value: JSONModel($0.value)) })
        }
    }
}
