import Runtime
import Testing
import Transport

@testable import Dialects

@Suite("Delta patterns")
struct DeltaPatternTests {
    private static let first = #"{"id":"c","choices":[{"index":0,"delta":{"content":"fox"},"finish_reason":null}]}"#

    private func pattern(
        _ object: [UInt8], _ event: Event = .textDelta(choice: 0, "fox"), named name: String = ""
    ) -> DeltaPattern? {
        object.withUnsafeBufferPointer { DeltaPattern(event, in: $0, named: bytes(name)[...]) }
    }

    private func event(_ pattern: DeltaPattern?, in object: [UInt8], named name: String = "") -> Event? {
        object.withUnsafeBufferPointer { pattern?.event(in: $0, named: bytes(name)[...]) }
    }

    private func second(_ text: [UInt8]) -> [UInt8] {
        bytes(#"{"id":"c","choices":[{"index":0,"delta":{"content":""#) + text
            + bytes(#""},"finish_reason":null}]}"#)
    }

    @Test(
        "an object that differs in its text says that text", arguments: ["x", " hare", "fox", "née ж 狐", "null", "}]"])
    func knowsTexts(_ said: String) {
        #expect(event(pattern(bytes(Self.first)), in: second(bytes(said))) == .textDelta(choice: 0, said))
    }

    @Test("reasoning is known as well, in the choice that it belongs to")
    func knowsReasoning() {
        let pattern = pattern(bytes(#"{"i":3,"r":"so"}"#), .reasoningDelta(choice: 3, "so"))
        #expect(event(pattern, in: bytes(#"{"i":3,"r":"then"}"#)) == .reasoningDelta(choice: 3, "then"))
    }

    @Test(
        "a text that is empty, escaped, cut by a quotation mark, invalid or very long is left to the parser",
        arguments: [
            [], bytes(#"a\n"#), bytes(#"a\""#), bytes(#"a","content":"b"#), bytes("a\n"), bytes("a\u{0}"), [0xC3],
            [0xFF], [0xED, 0xA0, 0x80], [UInt8](repeating: UInt8(ascii: "a"), count: DeltaPattern.textBytesMax + 1),
        ])
    func leavesTexts(_ said: [UInt8]) {
        #expect(event(pattern(bytes(Self.first)), in: second(said)) == nil)
    }

    @Test("an object that differs in something else, or in its event's name, is left to the parser")
    func leavesOthers() {
        let pattern = pattern(bytes(Self.first), named: "delta")
        #expect(event(pattern, in: bytes(Self.first), named: "delta") == .textDelta(choice: 0, "fox"))
        #expect(event(pattern, in: bytes(Self.first)) == nil)
        #expect(event(pattern, in: bytes(Self.first.replacing("null", with: "1234")), named: "delta") == nil)
        #expect(event(pattern, in: bytes(Self.first.replacing(#""c""#, with: #""d""#)), named: "delta") == nil)
        #expect(event(pattern, in: bytes(String(Self.first.dropLast())), named: "delta") == nil)
        #expect(event(pattern, in: [], named: "delta") == nil)
    }

    @Test(
        "no pattern is taken where the text could stand elsewhere",
        arguments: [
            #"{"content":"fox","name":"fox"}"#, #"{"fox":0,"content":"fox"}"#, #"{"content":"\u0066ox","name":"fox"}"#,
            #"{"content":"fox","name":"a\\b"}"#, #"{"content":"f"}"#,
        ])
    func refusesAmbiguity(_ object: String) {
        #expect(pattern(bytes(object)) == nil)
    }

    @Test("no pattern is taken of other events, or of an object that is too long to be kept")
    func refusesOthers() {
        #expect(pattern(bytes(Self.first), .refusalDelta(choice: 0, "fox")) == nil)
        #expect(pattern(bytes(Self.first), .ended) == nil)
        let long = #"{"content":"fox","pad":"\#(String(repeating: "p", count: DeltaPattern.objectBytesMax))"}"#
        #expect(pattern(bytes(long)) == nil)
    }

    @Test("a decoder knows the deltas of a stream by their pattern, and stops looking where no two are alike")
    func usesPattern() {
        var decoder = SSEAnswerDecoder(
            OpenAIChatAnswerReader(), choiceCount: 1, parser: JSONParser(), limits: .default)
        func read(_ frame: String) {
            decoder.feed(bytes(frame))
            while decoder.next() != nil {}
        }
        read(chunk(#"{"role":"assistant","content":""}"#) + chunk(#"{"content":"a"}"#))
        #expect(decoder.pattern != nil)
        // Had they been parsed, they would count as different.
        for text in ["b", "fox", " the"] { read(chunk(#"{"content":"\#(text)"}"#)) }
        #expect(decoder.pattern != nil && decoder.differentCount == 0)
        for number in 0..<SSEAnswerDecoder<OpenAIChatAnswerReader>.differentCountMax {
            read(chunk(#"{"content":"a"}"#, more: #","obfuscation":"\#(number)x""#))
        }
        #expect(decoder.pattern == nil)
    }

    @Test("arguments that wait for their call's name are gathered beside texts that look alike")
    func gathersArguments() {
        let waiting = chunk(#"{"content":"fox","tool_calls":[{"index":0,"function":{"arguments":" "}}]}"#)
        let named = chunk(#"{"tool_calls":[{"index":0,"id":"t","function":{"name":"f","arguments":"{}"}}]}"#)
        let decoded = decode(waiting + waiting + waiting + named + chunk("{}", finish: "tool_calls") + done)
        #expect(decoded.events.contains(.toolCallArguments(choice: 0, index: 0, "   {}")))
    }

    @Test("streams of all sorts read the same with patterns as without", arguments: 0..<40)
    func changesNothing(_ seed: UInt64) {
        var random = XoshiroGenerator(seed: seed)
        let texts = ["a", "fox", " the", "content", "index", "", #"\""#, "狐", #"\u0061"#, "stop", ":", ","]
        var chat = ""
        var messages = anthropicStart
        // Runs of like frames, as patterns need them, and changes between them.
        for _ in 0..<40 {
            let kind = Int.random(in: 0..<8, using: &random)
            for _ in 0..<Int.random(in: 1..<6, using: &random) {
                let said = texts.randomElement(using: &random) ?? ""
                let index = Int.random(in: 0..<2, using: &random)
                switch kind {
                case 0, 1: chat += chunk(#"{"content":"\#(said)"}"#)
                case 2: chat += chunk(#"{"reasoning_content":"\#(said)","content":null}"#)
                case 3: chat += chunk(#"{"content":"\#(said)","reasoning":"\#(said)"}"#, index: index)
                case 4: chat += chunk(#"{"content":"\#(said)"}"#, more: #","obfuscation":"\#(said)""#)
                case 5:
                    chat += chunk(#"{"content":"a","tool_calls":[{"index":0,"function":{"arguments":"\#(said)"}}]}"#)
                case 6: chat += chunk(#"{"content":"\#(said)"}"#, more: #","usage":null"#)
                default: chat += chunk(#"{"content":[{"type":"text","text":"\#(said)"}]}"#)
                }
                messages += frame(
                    kind < 4
                        ? #"{"type":"content_block_delta","index":\#(index),"delta":{"type":"text_delta","text":"\#(said)"}}"#
                        : #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"\#(said)"}}"#
                )
            }
        }
        chat += chunk("{}", finish: "stop") + done
        #expect(
            reading(chat, OpenAIChatEventDecoder()) == reading(chat, OpenAIChatEventDecoder(usesPatterns: false)))
        #expect(
            reading(messages, AnthropicEventDecoder()) == reading(messages, AnthropicEventDecoder(usesPatterns: false)))
    }

    private var anthropicStart: String {
        frame(#"{"type":"message_start","message":{"id":"m","model":"c","content":[]}}"#)
            + frame(#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#)
    }

    private func reading(_ stream: String, _ decoder: some AnswerDecoder) -> Decoded {
        var decoder = decoder
        var decoded = Decoded()
        decoder.feed(bytes(stream))
        decoder.finish()
        while let frame = decoder.next() {
            decoded.events += decoder.events
            decoded.frames.append(text(frame.bytes))
            decoded.hidden.append(frame.isUsageOnly)
        }
        return decoded
    }
}
