import Dialects
import Glibc
import Runtime

@testable import Routing

/// A store of either kind on a clock that the test moves; its files vanish with it.
final class StoreFixture: Sendable {
    enum Kind: CaseIterable, Sendable {
        case memory, sqlite
    }

    let clock = ManualClock()
    let store: any ContinuityStore
    private let directory: TemporaryDirectory

    init(_ kind: Kind, timeToLive: Duration? = nil, legsMax: Int = 1000) throws {
        directory = try TemporaryDirectory()
        switch kind {
        case .memory: store = MemoryContinuityStore(timeToLive: timeToLive, legsMax: legsMax, clock: clock)
        case .sqlite:
            var settings = SQLiteContinuityStore.Settings()
            settings.timeToLive = timeToLive
            settings.wallClock = { [clock] in clock.now().nanoseconds }
            store = try SQLiteContinuityStore(path: directory.file("lip.db"), settings: settings) { _, _ in }
        }
    }

    /// A turn that ends now, its attempts one second apart, each half a second long.
    func turn(
        _ id: ALegID, from sequence: Int = 1, count: Int = 1, _ change: (inout AttemptRecord) -> Void = { _ in }
    ) -> Turn {
        let now = clock.now().nanoseconds
        let attempts = (0..<count).map { index in
            var attempt = AttemptRecord.sample(
                id, sequence: sequence + index, startedAt: now + Int64(index) * 1_000_000_000)
            change(&attempt)
            return attempt
        }
        return Turn(aLeg: ALeg(id: id, createdAt: now, lastSeenAt: now), attempts: attempts)
    }
}

extension AttemptRecord {
    static func sample(
        _ aLeg: ALegID, sequence: Int = 1, startedAt: Int64 = 1_700_000_000_000_000_001, backend: String = "openai",
        outcome: AttemptOutcome = .success
    ) -> AttemptRecord {
        AttemptRecord(
            id: BLegID(sequence + aLeg.hashValue & 0xFFFF), aLeg: aLeg, sequence: sequence, backend: backend,
            model: "gpt-4o", selector: "openai:gpt-4o|b:m", startedAt: startedAt,
            started: MonotonicInstant(nanoseconds: 5), firstOutputAfter: .milliseconds(20),
            duration: .milliseconds(500), outcome: outcome,
            reason: outcome == .success ? "" : "the provider answered 503",
            cancellation: outcome == .cancelled ? .clientLeft : nil, providerStatus: outcome == .success ? nil : 503,
            isResent: outcome == .swallowedFailure, usage: Usage(input: 10, output: 3, cacheRead: 4, reasoning: 1))
    }
}

extension ALegID {
    /// Leg number `number` of a test.
    init(_ number: Int) {
        var generator = XoshiroGenerator(seed: UInt64(number))
        self.init(from: &generator, at: Int64(number) * 1_000_000)
    }
}

extension BLegID {
    /// Leg number `number` of a test.
    init(_ number: Int) {
        var generator = XoshiroGenerator(seed: UInt64(truncatingIfNeeded: number) ^ 0xB1E6)
        self.init(from: &generator)
    }
}

/// A directory that is deleted with its files when nobody holds it any more.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/lip-routing-tests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError(operation: "mkdtemp", code: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for suffix in ["", "-wal", "-shm", "-turns0", "-turns0.a", "-turns0.b", "-turns1", "-turns1.a", "-turns1.b"] {
            unlink(file("lip.db" + suffix))
        }
        rmdir(path)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }
}
