import Transport

/// What a prompt is: one text, or something that only a completions backend understands.
enum OpenAICompletionsPrompt {
    case text(String)
    /// Several texts, each answered by itself.
    case texts(count: Int)
    /// Tokens of the provider's own vocabulary, for so many answers.
    case tokens(count: Int)
    /// The provider's own beginning of a document.
    case none

    /// Reads a prompt; throws (with a path below it) where it is none.
    init(_ value: JSONCursor, limits: CallLimits) throws(MalformedField) {
        if value.isNull {
            self = .none
            return
        }
        if let text = value.string {
            self = .text(text)
            return
        }
        guard value.isArray, let first = value[0] else {
            throw FieldCheck.mismatch(value, "prompt", "a string, or an array of strings or tokens")
        }
        if first.isNumber {
            try Self.check(tokens: value, "prompt")
            self = .tokens(count: 1)
            return
        }
        try FieldCheck.count(value.count, "prompt", max: limits.messageCountMax)
        var index = 0
        for element in value.elements {
            if first.isString {
                guard element.isString else {
                    throw FieldCheck.mismatch(element, "[\(index)]", "a string").inside("prompt")
                }
            } else {
                do {
                    try Self.check(tokens: element, "[\(index)]")
                } catch {
                    throw error.inside("prompt")
                }
            }
            index += 1
        }
        if first.isString {
            self = index == 1 ? .text(first.string ?? "") : .texts(count: index)
        } else {
            self = .tokens(count: index)
        }
    }

    private static func check(tokens: JSONCursor, _ name: String) throws(MalformedField) {
        guard tokens.isArray, tokens.count > 0 else { throw FieldCheck.mismatch(tokens, name, "an array of tokens") }
        var index = 0
        for token in tokens.elements {
            guard token.isNumber, let number = token.int, number >= 0 else {
                throw FieldCheck.mismatch(token, "[\(index)]", "a token").inside(name)
            }
            index += 1
        }
    }

    /// How many prompts there are.
    var count: Int {
        switch self {
        case .text, .none: 1
        case .texts(let count), .tokens(let count): count
        }
    }

    /// The prompt where it can be a message of a conversation.
    var text: String? {
        if case .text(let text) = self { text } else { nil }
    }
}
