/// Carries a value that belongs to one loop through code that may run anywhere.
///
/// This is the one door by which values that are not `Sendable` travel in `@Sendable` closures. Safety: `value` traps
/// unless it is read on `loop`, so the value itself is never touched by two threads; only its reference count is.
package struct LoopBound<Value>: @unchecked Sendable {
    package let loop: EventLoop
    private let stored: Value

    package init(_ value: Value, on loop: EventLoop) {
        self.loop = loop
        stored = value
    }

    /// The value; reading it off its loop is a programming error and traps.
    package var value: Value {
        precondition(loop.isCurrent, "a loop-bound value was used off its loop")
        return stored
    }

    /// Runs `body` with the value on its loop: at once when already there, else in the loop's next turn.
    package func run(_ body: @escaping @Sendable (Value) -> Void) {
        if loop.isCurrent {
            body(stored)
        } else {
            loop.execute { body(self.value) }
        }
    }
}
