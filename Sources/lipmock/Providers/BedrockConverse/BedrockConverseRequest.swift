import Transport

/// A Converse request, checked the way the provider checks it.
struct BedrockConverseRequest: ProviderRequest {
    var model: String
    var stream: Bool

    private static let members: Set<String> = [
        "messages", "system", "inferenceConfig", "toolConfig", "guardrailConfig", "additionalModelRequestFields",
        "promptVariables", "additionalModelResponseFieldPaths", "requestMetadata", "performanceConfig", "serviceTier",
        "outputConfig",
    ]
    private static let blocks: Set<String> = [
        "text", "image", "document", "video", "audio", "toolUse", "toolResult", "guardContent", "cachePoint",
        "reasoningContent", "citationsContent", "searchResult",
    ]
    private static let imageFormats: Set<String> = ["png", "jpeg", "gif", "webp"]
    private static let documentFormats: Set<String> = [
        "pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md",
    ]

    init(_ request: ReceivedRequest) throws(ErrorReply) {
        guard request.method == "POST" else {
            throw ErrorReply(status: 403, message: "Missing Authentication Token", type: "AccessDeniedException")
        }
        let segments = request.path.split(separator: "/", omittingEmptySubsequences: false)
        guard segments.count == 4, let model = Self.decoded(segments[2]), !model.isEmpty else {
            throw ErrorReply(
                status: 404, message: "Unable to determine service/operation name to be authorized",
                type: "UnknownOperationException")
        }
        self.model = model
        stream = segments[3] == "converse-stream"
        guard request.header("content-type") == "application/json" else {
            throw ErrorReply(
                status: 415, message: "The Content-Type must be application/json", type: "SerializationException")
        }
        guard let document = try? JSONDocument(parsing: request.body), document.root.isObject else {
            throw ErrorReply(
                status: 400, message: "Unexpected field type at line 1", type: "SerializationException")
        }
        let root = document.root
        for member in root.members where !Self.members.contains(member.key.string ?? "") {
            throw Self.invalid("Malformed input request: extraneous key [\(member.key.string ?? "")] is not permitted")
        }
        try Self.check(system: root["system"])
        let usesTools = try Self.check(messages: root["messages"])
        if let tools = root["toolConfig"] {
            try Self.check(tools)
        } else if usesTools {
            throw Self.invalid("The toolConfig field must be defined when using toolUse and toolResult content blocks.")
        }
        try Self.check(inference: root["inferenceConfig"])
    }

    private static func invalid(_ message: String) -> ErrorReply {
        ErrorReply(status: 400, message: message, type: "ValidationException")
    }

