import Routing

/// Names lip's metrics and writes them out; the one place where a metric's name, labels and help text stand.
struct MetricsReport {
    var values: MetricsValues
    /// Backend ids in the order of the configuration.
    var backends: [String]
    /// How many legs of each backend have their breaker in each state, in the order of the configuration.
    var breakers: [BreakerTally]
    /// What is in flight at each backend, in the order of the configuration.
    var loads: [BackendLoad.Snapshot] = []
    /// What each backend's keys may be used for, in the order of the configuration.
    var keys: [[KeyPool.KeyState]] = []
    var lineage = ContinuityStatistics()
    var process: ProcessStatistics
    var version: String

    func render() -> [UInt8] {
        var text = PrometheusText()
        renderRequests(&text)
        renderBackends(&text)
        renderBreakers(&text)
        renderLoads(&text)
        renderKeys(&text)
        renderLineage(&text)
        renderProcess(&text)
        return text.bytes
    }

    private func renderRequests(_ text: inout PrometheusText) {
        text.family("lip_http_requests_total", "counter", "Requests answered, by route and status.")
        let ordered = values.requests.sorted {
            ($0.key.endpoint.rawValue, $0.key.status) < ($1.key.endpoint.rawValue, $1.key.status)
        }
        for (key, count) in ordered {
            text.sample(
                "lip_http_requests_total", [("route", key.endpoint.rawValue), ("status", String(key.status))],
                count: count)
        }
        text.family(
            "lip_http_request_duration_seconds", "histogram", "Time from a request's head to the end of its answer.")
        for endpoint in Endpoint.allCases {
            guard let histogram = values.durations[endpoint] else { continue }
            text.histogram("lip_http_request_duration_seconds", [("route", endpoint.rawValue)], histogram)
        }
        text.family("lip_http_requests_in_flight", "gauge", "Requests being served now.")
        text.sample("lip_http_requests_in_flight", level: values.requestsInFlight)
        text.family("lip_client_cancellations_total", "counter", "Requests whose client left before the end.")
        text.sample("lip_client_cancellations_total", count: values.clientCancellations)
        text.family("lip_stream_frames_total", "counter", "Provider frames relayed to streaming clients.")
        text.sample("lip_stream_frames_total", count: values.streamedChunks)
        text.family(
            "lip_descriptor_shortages_total", "counter", "Attempts that failed since no file descriptor was free.")
        text.sample("lip_descriptor_shortages_total", count: values.descriptorShortages)
        text.family("lip_upstream_transfers", "gauge", "Requests to providers under way.")
        text.sample("lip_upstream_transfers", level: values.transfers)
        text.family("lip_upstream_connections", "gauge", "Open connections to providers, in use or kept for later.")
        text.sample("lip_upstream_connections", level: values.connections)
        text.family("lip_event_loop_timers", "gauge", "Timers that are set, on all loops.")
        text.sample("lip_event_loop_timers", level: values.timers)
    }

    private func renderBackends(_ text: inout PrometheusText) {
        let rows = Array(zip(backends, values.backends))
        text.family("lip_attempts_total", "counter", "Attempts at a leg that ended, by backend and outcome.")
        for (backend, row) in rows {
            for outcome in AttemptOutcome.allCases {
                text.sample(
                    "lip_attempts_total", [("backend", backend), ("outcome", outcome.rawValue)],
                    count: row.attempts[outcome.index])
            }
        }
        text.family("lip_attempts_in_flight", "gauge", "Attempts under way, by backend.")
        for (backend, row) in rows {
            text.sample("lip_attempts_in_flight", [("backend", backend)], level: row.inFlight)
        }
        text.family(
            "lip_upstream_resends_total", "counter",
            "Requests sent once more on a new connection, since the first was dead before any answer, by backend.")
        for (backend, row) in rows {
            text.sample("lip_upstream_resends_total", [("backend", backend)], count: row.resends)
        }
        text.family("lip_attempt_duration_seconds", "histogram", "Time from an attempt's start to its end.")
        for (backend, row) in rows {
            text.histogram("lip_attempt_duration_seconds", [("backend", backend)], row.duration)
        }
        text.family("lip_first_token_seconds", "histogram", "Time from an attempt's start to its first output.")
        for (backend, row) in rows { text.histogram("lip_first_token_seconds", [("backend", backend)], row.firstToken) }
        text.family(
            "lip_tokens_total", "counter",
            "Tokens that providers reported; input includes cached_input, output includes reasoning.")
        for (backend, row) in rows {
            for (kind, count) in [
                ("input", row.inputTokens), ("cached_input", row.cachedInputTokens), ("output", row.outputTokens),
                ("reasoning", row.reasoningTokens),
            ] {
                text.sample("lip_tokens_total", [("backend", backend), ("kind", kind)], count: count)
            }
        }
    }

