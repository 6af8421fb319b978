import Transport

/// A content block that only this dialect knows, such as a server tool's call or result, on its way through the events.
///
/// It travels as `{"content_block":{…}}`, so that no other dialect takes its members for its own.
enum AnthropicOwnBlock {
    /// The block as an event's media, its input replaced by what was streamed for it.
    static func media(_ block: RawJSON, input: String) -> RawJSON {
        var json = JSONWriter(reservingBytes: block.bytes.count + input.utf8.count + 32)
        json.beginObject()
        json.key("content_block")
        if input.isEmpty {
            json.raw(block.bytes)
        } else if let document = try? JSONDocument(parsing: block.bytes) {
            json.beginObject()
            for member in document.root.members where !member.key.equals("input") {
                json.key(member.key.string ?? "")
                json.raw(member.value)
            }
            json.key("input")
            AnthropicToolInput.write(input, .function, to: &json)
            json.endObject()
        } else {
            json.null()
        }
        json.endObject()
        return RawJSON(bytes: json.bytes)
    }

    /// The block that media holds; nil where it is another dialect's.
    static func block(_ media: RawJSON) -> JSONDocument? {
        guard let document = try? JSONDocument(parsing: media.bytes), let block = document.root["content_block"],
            block["type"]?.isString == true
        else { return nil }
        return try? JSONDocument(parsing: Array(block.raw))
    }
}
