import Dialects
import Routing
import Runtime
import Transport

/// Attempts as JSON, under the names that the Go LLM Interactive Proxy gives to its fields.
enum AttemptText {
    static func write(_ attempts: [AttemptRecord], into writer: inout JSONWriter) {
        writer.beginArray()
        for attempt in attempts { write(attempt, into: &writer) }
        writer.endArray()
    }

    private static func write(_ attempt: AttemptRecord, into writer: inout JSONWriter) {
        writer.beginObject()
        text("BLegID", attempt.id.description, into: &writer)
        text("ALegID", attempt.aLeg.description, into: &writer)
        writer.key("Seq")
        writer.int(attempt.sequence)
        text("BackendID", attempt.backend, into: &writer)
        text("EffectiveModel", attempt.model, into: &writer)
        text("StartedAt", Timestamp(nanoseconds: attempt.startedAt).preciseText, into: &writer)
        if let firstOutputAt = attempt.firstOutputAt {
            text("FirstOutputAt", Timestamp(nanoseconds: firstOutputAt).preciseText, into: &writer)
        }
        text("FinishedAt", Timestamp(nanoseconds: attempt.finishedAt).preciseText, into: &writer)
        text("Outcome", attempt.outcome.rawValue, into: &writer)
        text("Reason", attempt.reason, into: &writer)
        if let cancellation = attempt.cancellation {
            text("CancellationCause", cancellation.rawValue, into: &writer)
        }
        if let status = attempt.providerStatus {
            writer.key("ProviderStatus")
            writer.int(status)
        }
        if attempt.isResent {
            writer.key("Resent")
            writer.bool(true)
        }
        text("Selector", attempt.selector, into: &writer)
        if let usage = attempt.usage {
            writer.key("Usage")
            write(usage, into: &writer)
        }
        writer.endObject()
    }

    private static func write(_ usage: Usage, into writer: inout JSONWriter) {
        writer.beginObject()
        let counts: [(StaticString, Int?)] = [
            ("InputTokens", usage.input), ("OutputTokens", usage.output), ("CacheReadTokens", usage.cacheRead),
            ("CacheWriteTokens", usage.cacheWrite), ("ReasoningTokens", usage.reasoning),
            ("AudioInputTokens", usage.audioInput), ("AudioOutputTokens", usage.audioOutput),
            ("AcceptedPredictionTokens", usage.acceptedPrediction),
            ("RejectedPredictionTokens", usage.rejectedPrediction),
        ]
        for (name, count) in counts {
            guard let count else { continue }
            writer.key(name)
            writer.int(count)
        }
        if usage.isEstimated {
            writer.key("Estimated")
            writer.bool(true)
        }
        writer.endObject()
    }

    private static func text(_ name: StaticString, _ value: String, into writer: inout JSONWriter) {
        writer.key(name)
        writer.string(value)
    }
}
