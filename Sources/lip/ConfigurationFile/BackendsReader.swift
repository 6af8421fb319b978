import Gateway
import Routing
import Runtime

/// Reads `backends`, and finds the keys of those that the file gives none.
struct BackendsReader {
    static let countMax = 1000
    private static let stubKeys = [
        "text", "input_tokens", "output_tokens", "tool_name", "stream_error_after_text_delta",
    ]

    let context: ReadingContext
    /// Ids of rows that could not be read.
    private(set) var brokenIDs: Set<String> = []

    init(context: ReadingContext) {
        self.context = context
    }

    /// Where a backend stands: its path in the document, and the mark of its id.
    typealias Place = (path: String, mark: YAMLMark)

    /// The backends of the list, with their places, in order.
    mutating func read(_ items: [(path: String, node: YAMLNode)]) -> [(backend: BackendConfiguration, place: Place)] {
        var backends: [(backend: BackendConfiguration, place: Place)] = []
        if items.count > Self.countMax {
            context.log.error(
                "more than \(Self.countMax) backends", path: "backends", at: items[Self.countMax].node.mark)
        }
        for (path, node) in items.prefix(Self.countMax) {
            guard case .mapping(let pairs) = node.content else {
                context.wrong(node, path: path, expected: "a mapping such as {id: local, kind: vllm}")
                continue
            }
            let section = SectionReader(pairs, path: path, mark: node.mark, context: context)
            guard let backend = self.backend(section) else {
                if case .scalar(let id) = section.node("id")?.content { brokenIDs.insert(id.text) }
                continue
            }
            let idMark = section.node("id")?.mark ?? node.mark
            if let other = backends.first(where: { $0.backend.id == backend.id }) {
                context.log.error(
                    "the id \(quoted(backend.id)) is taken by the backend in line \(other.place.mark.line)",
                    path: "\(path).id", at: idMark)
                continue
            }
            backends.append((backend, (path, idMark)))
        }
        return backends
    }

    /// The backends of a start without a file: every provider whose key is in the environment, else the stub.
    func fromEnvironment() -> [BackendConfiguration] {
        var backends: [BackendConfiguration] = []
        for kind in BackendKind.table where !kind.keyVariables.isEmpty {
            var backend = BackendConfiguration(id: kind.id, kind: kind)
            takeKeys(from: kind.keyVariables, into: &backend)
            // Bedrock's address has sources of its own.
            guard !backend.keys.isEmpty, kind.wire != .bedrockConverse, completeFromEnvironment(&backend)
            else { continue }
            backends.append(backend)
        }
        if let bedrock = bedrockFromEnvironment() { backends.append(bedrock) }
        if let vertex = vertexFromEnvironment() { backends.append(vertex) }
        if backends.isEmpty, let kind = BackendKind.named("local-stub") {
            var stub = BackendConfiguration(id: kind.id, kind: kind)
            stub.stub = StubConfiguration()
            backends.append(stub)
        }
        return backends
    }

    // MARK: One backend

    private func backend(_ section: SectionReader) -> BackendConfiguration? {
        let id = identifier(section)
        guard let kind = kind(section, id: id) else { return nil }
        var backend = BackendConfiguration(id: id ?? "", kind: kind)
        let reader = ModelsReader(context: context)
        let models = reader.read(section, kind: kind)
        backend.models = models.models
        backend.modelsFile = models.file
        backend.discovery = models.discovery
        backend.headers = BackendHeadersReader(context: context).read(section, kind: kind)
        section.choice("upstream_streaming", into: &backend.upstreamStreaming)
        if kind.wire == .openAIChat, section.node("completions") != nil {
            var takesPrompts = false
            section.bool("completions", into: &takesPrompts)
            backend.takesPrompts = takesPrompts
        }
        backend.inFlightMax = reader.inFlightMax(section)
        backend.capabilities = CapabilitiesReader(context: context).rule(section, "capabilities")
        if kind.wire == .inProcess {
            backend.stub = stub(section)
            section.finish(hints: Self.hints(["base_url", "api_key", "api_keys"], "\(kind.id) has no upstream"))
        } else {
            readUpstream(section, into: &backend)
            section.finish(
                hints: Self.hints(Self.stubKeys, "only kind local-stub has it").merging([
                    "ca_file": "it stands in http_client and holds for all backends",
                    "static_referer": "only kind openrouter has it; use headers",
                    "static_title": "only kind openrouter has it; use headers",
                ]) { first, _ in first }
                .merging(Self.hints(Self.amazonKeys, "only kind bedrock has it")) { first, _ in first }
                .merging(Self.hints(Self.vertexKeys, "only kind vertexai has it")) { first, _ in first }
                .merging(Self.hints(Self.codexKeys, "only kind openai-codex has it")) { first, _ in first }
                .merging(
                    Self.hints(
                        ["api_key", "api_keys", "api_key_env_var_root"], "kind \(kind.id) takes an access_token")
                ) { first, _ in first }
                .merging(Self.hints(Self.agentKeys, "only kind acp has it")) { first, _ in first }
                .merging(Self.protocolHints) { first, _ in first })
        }
        return id == nil ? nil : backend
    }

    private static func hints(_ keys: [String], _ hint: String) -> [String: String] {
        Dictionary(uniqueKeysWithValues: keys.map { ($0, hint) })
    }

