import Transport

/// Writes a Messages request from a call's values, and names what has no place in it.
struct AnthropicRequestWriter {
    /// The dialect that the values came from: sealed and unnamed things go back only to it.
    let source: DialectID
    let model: String
    let flavor: AnthropicFlavor
    var json = JSONWriter(reservingBytes: 1024)
    var ids = AnthropicCallIDs()
    private(set) var dropped: [String] = []
    let traits: AnthropicModel

    init(source: DialectID, model: String, flavor: AnthropicFlavor) {
        self.source = source
        self.model = model
        self.flavor = flavor
        traits = AnthropicModel(model)
    }

    /// Whether the values came from this dialect, so that its own unnamed members may go back.
    var isNative: Bool { source == .anthropicMessages }

    /// Names a value of the client's request that has no place.
    mutating func drop(_ path: SourcePath) {
        dropped.append(path.text)
    }

    /// Names a field of the client's request that has no place.
    mutating func drop(_ field: CallField, of body: CallBody) {
        dropped.append(body.spelling[field])
    }

    /// Writes the whole request; with `plansThinking` the options tell how to think, else the client's own words.
    mutating func write(_ body: CallBody, stream: Bool, plansThinking: Bool) -> EncodedRequest {
        let tools = chosenTools(of: body)
        let thinking = plansThinking ? thinking(for: body, tools) : nil
        json.beginObject()
        if let version = flavor.versionInBody {
            json.key("anthropic_version")
            json.string(version)
        } else {
            json.key("model")
            json.string(model)
        }
        json.key("max_tokens")
        json.int(thinking?.maxTokens ?? body.options.maxOutputTokens ?? flavor.defaultMaxTokens)
        writeConversation(body)
        writeTools(tools, body)
        writeOptions(body, thinking)
        if stream {
            json.key("stream")
            json.bool(true)
        }
        for extra in body.extras where !isNative || !Self.merged.contains(extra.name) {
            if extra.isOwn("anthropic_version"), flavor.versionInBody != nil { continue }
            if isNative {
                writeExtra(extra)
            } else {
                drop(extra.path)
            }
        }
        json.endObject()
        return EncodedRequest(body: json.bytes, droppedFields: dropped)
    }

    /// Members whose unnamed rest is written together with what they say otherwise.
    private static let merged: Set<String> = ["thinking", "output_config", "metadata", "tool_choice"]

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

    private mutating func writeExtra(_ extra: RawMember) {
        json.key(extra.name)
        json.raw(extra.value.bytes)
    }

    /// Writes what a client of this dialect said in an object beyond its named members, into the object being written.
    mutating func writeRest(of name: AnthropicMember, _ body: CallBody) {
        guard isNative, let rest = body.extras.first(where: { $0.isOwn(name.rawValue) }),
            let document = try? JSONDocument(parsing: rest.value.bytes)
        else { return }
        document.withRoot { root in
            for member in root.members {
                json.key(member.key.string ?? "")
                json.raw(member.value)
            }
        }
    }

    /// Whether a client of this dialect said more in an object than its named members.
    func hasRest(of name: AnthropicMember, _ body: CallBody) -> Bool {
        isNative && body.extras.contains { $0.isOwn(name.rawValue) }
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

    mutating func write(_ name: StaticString, _ value: Substring) {
        json.key(name)
        json.string(value)
    }

    mutating func write(_ name: StaticString, _ value: RawJSON?) {
        guard let value else { return }
        json.key(name)
        json.raw(value.bytes)
    }
}

/// Gives each tool call an id that this dialect takes: letters, digits, `_` and `-`.
///
/// Ids of other providers may hold more, and the oldest form of calls has none. A call and its result get the same id.
struct AnthropicCallIDs {
    private var given: [String: String] = [:]
    private var taken: Set<String> = []
    private var nameless: [String] = []
    private var count = 0

    /// The id for a call.
    mutating func call(_ id: String) -> String {
        if !id.isEmpty, let known = given[id] { return known }
        var wanted = String(decoding: id.utf8.map { Self.isAllowed($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
        if wanted.isEmpty { wanted = "toolu_lip" }
        while taken.contains(wanted) {
            count += 1
            wanted += "_\(count)"
        }
        taken.insert(wanted)
        if id.isEmpty {
            nameless.append(wanted)
        } else {
            given[id] = wanted
        }
        return wanted
    }

    /// The id for a result; one without an id answers the oldest call without one.
    mutating func result(_ id: String) -> String {
        if id.isEmpty { return nameless.isEmpty ? call("") : nameless.removeFirst() }
        return call(id)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
