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
    static func ending(_ reason: FinishReason?) -> Ending {
        switch reason {
        case .length, .contextWindow: Ending(isIncomplete: true, reason: "max_output_tokens")
        case .contentFilter: Ending(isIncomplete: true, reason: "content_filter")
        // Nothing is missing, but the turn is not over either.
        case .pause: Ending(isIncomplete: true)
        case .other(let word) where word == "max_messages" || word == "steered":
            Ending(isIncomplete: true, reason: word)
        case .stop, .stopSequence, .toolCalls, .functionCall, .refusal, .other, .none: Ending()
        }
    }
}
