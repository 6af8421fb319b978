import Transport

/// How a provider is asked for its models, and what it answers.
///
/// Pure. Names and windows come from outside: what is no name is left out, and everything has a bound.
enum InventoryDialect: Sendable {
    /// Source: OpenAI API reference, "List models"; the windows are what servers of the same protocol tell besides.
    case openAI
    /// Source: Anthropic API reference, "List Models".
    case anthropic
    /// Source: https://ai.google.dev/api/models#method:-models.list.
    case gemini
    /// Two lists one after the other: the models that can be called as they are, and the inference profiles, by which
    /// alone the newer ones can.
    ///
    /// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListFoundationModels.html and
    /// API_ListInferenceProfiles.html.
    case bedrock

    /// One page of the list.
    struct Page: Equatable {
        var models: [BackendModel] = []
        /// What the next page is asked for with; nil behind the last one.
        var next: String?
    }

    /// Why an answer is no list.
    struct Malformed: Error, Equatable {
        let reason: String
    }

    /// The longest name that is taken, in bytes.
    static let nameBytesMax = 256
    /// The most pages that are turned, and models that are kept.
    static let pagesMax = 50
    static let modelsMax = 20_000

    /// Nil for wires whose servers are not asked.
    init?(_ wire: BackendKind.Wire) {
        switch wire {
        case .openAIChat, .openAIResponses: self = .openAI
        case .anthropicMessages: self = .anthropic
        case .gemini: self = .gemini
        case .bedrockConverse: self = .bedrock
        case .inProcess, .acp: return nil
        }
    }

    /// The path and query of a page, below the base of the API with its version.
    func path(of page: String?) -> String {
        let token = page.map(PercentEncoding.value)
        return switch self {
        case .openAI: "models"
        case .anthropic: "models?limit=1000" + (token.map { "&after_id=\($0)" } ?? "")
        case .gemini: "models?pageSize=1000" + (token.map { "&pageToken=\($0)" } ?? "")
        case .bedrock:
            // Parameters in the order of their names: so they are signed.
            switch page {
            case nil: "foundation-models?byOutputModality=TEXT"
            case Self.firstProfiles?: "inference-profiles?maxResults=1000"
            case let page?: "inference-profiles?maxResults=1000&nextToken=\(PercentEncoding.value(page))"
            }
        }
    }

    /// Asks for the first page of Bedrock's second list; its own tokens hold no blanks.
    private static let firstProfiles = " "

    /// Reads a page.
    func page(_ body: [UInt8]) throws(Malformed) -> Page {
        let root: JSONValue
        do {
            root = try JSONDocument(parsing: body, limits: JSONLimits(documentBytesMax: max(body.count, 1))).root
        } catch {
            throw Malformed(reason: "the list of models is no JSON")
        }
        // Some servers answer with the bare list.
        let list = root.isArray ? root : root[listName] ?? (self == .bedrock ? root["inferenceProfileSummaries"] : nil)
        guard let list, list.isArray else {
            // Google leaves out what is empty.
            if self == .gemini, root.isObject, root["error"] == nil { return Page() }
            throw Malformed(reason: "the answer holds no list of models")
        }
        var page = Page()
        for value in list.elements {
            if let model = model(value) { page.models.append(model) }
        }
        switch self {
        case .openAI: break
        case .anthropic: if root["has_more"]?.bool == true { page.next = root["last_id"]?.string }
        case .gemini: page.next = root["nextPageToken"]?.string
        case .bedrock:
            page.next = root["modelSummaries"] != nil ? Self.firstProfiles : root["nextToken"]?.string
        }
        if page.next?.isEmpty == true { page.next = nil }
        return page
    }

    /// The member that holds the list, or the first one of two.
    private var listName: StaticString {
        switch self {
        case .openAI, .anthropic: "data"
        case .gemini: "models"
        case .bedrock: "modelSummaries"
        }
    }

    private func model(_ value: JSONValue) -> BackendModel? {
        switch self {
        case .bedrock: return Self.bedrockModel(value)
        case .openAI:
            guard let name = Self.name(value["id"]), value["active"]?.bool != false else { return nil }
            // OpenRouter and Together, Groq, vLLM.
            let window = value["context_length"] ?? value["context_window"] ?? value["max_model_len"]
            return BackendModel(name: name, contextWindow: Self.window(window))
        case .anthropic:
            guard let name = Self.name(value["id"]) else { return nil }
            return BackendModel(name: name, contextWindow: Self.window(value["max_input_tokens"]))
        case .gemini:
            guard var name = Self.name(value["name"]) else { return nil }
            if name.hasPrefix("models/") { name.removeFirst("models/".count) }
            guard !name.isEmpty, Self.answers(value["supportedGenerationMethods"]) else { return nil }
            return BackendModel(name: name, contextWindow: Self.window(value["inputTokenLimit"]))
        }
    }

    /// A model that is called by its own id on demand, or a profile that is: those of one's own by their ARN.
    private static func bedrockModel(_ value: JSONValue) -> BackendModel? {
        if let id = name(value["modelId"]) {
            let types = value["inferenceTypesSupported"]
            guard types?.elements.contains(where: { $0.equals("ON_DEMAND") }) ?? true else { return nil }
            return BackendModel(name: id)
        }
        guard value["status"]?.equals("ACTIVE") ?? true else { return nil }
        let isOwn = value["type"]?.equals("APPLICATION") == true
        return name(value[isOwn ? "inferenceProfileArn" : "inferenceProfileId"]).map { BackendModel(name: $0) }
    }

    /// Whether a model of Google's takes what lip can send; without a list of its methods it does.
    private static func answers(_ methods: JSONValue?) -> Bool {
        guard let methods, methods.isArray else { return true }
        return methods.elements.contains { $0.equals("generateContent") || $0.equals("embedContent") }
    }

    private static func name(_ value: JSONValue?) -> String? {
        guard let name = value?.string, (1...nameBytesMax).contains(name.utf8.count),
            name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        return name
    }

    private static func window(_ value: JSONValue?) -> Int? {
        guard let window = value?.int, window > 0 else { return nil }
        return window
    }
}
