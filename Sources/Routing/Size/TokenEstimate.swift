import Dialects

/// How large a request is for a model, in tokens, and how that is known.
package struct TokenEstimate: Sendable, Equatable, CustomStringConvertible {
    /// Where the number comes from.
    package enum Method: String, Sendable {
        /// A token for each four bytes of UTF-8, plus fixed amounts for what is no text; right to perhaps a third either way.
        case bytes = "a token for four bytes of text"
    }

    /// What a message weighs beyond its words: the marks of role and turn.
    static let messageTokens = 4
    /// What an image, a recording or a file weighs; its bytes tell nothing.
    static let mediumTokens = 1000

    package let tokens: Int
    package let method: Method

    package init(tokens: Int, method: Method) {
        self.tokens = tokens
        self.method = method
    }

    package var description: String { "\(tokens) tokens (\(method.rawValue))" }

    /// Estimates a call from its words: instructions, messages, and the definitions of its tools.
    ///
    /// No tokenizer is asked: every model has its own, and a route is chosen before its model is known.
    package init(_ body: CallBody) {
        var count = Count()
        count.add(body.instructions)
        for message in body.messages {
            count.tokens += Self.messageTokens
            count.bytes += message.name?.utf8.count ?? 0
            count.add(message.parts)
        }
        for tool in body.tools { count.add(tool) }
        self.init(tokens: count.tokens + (count.bytes + 3) / 4, method: .bytes)
    }

    private struct Count {
        var bytes = 0
        var tokens = 0

        mutating func add(_ parts: [Part]) {
            for part in parts {
                switch part.content {
                case .text(let text), .refusal(let text): bytes += text.utf8.count
                case .reasoning(let reasoning): bytes += reasoning.text.utf8.count
                case .toolCall(let call): bytes += call.name.utf8.count + call.arguments.utf8.count
                case .toolResult(let result): add(result.parts)
                case .image, .audio, .file: tokens += TokenEstimate.mediumTokens
                case .opaque(_, let raw): bytes += raw.bytes.count
                }
            }
        }

        mutating func add(_ tool: Tool) {
            bytes += tool.name.utf8.count + (tool.description?.utf8.count ?? 0)
            switch tool.definition {
            case .function(let parameters, _): bytes += parameters?.bytes.count ?? 0
            case .custom(let format): bytes += format?.bytes.count ?? 0
            case .provider(_, let definition): bytes += definition.bytes.count
            }
        }
    }
}

extension Leaf {
    /// Whether the leg is bound to requests of some size.
    package var isSizeBound: Bool { minContext != nil || maxContext != nil }

    /// Whether a request of this size may be served here: above `min_context`, and up to `max_context`.
    package func fits(_ size: TokenEstimate?) -> Bool {
        guard let tokens = size?.tokens else { return true }
        return tokens > minContext ?? -1 && tokens <= maxContext ?? .max
    }
}
