import Glibc
import Runtime

/// A small file that only its owner may read; for threads that may block.
enum PrivateFile {
    /// Why a file could not be read or written, in the system's words.
    struct Problem: Error, Equatable {
        var reason: String
    }

    /// The whole of a file of at most so many bytes.
    static func read(_ path: String, bytesMax: Int) throws(Problem) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw lastProblem() }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw lastProblem()
            }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= bytesMax else { throw Problem(reason: "larger than \(bytesMax) bytes") }
        }
    }

    /// Puts other content in a file's place, so that nobody ever finds half of it: mode 0600, and where the path is a link,
    /// in the place that it leads to.
    static func replace(_ path: String, with bytes: [UInt8]) throws(Problem) {
        guard let resolved = realpath(path, nil) else { throw lastProblem() }
        defer { free(resolved) }
        let target = String(cString: resolved)
        let draft = "\(target).lip-\(getpid())"
        // What a process of this number left behind when it was killed.
        unlink(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw lastProblem() }
        do throws(Problem) {
            try write(bytes, to: descriptor)
            guard rename(draft, target) == 0 else { throw lastProblem() }
        } catch {
            unlink(draft)
            throw error
        }
    }

    /// Writes everything to the disk, and closes.
    private static func write(_ bytes: [UInt8], to descriptor: CInt) throws(Problem) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                let problem = lastProblem()
                close(descriptor)
                throw problem
            }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else {
            let problem = lastProblem()
            close(descriptor)
            throw problem
        }
        guard close(descriptor) == 0 else { throw lastProblem() }
    }

    private static func lastProblem() -> Problem { Problem(reason: String(cString: strerror(errno))) }
}
