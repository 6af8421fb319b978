import Transport

/// What the provider demands of the system prompt and the messages.
enum AnthropicConversation {
    private static let imageTypes: Set<String> = ["image/jpeg", "image/png", "image/gif", "image/webp"]
    private static let types: Set<String> = [
        "text", "image", "document", "search_result", "tool_use", "tool_result", "thinking", "redacted_thinking",
        "server_tool_use", "web_search_tool_result", "web_fetch_tool_result", "code_execution_tool_result",
        "bash_code_execution_tool_result", "text_editor_code_execution_tool_result", "tool_search_tool_result",
        "container_upload", "mcp_tool_use", "mcp_tool_result",
    ]

    static func check(_ root: JSONValue) throws(ErrorReply) {
        for block in root["system"].map({ Array($0.elements) }) ?? [] {
            try check(text: block["text"]?.string ?? "", at: "system")
        }
        guard let messages = root["messages"], messages.isArray else {
            throw AnthropicRequest.invalid("messages: Field required")
        }
        guard messages.count > 0 else {
            throw AnthropicRequest.invalid("messages: at least one message is required")
        }
        // Calls of the assistant's last message, which the next one must answer.
        var open: Set<String> = []
        var index = 0
        for message in messages.elements {
            let path = "messages.\(index)"
            index += 1
            let role = message["role"]?.string
            guard role == "user" || role == "assistant" else {
                throw AnthropicRequest.invalid("\(path).role: Input should be 'user' or 'assistant'")
            }
            let blocks = try blocks(of: message, path, isLast: index == messages.count)
            try checkResults(in: blocks, of: &open, path)
            for (position, block) in blocks.enumerated() {
                try check(block, at: "\(path).content.\(position)", role: role ?? "", &open)
            }
        }
        try checkOpen(open, "messages.\(index - 1)")
        try checkEnd(messages, root)
    }

    private static func blocks(
        of message: JSONValue, _ path: String, isLast: Bool
    ) throws(ErrorReply) -> [JSONValue] {
        guard let content = message["content"], content.isString || content.isArray else {
            throw AnthropicRequest.invalid("\(path).content: Field required")
        }
        let isEmpty = content.isString ? content.isEmptyString : content.count == 0
        guard !isEmpty || (isLast && message["role"]?.equals("assistant") == true) else {
            throw AnthropicRequest.invalid(
                "\(path): all messages must have non-empty content except for the optional final assistant message")
        }
        if let text = content.string, !text.isEmpty { try check(text: text, at: "messages") }
        return Array(content.elements)
    }

    /// The message after calls must answer each of them, and nothing else may be answered.
    private static func checkResults(
        in blocks: [JSONValue], of open: inout Set<String>, _ path: String
    ) throws(ErrorReply) {
        for block in blocks where block["type"]?.equals("tool_result") == true {
            guard let id = block["tool_use_id"]?.string, open.remove(id) != nil else {
                throw AnthropicRequest.invalid(
                    "\(path): unexpected `tool_use_id` found in `tool_result` blocks: \(block["tool_use_id"]?.string ?? "")."
                        + " Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
                )
            }
        }
        try checkOpen(open, path)
    }

    private static func checkOpen(_ open: Set<String>, _ path: String) throws(ErrorReply) {
        guard open.isEmpty else {
            throw AnthropicRequest.invalid(
                "\(path): `tool_use` ids were found without `tool_result` blocks immediately after:"
                    + " \(open.sorted().joined(separator: ", ")).")
        }
    }

