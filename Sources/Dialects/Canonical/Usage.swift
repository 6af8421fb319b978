/// What a call consumed, in one token algebra for every dialect.
///
/// `input` includes what was read from and written to a prompt cache and audio input; `output` includes reasoning and
/// audio output; `total` is `input + output`. A part is nil where the provider did not name it, which is not zero.
package struct Usage: Sendable, Equatable {
    /// All input tokens, cached ones included.
    package var input: Int
    /// All output tokens, reasoning included.
    package var output: Int
    /// The part of `input` that a prompt cache served.
    package var cacheRead: Int?
    /// The part of `input` that was written to a prompt cache.
    package var cacheWrite: Int?
    /// The part of `output` spent on reasoning.
    package var reasoning: Int?
    /// The part of `input` that was audio.
    package var audioInput: Int?
    /// The part of `output` that was audio.
    package var audioOutput: Int?
    /// The part of `output` that matched a predicted output.
    package var acceptedPrediction: Int?
    /// The part of `output` that was predicted in vain, and paid for.
    package var rejectedPrediction: Int?
    /// Whether lip counted these tokens itself because the provider did not.
    package var isEstimated: Bool

    package init(
        input: Int = 0, output: Int = 0, cacheRead: Int? = nil, cacheWrite: Int? = nil, reasoning: Int? = nil,
        audioInput: Int? = nil, audioOutput: Int? = nil, acceptedPrediction: Int? = nil,
        rejectedPrediction: Int? = nil, isEstimated: Bool = false
    ) {
        self.input = input
        self.output = output
        self.cacheRead = cacheRead
        self.cacheWrite = cacheWrite
        self.reasoning = reasoning
        self.audioInput = audioInput
        self.audioOutput = audioOutput
        self.acceptedPrediction = acceptedPrediction
        self.rejectedPrediction = rejectedPrediction
        self.isEstimated = isEstimated
    }

    /// All tokens.
    package var total: Int {
        let (sum, overflow) = input.addingReportingOverflow(output)
        return overflow ? Int.max : sum
    }

    /// The input tokens that no cache served or stored.
    package var uncachedInput: Int { max(0, max(0, input - (cacheRead ?? 0)) - (cacheWrite ?? 0)) }

    /// Whether nothing at all was counted.
    package var isZero: Bool { input == 0 && output == 0 }

    /// Whether every part is non-negative and fits into the sum that it is a part of.
    package var isConsistent: Bool {
        let parts = [
            cacheRead, cacheWrite, reasoning, audioInput, audioOutput, acceptedPrediction, rejectedPrediction,
        ]
        guard input >= 0, output >= 0, parts.allSatisfy({ ($0 ?? 0) >= 0 }) else { return false }
        let (cached, overflow) = (cacheRead ?? 0).addingReportingOverflow(cacheWrite ?? 0)
        return !overflow && cached <= input && (audioInput ?? 0) <= input && (reasoning ?? 0) <= output
            && (audioOutput ?? 0) <= output
    }

    /// The usage with its identities restored where a provider counts a part beside the sum instead of inside it.
    ///
    /// Some count reasoning beside the output, others cached tokens beside the input; a stated total tells which. A
    /// negative count becomes zero.
    package func reconciled(statedTotal: Int? = nil) -> Usage {
        var usage = self
        usage.input = max(0, input)
        usage.output = max(0, output)
        func clamped(_ part: Int?) -> Int? { part.map { max(0, $0) } }
        usage.cacheRead = clamped(cacheRead)
        usage.cacheWrite = clamped(cacheWrite)
        usage.reasoning = clamped(reasoning)
        usage.audioInput = clamped(audioInput)
        usage.audioOutput = clamped(audioOutput)
        usage.acceptedPrediction = clamped(acceptedPrediction)
        usage.rejectedPrediction = clamped(rejectedPrediction)

        let reasoning = usage.reasoning ?? 0
        if reasoning > 0, let output = usage.output.adding(reasoning) {
            if let statedTotal, let beside = usage.input.adding(output), statedTotal == beside {
                usage.output = output
            } else if reasoning > usage.output {
                usage.output = output
            }
        }
        if let cached = (usage.cacheRead ?? 0).adding(usage.cacheWrite ?? 0), cached > usage.input,
            let input = usage.input.adding(cached)
        {
            usage.input = input
        }
        usage.audioInput = usage.audioInput.map { min($0, usage.input) }
        usage.audioOutput = usage.audioOutput.map { min($0, usage.output) }
        return usage
    }
}

extension Int {
    /// The sum, or nil where it does not fit.
    fileprivate func adding(_ other: Int) -> Int? {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? nil : sum
    }
}
