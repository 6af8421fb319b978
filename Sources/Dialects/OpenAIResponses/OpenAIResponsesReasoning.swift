import Transport

/// Reasoning items: this dialect's own, and those in which lip shows what another dialect reasoned.
///
/// The seal of another dialect stands in `encrypted_content`, marked with its issuer; clients give the item back as they
/// got it, and the seal then goes to the dialect that issued it, and to no other.
enum OpenAIResponsesReasoning {
    /// The id prefix of the items that lip makes: no provider knows them.
    static let idPrefix = "rs_lip"

    /// Whether an item is one that lip made of another dialect's reasoning.
    static func isForeign(_ item: JSONCursor) -> Bool {
        if item["id"]?.string?.hasPrefix(idPrefix) == true { return true }
        guard let seal = item["encrypted_content"]?.string else { return false }
        return ReasoningSeal(seal, sentIn: .openAIResponses).issuer != .openAIResponses
    }

    /// What an item says, with its seal and issuer.
    static func read(_ item: JSONCursor) -> Reasoning {
        let text = text(item)
        guard isForeign(item) else {
            return Reasoning(
                text: text, signature: item["encrypted_content"]?.string, block: RawJSON(item),
                issuer: .openAIResponses)
        }
        guard let shown = item["encrypted_content"]?.string else { return Reasoning(text: text) }
        let seal = ReasoningSeal(shown, sentIn: .openAIResponses)
        guard seal.issuer != .openAIResponses else { return Reasoning(text: text) }
        // A sealed block is an object of its dialect; a seal is opaque text.
        if let document = try? JSONDocument(parsing: Array(seal.text.utf8)), document.root.isObject {
            return Reasoning(text: text, block: RawJSON(seal.text), issuer: seal.issuer)
        }
        return Reasoning(text: text, signature: seal.text, issuer: seal.issuer)
    }

    /// The text that an item shows, paragraph by paragraph.
    static func text(_ item: JSONCursor) -> String {
        var texts: [String] = []
        for name in ["summary", "content"] as [StaticString] {
            texts += item[name]?.elements.compactMap { $0["text"]?.string } ?? []
        }
        return texts.joined(separator: "\n\n")
    }

    /// The items of this dialect that a sealed block holds; none where it is anything else.
    ///
    /// Looked at, since the block may have come back through a client of another dialect.
    static func items(_ block: RawJSON) -> [RawJSON] {
        guard let root = (try? JSONDocument(parsing: block.bytes))?.root else { return [] }
        let items = root.isArray ? Array(root.elements) : [root]
        return items.filter { $0["type"]?.equals("reasoning") == true }.map { RawJSON($0) }
    }
}
