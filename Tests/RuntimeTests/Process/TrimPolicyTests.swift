import Glibc
import Testing

@testable import Runtime

@Suite struct TrimPolicyTests {
    /// Loads at given tenths of a second, and whether each look says to trim.
    private func looks(_ loads: [(tenths: Int64, inFlight: Int)]) -> [Bool] {
        var policy = TrimPolicy(peakCountMin: 10, fallDivisor: 4, quietTime: .seconds(1))
        return loads.map {
            policy.observe(
                inFlightCount: $0.inFlight, at: MonotonicInstant(nanoseconds: $0.tenths * 100_000_000))
        }
    }

    @Test("a trim follows a peak once, after the quiet time")
    func once() {
        #expect(
            looks([(0, 100), (1, 20), (5, 0), (10, 0), (11, 0), (12, 0), (40, 0)])
                == [false, false, false, false, true, false, false])
    }

    @Test("load that comes back restarts the quiet time")
    func restarts() {
        #expect(
            looks([(0, 100), (1, 0), (9, 50), (12, 0), (21, 0), (22, 0)]) == [false, false, false, false, false, true])
    }

    @Test("small loads never lead to a trim")
    func small() {
        #expect(looks([(0, 9), (1, 0), (20, 0), (40, 0)]) == [false, false, false, false])
    }

    @Test("what remains after a trim is not a peak of its own until it grows and falls again")
    func next() {
        #expect(
            looks([(0, 100), (1, 25), (11, 25), (30, 25), (31, 40), (32, 5), (42, 5)])
                == [false, false, true, false, false, false, true])
    }

    @Test("the blocks kept for a thread are taken once each, and freed on another thread")
    func threadCache() throws {
        let taken = Locked<[UInt]>([])
        try Thread(name: "peak") {
            // What a peak leaves behind: free blocks of many sizes, freed in another order than they were allocated in.
            let blocks = (0..<1000).compactMap { malloc($0) }
            for block in blocks.reversed() { free(block) }
            let addresses = ProcessMemory.takeThreadCache()
            // Written to: nobody else may have them.
            for block in addresses.compactMap({ UnsafeMutableRawPointer(bitPattern: $0) }) { memset(block, 0xA5, 24) }
            taken.withLock { $0 = addresses }
        }.join()
        let addresses = taken.withLock { $0 }
        #expect(addresses.count >= 64)
        #expect(Set(addresses).count == addresses.count)
        try Thread(name: "release") { ProcessMemory.free(addresses) }.join()
    }

    @Test("the resident size is known, and grows with memory that is written to")
    func resident() throws {
        // Tests that run beside this one give memory back meanwhile: it is enough to see the growth once.
        var grew = false
        for _ in 0..<20 where !grew {
            let before = try #require(ProcessMemory.residentBytes())
            let block = [UInt8](repeating: 1, count: 64 << 20)
            let after = try #require(ProcessMemory.residentBytes())
            withExtendedLifetime(block) {}
            #expect(before > 1 << 20)
            grew = after - before > 32 << 20
        }
        #expect(grew)
        ProcessMemory.trim()
    }
}
