/// A whole answer, collected from its events in order.
///
/// What every dialect's unary form is made from. A pure value: events in, nothing out until someone reads it.
package struct Answer: Sendable, Equatable {
    /// One alternative of the answer.
    package struct Choice: Sendable, Equatable {
        /// Which alternative.
        package let index: Int
        /// What was said and called, in the order of first appearance.
        package fileprivate(set) var pieces: [Piece] = []
        /// Arrays of annotations as source text.
        package fileprivate(set) var annotations: [RawJSON] = []
        /// Log probabilities as source text, one a chunk.
        package fileprivate(set) var logprobs: [RawJSON] = []
        /// Why it ended; nil where the provider never said.
        package fileprivate(set) var finish: FinishReason?
    }

    /// A run of one kind of output.
    ///
    /// Flat, so that appending to its text never copies it.
    package struct Piece: Sendable, Equatable {
        /// What a piece is.
        package enum Kind: Sendable, Hashable {
            case text, reasoning, refusal, toolCall, media, reasoningDetails
        }

        package let kind: Kind
        /// The text, the refusal, the reasoning or the call's arguments.
        package fileprivate(set) var text = ""
        /// The provider's seal on reasoning.
        package fileprivate(set) var signature: String?
        /// Which call of its choice this is.
        package fileprivate(set) var callIndex = 0
        package fileprivate(set) var callID = ""
        package fileprivate(set) var callName = ""
        package fileprivate(set) var callKind = ToolKind.function
        /// Media and structured reasoning as source text.
        package fileprivate(set) var raw: RawJSON?
        /// Arrays of annotations that came behind this text, as source text.
        package fileprivate(set) var annotations: [RawJSON] = []
        /// Log probabilities that came behind this text, as source text.
        package fileprivate(set) var logprobs: [RawJSON] = []
    }

    /// What the provider said about the answer as a whole.
    package private(set) var info = ResponseInfo()
    /// The alternatives in ascending index.
    package private(set) var choices: [Choice] = []
    package private(set) var usage: Usage?
    /// Whether the provider ended the answer: without it nothing may be shown as complete.
    package private(set) var isComplete = false

    private let limits: AnswerLimits
    private var textBytes = 0
    private var pieceCount = 0

    package init(limits: AnswerLimits = .standard) {
        self.limits = limits
    }

    package static func == (lhs: Answer, rhs: Answer) -> Bool {
        lhs.info == rhs.info && lhs.choices == rhs.choices && lhs.usage == rhs.usage
            && lhs.isComplete == rhs.isComplete
    }

    /// Adds one event; throws the failure that the event is, or the limit that it breaks.
    package mutating func append(_ event: Event) throws(Failure) {
        switch event {
        case .started(let info): self.info = info
        case .textDelta(let choice, let text): try append(text, as: .text, choice: choice)
        case .reasoningDelta(let choice, let text): try append(text, as: .reasoning, choice: choice)
        case .refusalDelta(let choice, let text): try append(text, as: .refusal, choice: choice)
        case .reasoningSignature(let choice, let signature): try seal(choice: choice, signature)
        case .reasoningDetails(let choice, let raw): try append(raw, as: .reasoningDetails, choice: choice)
        case .media(let choice, let raw): try append(raw, as: .media, choice: choice)
        case .toolCallStarted(let choice, let index, let id, let name, let kind):
            var piece = Piece(kind: .toolCall)
            piece.callIndex = index
            piece.callID = id
            piece.callName = name
            piece.callKind = kind
            try append(piece, bytes: id.utf8.count + name.utf8.count, choice: choice)
        case .toolCallArguments(let choice, let index, let text):
            try appendArguments(text, choice: choice, index: index)
        case .annotations(let choice, let raw):
            try count(bytes: raw.bytes.count, pieces: 1)
            let position = try position(ofChoice: choice)
            choices[position].annotations.append(raw)
            if let last = choices[position].pieces.indices.last, choices[position].pieces[last].kind == .text {
                choices[position].pieces[last].annotations.append(raw)
            }
        case .logprobs(let choice, let raw):
            try count(bytes: raw.bytes.count, pieces: 1)
            let position = try position(ofChoice: choice)
            choices[position].logprobs.append(raw)
            if let last = choices[position].pieces.indices.last, choices[position].pieces[last].kind == .text {
                choices[position].pieces[last].logprobs.append(raw)
            }
        case .finished(let choice, let reason):
            let position = try position(ofChoice: choice)
            choices[position].finish = reason
        case .usage(let usage): self.usage = usage
        case .failed(let failure): throw failure
        case .ended: isComplete = true
        }
    }

    private mutating func append(_ text: String, as kind: Piece.Kind, choice: Int) throws(Failure) {
        try count(bytes: text.utf8.count, pieces: 0)
        let position = try position(ofChoice: choice)
        let last = choices[position].pieces.count - 1
        if last >= 0, choices[position].pieces[last].kind == kind, choices[position].pieces[last].signature == nil {
            choices[position].pieces[last].text += text
        } else {
            try count(bytes: 0, pieces: 1)
            var piece = Piece(kind: kind)
            piece.text = text
            choices[position].pieces.append(piece)
        }
    }

    private mutating func append(_ raw: RawJSON, as kind: Piece.Kind, choice: Int) throws(Failure) {
        var piece = Piece(kind: kind)
        piece.raw = raw
        try append(piece, bytes: raw.bytes.count, choice: choice)
    }

    private mutating func append(_ piece: Piece, bytes: Int, choice: Int) throws(Failure) {
        try count(bytes: bytes, pieces: 1)
        let position = try position(ofChoice: choice)
        choices[position].pieces.append(piece)
    }

    private mutating func seal(choice: Int, _ signature: String) throws(Failure) {
        try count(bytes: signature.utf8.count, pieces: 0)
        let position = try position(ofChoice: choice)
        let last = choices[position].pieces.count - 1
        if last >= 0, choices[position].pieces[last].kind == .reasoning {
            choices[position].pieces[last].signature = (choices[position].pieces[last].signature ?? "") + signature
        } else {
            try count(bytes: 0, pieces: 1)
            var piece = Piece(kind: .reasoning)
            piece.signature = signature
            choices[position].pieces.append(piece)
        }
    }

    private mutating func appendArguments(_ text: String, choice: Int, index: Int) throws(Failure) {
        try count(bytes: text.utf8.count, pieces: 0)
        let position = try position(ofChoice: choice)
        let found = choices[position].pieces.lastIndex { $0.kind == .toolCall && $0.callIndex == index }
        guard let found else {
            throw Failure(.invalidResponse, "the answer holds arguments of a tool call that never started")
        }
        choices[position].pieces[found].text += text
    }

    private mutating func count(bytes: Int, pieces: Int) throws(Failure) {
        textBytes += bytes
        pieceCount += pieces
        guard textBytes <= limits.bytesMax, pieceCount <= limits.pieceCountMax else {
            throw Failure(.invalidResponse, "the answer is larger than \(limits.bytesMax) bytes")
        }
    }

    /// The position of a choice in `choices`, which stays sorted by index.
    private mutating func position(ofChoice index: Int) throws(Failure) -> Int {
        if index < choices.count, index >= 0, choices[index].index == index { return index }
        guard index >= 0, index < limits.choiceCountMax else {
            throw Failure(.invalidResponse, "the answer holds a choice with the index \(index)")
        }
        var position = choices.count
        while position > 0, choices[position - 1].index > index { position -= 1 }
        if position > 0, choices[position - 1].index == index { return position - 1 }
        choices.insert(Choice(index: index), at: position)
        return position
    }
}

/// How much of an answer is collected before it is refused.
package struct AnswerLimits: Sendable {
    /// Bytes of text, reasoning, arguments and raw values together.
    package var bytesMax = 64 << 20
    /// Pieces, annotations and log probability records together.
    package var pieceCountMax = 1_000_000
    /// Alternatives.
    package var choiceCountMax = 128

    package init() {}

    /// The limits used when nothing else is said.
    package static let standard = AnswerLimits()
}
