/// Guesses what a misspelt word was meant to be.
enum Suggestion {
    /// `did you mean "x"?`, or nil when no candidate is near.
    static func didYouMean(_ word: String, among candidates: [String]) -> String? {
        nearest(word, among: candidates).map { "did you mean \(quoted($0))?" }
    }

    /// The candidate nearest to the word: the same letters apart from case, `-` and `_`, or few edits away.
    static func nearest(_ word: String, among candidates: [String]) -> String? {
        let target = letters(word)
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let other = letters(candidate)
            // A third of the letters may be wrong; of very short words one.
            let allowed = max(1, min(target.count, other.count) / 3)
            guard abs(target.count - other.count) <= allowed else { continue }
            let distance = editDistance(target, other)
            if distance <= allowed, distance < (best?.distance ?? .max) { best = (candidate, distance) }
        }
        return best?.candidate
    }

    private static func letters(_ word: String) -> [Unicode.Scalar] {
        word.prefix(64).lowercased().unicodeScalars.filter { $0 != "-" && $0 != "_" && $0 != " " }
    }

    /// How many insertions, deletions, replacements and swaps of neighbours lead from one word to the other.
    static func editDistance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        guard !left.isEmpty else { return right.count }
        guard !right.isEmpty else { return left.count }
        var beforePrevious: [Int] = []
        var previous = Array(0...right.count)
        for row in 1...left.count {
            var current = [row] + Array(repeating: 0, count: right.count)
            for column in 1...right.count {
                let isSame = left[row - 1] == right[column - 1]
                var best = min(
                    previous[column] + 1, current[column - 1] + 1, previous[column - 1] + (isSame ? 0 : 1))
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    best = min(best, beforePrevious[column - 2] + 1)
                }
                current[column] = best
            }
            (beforePrevious, previous) = (previous, current)
        }
        return previous[right.count]
    }
}
