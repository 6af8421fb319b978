/// Why an attempt was called off.
package enum CancellationCause: String, CaseIterable, Sendable {
    /// The client closed its connection.
    case clientLeft = "client_left"
    /// The client stayed, took nothing of its answer for `server.write_stall_timeout`, and was cut off.
    case clientStalled = "client_stalled"
    /// lip stopped before the answer was complete.
    case shutDown = "shut_down"
    /// Another leg of the race won.
    case lostRace = "lost_race"
    /// The client asked for it (`POST /lip/v1/a-legs/{id}/cancel`).
    case explicit
}
