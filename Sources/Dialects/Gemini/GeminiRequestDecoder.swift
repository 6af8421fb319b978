import Transport

/// Reads a generateContent request: checks every member, and builds nothing that carriage does not need.
///
/// Source of the rules: https://ai.google.dev/api/generate-content.
package enum GeminiRequestDecoder {
    /// The call that the body makes, or the failure (400) that names the first malformed field.
    ///
    /// `model` and `stream` stand in the request's path, see `GeminiPath`.
    package static func decode(
        _ body: [UInt8], model: String, stream: Bool, limits: CallLimits = .standard,
        jsonLimits: JSONLimits = .default
    ) throws(Failure) -> Call {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: body, limits: jsonLimits)
        } catch {
            throw GeminiErrors.unreadable(error)
        }
        return try decode(document, model: model, stream: stream, limits: limits)
    }

    /// The call that a document makes, or the failure (400) that names the first malformed field.
    ///
    /// `parent` is the member that the document was taken out of, for the paths of malformed fields.
    package static func decode(
        _ document: JSONDocument, model: String, stream: Bool, limits: CallLimits = .standard,
        inside parent: String = ""
    ) throws(Failure) -> Call {
        guard !model.isEmpty else { throw .malformed("model", "The path names no model.") }
        guard model.utf8.count <= limits.modelBytesMax else {
            throw .malformed("model", "The model's name is longer than \(limits.modelBytesMax) bytes.")
        }
        return try document.withRoot { root throws(Failure) in
            guard root.isObject else {
                throw .malformed(nil, "The request must be a JSON object, but is \(FieldCheck.describe(root)).")
            }
            var features: CallFeatures = []
            let choiceCount: Int
            do throws(MalformedField) {
                choiceCount = try check(root, limits, &features)
            } catch {
                throw parent.isEmpty ? error.failure : error.inside(parent).failure
            }
            return Call(
                dialect: .gemini, original: document, model: model, stream: stream, includeUsage: true,
                choiceCount: choiceCount, features: features, read: GeminiBodyReader.body)
        }
    }

    /// Checks everything; returns how many candidates are asked for.
    private static func check(
        _ root: JSONCursor, _ limits: CallLimits, _ features: inout CallFeatures
    ) throws(MalformedField) -> Int {
        var seen: UInt32 = 0
        var hasContents = false
        var choiceCount = 1
        for member in root.members {
            guard let name = GeminiMember(member.key) else { continue }
            let bit: UInt32 = 1 << UInt32(name.rawValue)
            let value = member.value
            do throws(MalformedField) {
                guard seen & bit == 0 else {
                    throw .value("", "the member occurs more than once", code: "duplicate_parameter")
                }
                seen |= bit
                if value.isNull { continue }
                switch name {
                case .contents:
                    try GeminiContentCheck(limits: limits).checkContents(value, &features)
                    hasContents = true
                case .systemInstruction:
                    try GeminiContentCheck(limits: limits).checkInstruction(value)
                case .tools: try GeminiToolCheck(limits: limits).checkTools(value, &features)
                case .toolConfig: try GeminiToolCheck(limits: limits).checkConfig(value)
                case .generationConfig:
                    choiceCount = try GeminiOptionCheck(limits: limits).check(value, &features)
                case .safetySettings:
                    guard value.isArray || value.isObject else {
                        throw FieldCheck.mismatch(value, "", "an array of objects")
                    }
                case .cachedContent, .model: try FieldCheck.string(value, "")
                case .labels: try FieldCheck.object(value, "")
                }
            } catch {
                throw error.inside(member.key.spelled)
            }
        }
        guard hasContents else { throw .missing("contents") }
        return choiceCount
    }
}
