/// The mock's own thought signature, in base64 as all of them are.
enum GeminiSignature {
    static let own = "bW9jay1zaWduYXR1cmU="
    /// Google's stand-in for histories of other models.
    static let standIn = "skip_thought_signature_validator"

    /// Whether a signature could be Gemini's: base64 of either alphabet, and not one that a gateway marked as another
    /// provider's.
    static func isValid(_ text: String) -> Bool {
        if text == standIn { return true }
        let isBase64 = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: "+/-_=".utf8.contains(byte)
            }
        }
        return isBase64 && !text.isEmpty && !text.hasPrefix("bGlwM")
    }

    /// Whether a model refuses calls without signatures, and answers with them: from the third generation on.
    static func isWanted(by model: String) -> Bool {
        guard let name = model.split(separator: "/").last, name.hasPrefix("gemini-") else { return false }
        return (Int(name.dropFirst(7).prefix { $0.isNumber }) ?? 0) >= 3
    }
}
