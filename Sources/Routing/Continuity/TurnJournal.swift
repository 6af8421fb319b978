import Glibc
import Runtime

/// Two files beside the database that hold the turns which are not in it yet, so that a killed process loses none of them.
///
/// Turns are appended to one of the files, with one system call a batch. When they are moved into the database, the other
/// file takes what comes meanwhile, and the first is emptied once they are there: a turn that is in both is written twice,
/// which changes nothing. Processes that share a database have journals of their own, each locked by its owner; what a
/// process left behind is read by the next one that starts. Belongs to the writer's thread.
final class TurnJournal {
    /// Processes that may share a database.
    private static let slotsMax = 64

    private let path: String
    private let lock: CInt
    private let files: [CInt]
    private var current = 0
    /// What each file holds, in bytes.
    private var sizes: [Int]
    private var buffer: [UInt8] = []

    /// What killed processes left here, until ``beginAnew()``.
    private(set) var leftovers: [Turn] = []
    /// Journals of other processes that left something, with their locks.
    private var abandoned: [(path: String, lock: CInt)] = []

    /// Opens the first journal of the database that no other process has.
    init(database: String) throws(SystemError) {
        var own: (path: String, lock: CInt)?
        for slot in 0..<Self.slotsMax {
            let path = "\(database)-turns\(slot)"
            // A free place holds what is left of a process, or nothing; the first one becomes this process's own.
            guard own == nil || access(path, F_OK) == 0, let lock = try Self.lock(path) else { continue }
            for name in Self.names(path) { leftovers += try Self.contents(of: name) }
            if own == nil { own = (path, lock) } else { abandoned.append((path, lock)) }
        }
        guard let own else { throw SystemError(operation: "flock \(database)-turns*", code: EWOULDBLOCK) }
        (path, lock) = own
        var opened: [CInt] = []
        for name in Self.names(path) {
            opened.append(try SystemError.check("open \(name)", open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)))
        }
        files = opened
        sizes = [0, 0]
    }

    /// Forgets the leftovers: they are in the database.
    func beginAnew() {
        leftovers = []
        for file in files { _ = ftruncate(file, 0) }
        for (path, lock) in abandoned {
            Self.remove(path)
            Glibc.close(lock)
        }
        abandoned = []
    }

    deinit {
        for file in files { close(file) }
        close(lock)
        for (_, lock) in abandoned { close(lock) }
    }

    /// Adds turns to the file that is in use; when it throws, none of them is in it.
    func append(_ turns: [Turn]) throws(SystemError) {
        buffer.removeAll(keepingCapacity: true)
        if sizes[current] == 0 { buffer += TurnCoding.mark }
        for turn in turns { TurnCoding.append(turn, to: &buffer) }
        var written = 0
        while written < buffer.count {
            let result = buffer.withUnsafeBytes { bytes in
                pwrite(
                    files[current], bytes.baseAddress! + written, bytes.count - written, off_t(sizes[current] + written)
                )
            }
            if result > 0 {
                written += result
            } else if errno != EINTR {
                let error = SystemError(operation: "write", code: errno)
                _ = ftruncate(files[current], off_t(sizes[current]))
                throw error
            }
        }
        sizes[current] += buffer.count
    }

    /// Further turns go to the other file, which is empty.
    func turnOver() {
        precondition(sizes[1 - current] == 0, "the other half of the journal still holds turns")
        current = 1 - current
    }

    /// Empties the file that is not in use: its turns are in the database.
    func emptyOther() {
        _ = ftruncate(files[1 - current], 0)
        sizes[1 - current] = 0
    }

    /// Removes the files; nothing is appended any more.
    func remove() { Self.remove(path) }

    private static func remove(_ path: String) {
        for name in names(path) { unlink(name) }
        unlink(path)
    }

    private static func names(_ path: String) -> [String] { ["\(path).a", "\(path).b"] }

    /// Takes the lock of a journal; nil when another process has it.
    private static func lock(_ path: String) throws(SystemError) -> CInt? {
        while true {
            let lock = try SystemError.check("open \(path)", open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600))
            guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
                let code = errno
                Glibc.close(lock)
                guard code == EWOULDBLOCK else { throw SystemError(operation: "flock \(path)", code: code) }
                return nil
            }
            // Its owner may have removed the file between the two calls: then this is not the file that others will lock.
            var held = stat()
            var named = stat()
            if fstat(lock, &held) == 0, stat(path, &named) == 0, held.st_ino == named.st_ino { return lock }
            Glibc.close(lock)
        }
    }

    private static func contents(of path: String) throws(SystemError) -> [Turn] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        if file < 0, errno == ENOENT { return [] }
        _ = try SystemError.check("open \(path)", file)
        defer { Glibc.close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(file, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError(operation: "read \(path)", code: errno) }
            if count == 0 { return TurnCoding.turns(in: bytes) }
            bytes += piece[..<count]
        }
    }
}
