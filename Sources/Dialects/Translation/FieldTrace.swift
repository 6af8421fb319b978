import Transport

/// Where each field of a request goes in a translation, found out by trying.
///
/// Each field in turn is changed, or taken out where a changed one would be refused, and the translations with and without
/// the change are compared: what differs is where the field went. So the trace cannot say anything but what the
/// translation does.
package struct FieldTrace: Sendable {
    /// What became of one field.
    package enum Fate: Sendable, Equatable {
        /// These places of the translated request depend on it.
        case goes(to: [String])
        /// The translation names it as lost.
        case lost
        /// It is part of a value that goes as a whole, or makes no difference.
        case silent
    }

    /// One field of the client's request.
    package struct Field: Sendable, Equatable {
        /// Its path, such as `messages[0].content`.
        package let path: String
        package let fate: Fate
    }

    /// The most fields that are followed; a conversation's later messages go the way of its first ones.
    package static let fieldCountMax = 400

    /// The fields with a value of their own, in the order of the request.
    package let fields: [Field]
    /// How many more there are than were followed.
    package let leftOutCount: Int
    /// The translated request.
    package let translated: EncodedRequest

    /// Traces a request; throws what the protocols refuse about it.
    ///
    /// - Parameters:
    ///   - model: See ``Translation/decode(_:from:model:stream:)``.
    package init(
        _ body: [UInt8], from source: DialectID, to target: DialectID, model: String = "model", stream: Bool = false
    ) throws(Failure) {
        func translate(_ body: [UInt8]) throws(Failure) -> (request: EncodedRequest, places: Places) {
            let call = try Translation.decode(body, from: source, model: model, stream: stream)
            let request = try Translation.encode(call, to: target)
            // What this protocol says in its path.
            let path: String? =
                switch target {
                case .gemini: GeminiPath.target(model: call.model, stream: call.stream)
                case .bedrockConverse: BedrockConversePath.target(model: call.model, stream: call.stream)
                case .openAIChat, .openAICompletions, .openAIResponses, .anthropicMessages, .acp: nil
                }
            return (request, Places(request.body, path: path))
        }
        let (translated, places) = try translate(body)
        self.translated = translated
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: body)
        } catch {
            throw Failure(.invalidRequest, error.message, side: .client)
        }
        let lost = Set(translated.droppedFields)
        var leaves: [Leaf] = []
        Self.collect(document.root, path: "", parent: nil, into: &leaves)
        leftOutCount = max(0, leaves.count - Self.fieldCountMax)
        fields = leaves.prefix(Self.fieldCountMax).map { leaf in
            if leaf.isNamed(in: lost) { return Field(path: leaf.path, fate: .lost) }
            for variant in leaf.variants(of: document) {
                guard let other = try? translate(variant) else { continue }
                let touched = places.differing(from: other.places)
                if !touched.isEmpty { return Field(path: leaf.path, fate: .goes(to: touched)) }
            }
            return Field(path: leaf.path, fate: .silent)
        }
    }

    // MARK: The client's fields

    /// A value without members of its own.
    private struct Leaf {
        let path: String
        let value: JSONValue
        /// The member that it is, where it is one.
        let member: (object: JSONValue, name: String)?

        /// Whether the translation names it, or something that it is part of, as lost.
        func isNamed(in lost: Set<String>) -> Bool {
            lost.contains { path == $0 || path.hasPrefix($0 + ".") || path.hasPrefix($0 + "[") }
        }

        /// Requests that differ in this value alone: with another value, without it.
        func variants(of document: JSONDocument) -> [[UInt8]] {
            var variants = other.map { document.applying([.replace(value, with: Array($0.utf8))]) }
            if let member { variants.append(document.applying([.removeMember(member.name, of: member.object)])) }
            return variants
        }

        /// Other values of the same sort, as JSON.
        private var other: [String] {
            switch value.kind {
            case .string:
                // Behind a first quote: a data URL, an enumeration or an id must not change its sort.
                let text = String(decoding: value.raw.dropLast(), as: UTF8.self)
                return ["\(text)A\"", "\(text)AAAA\"", #""user""#, #""assistant""#, #""model""#]
            case .number:
                guard let number = value.int else { return ["0.25", "0.5"] }
                return [String(number == Int.max ? number - 1 : number + 1), String(number - 1)]
            case .true: return ["false"]
            case .false: return ["true"]
            case .null, .array, .object: return []
            }
        }
    }

    private static func collect(
        _ value: JSONValue, path: String, parent: (object: JSONValue, name: String)?, into leaves: inout [Leaf]
    ) {
        if value.isObject, value.count > 0 {
            for member in value.members {
                guard let name = member.key.string else { continue }
                let inner = path.isEmpty ? name : "\(path).\(name)"
                collect(member.value, path: inner, parent: (value, name), into: &leaves)
            }
        } else if value.isArray, value.count > 0 {
            for (index, element) in value.elements.enumerated() {
                collect(element, path: "\(path)[\(index)]", parent: nil, into: &leaves)
            }
        } else if !path.isEmpty {
            leaves.append(Leaf(path: path, value: value, member: parent))
        }
    }

    // MARK: The provider's places

    /// The values of a document by their paths.
    private struct Places {
        private var order: [String] = []
        private var texts: [String: ArraySlice<UInt8>] = [:]

        init(_ body: [UInt8], path: String?) {
            if let path {
                order.append("(the path)")
                texts["(the path)"] = Array(path.utf8)[...]
            }
            guard let document = try? JSONDocument(parsing: body) else { return }
            add(document.root, path: "")
        }

        private mutating func add(_ value: JSONValue, path: String) {
            if value.isObject, value.count > 0 {
                for member in value.members {
                    guard let name = member.key.string else { continue }
                    add(member.value, path: path.isEmpty ? name : "\(path).\(name)")
                }
            } else if value.isArray, value.count > 0 {
                for (index, element) in value.elements.enumerated() { add(element, path: "\(path)[\(index)]") }
            } else {
                order.append(path)
                texts[path] = value.raw
            }
        }

        /// The paths whose value is another one there, or missing.
        func differing(from other: Places) -> [String] {
            order.filter { texts[$0] != other.texts[$0] }
        }
    }
}
