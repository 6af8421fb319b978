import Gateway

/// Reads what a kind leaves open about its protocols and addresses: `responses_api`, `flavors`, `api_version`.
extension BackendsReader {
    private static let flavorCountMax = 100

    /// What to say about these keys at kinds that do not have them.
    static let protocolHints: [String: String] = [
        "responses_api": "only kinds with both of OpenAI's protocols have it: openrouter, vllm, ollama, azure",
        "flavors": "only kinds whose models decide about the protocol have it: opencode-zen, opencode-go",
        "api_version": "only kind azure has it",
    ]

    /// Reads those of the keys that the kind has.
    func readProtocols(_ section: SectionReader, into backend: inout BackendConfiguration) {
        if backend.kind.responses != .none { section.choice("responses_api", into: &backend.responsesAPI) }
        if !backend.kind.flavors.isEmpty, backend.kind.addressing == .path { backend.flavors = flavors(section) }
        if backend.kind.addressing == .azure { readAzureVersion(section, into: &backend) }
    }

    /// A mapping of prefixes of model names to protocols.
    private func flavors(_ section: SectionReader) -> [BackendKind.ModelFlavor] {
        guard let rows = section.section("flavors") else { return [] }
        let wires = BackendKind.Wire.ofFlavors
        var flavors: [BackendKind.ModelFlavor] = []
        for (prefix, mark) in rows.keys {
            guard let text = rows.text(prefix) else { continue }
            if prefix.isEmpty || flavors.count >= Self.flavorCountMax {
                context.log.error(
                    prefix.isEmpty ? "a prefix must not be empty" : "more than \(Self.flavorCountMax) prefixes",
                    path: rows.path, at: mark)
            } else if let wire = wires.first(where: { $0.rawValue == text.text }) {
                flavors.append(BackendKind.ModelFlavor(prefix, wire))
            } else {
                let names = wires.map(\.rawValue)
                context.log.error(
                    "expected one of \(names.joined(separator: ", ")), found \(text.shown)", path: text.path,
                    at: text.node.mark, suggestion: Suggestion.didYouMean(text.text, among: names))
            }
        }
        return flavors
    }

    // MARK: Azure

    /// The version of the file, else of the environment, else what the address says, else the last dated one.
    private func readAzureVersion(_ section: SectionReader, into backend: inout BackendConfiguration) {
        let isCurrent = Self.cutAzurePath(&backend.baseURL)
        if let text = section.text("api_version") {
            if Self.isAzureVersion(text.text) {
                backend.apiVersion = text.text
            } else {
                context.log.error(
                    "expected a version such as 2025-04-01-preview or v1, found \(text.shown)", path: text.path,
                    at: text.node.mark)
            }
        } else {
            backend.apiVersion = environmentAzureVersion(isCurrent: isCurrent)
        }
    }

    /// The backend of a start without a file, where the environment says what a file must say.
    func completeFromEnvironment(_ backend: inout BackendConfiguration) -> Bool {
        if backend.baseURL.isEmpty {
            guard let url = environmentBaseURL(of: backend.kind, onFailure: { _ in }) else { return false }
            backend.baseURL = url
        }
        if backend.kind.addressing == .azure {
            backend.apiVersion = environmentAzureVersion(isCurrent: Self.cutAzurePath(&backend.baseURL))
        }
        return true
    }

    private func environmentAzureVersion(isCurrent: Bool) -> String {
        let stated = context.host.variable("AZURE_OPENAI_API_VERSION")?.trimmed
        if let stated, Self.isAzureVersion(stated) { return stated }
        return isCurrent ? "v1" : BackendConfiguration.azureVersionUnlessSaid
    }

    /// Cuts off what people copy with the resource's address; returns whether it names the version without dates.
    private static func cutAzurePath(_ url: inout String) -> Bool {
        for (ending, isCurrent) in [("/openai/v1", true), ("/openai", false)] where url.hasSuffix(ending) {
            url.removeLast(ending.count)
            return isCurrent
        }
        return false
    }

    private static func isAzureVersion(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    // MARK: Addresses

    /// The base URL that the environment has for a kind; nil, after `onFailure` where it cannot be used.
    func environmentBaseURL(of kind: BackendKind, onFailure: (_ message: String) -> Void) -> String? {
        guard let variable = kind.baseURLVariable,
            let text = context.host.variable(variable)?.trimmed, !text.isEmpty
        else { return nil }
        do {
            return try BaseURLCheck.normalized(text, kind: kind)
        } catch {
            onFailure("\(variable): \(error.message)")
            return nil
        }
    }
}
