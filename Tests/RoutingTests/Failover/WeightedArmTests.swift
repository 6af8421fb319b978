import Testing

@testable import Routing

@Suite struct WeightedArmTests {
    @Test("a roll falls to the branch whose share holds it, in written order", arguments: [0, 1, 2, 3])
    func rolls(roll: UInt128) {
        #expect(WeightedDraw.index(of: [3, 1], roll: roll) == (roll < 3 ? 0 : 1))
    }

    @Test("weights whose sum exceeds an integer are drawn fairly all the same")
    func overflow() {
        let weights = [Int.max, Int.max, Int.max]
        #expect(WeightedDraw.index(of: weights, roll: UInt128(Int.max)) == 1)
        #expect(WeightedDraw.index(of: weights, roll: WeightedDraw.total(weights) - 1) == 2)
        var random = SplitMix64(state: 5)
        var counts = [0, 0, 0]
        for _ in 0..<3000 { counts[WeightedDraw.index(of: weights, using: &random)] += 1 }
        #expect(counts.allSatisfy { (900...1100).contains($0) })
    }

    @Test("three to one is three to one over 20,000 requests")
    func share() throws {
        var counts: [String: Double] = [:]
        for seed in 0..<20_000 {
            let drive = try PlanDrive("[weight=3]a:m^b:m", seed: UInt64(seed))
            counts[drive.step, default: 0] += 1
        }
        #expect(counts.count == 2)
        let (a, b) = (try #require(counts["1 a:m"]), try #require(counts["1 b:m"]))
        let chiSquare = (a - 15_000) * (a - 15_000) / 15_000 + (b - 5_000) * (b - 5_000) / 5_000
        // One degree of freedom: a fair draw exceeds this once in a thousand.
        #expect(chiSquare < 10.83)
    }

    @Test("the branches that are left are drawn anew before the next arm has its turn, each once")
    func replanned() throws {
        var orders: Set<String> = []
        for seed in 0..<200 {
            var drive = try PlanDrive("[weight=5]a:m^[weight=3]b:m^c:m|d:m", seed: UInt64(seed)) { $0.attemptsMax = 9 }
            var order = ""
            for _ in 0..<4 {
                order += try #require(drive.attempt).leaf.backend ?? ""
                drive.fail(status: 500)
            }
            #expect(drive.wait != nil)
            orders.insert(order)
        }
        #expect(orders == ["abcd", "acbd", "bacd", "bcad", "cabd", "cbad"])
    }

    @Test("a branch that is passed over for want of a key uses no attempt, and the others are drawn")
    func skipped() throws {
        var drive = try PlanDrive("[weight=1000000]a:m^b:m|c:m") { $0.attemptsMax = 2 }
        #expect(drive.step == "1 a:m")
        drive.skip(.disabled)
        #expect(drive.step == "1 b:m")
        drive.fail(status: 500)
        #expect(drive.step == "2 c:m")
    }

    @Test("the first request of a conversation goes to the first branch, later ones are drawn")
    func first() throws {
        for seed in 0..<50 {
            #expect(try PlanDrive("a:m^[first]b:m", seed: UInt64(seed)).step == "1 b:m")
        }
        let later = try (0..<200).map { try PlanDrive("a:m^[first]b:m", isFirst: false, seed: $0).step }
        #expect(Set(later) == ["1 a:m", "1 b:m"])
        var failed = try PlanDrive("a:m^[first]b:m")
        failed.fail(status: 500)
        #expect(failed.step == "2 a:m")
    }

    @Test("a request takes a first branch once: the second such arm is drawn")
    func firstOnce() throws {
        var seen: Set<String> = []
        for seed in 0..<100 {
            var drive = try PlanDrive("[first]a:m^b:m|[first]c:m^d:m", seed: UInt64(seed)) { $0.attemptsMax = 9 }
            drive.fail(status: 500)
            drive.fail(status: 500)
            seen.insert(drive.step)
        }
        #expect(seen == ["3 c:m", "3 d:m"])
    }

    @Test("a first branch that is too small for the request is not the first: the others are drawn")
    func firstOfWrongSize() throws {
        #expect(try PlanDrive("a:m^[first,max_context=10]b:m", size: 11).step == "1 a:m")
    }

    @Test("the size counts before the draw")
    func sizeBeforeDraw() throws {
        for seed in 0..<20 {
            let drive = try PlanDrive("[weight=1000000,max_context=10]a:m^b:m", size: 11, seed: UInt64(seed))
            #expect(drive.step == "1 b:m")
        }
    }

    @Test("a weighted arm of one branch takes it without a draw")
    func single() throws {
        var drive = try PlanDrive("[weight=7]a:m|b:m", seed: 3)
        #expect(drive.step == "1 a:m")
        #expect(drive.random.state == 3)
        drive.fail(status: 500)
        #expect(drive.step == "2 b:m")
    }
}