    /// The segment without escapes; nil for what a model's id must have encoded.
    private static func decoded(_ segment: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(segment.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func check(system: JSONValue?) throws(ErrorReply) {
        guard let system else { return }
        guard system.kind == .array else { throw invalid("system must be a list") }
        for block in system.elements {
            guard block["cachePoint"] != nil || block["text"]?.string?.isEmpty == false else {
                throw invalid("The text field in the system block is blank.")
            }
        }
    }

    /// Checks turns, blocks, and that each call of a tool is answered in the next turn; true if tools are among them.
    private static func check(messages: JSONValue?) throws(ErrorReply) -> Bool {
        guard let messages, messages.kind == .array, messages.count > 0 else {
            throw invalid("A conversation must have at least one message. Try again with a conversation.")
        }
        var last = "assistant"
        var open: Set<String> = []
        var usesTools = false
        for (index, message) in messages.elements.enumerated() {
            guard let role = message["role"]?.string, role == "user" || role == "assistant" else {
                throw invalid("Value at 'messages.\(index + 1).member.role' failed to satisfy constraint")
            }
            guard role != last else {
                throw invalid("A conversation must alternate between user and assistant roles.")
            }
            last = role
            guard let content = message["content"], content.kind == .array, content.count > 0 else {
                throw invalid("The content field in the Message object at messages.\(index) is empty.")
            }
            var calls: Set<String> = []
            var results: Set<String> = []
            for (position, block) in content.elements.enumerated() {
                let path = "messages.\(index).content.\(position)"
                guard block.count == 1, let name = block.members.first(where: { _ in true })?.key.string,
                    blocks.contains(name)
                else { throw invalid("The ContentBlock object at \(path) must set exactly one key.") }
                try check(block, path)
                if let id = block["toolUse"]?["toolUseId"]?.string { calls.insert(id) }
                if let id = block["toolResult"]?["toolUseId"]?.string { results.insert(id) }
            }
            guard results == open else {
                throw invalid(
                    "Expected toolResult blocks at messages.\(index).content for the following Ids: "
                        + open.sorted().joined(separator: ", "))
            }
            usesTools = usesTools || !calls.isEmpty || !results.isEmpty
            open = calls
        }
        guard last == "user" || open.isEmpty else { throw invalid("The conversation ends with a toolUse block.") }
        return usesTools
    }

    private static func check(_ block: JSONValue, _ path: String) throws(ErrorReply) {
        if let text = block["text"] {
            guard let text = text.string, text.contains(where: { !$0.isWhitespace }) else {
                throw invalid("The text field in the ContentBlock object at \(path) is blank.")
            }
        }
        if let image = block["image"] {
            guard imageFormats.contains(image["format"]?.string ?? ""), image["source"]?.count == 1 else {
                throw invalid("The image at \(path) has no known format or no source.")
            }
        }
        if let document = block["document"] {
            let name = document["name"]?.string ?? ""
            let isNamed =
                !name.isEmpty && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) || " -()[]".contains($0) }
            guard isNamed, !name.contains("  "), documentFormats.contains(document["format"]?.string ?? "") else {
                throw invalid("The document file name or format at \(path) is not allowed.")
            }
        }
        if let use = block["toolUse"] {
            guard isID(use["toolUseId"]?.string), use["name"]?.string != nil, use["input"]?.kind == .object else {
                throw invalid("The toolUse block at \(path) needs toolUseId, name and an input object.")
            }
        }
        if let result = block["toolResult"] {
            guard isID(result["toolUseId"]?.string), result["content"]?.kind == .array else {
                throw invalid("The toolResult block at \(path) needs toolUseId and content.")
            }
        }
        if let reasoning = block["reasoningContent"]?["reasoningText"] {
            guard reasoning["signature"]?.string == BedrockConverse.signature else {
                throw invalid("\(path).reasoningContent: Invalid `signature` in `thinking` block")
            }
        }
    }

    private static func isID(_ text: String?) -> Bool {
        guard let text, (1...64).contains(text.utf8.count) else { return false }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) || "_-".contains($0) }
    }

    private static func check(_ config: JSONValue) throws(ErrorReply) {
        guard let tools = config["tools"], tools.kind == .array, tools.count > 0 else {
            throw invalid("toolConfig.tools must have at least one member.")
        }
        for (index, tool) in tools.elements.enumerated() where tool["cachePoint"] == nil {
            guard let spec = tool["toolSpec"], spec["name"]?.string != nil,
                spec["inputSchema"]?["json"]?["type"]?.string == "object"
            else {
                throw invalid(
                    "The value at toolConfig.tools.\(index).toolSpec.inputSchema.json.type must be one of: object.")
            }
        }
        if let choice = config["toolChoice"] {
            guard choice.count == 1, choice["auto"] ?? choice["any"] ?? choice["tool"] != nil else {
                throw invalid("toolConfig.toolChoice must set exactly one of auto, any and tool.")
            }
        }
    }

    private static func check(inference: JSONValue?) throws(ErrorReply) {
        guard let inference else { return }
        for name in ["temperature", "topP"] as [StaticString] {
            guard let value = inference[name] else { continue }
            guard let number = value.double, (0...1).contains(number) else {
                throw invalid("Value at 'inferenceConfig.\(name)' must be from 0 to 1.")
            }
        }
        if let limit = inference["maxTokens"], limit.int.map({ $0 < 1 }) ?? true {
            throw invalid("Value at 'inferenceConfig.maxTokens' must be at least 1.")
        }
    }
}
