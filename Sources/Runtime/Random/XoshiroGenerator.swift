/// Fast random numbers from a seed: xoshiro256**, after Blackman and Vigna; not for secrets.
///
/// The same seed gives the same numbers, so a run can be repeated. A loop keeps one of its own, seeded from the system
/// once: a draw from the system costs a call into the kernel.
package struct XoshiroGenerator: RandomNumberGenerator, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// A generator whose numbers follow from `seed`, which SplitMix64 spreads over the state.
    package init(seed: UInt64) {
        var mixer = seed
        func next() -> UInt64 {
            mixer &+= 0x9E37_79B9_7F4A_7C15
            var word = mixer
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return word ^ (word >> 31)
        }
        state = (next(), next(), next(), next())
    }

    /// A generator in a given state, which must not be all zeros.
    init(state: (UInt64, UInt64, UInt64, UInt64)) {
        self.state = state
    }

    /// A generator with 256 bits from the system's random source.
    package init() {
        var system = SystemRandomNumberGenerator()
        // All zeros is the one state that the recurrence never leaves.
        state = (system.next() | 1, system.next(), system.next(), system.next())
    }

    package mutating func next() -> UInt64 {
        let scrambled = Self.rotate(state.1 &* 5, 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = Self.rotate(state.3, 45)
        return scrambled
    }

    private static func rotate(_ word: UInt64, _ count: UInt64) -> UInt64 {
        word << count | word >> (64 - count)
    }
}
