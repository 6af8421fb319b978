import Gateway
import Routing

/// Reads what a backend says of its models (`backends[].models`): a list, a file with one, or that the provider is asked.
struct ModelsReader {
    static let countMax = 10_000
    private static let inFlightMaxMax = 1_000_000

    /// Where the models of a backend come from.
    private enum Source: String, CaseIterable {
        case inline, file, discover
    }

    let context: ReadingContext

    /// What was read of a backend's models.
    struct Result {
        var models: [BackendModel] = []
        var file: String?
        var discovery: ModelDiscovery?
    }

    func read(_ section: SectionReader, kind: BackendKind) -> Result {
        var result = Result()
        guard let node = section.node("models"), !node.isNull else { return result }
        let path = section.path(of: "models")
        switch node.content {
        case .sequence: result.models = list(section.list("models") ?? [])
        case .scalar(let scalar) where scalar.text == Source.discover.rawValue:
            result.discovery = discovery(kind, path: path, at: node.mark)
        case .mapping(let pairs):
            result = described(
                SectionReader(pairs, path: path, mark: node.mark, context: context), kind: kind)
        case .scalar:
            context.wrong(
                node, path: path, expected: "a list, a mapping with source, or the word discover",
                suggestion: "write it in brackets, as in [one, two]")
        }
        return result
    }

    /// A bound of attempts in flight.
    func inFlightMax(_ section: SectionReader) -> Int? {
        section.int("max_in_flight", in: 1...Self.inFlightMaxMax)
    }

    // MARK: Sources

    private func described(_ section: SectionReader, kind: BackendKind) -> Result {
        var result = Result()
        var source = section.node("path") == nil ? Source.inline : .file
        section.choice("source", into: &source)
        let items = section.list("items")
        if let items, source != .file { result.models = list(items) }
        switch source {
        case .inline where section.node("items") == nil:
            context.log.error("needs items, or a path to a file with them", path: section.path, at: section.mark)
        case .inline: break
        case .file:
            if let path = section.text("path") {
                result.file = path.text
                result.models = file(path)
            } else if section.node("path") == nil {
                context.log.error("source file needs a path", path: section.path, at: section.mark)
            }
            if let mark = section.keyMark("items") {
                context.log.error(
                    "belongs to source inline or discover, and the source is file", path: section.path(of: "items"),
                    at: mark)
            }
        case .discover: result.discovery = discovery(kind, path: section.path, at: section.mark)
        }
        if source != .file, let mark = section.keyMark("path") {
            context.log.error(
                "belongs to source file, and the source is \(source.rawValue)", path: section.path(of: "path"), at: mark
            )
        }
        var interval = ModelDiscovery().refreshInterval
        section.duration("refresh_interval", into: &interval, atLeast: ModelDiscovery.refreshIntervalMin)
        if source == .discover {
            result.discovery?.refreshInterval = interval
        } else if let mark = section.keyMark("refresh_interval") {
            context.log.error(
                "belongs to source discover, and the source is \(source.rawValue)",
                path: section.path(of: "refresh_interval"), at: mark)
        }
        for key in ["items", "path"] { _ = section.node(key) }
        section.finish()
        return result
    }

    private func discovery(_ kind: BackendKind, path: String, at mark: YAMLMark) -> ModelDiscovery? {
        guard kind.listsModels else {
            context.log.error(
                "backends of kind \(kind.id) cannot be asked for their models", path: path, at: mark,
                suggestion: "list them here")
            return nil
        }
        return ModelDiscovery()
    }

    /// The models of a file: a list as it could stand here, or one under the key `models`.
    private func file(_ path: LocatedText) -> [BackendModel] {
        guard let file = IncludedFile(path, in: context) else { return [] }
        defer { context.include(file.context) }
        let reader = ModelsReader(context: file.context)
        switch file.root.content {
        case .sequence(let items):
            return reader.list(items.enumerated().map { ("[\($0.offset)]", $0.element) })
        case .mapping(let pairs):
            let section = SectionReader(pairs, path: "", mark: file.root.mark, context: file.context)
            let items = section.list("models")
            if items == nil, section.node("models") == nil {
                file.context.log.error("an inventory needs models", path: "", at: file.root.mark)
            }
            section.finish()
            return reader.list(items ?? [])
        case .scalar:
            file.context.wrong(file.root, path: "", expected: "a list of models")
            return []
        }
    }

    // MARK: The list

    private func list(_ items: [(path: String, node: YAMLNode)]) -> [BackendModel] {
        if items.count > Self.countMax {
            context.log.error(
                "more than \(Self.countMax) models", path: items[Self.countMax].path, at: items[Self.countMax].node.mark
            )
        }
        var models: [BackendModel] = []
        var names: Set<String> = []
        for (path, node) in items.prefix(Self.countMax) {
            guard let model = model(node, path: path) else { continue }
            if names.insert(model.name).inserted {
                models.append(model)
            } else {
                context.log.error("the model stands twice", path: path, at: node.mark)
            }
        }
        return models
    }

    private func model(_ node: YAMLNode, path: String) -> BackendModel? {
        guard case .mapping(let pairs) = node.content else {
            return context.text(node, path: path).map { BackendModel(name: $0.text) }
        }
        var model: BackendModel?
        let row = SectionReader(pairs, path: path, mark: node.mark, context: context)
        if let name = row.text("name") {
            model = BackendModel(name: name.text, contextWindow: row.tokens("context_window"))
            model?.inFlightMax = inFlightMax(row)
            model?.capabilities = CapabilitiesReader(context: context).rule(row, "capabilities")
        } else if row.node("name") == nil {
            context.log.error("a model needs a name", path: path, at: node.mark)
        }
        for key in ["context_window", "max_in_flight", "capabilities"] { _ = row.node(key) }
        row.finish()
        return model
    }
}
