import Dialects
import FuzzSupport
import Transport

/// Puts a provider's frames together to a body, in two ways of splitting the stream, which must give the same body, in
/// which no member that a frame has got lost and which says what the events say.
///
/// The first byte chooses the dialect, the second seeds the split, the rest is the stream.
func fuzzCarriedAnswer(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data, count > 1, let input = SplitInput(data + 1, count - 1) else { return 0 }
    switch data[0] % 5 {
    case 0: check(input, .openAIChat) { OpenAIChatEventDecoder() }
    case 1: check(input, .openAICompletions) { OpenAICompletionsEventDecoder() }
    case 2: check(input, .openAIResponses) { OpenAIResponsesEventDecoder() }
    case 3: check(input, .anthropicMessages) { AnthropicEventDecoder() }
    default: check(input, .gemini) { GeminiEventDecoder() }
    }
    return 0
}

private func check(_ input: SplitInput, _ dialect: DialectID, _ decoder: () -> some AnswerDecoder) {
    let whole = Folding([input.bytes], dialect, decoder())
    let split = Folding(input.pieces, dialect, decoder())
    precondition(split.body == whole.body, "a split changed the body")
    guard let body = whole.body, let answer = whole.answer else { return }
    guard let document = try? JSONDocument(parsing: body) else { preconditionFailure("a body is not JSON") }
    document.withRoot { root in
        precondition(root.isObject, "a body is no object")
        for object in whole.objects { checkMembers(of: object, in: root, dialect) }
    }
    // A stream may say in its deltas what it does not repeat in the object that is the answer.
    if dialect == .openAIResponses {
        if let last = whole.wholeBody, hasOutput(last) { precondition(body == last, "a body is not the provider's") }
        return
    }
    guard let read = events(ofWhole: body, dialect).flatMap(StreamReading.answer) else {
        // An answer without a choice has no counterpart.
        precondition(!saysAnything(answer), "a body of a whole answer is none")
        return
    }
    if dialect == .anthropicMessages {
        // The deltas of several blocks may alternate, and stand in blocks of any kind.
        precondition(holds(body, counts(texts(answer)[0] ?? [])), "a text got lost")
    } else {
        precondition(texts(read) == texts(answer), "a body says something else")
    }
}

/// What becomes of one stream.
private struct Folding {
    /// The objects of its frames.
    private(set) var objects: [JSONDocument] = []
    /// The answer as its last frame states it.
    private(set) var wholeBody: [UInt8]?
    /// What its events say; nil unless it is complete.
    let answer: Answer?
    /// What its frames are put together to; nil unless it is complete.
    let body: [UInt8]?

    init(_ pieces: [[UInt8]], _ dialect: DialectID, _ decoder: some AnswerDecoder) {
        guard var carried = CarriedAnswer(in: dialect, parser: JSONParser()) else {
            preconditionFailure("a dialect whose answers are not carried")
        }
        var objects: [JSONDocument] = []
        var wholeBody: [UInt8]?
        var sse = SSEParser()
        let reading = StreamReading(pieces, decoder) { frame, _ in
            do throws(Failure) { try carried.add(frame) } catch { preconditionFailure("a short stream is too long") }
            if let body = frame.wholeBody { wholeBody = Array(body) }
            if frame.bytes.first == UInt8(ascii: "{") {
                if let object = try? JSONDocument(parsing: Array(frame.bytes)) { objects.append(object) }
                return
            }
            sse.feed(Array(frame.bytes))
            while let event = try? sse.next() {
                if let object = try? JSONDocument(parsing: Array(event.data)) { objects.append(object) }
            }
        }
        self.objects = objects
        self.wholeBody = wholeBody
        answer = reading.answer.flatMap { $0.isComplete ? $0 : nil }
        body = answer.map { carried.body($0) }
    }
}

// MARK: Members

