import Transport

/// Puts the objects of a provider's stream together to the body that it would have answered a unary call with.
///
/// Members that lip knows nothing of are kept: what a dialect says in pieces is joined, what it repeats is taken once.
/// Belongs to one task at a time.
protocol AnswerFold {
    /// Takes in the object of one frame, with the name of its event, which is empty where it has none.
    mutating func add(_ root: JSONCursor, named name: ArraySlice<UInt8>)

    /// The body, once the answer is complete.
    ///
    /// `answer` is what its events say, `whole` the body where a frame held that too.
    func body(_ answer: Answer, whole: [UInt8]?) -> [UInt8]
}
