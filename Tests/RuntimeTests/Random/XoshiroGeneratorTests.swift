import Testing

@testable import Runtime

@Suite struct XoshiroGeneratorTests {
    /// The first outputs of xoshiro256** with state 1, 2, 3, 4, as published with its reference implementation.
    @Test("the recurrence is xoshiro256**")
    func reference() {
        var generator = XoshiroGenerator(state: (1, 2, 3, 4))
        let words = (0..<6).map { _ in generator.next() }
        #expect(
            words == [
                11520, 0, 1_509_978_240, 1_215_971_899_390_074_240, 1_216_172_134_540_287_360,
                607_988_272_756_665_600,
            ])
    }

    @Test("a seed repeats its numbers, another seed gives others")
    func seeds() {
        var (first, second, third) = (
            XoshiroGenerator(seed: 7), XoshiroGenerator(seed: 7), XoshiroGenerator(seed: 8)
        )
        let words = (0..<100).map { _ in first.next() }
        #expect(words == (0..<100).map { _ in second.next() })
        #expect(words != (0..<100).map { _ in third.next() })
    }

    @Test("two generators from the system differ")
    func system() {
        var (first, second) = (XoshiroGenerator(), XoshiroGenerator())
        #expect(RandomID(from: &first) != RandomID(from: &second))
    }

    @Test("bits are set about half of the time")
    func balance() {
        var generator = XoshiroGenerator(seed: 1)
        var counts = [Int](repeating: 0, count: 64)
        for _ in 0..<4096 {
            let word = generator.next()
            for bit in 0..<64 where word >> bit & 1 == 1 { counts[bit] += 1 }
        }
        // Six standard deviations of a fair coin.
        for count in counts { #expect(abs(count - 2048) < 192) }
    }

    @Test("an id is 32 lower-case hexadecimal digits")
    func hexadecimal() {
        var generator = XoshiroGenerator(seed: 1)
        var id = RandomID(from: &generator)
        id.high = 0x0123_4567_89AB_CDEF
        id.low = 0xF
        #expect(id.description == "0123456789abcdef000000000000000f")
    }
}
