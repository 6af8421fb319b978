import Dialects
import Testing
import Transport

@Suite("OpenAI Chat tool calls")
struct OpenAIChatToolCallTests {
    private struct Call: Equatable {
        var id: String
        var name: String
        var arguments: String
    }

    private func calls(_ events: [Event]) -> [Call]? {
        answer(events)?.choices.first?.pieces.filter { $0.kind == .toolCall }.map {
            Call(id: $0.callID, name: $0.callName, arguments: $0.text)
        }
    }

    private func calls(deltas: [String]) -> [Call]? {
        calls(decode(deltas.map { chunk(#"{"tool_calls":\#($0)}"#) }.joined() + done).events)
    }

    @Test("an id, a name and arguments that come apart are put together")
    func joinsParts() {
        #expect(
            calls(deltas: [
                #"[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":""}}]"#,
                #"[{"index":0,"function":{"arguments":"{\"a\":"}}]"#, #"[{"index":0,"function":{"arguments":"1}"}}]"#,
            ]) == [Call(id: "c", name: "f", arguments: #"{"a":1}"#)])
    }

    @Test("ids and names that are repeated start one call")
    func ignoresRepeats() {
        #expect(
            calls(deltas: [
                #"[{"index":0,"id":"c","function":{"name":"f","arguments":"{"}}]"#,
                #"[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"}"}}]"#,
            ]) == [Call(id: "c", name: "f", arguments: "{}")])
    }

    @Test("a name before its id, and arguments before their name, wait")
    func waits() {
        #expect(
            calls(deltas: [
                #"[{"index":0,"function":{"name":"f"}}]"#, #"[{"index":0,"id":"c","function":{"arguments":"{}"}}]"#,
            ]) == [Call(id: "c", name: "f", arguments: "{}")])
        #expect(
            calls(deltas: [
                #"[{"index":0,"id":"c","function":{"arguments":"{"}}]"#,
                #"[{"index":0,"function":{"name":"f","arguments":"}"}}]"#,
            ]) == [Call(id: "c", name: "f", arguments: "{}")])
    }

    @Test("calls that share an index are told apart by their ids")
    func tellsApartByID() {
        #expect(
            calls(deltas: [
                #"[{"index":0,"id":"a","function":{"name":"f","arguments":"1"}}]"#,
                #"[{"index":0,"id":"b","function":{"name":"g","arguments":"2"}}]"#,
                #"[{"index":0,"function":{"arguments":"3"}}]"#,
            ]) == [Call(id: "a", name: "f", arguments: "1"), Call(id: "b", name: "g", arguments: "23")])
    }

    @Test("calls without an index stand in their order")
    func toleratesMissingIndex() {
        #expect(
            calls(deltas: [
                #"[{"id":"a","function":{"name":"f","arguments":"1"}},{"id":"b","function":{"name":"g","arguments":{"x":1}}}]"#
            ]) == [Call(id: "a", name: "f", arguments: "1"), Call(id: "b", name: "g", arguments: #"{"x":1}"#)])
    }

    @Test("a call without an id gets one that no other call of the answer has")
    func makesIDs() throws {
        let made = try #require(
            calls(deltas: [
                #"[{"index":0,"function":{"name":"f","arguments":"{}"}},{"index":1,"function":{"name":"f"}}]"#
            ]))
        #expect(made.map(\.name) == ["f", "f"])
        #expect(Set(made.map(\.id)).count == 2)
        #expect(made.allSatisfy { !$0.id.isEmpty })
    }

    @Test("parallel calls of several choices are reassembled from any interleaving", arguments: 0..<40)
    func reassembles(seed: Int) throws {
        var generator = SeededGenerator(UInt64(seed))
        struct Key: Hashable {
            let choice: Int
            let call: Int
        }
        var expected: [Key: Call] = [:]
        var queues: [Key: [String]] = [:]
        for choice in 0..<Int.random(in: 1...3, using: &generator) {
            for index in 0..<Int.random(in: 1...4, using: &generator) {
                let length = Int.random(in: 0...30, using: &generator)
                let alphabet = ["{", "\\", "\"", "é", "😀", "\n", "a", ":", "1"]
                var pieces: [String] = []
                for _ in 0..<length { pieces.append(alphabet.randomElement(using: &generator) ?? "") }
                let call = Call(id: "call_\(choice)_\(index)", name: "f\(index)", arguments: pieces.joined())
                let key = Key(choice: choice, call: index)
                expected[key] = call
                var deltas = [
                    #"[{"index":\#(index),"id":"\#(call.id)","type":"function","function":{"name":"\#(call.name)","arguments":""}}]"#
                ]
                while !pieces.isEmpty {
                    let count = Int.random(in: 1...pieces.count, using: &generator)
                    var json = JSONWriter()
                    json.string(pieces.prefix(count).joined())
                    pieces.removeFirst(count)
                    deltas.append(#"[{"index":\#(index),"function":{"arguments":\#(text(json.bytes))}}]"#)
                }
                queues[key] = deltas
            }
        }
        // The calls of a choice begin in the order of their indices, as every provider sends them.
        var stream = ""
        let keys = queues.keys.sorted { ($0.choice, $0.call) < ($1.choice, $1.call) }
        for key in keys {
            guard let first = queues[key]?.removeFirst() else { continue }
            stream += chunk(#"{"tool_calls":\#(first)}"#, index: key.choice)
        }
        while let key = keys.filter({ queues[$0]?.isEmpty == false }).randomElement(using: &generator) {
            guard let delta = queues[key]?.removeFirst() else { continue }
            stream += chunk(#"{"tool_calls":\#(delta)}"#, index: key.choice)
        }
        for choice in Set(keys.map(\.choice)) { stream += chunk("{}", finish: "tool_calls", index: choice) }
        let source = bytes(stream + done)
        let cut = Int.random(in: 0...source.count, using: &generator)
        let decoded = decode([Array(source[..<cut]), Array(source[cut...])], choiceCount: 3)
        // Through rebuilt chunks and back, as another dialect's client would see it.
        for events in [decoded.events, decode([encodeStream(decoded.events)]).events] {
            let found = try #require(answer(events))
            for (key, call) in expected {
                let pieces = found.choices.first { $0.index == key.choice }?.pieces ?? []
                let piece = try #require(pieces.first { $0.callIndex == key.call })
                #expect(Call(id: piece.callID, name: piece.callName, arguments: piece.text) == call)
            }
            #expect(found.choices.reduce(0) { $0 + $1.pieces.count } == expected.count)
        }
        let starts = decoded.events.filter { if case .toolCallStarted = $0 { true } else { false } }
        #expect(starts.count == expected.count)
    }
}
