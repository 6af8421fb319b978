import Glibc

/// Where a command reads and writes: the process's standard streams, or buffers in tests.
struct CommandStreams {
    /// Appends to the standard output.
    var write: (String) -> Void
    /// Appends to the standard error.
    var writeError: (String) -> Void
    /// The next bytes of the standard input; empty at its end.
    var read: () -> [UInt8]

    /// The process's own streams, unbuffered.
    static var process: CommandStreams {
        CommandStreams(
            write: { writeAll($0, to: STDOUT_FILENO) }, writeError: { writeAll($0, to: STDERR_FILENO) },
            read: { readSome(from: STDIN_FILENO) })
    }

    func writeLine(_ text: String) { write(text + "\n") }
    func writeErrorLine(_ text: String) { writeError(text + "\n") }
}

/// Writes the whole text; a reader that went away ends it quietly.
private func writeAll(_ text: String, to descriptor: CInt) {
    var text = text
    text.withUTF8 { bytes in
        var rest = UnsafeRawBufferPointer(bytes)
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count > 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if errno != EINTR {
                return
            }
        }
    }
}

private func readSome(from descriptor: CInt) -> [UInt8] {
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
        let count = Glibc.read(descriptor, &chunk, chunk.count)
        if count >= 0 { return Array(chunk[..<count]) }
        if errno != EINTR { return [] }
    }
}
