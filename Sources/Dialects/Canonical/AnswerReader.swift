/// Turns the objects of a provider's answer into events, and knows how much of it has come.
protocol AnswerReader {
    /// Whether model output was among the events so far.
    var hasOutput: Bool { get }
}

extension AnswerReader {
    /// Where a failure now would stand.
    var phase: Failure.Phase { hasOutput ? .afterOutput : .beforeOutput }

    /// The failure that something in the answer is not as its dialect has it.
    func invalid(_ message: String) -> Failure {
        let failure = Failure(.invalidResponse, message, phase: phase)
        return hasOutput ? failure.afterOutput() : failure
    }
}
