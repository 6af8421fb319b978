extension LoopBound {
    /// Computes something from the value on its loop and returns it to the calling task, wherever that runs.
    ///
    /// Not cancellable: a loop answers within a turn, and a loop that has stopped must not be asked.
    package func collect<Result: Sendable>(_ body: @escaping @Sendable (Value) -> Result) async -> Result {
        await withUnsafeContinuation { continuation in
            run { continuation.resume(returning: body($0)) }
        }
    }
}
