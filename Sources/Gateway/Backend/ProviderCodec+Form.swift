extension ProviderCodec {
    /// What an answer is that a stream was asked for.
    enum AnswerForm {
        case stream
        /// A whole answer: an error, or of a provider that cannot stream.
        case whole
        /// Neither, by its type.
        case unknown(String)
    }

    /// What the type of an answer promises, where a stream was asked for.
    func form(of type: ContentType) -> AnswerForm {
        switch type {
        case .missing: .stream
        case .eventStream: streamsAmazonEvents || streamsJSONLines ? .unknown("text/event-stream") : .stream
        case .amazonEventStream: streamsAmazonEvents ? .stream : .unknown("application/vnd.amazon.eventstream")
        case .jsonLines: streamsJSONLines ? .stream : .unknown("application/x-ndjson")
        // In lines of JSON a single one, such as an error.
        case .json: streamsJSONLines ? .stream : .whole
        case .other(let type): .unknown(type)
        }
    }
}
