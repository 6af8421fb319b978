import Transport

/// A generateContent request, checked the way Google checks it.
struct GeminiRequest: ProviderRequest {
    enum Action: String {
        case generateContent, streamGenerateContent, countTokens
    }

    var model: String
    var action: Action
    /// Whether the answer is a stream of events; an array comes in one piece.
    var stream: Bool
    var choiceCount = 1

    private static let members: Set<String> = [
        "contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "safetySettings", "cachedContent",
        "model", "labels", "generateContentRequest",
    ]

    init(_ request: ReceivedRequest) throws(ErrorReply) {
        guard let colon = request.path.lastIndex(of: ":"),
            let action = Action(rawValue: String(request.path[request.path.index(after: colon)...])),
            let models = request.path.firstRange(of: "/models/"), models.upperBound < colon
        else { throw ErrorReply(status: 404, message: "Not found: \(request.path)") }
        guard request.method == "POST" else { throw ErrorReply(status: 404, message: "Not found: \(request.path)") }
        model = Self.decoded(request.path[models.upperBound..<colon])
        self.action = action
        stream = action == .streamGenerateContent && request.query("alt") == "sse"
        let type = request.header("content-type")?.lowercased() ?? ""
        guard type.split(separator: ";").first == "application/json" else {
            throw Self.invalid("Invalid content type '\(type)'; send application/json.")
        }
        let root: JSONValue
        do {
            root = try JSONDocument(parsing: request.body).root
        } catch {
            throw Self.invalid("Invalid JSON payload received. \(error.message)")
        }
        try GeminiFields.check(root, Self.members, "")
        var call = root
        if action == .countTokens, let inner = GeminiFields.member(root, "generateContentRequest") {
            try GeminiFields.check(inner, Self.members, "generate_content_request")
            call = inner
        }
        choiceCount = try GeminiConfigCheck.check(GeminiFields.member(call, "generationConfig"), model: model)
        try GeminiConfigCheck.check(tools: GeminiFields.member(call, "tools"))
        try GeminiConfigCheck.check(toolConfig: GeminiFields.member(call, "toolConfig"))
        if let instruction = GeminiFields.member(call, "systemInstruction") {
            _ = try GeminiContentsCheck.parts(of: instruction, "system_instruction")
        }
        try GeminiContentsCheck.check(GeminiFields.member(call, "contents"), model: model)
    }

    static func invalid(_ message: String, _ field: String? = nil) -> ErrorReply {
        ErrorReply(status: 400, message: message, type: "INVALID_ARGUMENT", parameter: field)
    }

    /// The text with its percent signs resolved.
    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Members of Google's JSON, which have two spellings and no strangers among them.
enum GeminiFields {
    /// A member in either spelling; nil where it is missing or null.
    static func member(_ object: JSONValue, _ name: String) -> JSONValue? {
        guard let value = object.member(name) ?? object.member(snake(name)), !value.isNull else { return nil }
        return value
    }

    /// Refuses what is no object, and members that Google does not know.
    static func check(_ value: JSONValue, _ known: Set<String>, _ path: String) throws(ErrorReply) {
        guard value.isObject else {
            throw GeminiRequest.invalid(
                "Invalid value at '\(path)': Proto field is not repeating, cannot start list.", path)
        }
        let snakes = Set(known.map(snake))
        for member in value.members {
            let name = member.key.string ?? ""
            guard known.contains(name) || snakes.contains(name) else {
                let place = path.isEmpty ? "" : " at '\(path)'"
                throw GeminiRequest.invalid(
                    "Invalid JSON payload received. Unknown name \"\(name)\"\(place): Cannot find field.", path)
            }
        }
    }

    /// The elements of a repeated field, in whose place one element may stand.
    static func elements(_ value: JSONValue) -> [JSONValue] { value.isObject ? [value] : Array(value.elements) }

    static func snake(_ name: String) -> String {
        var result = ""
        for character in name {
            if character.isUppercase { result += "_" }
            result += character.lowercased()
        }
        return result
    }
}
