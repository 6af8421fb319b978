import CLinux
import Glibc

/// Writes whole lines to a descriptor from a thread of its own; any thread may hand it lines, and none waits for the disk
/// or the pipe.
///
/// Lines gather for a moment and go out together, in the order in which they were taken. When the reader is too slow, new
/// lines are dropped and counted, and a notice takes their place once there is room.
package final class LogWriter: Sendable {
    /// How much is kept, and for how long.
    package struct Settings: Sendable {
        /// Bytes of lines that wait to be written; further lines are dropped.
        package var bufferBytesMax = 1 << 20
        /// Bytes that are written without waiting for more.
        package var batchBytes = 64 << 10
        /// Time that lines wait for company: bounds the wake-ups of the thread to one in this time.
        package var linger = Duration.milliseconds(5)

        package init() {}
    }

    private struct State {
        var bytes: [UInt8] = []
        /// Lines that were dropped and not yet spoken of.
        var unreported: UInt64 = 0
        var dropped: UInt64 = 0
        var failed: UInt64 = 0
        /// The thread is between taking a batch and having written it.
        var writing = false
        var closed = false
        var ended = false
    }

    private let descriptor: CInt
    private let settings: Settings
    private let notice: @Sendable (UInt64) -> [UInt8]
    private let monitor = Monitor(State())
    private let thread = Locked<Thread?>(nil)

    /// Starts the thread; the descriptor stays the caller's and must outlive the writer.
    ///
    /// `notice` renders the line that says how many lines were dropped.
    package init(
        to descriptor: CInt, settings: Settings = Settings(),
        notice: @escaping @Sendable (_ droppedLines: UInt64) -> [UInt8] = LogWriter.plainNotice
    ) throws(SystemError) {
        self.descriptor = descriptor
        self.settings = settings
        self.notice = notice
        let started = try Thread(name: "lip-log") { [self] in writeBatches() }
        thread.withLock { $0 = started }
    }

    /// The notice in words.
    package static func plainNotice(_ droppedLines: UInt64) -> [UInt8] {
        Array("\(droppedLines) log lines were dropped".utf8)
    }

    // MARK: Any thread

    /// Lines that were dropped because the buffer was full or the writer had been shut down.
    package var droppedLines: UInt64 { monitor.withLock { $0.dropped } }

    /// Batches that the system refused, for want of a reader or of space.
    package var failedWrites: UInt64 { monitor.withLock { $0.failed } }

    /// Takes one line; the line feed at its end may be left out.
    ///
    /// Returns false when it was dropped.
    @discardableResult
    package func write(_ line: some Collection<UInt8>) -> Bool {
        var taken = false
        monitor.notify { state in
            let size = line.count + 1
            guard !state.closed, state.bytes.count + size <= settings.bufferBytesMax else {
                state.dropped &+= 1
                state.unreported &+= 1
                return false
            }
            taken = true
            let before = state.bytes.count
            state.bytes.append(contentsOf: line)
            if state.bytes.count == before || state.bytes[state.bytes.count - 1] != 10 { state.bytes.append(10) }
            // Lines between these two marks find the thread awake: it lingers or writes.
            return before == 0 || (before < settings.batchBytes && state.bytes.count >= settings.batchBytes)
        }
        return taken
    }

    /// Blocks the calling thread until all lines so far are written, for at most `timeout`; never on a loop.
    @discardableResult
    package func flush(atMost timeout: Duration = .seconds(5)) -> Bool {
        monitor.wait(atMost: timeout) {
            $0.ended || ($0.bytes.isEmpty && $0.unreported == 0 && !$0.writing)
        }
    }

    /// Writes what is there and ends the thread; false when that took longer than `timeout`, and lines may be lost.
    @discardableResult
    package func shutdown(atMost timeout: Duration = .seconds(5)) -> Bool {
        monitor.notify { state in
            state.closed = true
            return true
        }
        guard let thread = thread.withLock({ $0.take() }) else { return true }
        // Nobody reads our pipe, perhaps; that must not keep the process from ending.
        if monitor.wait(atMost: timeout, until: { $0.ended }) {
            thread.join()
            return true
        }
        thread.detach()
        return false
    }

    // MARK: The thread

    private func writeBatches() {
        var batch: [UInt8] = []
        while takeBatch(&batch) {
            let written = Self.writeAll(batch, to: descriptor)
            // A burst's buffer is not kept for ever.
            batch.removeAll(keepingCapacity: batch.capacity <= settings.batchBytes * 2)
            monitor.notify { state in
                state.writing = false
                if !written { state.failed &+= 1 }
                return true
            }
        }
        monitor.notify { state in
            state.ended = true
            return true
        }
    }

    /// Waits for lines and their company; false at the end.
    private func takeBatch(_ batch: inout [UInt8]) -> Bool {
        let more = monitor.wait { state -> Bool? in
            if !state.bytes.isEmpty || state.unreported > 0 { return true }
            return state.closed ? false : nil
        }
        if !more { return false }
        monitor.wait(atMost: settings.linger) { $0.closed || $0.bytes.count >= settings.batchBytes }
        let unreported = monitor.withLock { state in
            swap(&state.bytes, &batch)
            state.writing = true
            defer { state.unreported = 0 }
            return state.unreported
        }
        if unreported > 0 {
            batch.append(contentsOf: notice(unreported))
            if batch[batch.count - 1] != 10 { batch.append(10) }
        }
        return true
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: CInt) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // Somebody who shares the descriptor has made it non-blocking.
                var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&request, 1, -1)
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }
}
