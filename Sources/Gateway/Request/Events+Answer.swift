import Dialects

/// What a whole answer says of itself.
extension [Event] {
    /// The id that the answer begins with.
    var answerID: String? {
        for case .started(let info) in self { return info.id }
        return nil
    }

    /// What the answer says it consumed.
    var usage: Usage? {
        for case .usage(let usage) in reversed() { return usage }
        return nil
    }
}
