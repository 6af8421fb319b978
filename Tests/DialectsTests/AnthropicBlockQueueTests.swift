import Dialects
import Testing
import Transport

@Suite("Anthropic content blocks in a stream")
struct AnthropicBlockQueueTests {
    /// A random answer: runs of text and thinking, and calls whose arguments may come in turns.
    private static func events(_ generator: inout SeededGenerator) -> [Event] {
        var events: [Event] = [.started(ResponseInfo(id: "i", model: "m", issuer: .gemini))]
        var calls: [(index: Int, rest: ArraySlice<Character>)] = []
        var count = 0
        for _ in 0..<Int.random(in: 1...20, using: &generator) {
            switch Int.random(in: 0...7, using: &generator) {
            case 0, 1: events.append(.textDelta(choice: 0, ["a", "é\n", "\"}"].randomElement(using: &generator)!))
            case 2: events.append(.reasoningDelta(choice: 0, "hm"))
            case 3:
                if case .reasoningDelta? = events.last { events.append(.reasoningSignature(choice: 0, "s")) }
            case 4:
                events.append(.toolCallStarted(choice: 0, index: count, id: "c\(count)", name: "f", kind: .function))
                let arguments = ["{}", #"{"a": "}\"]", "b": [1.0, {}]}"#, #"{"cut": ["#, ""]
                calls.append((count, Array(arguments.randomElement(using: &generator)!)[...]))
                count += 1
            default:
                guard let call = calls.indices.randomElement(using: &generator) else { continue }
                let piece = calls[call].rest.prefix(Int.random(in: 0...9, using: &generator))
                calls[call].rest = calls[call].rest.dropFirst(piece.count)
                events.append(.toolCallArguments(choice: 0, index: calls[call].index, String(piece)))
            }
        }
        for call in calls { events.append(.toolCallArguments(choice: 0, index: call.index, String(call.rest))) }
        return events + [.finished(choice: 0, .stop), .usage(Usage(input: 3, output: 4, reasoning: 2)), .ended]
    }

    @Test("any mixture of events says the same as a stream, one block after the other, and as a whole")
    func keepsEveryMixture() throws {
        var generator = SeededGenerator(11)
        for _ in 0..<400 {
            let events = Self.events(&generator)
            let expected = try #require(answer(events)).choices.first?.pieces ?? []
            let stream = encodeMessages(events)
            let streamed = try #require(answer(decodeMessages(stream).events))
            #expect(streamed.choices.first?.pieces.map(\.kind) ?? [] == expected.map(\.kind))
            for (piece, original) in zip(streamed.choices.first?.pieces ?? [], expected) {
                #expect(piece.callID == original.callID)
                let isEmptyCall = original.kind == .toolCall && original.text.isEmpty
                #expect(piece.text == (isEmptyCall ? "{}" : original.text))
            }
            checkOrder(stream)
        }
    }

    /// One block is open at a time, and the indices count up from 0.
    private func checkOrder(_ stream: String) {
        var open: Int?
        var next = 0
        for line in stream.split(separator: "\n") where line.hasPrefix("data: {\"type\":\"content_block_") {
            let index = line.firstRange(of: "\"index\":").flatMap { Int(line[$0.upperBound...].prefix { $0.isNumber }) }
            if line.contains("content_block_start") {
                #expect(open == nil && index == next)
                open = index
                next += 1
            } else {
                #expect(index == open)
                if line.contains("content_block_stop") { open = nil }
            }
        }
        #expect(open == nil)
    }
}