    private static func check(text: String, at path: String) throws(ErrorReply) {
        guard !text.isEmpty else {
            throw AnthropicRequest.invalid("\(path): text content blocks must be non-empty")
        }
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw AnthropicRequest.invalid("\(path): text content blocks must contain non-whitespace text")
        }
    }

    private static func check(
        _ block: JSONValue, at path: String, role: String, _ open: inout Set<String>
    ) throws(ErrorReply) {
        guard let type = block["type"]?.string, types.contains(type) else {
            throw AnthropicRequest.invalid("\(path): Input tag '\(block["type"]?.string ?? "")' is not an expected tag")
        }
        switch type {
        case "text": try check(text: block["text"]?.string ?? "", at: "messages")
        case "image": try check(image: block["source"], at: path)
        case "tool_use":
            guard role == "assistant" else {
                throw AnthropicRequest.invalid("\(path): `tool_use` blocks can only be in `assistant` messages")
            }
            guard let id = block["id"]?.string, !id.isEmpty, id.utf8.allSatisfy(isIdentifierByte) else {
                throw AnthropicRequest.invalid("\(path).tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'")
            }
            guard block["name"]?.string != nil, block["input"]?.isObject == true else {
                throw AnthropicRequest.invalid("\(path).tool_use.input: Input should be a valid dictionary")
            }
            guard open.insert(id).inserted else {
                throw AnthropicRequest.invalid("messages: `tool_use` ids must be unique")
            }
        case "tool_result":
            guard role == "user" else {
                throw AnthropicRequest.invalid("\(path): `tool_result` blocks can only be in `user` messages")
            }
            for part in block["content"].map({ Array($0.elements) }) ?? [] where part["type"]?.equals("text") == true {
                try check(text: part["text"]?.string ?? "", at: "messages")
            }
        case "thinking":
            guard let signature = block["signature"]?.string else {
                throw AnthropicRequest.invalid("\(path).thinking.signature: Field required")
            }
            guard !signature.isEmpty, signature.utf8.allSatisfy(isBase64Byte) else {
                throw AnthropicRequest.invalid("\(path): Invalid `signature` in `thinking` block")
            }
        case "redacted_thinking":
            guard let data = block["data"]?.string, !data.isEmpty, data.utf8.allSatisfy(isBase64Byte) else {
                throw AnthropicRequest.invalid("\(path): Invalid `data` in `redacted_thinking` block")
            }
        default: break
        }
    }

    private static func check(image source: JSONValue?, at path: String) throws(ErrorReply) {
        guard let source, let type = source["type"]?.string else {
            throw AnthropicRequest.invalid("\(path).image.source: Field required")
        }
        guard type == "base64" else { return }
        guard let mediaType = source["media_type"]?.string, imageTypes.contains(mediaType) else {
            throw AnthropicRequest.invalid(
                "\(path).image.source.base64.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or"
                    + " 'image/webp'")
        }
        guard source["data"]?.string?.utf8.allSatisfy(isBase64Byte) == true else {
            throw AnthropicRequest.invalid("\(path).image.source.base64.data: Invalid base64 data")
        }
    }

    /// What the last messages must be like for the answer to continue them.
    private static func checkEnd(_ messages: JSONValue, _ root: JSONValue) throws(ErrorReply) {
        let isThinking = root["thinking"]?["type"]?.equals("enabled") == true
        guard let last = messages.elements.filter({ $0["role"]?.equals("assistant") == true }).last else { return }
        let isFinal = messages[messages.count - 1] == last
        if isFinal, let text = last["content"]?.string ?? last["content"]?.elements.suffix(1).first?["text"]?.string,
            text.last?.isWhitespace == true
        {
            throw AnthropicRequest.invalid("messages: final assistant content cannot end with trailing whitespace")
        }
        guard isThinking, let content = last["content"] else { return }
        let hasCalls = content.elements.contains { $0["type"]?.equals("tool_use") == true }
        let isWaiting =
            isFinal
            || (messages[messages.count - 2] == last && hasCalls
                && messages[messages.count - 1]?["content"]?.elements.allSatisfy {
                    $0["type"]?.equals("tool_result") == true
                } == true)
        let first = content[0]?["type"]?.string
        guard !isWaiting || first == "thinking" || first == "redacted_thinking" else {
            throw AnthropicRequest.invalid(
                "messages: Expected `thinking` or `redacted_thinking`, but found `\(first ?? "text")`. When `thinking` is"
                    + " enabled, a final `assistant` message must start with a thinking block.")
        }
    }

    static func isIdentifierByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func isBase64Byte(_ byte: UInt8) -> Bool {
        isIdentifierByte(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "=")
    }
}
