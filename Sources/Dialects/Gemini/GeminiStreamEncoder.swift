import Transport

/// Writes a streamed answer in either form: carried frames as they came, or chunks built from events.
///
/// The protocol has no end mark: the finish reason, which is held until the answer is known to be complete, is the end.
/// A function call goes out whole, once its arguments are. Belongs to one task at a time.
package struct GeminiStreamEncoder: AnswerEncoder {
    /// Arguments and signatures that may wait for the rest of their calls, in bytes.
    static let heldBytesMax = 64 << 20

    private struct Call {
        let choice: Int
        let index: Int
        let id: String
        let name: String
        let kind: ToolKind
        let signature: String?
        var arguments = ""
    }

    private struct Ending {
        let choice: Int
        var reason: FinishReason?
        var annotations: [RawJSON] = []
        var logprobs: [RawJSON] = []
    }

    private let form: GeminiStreamForm
    private var info: ResponseInfo
    /// What follows the candidates of each chunk, made once.
    private var tail: [UInt8] = []
    private var calls: [Call] = []
    private var endings: [Ending] = []
    /// Gemini's seals that wait for the call after them.
    private var seals: [(choice: Int, text: String)] = []
    private var heldBytes = 0
    private var usage: Usage?
    private var hasWritten = false
    /// Whether the stream was ended, well or not: nothing more may be written.
    package private(set) var isOver = false

    /// Makes an encoder; `fallback` tells what chunks say about the answer where the provider does not.
    ///
    /// Clients of this dialect always see usage, so `includeUsage` changes nothing.
    package init(includeUsage: Bool, fallback: ResponseInfo, form: GeminiStreamForm = .events) {
        info = fallback
        self.form = form
    }

    /// Appends a carried frame, whose events tell what it holds, in the form that the client asked for.
    package mutating func carry(_ frame: AnswerFrame, _ events: [Event], into output: inout [UInt8]) {
        guard !isOver else { return }
        for event in events {
            switch event {
            case .failed(let failure): return fail(failure, into: &output)
            case .ended: return close(into: &output)
            default: break
            }
        }
        guard let first = frame.bytes.first else { return }
        let isBare = first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        if form == .events, !isBare {
            hasWritten = true
            output.append(contentsOf: frame.bytes)
            return
        }
        let data = isBare ? frame.bytes : GeminiFrame.data(frame.bytes)[...]
        guard !data.isEmpty else { return }
        open(&output)
        // A line end between the tokens of an object would end the event's line.
        output.append(contentsOf: data.lazy.filter { $0 != 0x0A && $0 != 0x0D })
        shut(&output)
    }

    /// Appends the chunk that an event becomes, if it becomes one.
    package mutating func encode(_ event: Event, into output: inout [UInt8]) {
        guard !isOver else { return }
        switch event {
        case .started(let started): adopt(started)
        case .textDelta(let choice, let text), .refusalDelta(let choice, let text):
            guard !text.isEmpty else { return }
            releaseSeal(choice, &output)
            chunk(choice, &output) { GeminiPartsWriter.text(text, to: &$0) }
        case .reasoningDelta(let choice, let text):
            guard !text.isEmpty else { return }
            releaseSeal(choice, &output)
            chunk(choice, &output) { GeminiPartsWriter.text(text, isThought: true, to: &$0) }
        case .reasoningSignature(let choice, let text): encodeSeal(choice, text, &output)
        case .reasoningDetails: break
        case .toolCallStarted(let choice, let index, let id, let name, let kind):
            let seal = seals.firstIndex { $0.choice == choice }.map { seals.remove(at: $0).text }
            calls.append(Call(choice: choice, index: index, id: id, name: name, kind: kind, signature: seal))
        case .toolCallArguments(let choice, let index, let text):
            guard let place = calls.lastIndex(where: { $0.choice == choice && $0.index == index }) else { return }
            calls[place].arguments += text
            heldBytes += text.utf8.count
            guard heldBytes <= Self.heldBytesMax else {
                let problem = "the answer's tool calls are larger than \(Self.heldBytesMax) bytes"
                return fail(Failure(.invalidResponse, problem), into: &output)
            }
        case .media(let choice, let raw):
            releaseSeal(choice, &output)
            chunk(choice, &output) { _ = GeminiAnswerMedia.write(raw, signature: nil, to: &$0) }
        case .annotations(let choice, let raw): endings[ending(choice)].annotations.append(raw)
        case .logprobs(let choice, let raw): endings[ending(choice)].logprobs.append(raw)
        case .finished(let choice, let reason):
            releaseCalls(choice, &output)
            releaseSeal(choice, &output)
            endings[ending(choice)].reason = reason
        case .usage(let stated): usage = stated
        case .failed(let failure): fail(failure, into: &output)
        case .ended: end(into: &output)
        }
    }

    /// Appends two line ends: a blank event, or white space between the elements of the array.
    ///
    /// google-genai for Python (1.10 to 3.4) takes any line that is not data for a bare error, so a comment breaks it; a
    /// blank line with no data before it is skipped, as by the event stream's own rules. It must be two: the Go client
    /// cuts at pairs of line ends and skips what is empty, but a single one would stand before the next `data:`. The
    /// JavaScript client trims what stands between the pairs.
    package static func keepAlive(into output: inout [UInt8]) {
        output.append(0x0A)
        output.append(0x0A)
    }

    /// Ends the stream with an error as Google does: the bare envelope after the events, or an element of the array.
    ///
    /// As an event the error would pass unseen in the JavaScript and Go clients; bare, and without a blank line after
    /// it, it is raised by all of them.
    package mutating func fail(_ failure: Failure, into output: inout [UInt8]) {
        guard !isOver else { return }
        isOver = true
        switch form {
        case .events:
            output.append(contentsOf: GeminiErrors.body(failure))
            output.append(0x0A)
        case .array:
            open(&output)
            output.append(contentsOf: GeminiErrors.body(failure))
            output.append(UInt8(ascii: "]"))
        }
    }

    /// Ends the stream well: the calls that wait, then one chunk with every finish reason and the usage.
    package mutating func end(into output: inout [UInt8]) {
        guard !isOver else { return }
        for choice in Set(calls.map(\.choice) + seals.map(\.choice)).sorted() {
            releaseCalls(choice, &output)
            releaseSeal(choice, &output)
        }
        if endings.isEmpty { _ = ending(0) }
        if tail.isEmpty { makeTail() }
        open(&output)
        let start = output.count
        let endings = endings.sorted { $0.choice < $1.choice }
        let usage = usage
        JSONWriter.append(to: &output) { json in
            json.beginObject()
            json.key("candidates")
            json.beginArray()
            for ending in endings { Self.write(ending, to: &json) }
            json.endArray()
            if let usage {
                json.key("usageMetadata")
                GeminiUsage.write(usage, to: &json)
            }
        }
        output.append(contentsOf: tail)
        Self.joinLines(&output, from: start)
        shut(&output)
        close(into: &output)
    }

    private static func write(_ ending: Ending, to json: inout JSONWriter) {
        json.beginObject()
        json.key("content")
        json.beginObject()
        json.key("parts")
        json.beginArray()
        GeminiPartsWriter.text("", to: &json)
        json.endArray()
        json.key("role")
        json.string("model" as StaticString)
        json.endObject()
        if !GeminiRemarks.write(ending.annotations, to: &json) {
            json.key("finishReason")
            json.string(GeminiFinish.word(ending.reason ?? .stop))
        }
        json.key("index")
        json.int(ending.choice)
        GeminiLogprobs.write(ending.logprobs, to: &json)
        json.endObject()
    }

    // MARK: - Chunks

    private mutating func encodeSeal(_ choice: Int, _ text: String, _ output: inout [UInt8]) {
        guard let issuer = info.issuer else { return }
        guard issuer != .gemini else {
            releaseSeal(choice, &output)
            seals.append((choice, text))
            return
        }
        let seal = GeminiSeal.shown(ReasoningSeal(issuer: issuer, text: text))
        chunk(choice, &output) { GeminiPartsWriter.text("", isThought: true, signature: seal, to: &$0) }
    }

    /// Writes a seal that no call follows, as Gemini does: on an empty text.
    private mutating func releaseSeal(_ choice: Int, _ output: inout [UInt8]) {
        guard let place = seals.firstIndex(where: { $0.choice == choice }) else { return }
        let seal = seals.remove(at: place).text
        chunk(choice, &output) { GeminiPartsWriter.text("", signature: seal, to: &$0) }
    }

    private mutating func releaseCalls(_ choice: Int, _ output: inout [UInt8]) {
        for call in calls where call.choice == choice {
            chunk(choice, &output) { json in
                GeminiPartsWriter.call(
                    id: call.id, name: call.name, kind: call.kind, arguments: call.arguments,
                    signature: call.signature, to: &json)
            }
        }
        calls.removeAll { $0.choice == choice }
    }

    /// The place of a candidate's ending, which is made if it is new.
    private mutating func ending(_ choice: Int) -> Int {
        if let place = endings.firstIndex(where: { $0.choice == choice }) { return place }
        endings.append(Ending(choice: choice))
        return endings.count - 1
    }

    /// Takes what the provider said about the answer; what it did not say stays the fallback.
    private mutating func adopt(_ started: ResponseInfo) {
        info.id = started.id ?? info.id
        info.model = started.model ?? info.model
        info.issuer = started.issuer
        tail.removeAll(keepingCapacity: true)
    }

    private mutating func makeTail() {
        let info = info
        tail.append(contentsOf: ",\"modelVersion\":".utf8)
        JSONWriter.append(to: &tail) { $0.string(info.model ?? "") }
        tail.append(contentsOf: ",\"responseId\":".utf8)
        JSONWriter.append(to: &tail) { $0.string(info.id ?? "lip") }
        tail.append(UInt8(ascii: "}"))
    }

    private mutating func chunk(_ choice: Int, _ output: inout [UInt8], _ part: (inout JSONWriter) -> Void) {
        if tail.isEmpty { makeTail() }
        // A candidate that spoke has an ending, whether or not the provider gives it a reason.
        _ = ending(choice)
        open(&output)
        let start = output.count
        output.append(contentsOf: "{\"candidates\":[{\"content\":{\"parts\":[".utf8)
        JSONWriter.append(to: &output, part)
        output.append(contentsOf: "],\"role\":\"model\"},\"index\":".utf8)
        JSONWriter.append(to: &output) { $0.int(choice) }
        output.append(contentsOf: "}]".utf8)
        output.append(contentsOf: tail)
        Self.joinLines(&output, from: start)
        shut(&output)
    }

    /// Takes line ends out of source text, where they stand between tokens: they would end the event's line.
    private static func joinLines(_ output: inout [UInt8], from start: Int) {
        guard output[start...].contains(where: { $0 == 0x0A || $0 == 0x0D }) else { return }
        let object = output[start...].filter { $0 != 0x0A && $0 != 0x0D }
        output.replaceSubrange(start..., with: object)
    }

    /// Begins an object in the client's form.
    private mutating func open(_ output: inout [UInt8]) {
        switch form {
        case .events: output.append(contentsOf: "data: ".utf8)
        case .array: output.append(contentsOf: hasWritten ? ",\n".utf8 : "[".utf8)
        }
        hasWritten = true
    }

    private func shut(_ output: inout [UInt8]) {
        if form == .events { output.append(contentsOf: "\n\n".utf8) }
    }

    /// Ends the form itself.
    private mutating func close(into output: inout [UInt8]) {
        guard !isOver else { return }
        isOver = true
        if form == .array { output.append(contentsOf: hasWritten ? "]".utf8 : "[]".utf8) }
    }
}

/// The bytes of one event.
enum GeminiFrame {
    /// The data lines of an event, joined.
    static func data(_ frame: ArraySlice<UInt8>) -> [UInt8] {
        var data: [UInt8] = []
        data.reserveCapacity(frame.count)
        for line in frame.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) where line.starts(with: "data:".utf8) {
            data.append(contentsOf: line.dropFirst(5).drop { $0 == 0x20 })
        }
        return data
    }
}
