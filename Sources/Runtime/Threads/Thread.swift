import CLinux
import Glibc

/// A thread of our own: loops, blocking work and log writing run on one.
package final class Thread: Sendable {
    private let handle: pthread_t

    /// Starts a thread that runs `body`; the kernel shows the first 15 bytes of its name.
    package init(name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
        let start = ThreadStart(name: name, body: body)
        let context = Unmanaged.passRetained(start)
        var handle = pthread_t()
        let result = pthread_create(&handle, nil, runThread, context.toOpaque())
        guard result == 0 else {
            context.release()
            throw SystemError(operation: "pthread_create", code: result)
        }
        self.handle = handle
    }

    /// Waits until the thread has ended; call this or `detach()`, once, from another thread.
    package func join() {
        pthread_join(handle, nil)
    }

    /// Lets the thread end by itself.
    package func detach() {
        pthread_detach(handle)
    }
}

/// What a new thread is to do.
private final class ThreadStart: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

// A free function: a closure literal as a C callback would carry the isolation of the code around it to another thread.
private func runThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let start = Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue()
    pthread_setname_np(pthread_self(), String(start.name.prefix(15)))
    start.body()
    return nil
}
