import Glibc
import Testing

@testable import Runtime

@Suite(.timeLimit(.minutes(1))) struct LogWriterTests {
    /// A pipe whose reading end a test holds.
    private struct Pipe {
        let reader: CInt
        let writer: CInt

        init() {
            var ends: [CInt] = [0, 0]
            precondition(pipe(&ends) == 0)
            reader = ends[0]
            writer = ends[1]
        }

        /// Starts to read, on a thread of its own: blocking in a task would take a thread from the pool of all tests.
        func startReading() throws -> OneShot<String> {
            let output = OneShot<String>()
            try Thread(name: "reader") { output.fulfil(readAll()) }.detach()
            return output
        }

        /// Reads until every writing end is closed.
        func readAll() -> String {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65536)
            while case let count = read(reader, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    @Test("lines come out whole and in order, each with one line feed")
    func lines() throws {
        let pipe = Pipe()
        let writer = try LogWriter(to: pipe.writer)
        writer.write(Array("one".utf8))
        writer.write(Array("two\n".utf8))
        writer.write([UInt8]())
        #expect(writer.shutdown())
        close(pipe.writer)
        #expect(pipe.readAll() == "one\ntwo\n\n")
        close(pipe.reader)
    }

    @Test("lines of several threads are never mixed")
    func threads() async throws {
        let pipe = Pipe()
        let writer = try LogWriter(to: pipe.writer)
        let output = try pipe.startReading()
        let text = String(repeating: "x", count: 100)
        await withTaskGroup { group in
            for sender in 0..<4 {
                group.addTask {
                    for number in 0..<500 { writer.write(Array("\(sender) \(number) \(text)".utf8)) }
                }
            }
        }
        #expect(writer.shutdown())
        close(pipe.writer)
        var next = [0, 0, 0, 0]
        for line in try #require(await output.wait()).split(separator: "\n") {
            let parts = line.split(separator: " ")
            let sender = try #require(Int(parts[0]))
            #expect(parts.count == 3 && parts[2] == text)
            #expect(Int(parts[1]) == next[sender])
            next[sender] += 1
        }
        #expect(next == [500, 500, 500, 500])
        #expect(writer.droppedLines == 0)
        close(pipe.reader)
    }

    @Test("what does not fit is dropped, counted and spoken of; the writer of a line never waits")
    func drops() async throws {
        let pipe = Pipe()
        var settings = LogWriter.Settings()
        settings.bufferBytesMax = 1000
        settings.batchBytes = 1000
        let writer = try LogWriter(to: pipe.writer, settings: settings) { Array("lost \($0)".utf8) }
        // The pipe holds 64 KiB; nobody reads yet.
        let line = [UInt8](repeating: 120, count: 99)
        var taken = 0
        while writer.droppedLines < 10 { if writer.write(line) { taken += 1 } }
        let output = try pipe.startReading()
        #expect(writer.flush())
        #expect(writer.shutdown())
        close(pipe.writer)
        let lines = try #require(await output.wait()).split(separator: "\n")
        #expect(lines.filter { $0.count == 99 }.count == taken)
        let lost = lines.filter { $0.hasPrefix("lost ") }.compactMap { Int($0.dropFirst(5)) }.reduce(0, +)
        #expect(lost == 10)
        close(pipe.reader)
    }

    @Test("a reader that never reads cannot keep the writer from being shut down")
    func stuckReader() throws {
        let pipe = Pipe()
        let writer = try LogWriter(to: pipe.writer)
        // More than a pipe holds.
        for _ in 0..<2000 { writer.write([UInt8](repeating: 120, count: 99)) }
        #expect(!writer.shutdown(atMost: .milliseconds(20)))
        #expect(!writer.write([120]))
        #expect(writer.droppedLines == 1)
        // Lets the detached thread end: its write fails, as SIGPIPE is ignored.
        signal(SIGPIPE, SIG_IGN)
        close(pipe.reader)
        #expect(writer.flush())
        #expect(writer.failedWrites >= 1)
        close(pipe.writer)
    }

    @Test("a descriptor that became non-blocking loses no line")
    func nonBlocking() async throws {
        let pipe = Pipe()
        _ = fcntl(pipe.writer, F_SETFL, fcntl(pipe.writer, F_GETFL) | O_NONBLOCK)
        let writer = try LogWriter(to: pipe.writer)
        for _ in 0..<3000 { writer.write([UInt8](repeating: 120, count: 99)) }
        let output = try pipe.startReading()
        #expect(writer.shutdown())
        close(pipe.writer)
        #expect(await output.wait()?.utf8.count == 300_000)
        close(pipe.reader)
    }
}
