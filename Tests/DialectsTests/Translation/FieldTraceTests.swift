import Dialects
import Testing

@Suite struct FieldTraceTests {
    private let request = """
        {"model":"m","max_tokens":500,"top_k":5,"system":[{"type":"text","text":"Be kind","cache_control":{"type":"ephemeral"}}],
        "messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[
        {"type":"thinking","thinking":"hm","signature":"seal"},{"type":"text","text":"Hello"}]},{"role":"user","content":"Go on"}]}
        """

    private func fates(_ body: String, from: DialectID, to: DialectID) throws -> [String: FieldTrace.Fate] {
        let trace = try FieldTrace(Array(body.utf8), from: from, to: to)
        return Dictionary(trace.fields.map { ($0.path, $0.fate) }) { first, _ in first }
    }

    @Test("each field is followed to its place in the other protocol, or named as lost")
    func anthropicToGemini() throws {
        let fates = try fates(request, from: .anthropicMessages, to: .gemini)
        #expect(fates["max_tokens"] == .goes(to: ["generationConfig.maxOutputTokens"]))
        #expect(fates["top_k"] == .goes(to: ["generationConfig.topK"]))
        #expect(fates["system[0].text"] == .goes(to: ["systemInstruction.parts[0].text"]))
        #expect(fates["messages[0].content"] == .goes(to: ["contents[0].parts[0].text"]))
        #expect(fates["model"] == .goes(to: ["(the path)"]))
        #expect(fates["system[0].cache_control.type"] == .lost)
        #expect(fates["messages[1].content[0].signature"] == .lost)
    }

    @Test("within one protocol every field stays where it was")
    func carriage() throws {
        for (path, fate) in try fates(request, from: .anthropicMessages, to: .anthropicMessages) {
            guard case .goes(let places) = fate else { continue }
            #expect(places.contains(path))
        }
    }

    @Test("what is lost is what the translation names as dropped, no more and no less")
    func agreesWithTranslation() throws {
        let trace = try FieldTrace(Array(request.utf8), from: .anthropicMessages, to: .openAIChat)
        let lost = trace.fields.filter { $0.fate == .lost }.map(\.path)
        for path in lost {
            #expect(trace.translated.droppedFields.contains { path == $0 || path.hasPrefix($0) }, "\(path)")
        }
        for dropped in trace.translated.droppedFields {
            #expect(lost.contains { $0 == dropped || $0.hasPrefix(dropped) }, "\(dropped)")
        }
    }

    @Test("a request that cannot be translated is refused in the protocol's own words")
    func refused() {
        #expect(throws: Failure.self) {
            try FieldTrace(Array(#"{"model":"m"}"#.utf8), from: .anthropicMessages, to: .gemini)
        }
        #expect(throws: Failure.self) { try FieldTrace(Array("{".utf8), from: .openAIChat, to: .gemini) }
    }

    @Test("a long conversation is followed up to a bound, and the rest is counted")
    func bound() throws {
        let messages = (0..<300).map { #"{"role":"\#($0 % 2 == 0 ? "user" : "assistant")","content":"x"}"# }
        let body = #"{"model":"m","messages":[\#(messages.joined(separator: ","))]}"#
        let trace = try FieldTrace(Array(body.utf8), from: .openAIChat, to: .anthropicMessages)
        #expect(trace.fields.count == FieldTrace.fieldCountMax)
        #expect(trace.leftOutCount == 601 - FieldTrace.fieldCountMax)
    }
}