/// Every member of an object that says something must be in the body, under its name.
private func checkMembers(of object: JSONDocument, in body: JSONCursor, _ dialect: DialectID) {
    object.withRoot { root in
        switch dialect {
        case .openAIChat, .openAICompletions:
            checkNames(of: root, in: body, except: ["choices", "obfuscation"])
            for choice in root["choices"]?.elements ?? root.elements {
                let whole = place(choice, among: body["choices"])
                checkNames(of: choice, in: whole, except: ["index", "delta", "message", "text"])
                guard let message = whole?["message"] else { continue }
                for name in ["delta", "message"] {
                    checkNames(of: choice.member(name), in: message, except: ["obfuscation", "tool_calls"])
                }
            }
        case .gemini:
            checkNames(of: root, in: body, except: ["candidates"])
            for candidate in root["candidates"]?.elements ?? root.elements where candidate.isObject {
                let whole = place(candidate, among: body["candidates"])
                checkNames(of: candidate, in: whole, except: ["content"])
                checkNames(of: candidate["content"], in: whole?["content"], except: ["parts"])
            }
        case .anthropicMessages:
            if root["type"]?.equals("message_delta") == true {
                checkNames(of: root, in: body, except: ["type", "delta"])
                checkNames(of: root["delta"], in: body, except: ["type"])
                checkNames(of: root["usage"], in: body["usage"], except: [])
            }
        case .openAIResponses, .bedrockConverse, .acp: break
        }
    }
}

private func checkNames(of object: JSONCursor?, in body: JSONCursor?, except others: [String]) {
    guard let object, object.isObject else { return }
    for member in object.members where !member.value.isNull {
        guard let name = member.key.string, !others.contains(name) else { continue }
        precondition(body?.members.contains { $0.key.string == name } == true, "a member got lost")
    }
}

/// The element of a list that has a value's index.
private func place(_ value: JSONCursor, among list: JSONCursor?) -> JSONCursor? {
    let index = value["index"]?.int ?? 0
    return list?.elements.first { ($0["index"]?.int ?? 0) == index }
}

private func hasOutput(_ body: [UInt8]) -> Bool {
    guard let document = try? JSONDocument(parsing: body) else { return false }
    return document.withRoot { $0["output"]?.count ?? 0 > 0 }
}

// MARK: Answers

private func events(ofWhole body: [UInt8], _ dialect: DialectID) -> [Event]? {
    switch dialect {
    case .openAIChat: try? OpenAIChatUnaryDecoder.decode(body)
    case .openAICompletions: try? OpenAICompletionsUnaryDecoder.decode(body)
    case .anthropicMessages: try? AnthropicUnaryDecoder.decode(body)
    case .gemini: try? GeminiUnaryDecoder.decode(body)
    case .openAIResponses, .bedrockConverse, .acp: nil
    }
}

private func saysAnything(_ answer: Answer) -> Bool { !texts(answer).isEmpty }

/// The text of each choice that says any.
private func texts(_ answer: Answer) -> [Int: [UInt8]] {
    var texts: [Int: [UInt8]] = [:]
    for choice in answer.choices {
        for piece in choice.pieces where piece.kind == .text && !piece.text.isEmpty {
            texts[choice.index, default: []] += piece.text.utf8
        }
    }
    return texts
}

/// Whether the texts of a message's blocks hold so many of each byte.
private func holds(_ body: [UInt8], _ expected: [Int]) -> Bool {
    guard let document = try? JSONDocument(parsing: body) else { return false }
    let text = document.withRoot { root in
        (root["content"]?.elements ?? root.elements).flatMap { block in
            block.members.filter { $0.key.equals("text") }.flatMap { Array(($0.value.string ?? "").utf8) }
        }
    }
    return zip(counts(text), expected).allSatisfy { $0 >= $1 }
}

private func counts(_ bytes: [UInt8]) -> [Int] {
    var counts = Array(repeating: 0, count: 256)
    for byte in bytes { counts[Int(byte)] += 1 }
    return counts
}
