/// The two forms of a streamed answer: server-sent events (`alt=sse`), or one JSON array of the same objects.
package enum GeminiStreamForm: Sendable, Hashable {
    case events, array

    /// The form that a request's query asks for; the array is what comes unasked.
    package init(query: some StringProtocol) {
        let isEvents = query.split(separator: "&").contains { item in
            let (name, value) =
                item.firstIndex(of: "=").map { (item[..<$0], item[item.index(after: $0)...]) } ?? (item, "")
            return (name == "alt" || name == "$alt" || name == "%24alt") && value == "sse"
        }
        self = isEvents ? .events : .array
    }

    /// The content type of a stream in this form.
    package var contentType: String {
        switch self {
        case .events: "text/event-stream"
        case .array: "application/json; charset=UTF-8"
        }
    }
}
