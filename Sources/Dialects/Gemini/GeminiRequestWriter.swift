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
        for extra in body.extras where GeminiExtraPlace(extra.name) == .top {
            if isNative {
                json.key(extra.name)
                json.raw(extra.value.bytes)
            } else {
                drop(SourcePath(extra.name))
            }
        }
        json.endObject()
        return EncodedRequest(body: json.bytes, droppedFields: dropped)
    }

    /// Writes members without a canonical name, or names them where they come from another dialect.
    mutating func writeExtras(_ extras: [RawMember], _ path: SourcePath) {
        for extra in extras {
            if isNative {
                json.key(extra.name)
                json.raw(extra.value.bytes)
            } else {
                drop(path.member(extra.name))
            }
        }
    }

    /// Writes the extras that stood inside a member of the request, under their last name.
    mutating func writeExtras(of body: CallBody, in place: GeminiExtraPlace) {
        guard isNative else { return }
        for extra in body.extras where GeminiExtraPlace(extra.name) == place {
            json.key(extra.name.split(separator: ".").last.map(String.init) ?? extra.name)
            json.raw(extra.value.bytes)
        }
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

/// Where an extra of a Gemini request stood; `GeminiBodyReader` gives those inside other members a path for a name.
enum GeminiExtraPlace {
    case top, generationConfig, thinkingConfig, toolConfig, functionCallingConfig

    init(_ name: String) {
        let steps = name.split(separator: ".")
        switch (steps.first, steps.count) {
        case ("generationConfig", 2), ("generation_config", 2): self = .generationConfig
        case ("generationConfig", 3), ("generation_config", 3): self = .thinkingConfig
        case ("toolConfig", 2), ("tool_config", 2): self = .toolConfig
        case ("toolConfig", 3), ("tool_config", 3): self = .functionCallingConfig
        default: self = .top
        }
    }
}
