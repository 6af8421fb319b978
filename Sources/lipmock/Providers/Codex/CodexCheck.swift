import Transport

/// What the backend of ChatGPT's Codex refuses besides what OpenAI's Responses refuse, in its own words.
enum CodexCheck {
    private static let members: Set<String> = [
        "model", "instructions", "input", "tools", "tool_choice", "parallel_tool_calls", "reasoning", "store", "stream",
        "include", "text", "prompt_cache_key", "client_metadata",
    ]

    static func check(_ request: ReceivedRequest) throws(ErrorReply) {
        guard let root = (try? JSONDocument(parsing: request.body))?.root, root.isObject else {
            throw refusal("Invalid JSON")
        }
        for member in root.members {
            let name = member.key.string ?? ""
            if name == "service_tier", member.value.equals("priority") { continue }
            guard members.contains(name) else { throw refusal("Unsupported parameter: \(name)") }
        }
        guard root["instructions"]?.string?.isEmpty == false else { throw refusal("Instructions are required") }
        guard root["store"]?.bool == false else { throw refusal("Store must be set to false") }
        guard root["stream"]?.bool == true else { throw refusal("Stream must be set to true") }
        guard let input = root["input"], input.isArray else { throw refusal("Input must be a list") }
        for item in input.elements {
            if item["role"]?.equals("system") == true { throw refusal("System messages are not allowed") }
            if item["type"]?.equals("reasoning") == true, item["encrypted_content"]?.isString != true {
                throw ErrorReply(
                    status: 404,
                    message: "Item with id '\(item["id"]?.string ?? "")' not found. Items are not persisted when "
                        + "`store` is set to false.")
            }
        }
    }

    private static func refusal(_ message: String) -> ErrorReply { ErrorReply(status: 400, message: message) }
}
