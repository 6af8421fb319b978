import Runtime
import Testing

@testable import Routing

/// The names of A-legs.
struct ALegIDTests {
    private static let start: Int64 = 1_795_202_461_000_000_000

    @Test("an id begins with the milliseconds of its time, in twelve digits")
    func time() {
        var random = XoshiroGenerator(seed: 7)
        let id = ALegID(from: &random, at: Self.start + 5_999_999)
        let digits = String(1_795_202_461_005, radix: 16)
        #expect(id.description.hasPrefix("a_0\(digits)"))
        #expect(digits.count == 11)
    }

    @Test("ids of one millisecond differ, and ids of later ones come after them")
    func order() {
        var random = XoshiroGenerator(seed: 7)
        let ids = (0..<200).map { ALegID(from: &random, at: Self.start + Int64($0 / 2) * 1_000_000).description }
        #expect(Set(ids).count == 200)
        for (earlier, later) in zip(ids, ids.dropFirst(2)) { #expect(earlier < later) }
    }

    @Test("a time before the epoch counts as the epoch")
    func beforeTheEpoch() {
        var random = XoshiroGenerator(seed: 7)
        #expect(ALegID(from: &random, at: -1).description.hasPrefix("a_000000000000"))
    }
}
