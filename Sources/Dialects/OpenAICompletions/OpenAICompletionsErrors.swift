/// The error envelope of legacy completions, which is that of all OpenAI interfaces.
package enum OpenAICompletionsErrors {
    /// The status and body that a client gets for a failure before the answer's head went out.
    package static func render(_ failure: Failure) -> (status: Int, body: [UInt8]) {
        OpenAIChatErrors.render(failure)
    }

    /// The envelope alone, which is also the data of an error inside a stream.
    package static func body(_ failure: Failure) -> [UInt8] {
        OpenAIChatErrors.body(failure)
    }
}
