import Transport

/// Writes a generateContent request from a call's values, and names what has no place in it.
struct GeminiRequestWriter {
    /// The dialect that the values came from: sealed and unnamed things go back only to it.
    let source: DialectID
    let traits: GeminiModelTraits
    let flavor: GeminiFlavor
    var json = JSONWriter()
    private(set) var dropped: [String] = []
    /// The names of the history's calls by id: a result must name its function here.
    var callNames: [String: String] = [:]
    /// Media of results that cannot stand in them, on their way into the next content of the user's.
    var resultMedia: [Part] = []

    init(source: DialectID, model: String, flavor: GeminiFlavor) {
        self.source = source
        traits = GeminiModelTraits(model)
        self.flavor = flavor
    }

    /// Whether the values came from this dialect, so that its own unnamed members may go back.
    var isNative: Bool { source == .gemini }

    /// Names a value of the client's request that has no place.
    mutating func drop(_ path: SourcePath) {
        if !dropped.contains(path.text) { dropped.append(path.text) }
    }

    /// Writes the whole request; `isEffortForeign` tells that the reasoning effort is not Gemini's own word.
    mutating func write(_ body: CallBody, isEffortForeign: Bool) throws(Failure) -> EncodedRequest {
        json.beginObject()
        try writeContents(body)
        writeTools(body)
        writeOptions(body, isEffortForeign: isEffortForeign)
        for extra in body.extras {
            if !isNative {
                drop(extra.path)
            } else if extra.container.isEmpty {
                writeExtra(extra)
            }
        }
        json.endObject()
        return EncodedRequest(body: json.bytes, droppedFields: dropped)
    }

    /// Writes members without a canonical name, or names them where they come from another dialect.
    mutating func writeExtras(_ extras: [RawMember], _ path: SourcePath) {
        for extra in extras {
            if isNative {
                writeExtra(extra)
            } else {
                drop(path.member(extra.name))
            }
        }
    }

    /// Writes the extras that stood inside a member of the request.
    mutating func writeExtras(of body: CallBody, in place: GeminiExtraPlace) {
        guard isNative else { return }
        for extra in body.extras where GeminiExtraPlace(extra.container) == place { writeExtra(extra) }
    }

    private mutating func writeExtra(_ extra: RawMember) {
        json.key(extra.name)
        json.raw(extra.value.bytes)
    }

    /// Writes an object member, if anything is written into it.
    mutating func writeObject(_ name: StaticString, _ body: (inout Self) -> Void) {
        var inner = JSONWriter()
        inner.beginObject()
        swap(&inner, &json)
        body(&self)
        json.endObject()
        swap(&inner, &json)
        guard inner.bytes.count > 2 else { return }
        json.key(name)
        json.raw(inner.bytes)
    }

    mutating func write(_ name: StaticString, _ value: Double?) {
        guard let value else { return }
        json.key(name)
        json.double(value)
    }

    mutating func write(_ name: StaticString, _ value: Int?) {
        guard let value else { return }
        json.key(name)
        json.int(value)
    }

    mutating func write(_ name: StaticString, _ value: Bool?) {
        guard let value else { return }
        json.key(name)
        json.bool(value)
    }

    mutating func write(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        json.key(name)
        json.string(value)
    }

    mutating func write(_ name: StaticString, _ value: RawJSON?) {
        guard let value else { return }
        json.key(name)
        json.raw(value.bytes)
    }
}

/// The object inside a Gemini request that an extra of its body stood in.
enum GeminiExtraPlace {
    case generationConfig, thinkingConfig, toolConfig, functionCallingConfig

    /// The object that a container of `GeminiBodyReader` names, in either spelling; nil for the request itself.
    init?(_ container: String) {
        // Containers are members that lip knows, so none of their names holds a dot.
        let steps = container.split(separator: ".")
        switch (steps.first, steps.count) {
        case ("generationConfig", 1), ("generation_config", 1): self = .generationConfig
        case ("generationConfig", 2), ("generation_config", 2): self = .thinkingConfig
        case ("toolConfig", 1), ("tool_config", 1): self = .toolConfig
        case ("toolConfig", 2), ("tool_config", 2): self = .functionCallingConfig
        default: return nil
        }
    }
}
