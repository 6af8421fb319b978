import Transport

/// What finish reasons are in Responses: a status, and a reason where an answer is incomplete.
enum OpenAIResponsesFinish {
    /// How an answer ended.
    struct Ending: Equatable {
        var isIncomplete = false
        /// `incomplete_details.reason`.
        var reason: String?
    }

    /// The reason of a response that ended well; calls wait for their results.
    static func read(_ response: JSONCursor, hasCalls: Bool) -> FinishReason {
        guard response["status"]?.equals("incomplete") == true else { return hasCalls ? .toolCalls : .stop }
        guard let reason = response["incomplete_details"]?["reason"]?.string else { return .pause }
        switch reason {
        case "max_output_tokens": return .length
        case "content_filter": return .contentFilter
        default: return .other(reason)
        }
    }

    /// What a reason is here.
    ///
    /// A model of OpenAI's that refuses says so in a part of its own, and its response is complete. A refusal that is no
    /// such part would look like any other answer: it is what the content filter cut off.
    /// Source: OpenAI API reference, "The response object", `incomplete_details`; guide "Structured outputs", "Refusals".
    ///
    /// - Parameter saysRefusal: Whether the answer has a part of refusal.
    static func ending(_ reason: FinishReason?, saysRefusal: Bool) -> Ending {
        switch reason {
        case .length, .contextWindow: Ending(isIncomplete: true, reason: "max_output_tokens")
        case .contentFilter: Ending(isIncomplete: true, reason: "content_filter")
        case .refusal where !saysRefusal: Ending(isIncomplete: true, reason: "content_filter")
        // Nothing is missing, but the turn is not over either.
        case .pause: Ending(isIncomplete: true)
        case .other(let word) where word == "max_messages" || word == "steered":
            Ending(isIncomplete: true, reason: word)
        case .stop, .stopSequence, .toolCalls, .functionCall, .refusal, .other, .none: Ending()
        }
    }
}
