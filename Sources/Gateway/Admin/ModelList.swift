import Routing
import Transport

/// Every name that a client may send as `model` because the configuration knows it.
///
/// Listed are the logical models, the aliases that stand for exactly one word (`^fast$`), and each backend's models as
/// `backend:model`. Immutable, shared by all loops.
struct ModelList: Sendable {
    struct Row: Sendable, Equatable {
        var id: String
        var owner: String
        /// The smallest window of the legs that may serve it, in tokens; nil where one of them is not known.
        var contextWindow: Int?
        /// Whether one of these legs speaks a protocol that has embeddings.
        var hasEmbeddings: Bool
    }

    let rows: [Row]
    /// When the list was made.
    let created: Timestamp
    private let places: [String: Int]

    /// - Parameters:
    ///   - resolver: Finds the legs behind a name.
    ///   - windows: Tells how much these take.
    init(_ configuration: Configuration, created: Timestamp, resolver: RouteResolver, windows: ContextWindows) {
        var names: [(id: String, owner: String)] = []
        for model in configuration.models { names.append((model.name, "lip")) }
        for alias in configuration.modelAliases {
            if let word = Self.word(of: alias.pattern) { names.append((word, "lip")) }
        }
        for backend in configuration.backends {
            // A kind's default model is a guess unless the kind answers under any name.
            let models =
                backend.models.isEmpty && backend.stub != nil ? [backend.defaultModel] : backend.models.map(\.name)
            for model in models { names.append(("\(backend.id):\(model)", backend.id)) }
        }
        var rows: [Row] = []
        var places: [String: Int] = [:]
        for name in names where places[name.id] == nil {
            places[name.id] = rows.count
            rows.append(Self.row(name.id, name.owner, configuration, resolver, windows))
        }
        self.rows = rows
        self.places = places
        self.created = created
    }

    /// The row of a name; nil where it is not listed.
    subscript(id: String) -> Row? { places[id].map { rows[$0] } }

    /// The place of a name in the list; nil where it is not listed.
    func place(of id: String) -> Int? { places[id] }

    private static func row(
        _ id: String, _ owner: String, _ configuration: Configuration, _ resolver: RouteResolver,
        _ known: ContextWindows
    ) -> Row {
        let arms = (try? resolver.resolve(header: nil, model: id))?.selector.arms ?? []
        var windows: [Int?] = []
        var hasEmbeddings = false
        for leaf in arms.flatMap(\.legs) {
            guard let backend = leaf.backend.flatMap(configuration.backend) else { continue }
            windows.append(known[LegID(backend: backend.id, model: leaf.model)])
            let kind = backend.kind
            let mayEmbed = kind.wire != .inProcess && kind.addressing != .vertex
            if mayEmbed, ProviderCodec(kind.wire, of: kind).hasEmbeddings { hasEmbeddings = true }
        }
        let numbers = windows.compactMap(\.self)
        return Row(
            id: id, owner: owner, contextWindow: numbers.count == windows.count ? numbers.min() : nil,
            hasEmbeddings: hasEmbeddings)
    }

    /// The one word that an anchored pattern without operators matches, or nil.
    static func word(of pattern: String) -> String? {
        guard pattern.hasPrefix("^"), pattern.hasSuffix("$"), pattern.utf8.count > 2 else { return nil }
        var word = ""
        var escaped = false
        for character in pattern.dropFirst().dropLast() {
            if escaped {
                // An escaped letter or digit is a class or an assertion, an escaped sign is the sign.
                guard !character.isLetter, !character.isNumber else { return nil }
                word.append(character)
                escaped = false
            } else if character == "\\" {
                escaped = true
            } else if ".+*?()[]{}|^$".contains(character) {
                return nil
            } else {
                word.append(character)
            }
        }
        return escaped ? nil : word
    }
}
