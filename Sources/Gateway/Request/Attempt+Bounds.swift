import Transport

/// How much of an answer is read, and for how long.
extension Attempt {
    /// The longest provider error body that is read, in bytes.
    static let errorBodyBytesMax = 64 << 10
    /// How long a provider's error body is waited for: the status alone says what to do.
    static let errorBodyTimeMax = Duration.seconds(5)
    /// The longest whole answer, in bytes.
    static let answerBytesMax = 64 << 20
    /// Its JSON; log probabilities make some 200 values of a token.
    static let answerLimits = JSONLimits(documentBytesMax: answerBytesMax, nodesMax: 8_000_000)
    /// The most that is held back of a stream that has not committed, in bytes.
    static let heldBytesMax = 1 << 20
}
