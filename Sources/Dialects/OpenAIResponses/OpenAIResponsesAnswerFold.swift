import Transport

/// Takes the response object of a stream's last event, which is the whole answer, byte for byte.
///
/// Some servers leave the output of that object empty and say each item only when it is done; these then stand in it.
/// Source: OpenAI API reference, "Responses streaming events", `response.completed` and `response.incomplete`.
struct OpenAIResponsesAnswerFold: AnswerFold {
    private var items: [(index: Int, bytes: [UInt8])] = []

    mutating func add(_ root: JSONCursor, named name: ArraySlice<UInt8>) {
        if root["type"]?.equals("response.output_item.done") == true, let item = root["item"], item.isObject {
            items.append((root["output_index"]?.int ?? items.count, Array(item.raw)))
        }
    }

    func body(_ answer: Answer, whole: [UInt8]?) -> [UInt8] {
        guard let whole, let document = try? JSONDocument(parsing: whole) else {
            return OpenAIResponsesAnswerWriter.body(answer, fallback: answer.info)
        }
        guard document.root["output"]?.count ?? 0 == 0, !items.isEmpty else { return whole }
        var json = JSONWriter(reservingBytes: whole.count)
        json.beginObject()
        for member in document.root.members where !member.key.equals("output") {
            json.key(member.key.string ?? "")
            json.raw(member.value)
        }
        json.key("output")
        json.beginArray()
        for item in items.sorted(by: { $0.index < $1.index }) { json.raw(item.bytes) }
        json.endArray()
        json.endObject()
        return json.bytes
    }
}
