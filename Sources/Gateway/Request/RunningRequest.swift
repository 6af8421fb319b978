import Routing

/// A request that waits for others than its client, and can be called off meanwhile; belongs to its loop.
protocol RunningRequest: AnyObject {
    var record: RequestRecord { get }
    /// Its place among those that its loop serves; theirs to change.
    var runningIndex: Int? { get set }

    /// Ends what the request is doing, in this turn; its client is told once its task has its turn.
    func callOff(because cause: CancellationCause)
}
