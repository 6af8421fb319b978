import Transport

/// The whole answer for a client that asked for no stream, of a provider of the same dialect that sent one.
///
/// Nothing of it is rebuilt from events: the frames themselves are put together, so that unknown members survive as they
/// do in an answer that came whole.
package struct CarriedAnswer {
    /// The longest stream that is put together, in bytes; each token's frame repeats some 200 bytes of its head.
    static let streamBytesMax = 256 << 20

    private var fold: any AnswerFold
    private let json: JSONParser
    private var sse = SSEParser()
    private var bytesCount = 0
    private var whole: [UInt8]?

    /// Makes an empty one; nil for dialects that no client speaks.
    package init?(in dialect: DialectID, parser: JSONParser) {
        switch dialect {
        case .openAIChat: fold = OpenAIAnswerFold(isChat: true)
        case .openAICompletions: fold = OpenAIAnswerFold(isChat: false)
        case .openAIResponses: fold = OpenAIResponsesAnswerFold()
        case .anthropicMessages: fold = AnthropicAnswerFold()
        case .gemini: fold = GeminiAnswerFold()
        case .bedrockConverse, .acp: return nil
        }
        json = parser
    }

    /// Takes in a frame; throws where the stream is longer than is put together.
    package mutating func add(_ frame: AnswerFrame) throws(Failure) {
        guard !frame.bytes.isEmpty else { return }
        bytesCount += frame.bytes.count
        guard bytesCount <= Self.streamBytesMax else {
            throw Failure(.invalidResponse, "the answer is larger than \(Self.streamBytesMax) bytes")
        }
        if let body = frame.wholeBody { return whole = Array(body) }
        // Some servers stream bare objects.
        if frame.bytes.first == UInt8(ascii: "{") { return add(object: frame.bytes, named: []) }
        sse.feed(Array(frame.bytes))
        while let event = try? sse.next() { add(object: event.data, named: event.name) }
    }

    /// Takes in an object; the decoder has read it before, so what is none is a mark such as `[DONE]`.
    private mutating func add(object bytes: ArraySlice<UInt8>, named name: ArraySlice<UInt8>) {
        guard bytes.first(where: { $0 > 0x20 }) == UInt8(ascii: "{"), let document = try? json.parse(bytes) else {
            return
        }
        document.withRoot { fold.add($0, named: name) }
    }

    /// The body of the complete answer, of which `answer` is what its events say.
    package func body(_ answer: Answer) -> [UInt8] { fold.body(answer, whole: whole) }
}
