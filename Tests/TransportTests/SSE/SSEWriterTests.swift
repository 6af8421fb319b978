import Testing

@testable import Transport

@Suite struct SSEWriterTests {
    private static func text(_ write: (inout [UInt8]) -> Void) -> String {
        var output: [UInt8] = []
        write(&output)
        return String(decoding: output, as: UTF8.self)
    }

    @Test func framesAreSpeltAsProvidersSpellThem() {
        #expect(Self.text { SSEWriter.data(Array("{}".utf8), into: &$0) } == "data: {}\n\n")
        #expect(Self.text { SSEWriter.data([], into: &$0) } == "data: \n\n")
        #expect(
            Self.text { SSEWriter.event(name: "ping" as StaticString, data: Array("{}".utf8), into: &$0) }
                == "event: ping\ndata: {}\n\n")
        #expect(Self.text { SSEWriter.comment("keep-alive", into: &$0) } == ": keep-alive\n\n")
    }

    @Test func framesAreAppended() {
        let text = Self.text {
            SSEWriter.comment("a", into: &$0)
            SSEWriter.data(Array("b".utf8), into: &$0)
        }
        #expect(text == ": a\n\ndata: b\n\n")
    }

    @Test func lineEndsCannotBreakOutOfTheirField() {
        #expect(
            Self.text { SSEWriter.data(Array("a\r\nb\rc\n".utf8), into: &$0) }
                == "data: a\ndata: b\ndata: c\ndata: \n\n")
        #expect(
            Self.text { SSEWriter.event(name: "x\nid: 1", data: Array("a".utf8), into: &$0) } == "event: x\ndata: a\n\n"
        )
        #expect(Self.text { SSEWriter.comment("a\ndata: b", into: &$0) } == ": a\n: data: b\n\n")
    }
}
