/// What a provider says its answer is, as far as lip tells answers apart.
enum ContentType: Equatable {
    case eventStream
    /// Amazon's binary form of a stream of events.
    case amazonEventStream
    case json
    /// Lines of JSON (NDJSON), under any of the names that people gave it.
    case jsonLines
    /// Not stated; then the answer is taken for what was asked for.
    case missing
    case other(String)

    /// Reads a `Content-Type` field; parameters and case do not matter.
    init(_ value: ArraySlice<UInt8>?) {
        guard let value, !value.isEmpty else {
            self = .missing
            return
        }
        let type = value.prefix { $0 != UInt8(ascii: ";") }
        if Self.matches(type, "text/event-stream") {
            self = .eventStream
        } else if Self.matches(type, "application/vnd.amazon.eventstream") {
            self = .amazonEventStream
        } else if Self.matches(type, "application/json") {
            self = .json
        } else if Self.matches(type, "application/x-ndjson") || Self.matches(type, "application/ndjson")
            || Self.matches(type, "application/jsonl") || Self.matches(type, "application/x-jsonlines")
        {
            self = .jsonLines
        } else {
            self = .other(String(decoding: type.prefix(64), as: UTF8.self))
        }
    }

    private static func matches(_ type: ArraySlice<UInt8>, _ name: StaticString) -> Bool {
        name.withUTF8Buffer { name in
            var length = type.count
            while length > 0, type[type.startIndex + length - 1] == UInt8(ascii: " ") { length -= 1 }
            guard length == name.count else { return false }
            for offset in 0..<length where type[type.startIndex + offset] | 0x20 != name[offset] | 0x20 { return false }
            return true
        }
    }
}
