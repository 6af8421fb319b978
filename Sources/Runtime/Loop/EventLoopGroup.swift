/// The process's loops, each on a thread of its own.
package final class EventLoopGroup: Sendable {
    package let loops: [EventLoop]
    private let threads: Locked<[Thread]>

    /// Creates `count` loops and starts their threads, called `lip-loop-0` and so on.
    package init(count: Int, clock: any MonotonicClock = SystemClock()) throws(SystemError) {
        precondition(count > 0)
        var loops: [EventLoop] = []
        for index in 0..<count { loops.append(try EventLoop(index: index, clock: clock)) }
        self.loops = loops
        threads = Locked([])
        for loop in loops {
            do {
                let thread = try Thread(name: "lip-loop-\(loop.index)") { loop.run() }
                threads.withLock { $0.append(thread) }
            } catch {
                shutdown()
                throw error
            }
        }
    }

    /// Stops the loops and waits for their threads; tasks must have ended before, and no loop may be the caller.
    package func shutdown() {
        precondition(!loops.contains(where: \.isCurrent), "a loop cannot wait for its own thread")
        for loop in loops { loop.stop() }
        let threads = threads.withLock { threads in
            let taken = threads
            threads.removeAll()
            return taken
        }
        for thread in threads { thread.join() }
    }
}
