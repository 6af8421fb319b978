import Routing
import Runtime
import Transport

/// The answer of `GET /admin/legs`: how each leg and each backend stands.
struct LegsAnswer {
    /// A backend as a whole, whose keys and bounds its legs share.
    struct BackendRow: Sendable {
        var id: String
        var inFlightMax: Int?
        var load: BackendLoad.Snapshot
        var keys: [KeyPool.KeyState]
        var isCredentialRefused = false
    }

    var backends: [BackendRow]
    /// In the order of their ids.
    var legs: [LegSnapshot]
    /// The present on the monotonic clock and on the wall's.
    var now: (monotonic: MonotonicInstant, wall: Timestamp)

    func render() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("legs")
        writer.beginArray()
        for leg in legs { write(leg, into: &writer) }
        writer.endArray()
        writer.key("backends")
        writer.beginArray()
        for backend in backends { write(backend, into: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private func write(_ leg: LegSnapshot, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("leg", leg.id.description)
        writer.member("backend", leg.id.backend)
        writer.member("model", leg.id.model)
        if let breaker = leg.breaker {
            writer.key("breaker")
            writer.beginObject()
            writer.member("state", BreakerState(breaker).rawValue)
            switch breaker {
            case .closed: break
            case .open(let until): write(until: until, into: &writer)
            case .halfOpen(let isProbing):
                writer.key("probing")
                writer.bool(isProbing)
            }
            writer.endObject()
        }
        write(leg.keys, isCredentialRefused: leg.isCredentialRefused, into: &writer)
        writer.member("in_flight", leg.inFlightCount)
        if let bound = leg.inFlightMax { writer.member("max_in_flight", bound) }
        write(leg.counters, into: &writer)
        write("first_output_ms", leg.firstOutput, into: &writer)
        write("duration_ms", leg.duration, into: &writer)
        if let last = leg.lastBegun {
            let idle = max(now.monotonic - last, .zero)
            writer.member("last_used", text(last))
            writer.key("idle_seconds")
            writer.double(idle.milliseconds / 1000)
        }
        writer.endObject()
    }

    private func write(_ counters: LegCounters, into writer: inout JSONWriter) {
        writer.key("counters")
        writer.beginObject()
        let counts: [(StaticString, Int)] = [
            ("begun", counters.begunCount), ("succeeded", counters.succeededCount), ("failed", counters.failedCount),
            ("rate_limited", counters.rateLimitedCount), ("timed_out", counters.timedOutCount),
            ("cancelled", counters.cancelledCount), ("refused_by_breaker", counters.refusedCount),
            ("refused_busy", counters.busyCount), ("refused_by_retry_budget", counters.refusedRetryCount),
            ("key_changes", counters.keyChangeCount), ("consecutive_failures", counters.consecutiveFailureCount),
        ]
        for (name, count) in counts { writer.member(name, count) }
        writer.endObject()
    }

    private func write(_ backend: BackendRow, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", backend.id)
        write(backend.keys, isCredentialRefused: backend.isCredentialRefused, into: &writer)
        writer.member("in_flight", backend.load.inFlightCount)
        if let bound = backend.inFlightMax { writer.member("max_in_flight", bound) }
        writer.member("refused_busy", Int(clamping: backend.load.busyCount))
        writer.key("retries")
        writer.beginObject()
        writer.member("in_flight", backend.load.retriesInFlightCount)
        writer.member("max_in_flight", backend.load.retriesInFlightMax)
        writer.member("allowed", Int(clamping: backend.load.retryCount))
        writer.member("refused", Int(clamping: backend.load.refusedRetryCount))
        writer.endObject()
        writer.endObject()
    }

    /// The keys by their places, from 1, as logs name them; what they are is told nowhere.
    private func write(_ keys: [KeyPool.KeyState], isCredentialRefused: Bool, into writer: inout JSONWriter) {
        if isCredentialRefused { writer.member("credential", KeyStateName.refused.rawValue) }
        writer.key("keys")
        writer.beginArray()
        for (index, key) in keys.enumerated() {
            writer.beginObject()
            writer.member("key", index + 1)
            writer.member("state", KeyStateName(key).rawValue)
            if case .cooling(let until, let isStated) = key {
                write(until: until, into: &writer)
                writer.key("stated_by_provider")
                writer.bool(isStated)
            }
            writer.endObject()
        }
        writer.endArray()
    }

    private func write(_ name: StaticString, _ summary: LatencySummary?, into writer: inout JSONWriter) {
        guard let summary else { return }
        writer.key(name)
        writer.beginObject()
        for (name, value) in [
            ("p50", summary.median), ("p90", summary.percentile90), ("p99", summary.percentile99),
        ] as [(StaticString, Duration)] {
            writer.key(name)
            writer.double(value.milliseconds)
        }
        writer.endObject()
    }

    private func write(until instant: MonotonicInstant, into writer: inout JSONWriter) {
        writer.member("until", text(instant))
        writer.key("seconds")
        writer.double(max(instant - now.monotonic, .zero).milliseconds / 1000)
    }

    private func text(_ instant: MonotonicInstant) -> String {
        let offset = (instant - now.monotonic).wholeNanoseconds
        return Timestamp(nanoseconds: now.wall.nanoseconds + offset).text
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: StaticString, _ value: String) {
        key(name)
        string(value)
    }

    fileprivate mutating func member(_ name: StaticString, _ value: Int) {
        key(name)
        int(value)
    }
}
