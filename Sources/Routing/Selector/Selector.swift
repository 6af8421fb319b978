/// A parsed route selector: which legs may serve a call, in which order and manner.
///
/// `a:m|b:m` fails over, `[weight=3]a:m^b:m` draws one branch, `[handicap=2]a:m!b:m` races; `{ttft_timeout=30}` in front
/// holds for all of it. Two selectors are equal when they mean the same: the columns of their leaves do not count.
package struct Selector: Sendable, Equatable {
    /// The longest text that is parsed, in bytes of UTF-8.
    package static let textBytesMax = 65_536
    /// The most legs of all its arms together: planning asks each of them, and none of a longer list would have its turn.
    package static let legsMax = 64
    /// The most legs that one race holds.
    package static let raceLegsMax = 16

    package var global: GlobalParameters
    /// The alternatives in the order in which they are tried; never empty.
    package var arms: [Arm]

    package init(global: GlobalParameters = GlobalParameters(), arms: [Arm]) {
        self.global = global
        self.arms = arms
    }

    /// Parses a selector's text; the error says what is wrong and at which character.
    package static func parse(_ text: String) throws(SelectorError) -> Selector {
        guard text.utf8.count <= textBytesMax else {
            throw SelectorError(detail: "selector is too long (max \(textBytesMax) bytes)", column: 1)
        }
        let parser = SelectorParser(text: SelectorText(text))
        return try parser.selector()
    }

    /// Every leaf, in written order.
    package var leaves: some Sequence<Leaf> {
        arms.lazy.flatMap(\.legs)
    }
}
