import Transport

/// What the items of an `input` or `output` array are.
///
/// Source: OpenAI API reference, "Responses", input items.
enum OpenAIResponsesItemType {
    case message
    case reasoning
    case functionCall
    case functionCallOutput
    case customToolCall
    case customToolCallOutput
    case itemReference
    /// What a compacted conversation became: sealed by the provider that made it.
    case compaction
    /// Any other: a tool that the provider runs itself, or one of tomorrow.
    case other

    /// The type of an item; a missing type is a message or a reference, as the item's other members tell.
    init(_ item: JSONCursor) {
        guard let type = item["type"], !type.isNull else {
            self = item["role"] == nil && item["id"] != nil && item["content"] == nil ? .itemReference : .message
            return
        }
        if type.equals("message") {
            self = .message
        } else if type.equals("function_call") {
            self = .functionCall
        } else if type.equals("function_call_output") {
            self = .functionCallOutput
        } else if type.equals("reasoning") {
            self = .reasoning
        } else if type.equals("custom_tool_call") {
            self = .customToolCall
        } else if type.equals("custom_tool_call_output") {
            self = .customToolCallOutput
        } else if type.equals("item_reference") {
            self = .itemReference
        } else if type.equals("compaction") {
            self = .compaction
        } else {
            self = .other
        }
    }
}
