/// One alternative of a selector: a single leg, a draw among weighted legs, or a race.
package struct Arm: Sendable, Equatable {
    /// How the arm's legs share its work; the raw value is the name shown to people and tools.
    package enum Kind: String, Sendable {
        /// One leg.
        case single
        /// One of the legs, drawn by weight; it may hold a single leg.
        case weighted
        /// 2 to 16 legs at once, of which the first with output wins.
        case race
    }

    package var kind: Kind
    /// The legs in written order; never empty.
    package var legs: [Leaf]

    package init(kind: Kind, legs: [Leaf]) {
        self.kind = kind
        self.legs = legs
    }
}
