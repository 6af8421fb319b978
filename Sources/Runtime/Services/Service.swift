/// Something that lives for as long as its `run()` does; a `ServiceGroup` starts and stops it.
package protocol Service: Sendable {
    /// What logs and errors call it.
    var name: String { get }

    /// Acquires what the service needs (binds, opens, connects); the next service starts when this has returned.
    func start() async throws

    /// Does the work until it is told to stop; returning or throwing before that stops the whole group.
    ///
    /// A service that is not a `GracefulService` is told by cancellation.
    func run() async throws
}

extension Service {
    package var name: String { String(describing: Self.self) }
    package func start() async throws {}
}

/// A service that can finish what it has begun before it stops.
package protocol GracefulService: Service {
    /// Tells `run()` to take nothing new, finish what is under way and return; called once, from any thread.
    ///
    /// It may come before `run()`, which then returns at once. Must not block. Cancellation, or `cutShort` where there is
    /// one, follows only when the group's deadline passes or the shutdown is forced.
    func beginShutdown()
}

/// A graceful service that can tell those who wait for it that what is under way will not be finished.
package protocol CuttableService: GracefulService {
    /// Tells `run()` to end what is under way, with a word to those who wait, and return; called once, from any thread.
    ///
    /// It may come without `beginShutdown()` before it. Must not block. Cancellation follows when the group's time for it
    /// is over.
    func cutShort()
}
