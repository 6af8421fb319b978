/// What the model says, in no protocol's terms: the providers render it.
struct Reply {
    /// A run of text, cut the way it is streamed.
    enum Text {
        /// So many words of a fixed sentence, made as they are sent.
        case words(Int)
        case pieces([String])
    }

    struct ToolCall {
        var id: String
        var name: String
        /// The arguments' JSON, cut the way it is streamed.
        var arguments: [String]
    }

    /// Where the token counts stand in a stream.
    enum UsagePlacement: String {
        /// As the protocol has it (OpenAI chat: a chunk of its own, if the request asked for it).
        case standard
        /// A chunk of its own, asked for or not.
        case always
        /// On the chunk that carries the finish reason.
        case finish
        /// Counted up on every content chunk.
        case every
        case none
    }

    struct Usage {
        var inputTokens = 9
        var outputTokens: Int?
        var cachedTokens: Int?
        var reasoningTokens: Int?
        /// Sent as it is in place of the counts.
        var raw: [UInt8]?
    }

    var reasoning: [String] = []
    /// The member that carries reasoning: `reasoning_content` or `reasoning`.
    var reasoningField = "reasoning_content"
    var text = Text.words(wordsUnlessSaid)
    var refusal: [String] = []
    var toolCalls: [ToolCall] = []
    /// Whether the calls' argument pieces are sent in turns rather than call after call.
    var interleavesToolCalls = false
    var finishReason: String?
    var usage = Usage()
    var usagePlacement = UsagePlacement.standard
    /// Whether a stream opens with a chunk that only names the role.
    var opensWithRole = true
    /// Whether a stream ends with the protocol's terminator (`[DONE]`).
    var terminates = true
    /// Answered under this model's name in place of the requested one.
    var model: String?

    /// The text in one piece.
    var wholeText: String {
        switch text {
        case .words(Self.wordsUnlessSaid): Self.usualText
        case .words(let count): Self.words(count)
        case .pieces(let pieces): pieces.joined()
        }
    }

    /// Output tokens when the script does not say: one for each piece.
    var outputTokens: Int {
        if let stated = usage.outputTokens { return stated }
        let spoken =
            switch text {
            case .words(let count): count
            case .pieces(let pieces): pieces.count
            }
        return spoken + reasoning.count + refusal.count + toolCalls.reduce(0) { $0 + 1 + $1.arguments.count }
    }

    private static let wordsUnlessSaid = 64
    /// Kept, since most answers of a benchmark are this text.
    private static let usualText = words(wordsUnlessSaid)

    private static func words(_ count: Int) -> String { (0..<count).map { word($0) }.joined() }

    private static let sentence = [" the", " quick", " brown", " fox", " jumps", " over", " a", " lazy", " dog"]

    /// One word of the fixed sentence, which repeats for ever.
    static func word(_ index: Int) -> String { sentence[index % sentence.count] }
}

/// An error in no protocol's terms.
struct ErrorReply: Error {
    var status: Int
    var message: String
    var type: String?
    var code: String?
    var parameter: String?
}
