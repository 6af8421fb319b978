/// Carries a value that belongs to one loop through code that may run anywhere.
///
/// This is the one door by which values that are not `Sendable` travel in `@Sendable` closures. Safety: `value` traps
/// unless it is read on `loop`, and the box destroys the value on the loop, so no other thread ever touches it, not even
/// its reference count.
package struct LoopBound<Value>: @unchecked Sendable {
    package let loop: EventLoop
    private let box: LoopBox<Value>

    /// Puts the value into the box; on the loop, or before anything on the loop can see it.
    package init(_ value: Value, on loop: EventLoop) {
        self.loop = loop
        box = LoopBox(value, on: loop)
    }

    /// The value; reading it off its loop is a programming error and traps.
    package var value: Value {
        precondition(loop.isCurrent, "a loop-bound value was used off its loop")
        return box.pointer.pointee
    }

    /// Runs `body` with the value on its loop: at once when already there, else in the loop's next turn.
    package func run(_ body: @escaping @Sendable (Value) -> Void) {
        if loop.isCurrent {
            body(box.pointer.pointee)
        } else {
            loop.execute { body(self.value) }
        }
    }
}

/// Owns the value of a `LoopBound`, whoever drops the last reference to it.
///
/// Safety of `@unchecked Sendable`: the pointer never changes, and only the loop follows it; if the loop has stopped, the
/// value is leaked rather than destroyed on a foreign thread.
private final class LoopBox<Value>: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Value>
    private let loop: EventLoop

    init(_ value: Value, on loop: EventLoop) {
        self.loop = loop
        pointer = .allocate(capacity: 1)
        pointer.initialize(to: value)
    }

    deinit {
        if loop.isCurrent {
            pointer.deinitialize(count: 1)
            pointer.deallocate()
        } else {
            nonisolated(unsafe) let pointer = pointer
            loop.execute {
                pointer.deinitialize(count: 1)
                pointer.deallocate()
            }
        }
    }
}
