/// The draw of one branch among several by their weights.
enum WeightedDraw {
    /// Draws the index of a branch; `weights` must hold at least one, all positive.
    static func index(of weights: [Int], using random: inout some RandomNumberGenerator) -> Int {
        // One branch needs no luck, and takes none from a seeded source.
        guard weights.count > 1 else { return 0 }
        return index(of: weights, roll: UInt128.random(in: 0..<total(weights), using: &random))
    }

    /// The branch whose share of [0, total) holds the roll, in written order.
    static func index(of weights: [Int], roll: UInt128) -> Int {
        var end: UInt128 = 0
        for (index, weight) in weights.enumerated() {
            end += UInt128(weight)
            if roll < end { return index }
        }
        preconditionFailure("a roll of \(roll) among weights of \(end) in all")
    }

    /// The sum of the weights: in twice their width, since the sum of two may exceed an `Int`.
    static func total(_ weights: [Int]) -> UInt128 {
        weights.reduce(into: 0) { $0 += UInt128($1) }
    }
}
