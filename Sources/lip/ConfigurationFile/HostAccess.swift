import Glibc

/// What loading a configuration takes from the machine, so that tests can put values in its place.
struct HostAccess {
    /// The value of an environment variable, or nil.
    var variable: (String) -> String?
    /// The bytes of a file, refused when they are more than the given number.
    var readFile: (_ path: String, _ bytesMax: Int) throws(FileReadError) -> [UInt8]
    /// Why no file can be made and written at a path, or the one there not be, in words; nil when it can.
    var writeProblem: (_ path: String) -> String?

    /// The process's own environment and files.
    static var process: HostAccess {
        HostAccess(
            variable: { name in getenv(name).map { String(cString: $0) } },
            readFile: { (path, bytesMax) throws(FileReadError) in try readRegularFile(path, bytesMax: bytesMax) },
            writeProblem: lip.writeProblem)
    }
}

/// Why a file could not be read.
struct FileReadError: Error, Hashable {
    /// In the system's words, such as `No such file or directory`.
    var reason: String
    var isMissing = false
}

/// The whole of a file.
///
/// - Throws: when it cannot be opened or read, is a directory, or holds more than the given number of bytes.
private func readRegularFile(_ path: String, bytesMax: Int) throws(FileReadError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw lastError() }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
        let count = read(descriptor, &chunk, chunk.count)
        if count < 0 {
            if errno == EINTR { continue }
            throw lastError()
        }
        if count == 0 { return bytes }
        bytes.append(contentsOf: chunk[..<count])
        guard bytes.count <= bytesMax else { throw FileReadError(reason: "larger than \(bytesMax) bytes") }
    }
}

/// What keeps a file at the path from being written, and others, such as journals, from being made beside it.
private func writeProblem(_ path: String) -> String? {
    let end = path.lastIndex(of: "/")
    let directory = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    func cannot(_ path: String, _ mode: Int32) -> Bool { faccessat(AT_FDCWD, path, mode, AT_EACCESS) != 0 }
    var status = stat()
    guard stat(directory, &status) == 0 else { return "the directory \(directory): \(lastError().reason)" }
    guard status.st_mode & S_IFMT == S_IFDIR else { return "\(directory) is not a directory" }
    if cannot(directory, W_OK | X_OK) { return "the directory \(directory) cannot be written: \(lastError().reason)" }
    guard stat(path, &status) == 0 else { return errno == ENOENT ? nil : lastError().reason }
    if status.st_mode & S_IFMT == S_IFDIR { return "it is a directory" }
    return cannot(path, R_OK | W_OK) ? lastError().reason : nil
}

private func lastError() -> FileReadError {
    FileReadError(reason: String(cString: strerror(errno)), isMissing: errno == ENOENT)
}
