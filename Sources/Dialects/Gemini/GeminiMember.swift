import Transport

/// The top-level members of a generateContent request that have a canonical name or are checked.
///
/// Google's servers take every name in camel case and in snake case (the JSON mapping of protocol buffers), and the
/// clients use both.
enum GeminiMember: Int, CaseIterable {
    case contents, systemInstruction, tools, toolConfig, generationConfig, safetySettings, cachedContent, model, labels

    /// The member that a key names in either spelling, or nil for one that only the provider knows.
    init?(_ key: JSONCursor) {
        for member in Self.allCases where key.names(member.camelCase, member.snakeCase) {
            self = member
            return
        }
        return nil
    }

    private var camelCase: StaticString {
        switch self {
        case .contents: "contents"
        case .systemInstruction: "systemInstruction"
        case .tools: "tools"
        case .toolConfig: "toolConfig"
        case .generationConfig: "generationConfig"
        case .safetySettings: "safetySettings"
        case .cachedContent: "cachedContent"
        case .model: "model"
        case .labels: "labels"
        }
    }

    private var snakeCase: StaticString {
        switch self {
        case .contents, .tools, .model, .labels: camelCase
        case .systemInstruction: "system_instruction"
        case .toolConfig: "tool_config"
        case .generationConfig: "generation_config"
        case .safetySettings: "safety_settings"
        case .cachedContent: "cached_content"
        }
    }
}

extension JSONCursor {
    /// Whether the value is this name in either spelling.
    func names(_ camelCase: StaticString, _ snakeCase: StaticString) -> Bool {
        equals(camelCase) || equals(snakeCase)
    }

    /// The member of this name in either spelling; nil where it is missing or null.
    func field(_ camelCase: StaticString, _ snakeCase: StaticString) -> JSONCursor? {
        guard let found = self[camelCase] ?? self[snakeCase], !found.isNull else { return nil }
        return found
    }

    /// The integer, also where it is spelled as a string, as the JSON mapping of protocol buffers allows.
    var lenientInt: Int? { int ?? string.flatMap { Int($0) } }

    /// The member's own spelling, for messages and paths.
    var spelled: String { string ?? "" }
}

/// A repeated field: an array, or one object in the place of an array of one, which Google's servers take as well.
enum GeminiList {
    /// How many elements there are; 0 for anything else.
    static func count(_ value: JSONCursor) -> Int { value.isObject ? 1 : value.count }

    /// Calls back with each element and its index; the index of a lone object is nil.
    static func forEach<Problem: Error>(
        _ value: JSONCursor, _ body: (JSONCursor, Int?) throws(Problem) -> Void
    ) throws(Problem) {
        if value.isObject { return try body(value, nil) }
        var index = 0
        for element in value.elements {
            try body(element, index)
            index += 1
        }
    }

    /// The path of an element of the list.
    static func path(_ list: SourcePath, _ index: Int?) -> SourcePath { index.map(list.element) ?? list }
}
