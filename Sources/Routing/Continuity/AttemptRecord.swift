import Dialects
import Runtime

/// What is kept of one attempt at a leg: where it went, when, how it ended and what it consumed.
///
/// Compact, since a hundred thousand of them may be in memory; texts are cut to their bounds.
package struct AttemptRecord: Sendable, Equatable {
    /// The longest reason kept, in Unicode scalars.
    package static let reasonCountMax = 512
    /// The longest backend, model or selector kept, in Unicode scalars.
    package static let nameCountMax = 2048

    package var id: BLegID
    package var aLeg: ALegID
    /// 1, 2, 3… within the A-leg.
    package var sequence: Int
    package private(set) var backend: String
    package private(set) var model: String
    /// The selector of the request, after aliases.
    package private(set) var selector: String
    /// In nanoseconds since the Unix epoch.
    package var startedAt: Int64
    /// The start on the process's monotonic clock, by which the attempts of one process can be put into order.
    package var started: MonotonicInstant
    /// From the start to the end, on the monotonic clock.
    package var duration: Duration { .nanoseconds(durationNanoseconds) }
    package var outcome: AttemptOutcome
    /// Why it failed; empty for success.
    package private(set) var reason: String
    package var cancellation: CancellationCause?
    /// The HTTP status of the provider's answer, where the attempt failed and there was one: 200 for one that broke off.
    package var providerStatus: Int?
    /// Whether the provider was asked twice: the first connection proved dead before any byte of an answer came.
    package var isResent: Bool
    private var durationNanoseconds: Int64
    /// Negative where there was no output.
    private var firstOutputNanoseconds: Int64
    private var compactUsage: CompactUsage?

    package init(
        id: BLegID, aLeg: ALegID, sequence: Int, backend: String, model: String, selector: String, startedAt: Int64,
        started: MonotonicInstant, firstOutputAfter: Duration? = nil, duration: Duration, outcome: AttemptOutcome,
        reason: String = "", cancellation: CancellationCause? = nil, providerStatus: Int? = nil, isResent: Bool = false,
        usage: Usage? = nil
    ) {
        self.id = id
        self.aLeg = aLeg
        self.sequence = sequence
        self.backend = backend.cut(to: Self.nameCountMax)
        self.model = model.cut(to: Self.nameCountMax)
        self.selector = selector.cut(to: Self.nameCountMax)
        self.startedAt = startedAt
        self.started = started
        self.outcome = outcome
        self.reason = reason.cut(to: Self.reasonCountMax)
        self.cancellation = cancellation
        self.providerStatus = providerStatus
        self.isResent = isResent
        durationNanoseconds = max(0, duration.wholeNanoseconds)
        firstOutputNanoseconds = firstOutputAfter.map { max(0, $0.wholeNanoseconds) } ?? -1
        compactUsage = usage.map(CompactUsage.init)
    }

    /// From the start to the first output, on the monotonic clock; nil where there was none.
    package var firstOutputAfter: Duration? {
        firstOutputNanoseconds < 0 ? nil : .nanoseconds(firstOutputNanoseconds)
    }

    /// In nanoseconds since the Unix epoch; nil where there was no output.
    package var firstOutputAt: Int64? { firstOutputNanoseconds < 0 ? nil : startedAt + firstOutputNanoseconds }

    /// In nanoseconds since the Unix epoch.
    package var finishedAt: Int64 { startedAt + durationNanoseconds }

    /// The tokens; counts beyond two thousand million are kept as that.
    package var usage: Usage? { compactUsage?.usage }
}

/// Token counts in 40 bytes instead of 136; negative where a part was not named.
private struct CompactUsage: Equatable {
    private var input: Int32
    private var output: Int32
    private var cacheRead: Int32
    private var cacheWrite: Int32
    private var reasoning: Int32
    private var audioInput: Int32
    private var audioOutput: Int32
    private var acceptedPrediction: Int32
    private var rejectedPrediction: Int32
    private var isEstimated: Bool

    init(_ usage: Usage) {
        func part(_ count: Int?) -> Int32 { count.map { Int32(clamping: max(0, $0)) } ?? -1 }
        input = part(usage.input)
        output = part(usage.output)
        cacheRead = part(usage.cacheRead)
        cacheWrite = part(usage.cacheWrite)
        reasoning = part(usage.reasoning)
        audioInput = part(usage.audioInput)
        audioOutput = part(usage.audioOutput)
        acceptedPrediction = part(usage.acceptedPrediction)
        rejectedPrediction = part(usage.rejectedPrediction)
        isEstimated = usage.isEstimated
    }

    var usage: Usage {
        func count(_ part: Int32) -> Int? { part < 0 ? nil : Int(part) }
        return Usage(
            input: Int(input), output: Int(output), cacheRead: count(cacheRead), cacheWrite: count(cacheWrite),
            reasoning: count(reasoning), audioInput: count(audioInput), audioOutput: count(audioOutput),
            acceptedPrediction: count(acceptedPrediction), rejectedPrediction: count(rejectedPrediction),
            isEstimated: isEstimated)
    }
}

extension String {
    /// The text, or as much of its beginning as the number of Unicode scalars allows.
    fileprivate func cut(to count: Int) -> String {
        guard utf8.count > count, unicodeScalars.count > count else { return self }
        return String(unicodeScalars.prefix(count))
    }
}
