import CLinux
import Glibc

/// The process's loops, each on a thread of its own.
package final class EventLoopGroup: Sendable {
    package let loops: [EventLoop]
    private let threads: Locked<[pthread_t]>

    /// Creates `count` loops and starts their threads.
    package init(count: Int, clock: any MonotonicClock = SystemClock()) throws(SystemError) {
        precondition(count > 0)
        var loops: [EventLoop] = []
        for index in 0..<count { loops.append(try EventLoop(index: index, clock: clock)) }
        self.loops = loops
        var threads: [pthread_t] = []
        for loop in loops {
            var thread = pthread_t()
            let context = Unmanaged.passRetained(loop).toOpaque()
            let result = pthread_create(&thread, nil, runLoop, context)
            guard result == 0 else { throw SystemError(operation: "pthread_create", code: result) }
            threads.append(thread)
        }
        self.threads = Locked(threads)
    }

    /// Stops the loops and waits for their threads; tasks must have ended before.
    package func shutdown() {
        for loop in loops { loop.stop() }
        let threads = threads.withLock { threads in
            let taken = threads
            threads.removeAll()
            return taken
        }
        for thread in threads { pthread_join(thread, nil) }
    }
}

// A free function: a closure literal as a C callback would carry the isolation of the code around it to another thread.
private func runLoop(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<EventLoop>.fromOpaque(context).takeRetainedValue().run()
    return nil
}
