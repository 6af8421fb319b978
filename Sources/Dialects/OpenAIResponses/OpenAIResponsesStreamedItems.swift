import Transport

/// The finished items of a stream whose last event leaves them out.
///
/// The backend of ChatGPT's Codex ends its streams with an empty `output`, where OpenAI's own last event holds the whole
/// answer, from which its SDKs take it. Sources: github.com/NousResearch/hermes-agent/pull/5689,
/// github.com/BerriAI/litellm/pull/26075.
struct OpenAIResponsesStreamedItems {
    private let bytesMax: Int
    private var items: [(index: Int, text: [UInt8])] = []
    private var bytesCount = 0

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// Takes an item out of an event, if it is the one that ends the item; throws where the answer outgrows its limit.
    mutating func note(_ event: borrowing SSEEvent, phase: Failure.Phase) throws(Failure) {
        guard event.name.isEmpty || event.name.elementsEqual("response.output_item.done".utf8),
            let root = (try? JSONDocument(parsing: Array(event.data)))?.root,
            root["type"]?.equals("response.output_item.done") == true, let item = root["item"], item.isObject
        else { return }
        bytesCount += item.range.count
        guard bytesCount <= bytesMax else {
            throw Failure(.invalidResponse, "the provider's answer is larger than \(bytesMax) bytes", phase: phase)
        }
        items.append((root["output_index"]?.int ?? items.count, Array(item.raw)))
    }

    /// The last event with the items in it, and where the response stands in its text; nil where they are there, or none
    /// came.
    func completed(_ event: borrowing SSEEvent) -> SSECompletedFrame? {
        guard !items.isEmpty, let document = try? JSONDocument(parsing: Array(event.data)),
            let response = document.root["response"], response["output"]?.count ?? 0 == 0
        else { return nil }
        var output = JSONWriter()
        output.beginArray()
        for item in items.sorted(by: { $0.index < $1.index }) { output.raw(item.text) }
        output.endArray()
        let data = document.applying([.setMember("output", of: response, to: output.bytes)])
        guard let range = (try? JSONDocument(parsing: data))?.root["response"]?.range else { return nil }
        var frame: [UInt8] = []
        if !event.name.isEmpty { frame += Array("event: ".utf8) + event.name + [UInt8(ascii: "\n")] }
        frame += Array("data: ".utf8)
        let start = frame.count
        frame += data + Array("\n\n".utf8)
        return SSECompletedFrame(bytes: frame, whole: start + range.lowerBound..<start + range.upperBound)
    }
}
