/// What a sticky route binds to a backend.
package enum AffinityKey: Hashable, Sendable {
    /// The requests of one session (`{affinity=session}`).
    case session(ALegID)
    /// The requests of one client (`{affinity=client}`).
    case client(Principal)
}
