import Transport

/// The words for finish reasons (https://ai.google.dev/api/generate-content#FinishReason).
enum GeminiFinish {
    /// The reason that a string value names; Gemini says `STOP` also where it waits for the results of its calls.
    static func read(_ value: JSONCursor, hasCalls: Bool) -> FinishReason {
        if value.equals("STOP") { return hasCalls ? .toolCalls : .stop }
        if value.equals("MAX_TOKENS") { return .length }
        for word in withheld where value.equals(word) { return .contentFilter }
        return .other(value.string ?? "")
    }

    /// The reasons for which output is withheld or cut.
    private static let withheld: [StaticString] = [
        "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "MODEL_ARMOR",
    ]

    /// Whether the canonical reason keeps the word exactly.
    static func isExact(_ value: JSONCursor) -> Bool {
        for word in withheld.dropFirst() where value.equals(word) { return false }
        return true
    }

    /// Gemini's word for a reason; another dialect's own word becomes the one for everything else.
    static func word(_ reason: FinishReason) -> String {
        switch reason {
        case .stop, .stopSequence, .toolCalls, .functionCall, .pause: "STOP"
        case .length, .contextWindow: "MAX_TOKENS"
        case .contentFilter, .refusal: "SAFETY"
        case .other(let word):
            !word.isEmpty && word.utf8.allSatisfy { $0 == UInt8(ascii: "_") || (0x41...0x5A).contains($0) }
                ? word : "OTHER"
        }
    }
}