    private func renderBreakers(_ text: inout PrometheusText) {
        text.family("lip_breaker_legs", "gauge", "Legs (models used) by backend and the state of their breaker.")
        for (backend, tally) in zip(backends, breakers) {
            for state in BreakerState.allCases {
                text.sample(
                    "lip_breaker_legs", [("backend", backend), ("state", state.rawValue)], count: tally[state])
            }
        }
        text.family("lip_breaker_transitions_total", "counter", "Breakers that went over to a state, by backend.")
        for (backend, row) in zip(backends, values.backends) {
            for state in BreakerState.allCases {
                text.sample(
                    "lip_breaker_transitions_total", [("backend", backend), ("to", state.rawValue)],
                    count: row.breakerTransitions[state])
            }
        }
    }

    private func renderLoads(_ text: inout PrometheusText) {
        let rows = Array(zip(backends, loads))
        text.family(
            "lip_busy_refusals_total", "counter",
            "Attempts that found as many in flight as max_in_flight allows, by backend.")
        for (backend, load) in rows {
            text.sample("lip_busy_refusals_total", [("backend", backend)], count: load.busyCount)
        }
        text.family(
            "lip_retries_total", "counter",
            "Next keys and further attempts at a backend that the request had tried, by whether the budget allowed them."
        )
        for (backend, load) in rows {
            for (result, count) in [("allowed", load.retryCount), ("refused", load.refusedRetryCount)] {
                text.sample("lip_retries_total", [("backend", backend), ("result", result)], count: count)
            }
        }
        text.family("lip_retries_in_flight", "gauge", "Attempts under way that are retries, by backend.")
        for (backend, load) in rows {
            text.sample("lip_retries_in_flight", [("backend", backend)], level: Int64(load.retriesInFlightCount))
        }
    }

    private func renderKeys(_ text: inout PrometheusText) {
        text.family("lip_keys", "gauge", "Keys by backend and what may be done with them.")
        for (backend, keys) in zip(backends, keys) {
            for state in KeyStateName.allCases {
                text.sample(
                    "lip_keys", [("backend", backend), ("state", state.rawValue)],
                    count: UInt64(keys.count { KeyStateName($0) == state }))
            }
        }
    }

    private func renderLineage(_ text: inout PrometheusText) {
        text.family("lip_lineage_requests_total", "counter", "Requests whose attempts were kept in the lineage.")
        text.sample("lip_lineage_requests_total", count: lineage.recordedCount)
        text.family(
            "lip_lineage_dropped_total", "counter",
            "Requests whose attempts were not kept: the store could not keep up.")
        text.sample("lip_lineage_dropped_total", count: lineage.droppedCount)
        text.family("lip_lineage_write_failures_total", "counter", "Batches that could not be written at once.")
        text.sample("lip_lineage_write_failures_total", count: lineage.failedWriteCount)
    }

    private func renderProcess(_ text: inout PrometheusText) {
        text.family("lip_build_info", "gauge", "Always 1; the label tells the version.")
        text.sample("lip_build_info", [("version", version)], count: 1)
        text.family("process_cpu_seconds_total", "counter", "CPU time spent, user and system.")
        text.sample("process_cpu_seconds_total", number: process.cpuSeconds)
        text.family("process_resident_memory_bytes", "gauge", "Resident memory.")
        text.sample("process_resident_memory_bytes", count: process.residentBytes)
        text.family("process_open_fds", "gauge", "Open file descriptors.")
        text.sample("process_open_fds", count: process.openDescriptors)
        text.family("process_max_fds", "gauge", "Limit of open file descriptors.")
        text.sample("process_max_fds", count: process.descriptorLimit)
        text.family("process_start_time_seconds", "gauge", "When the process started, in Unix time.")
        text.sample("process_start_time_seconds", number: process.startTime)
    }
}