    private func identifier(_ section: SectionReader) -> String? {
        guard section.node("id") != nil else {
            context.log.error("a backend needs an id", path: section.path, at: section.mark)
            return nil
        }
        guard let text = section.text("id") else { return nil }
        let id = text.text
        let isUsable =
            id.utf8.count <= 64 && id.utf8.first != UInt8(ascii: "-")
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x30...0x39: true
                case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
                default: false
                }
            }
        guard isUsable else {
            context.log.error(
                "an id has up to 64 letters, digits, dots, dashes and underscores, found \(text.shown)",
                path: text.path,
                at: text.node.mark)
            return nil
        }
        return id
    }

    private func kind(_ section: SectionReader, id: String?) -> BackendKind? {
        guard section.node("kind") != nil else {
            // A backend called after its kind need not say it twice.
            if let id, let kind = BackendKind.named(id) { return kind }
            context.log.error(
                "a backend needs a kind", path: section.path, at: section.mark,
                suggestion: id.flatMap(BackendKindWords.didYouMean) ?? listOfKinds)
            return nil
        }
        guard let text = section.text("kind") else { return nil }
        guard let kind = BackendKind.named(text.text) else {
            context.log.error(
                "unknown kind \(text.shown)", path: text.path, at: text.node.mark,
                suggestion: BackendKindWords.didYouMean(text.text) ?? listOfKinds)
            return nil
        }
        return kind
    }

    /// Every kind; the list is long, and said once a file.
    private var listOfKinds: String {
        let list = "one of \(BackendKind.table.map(\.id).joined(separator: ", "))"
        guard let first = context.log.issues.first(where: { $0.suggestion == list }) else { return list }
        return first.mark.map { "one of the kinds named for line \($0.line)" } ?? "one of the kinds named before"
    }

    private func readUpstream(_ section: SectionReader, into backend: inout BackendConfiguration) {
        let kind = backend.kind
        if let text = section.text("base_url") {
            backend.baseURL = BaseURLCheck.checked(text, kind: kind, log: context.log) ?? backend.baseURL
        } else if section.node("base_url") == nil, kind.defaultBaseURL == nil, !kind.addressFollows {
            takeBaseURL(section, into: &backend)
        }
        readProtocols(section, into: &backend)
        if kind.wire == .acp { readAgent(section, into: &backend) }
        if kind.wire == .bedrockConverse {
            readAmazonAccess(section, into: &backend)
        } else if kind.addressing == .vertex {
            readGoogleAccess(section, into: &backend)
        } else if kind.isCodex {
            readCodexAccess(section, into: &backend)
        } else {
            readKeys(section, into: &backend)
        }
        if let timeouts = section.section("timeouts") {
            timeouts.duration("connect", into: &backend.timeouts.connect)
            timeouts.duration("response_head", into: &backend.timeouts.responseHead)
            timeouts.duration("idle", into: &backend.timeouts.idle)
            timeouts.duration("output_idle", into: &backend.timeouts.outputIdle)
            timeouts.duration("total", into: &backend.timeouts.total)
            timeouts.finish()
        }
        section.bool("verify_tls", into: &backend.verifiesTLS)
    }

    /// Takes the base URL from the environment, where the kind has no other.
    private func takeBaseURL(_ section: SectionReader, into backend: inout BackendConfiguration) {
        let kind = backend.kind
        var failure: String?
        if let url = environmentBaseURL(of: kind, onFailure: { failure = $0 }) {
            backend.baseURL = url
        } else {
            context.log.error(
                failure ?? "kind \(kind.id) needs a base_url", path: section.path, at: section.mark,
                suggestion: failure == nil ? kind.baseURLVariable.map { "or set \($0)" } : nil)
        }
    }

    func readKeys(_ section: SectionReader, into backend: inout BackendConfiguration) {
        var keys: [Secret] = []
        let isGiven = section.node("api_key") != nil || section.node("api_keys") != nil
        if let key = section.secret("api_key") { keys.append(key) }
        for (path, node) in section.list("api_keys") ?? [] {
            if let key = context.secret(node, path: path), !keys.contains(key) { keys.append(key) }
        }
        var variables = backend.kind.keyVariables
        if let root = section.text("api_key_env_var_root") {
            variables = [BackendKind.KeyVariables(root: root.text, firstNumber: 2)]
        }
        if isGiven {
            backend.keys = keys
            backend.keyOrigin = .file
        } else {
            takeKeys(from: variables, into: &backend)
            if let node = section.node("api_key_env_var_root"), backend.keys.isEmpty, !backend.kind.needsKey {
                context.log.warning(
                    "the variable is not set: requests go out without a key",
                    path: section.path(of: "api_key_env_var_root"), at: node.mark)
            }
        }
    }

    func takeKeys(from families: [BackendKind.KeyVariables], into backend: inout BackendConfiguration) {
        for family in families {
            // A value that cannot stand in a header is as good as missing.
            let found = family.lookUp(context.host.variable).filter {
                !$0.value.utf8.contains { $0 < 0x20 || $0 == 0x7F }
            }
            guard !found.isEmpty else { continue }
            backend.keys = found.map { Secret($0.value) }
            backend.keyOrigin = .environment(found.map(\.name))
            return
        }
    }

    private func stub(_ section: SectionReader) -> StubConfiguration {
        var stub = StubConfiguration()
        if let text = section.text("text") { stub.text = text.text.trimmed }
        stub.inputTokens = section.int("input_tokens", in: 0...1_000_000_000) ?? stub.inputTokens
        stub.outputTokens = section.int("output_tokens", in: 0...1_000_000_000) ?? stub.outputTokens
        stub.toolName = section.text("tool_name")?.text.trimmed
        section.bool("stream_error_after_text_delta", into: &stub.failsAfterText)
        return stub
    }
}
