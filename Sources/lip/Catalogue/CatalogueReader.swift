import Gateway
import Routing

/// Reads a catalogue of models: `vendors`, each with its kinds and models.
struct CatalogueReader {
    static let modelCountMax = 10_000

    /// Of the file that is read.
    let context: ReadingContext
    /// The kinds of vendors that the file need not describe in full, since another catalogue has them.
    var known = ModelCatalogue()

    /// The catalogue, as far as it could be read; nil where the document is none at all.
    func read(_ root: YAMLNode) -> ModelCatalogue? {
        guard case .mapping(let pairs) = root.content else {
            context.wrong(root, path: "", expected: "a mapping with vendors")
            return nil
        }
        let document = SectionReader(pairs, path: "", mark: root.mark, context: context)
        var vendors: [ModelCatalogue.Vendor] = []
        var count = 0
        if let section = document.section("vendors") {
            for (name, mark) in section.keys {
                guard let vendor = section.section(name) else {
                    if section.node(name)?.isNull == true {
                        context.log.error("a vendor needs models", path: section.path(of: name), at: mark)
                    }
                    continue
                }
                vendors.append(self.vendor(name, vendor, mark))
                count += vendors.last?.rows.count ?? 0
            }
        } else if document.node("vendors") == nil {
            context.log.error("a catalogue needs vendors", path: "", at: root.mark)
        }
        if count > Self.modelCountMax {
            context.log.error("more than \(Self.modelCountMax) models", path: "vendors", at: root.mark)
        }
        document.finish(hints: ["models": "they stand in vendors.NAME.models"])
        return ModelCatalogue(vendors)
    }

    private func vendor(_ name: String, _ section: SectionReader, _ mark: YAMLMark) -> ModelCatalogue.Vendor {
        var vendor = ModelCatalogue.Vendor(name: name, kinds: kinds(section))
        if section.node("kinds") == nil, !known.vendors.contains(where: { $0.name == name }) {
            context.log.error(
                "a vendor needs kinds, the backends that serve its models", path: section.path, at: mark,
                suggestion: Suggestion.didYouMean(name, among: known.vendors.map(\.name)))
        }
        vendor.lacking = CapabilitiesReader(context: context).read(section, "lacks") ?? []
        var patterns: Set<String> = []
        for (path, node) in section.list("models") ?? [] {
            guard let row = row(node, path: path) else { continue }
            if patterns.insert(row.pattern).inserted {
                vendor.rows.append(row)
            } else {
                context.log.error("the model stands twice", path: path, at: node.mark)
            }
        }
        section.finish()
        return vendor
    }

    private func kinds(_ section: SectionReader) -> [String] {
        var kinds: [String] = []
        for (path, node) in section.list("kinds") ?? [] {
            guard let text = context.text(node, path: path) else { continue }
            if BackendKind.named(text.text) == nil {
                context.log.error(
                    "unknown kind \(text.shown)", path: path, at: node.mark,
                    suggestion: BackendKindWords.didYouMean(text.text))
            } else {
                kinds.append(text.text)
            }
        }
        return kinds
    }

    private func row(_ node: YAMLNode, path: String) -> ModelCatalogue.Row? {
        guard case .mapping(let pairs) = node.content else {
            context.wrong(node, path: path, expected: "a mapping such as {name: \"gpt-5*\", context_window: 400K}")
            return nil
        }
        let section = SectionReader(pairs, path: path, mark: node.mark, context: context)
        var row: ModelCatalogue.Row?
        if let name = section.text("name") {
            if name.text.dropLast().contains("*") || name.text == "*" {
                context.log.error(
                    "a name is exact or ends with its one *, found \(name.shown)", path: name.path, at: name.node.mark)
            } else {
                row = ModelCatalogue.Row(name.text)
            }
        } else if section.node("name") == nil {
            context.log.error("a model needs a name", path: path, at: node.mark)
        }
        let window = section.tokens("context_window")
        let output = section.tokens("max_output_tokens")
        let lacking = CapabilitiesReader(context: context).read(section, "lacks")
        row?.contextWindow = window
        row?.outputTokensMax = output
        row?.lacking = lacking
        section.finish(hints: ["capabilities": "a catalogue tells what models lack, in lacks"])
        return row
    }
}
