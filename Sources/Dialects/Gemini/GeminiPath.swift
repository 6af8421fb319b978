import Transport

/// What the path of a Gemini request says: `/v1beta/models/{model}:{action}`.
package struct GeminiPath: Sendable, Equatable {
    /// What is asked of the model.
    package enum Action: Sendable, Hashable {
        case generateContent, streamGenerateContent, countTokens, embedContent, batchEmbedContents
        /// Another of Google's, such as `predict`.
        case other(String)

        init(_ word: String) {
            switch word {
            case "generateContent": self = .generateContent
            case "streamGenerateContent": self = .streamGenerateContent
            case "countTokens": self = .countTokens
            case "embedContent": self = .embedContent
            case "batchEmbedContents": self = .batchEmbedContents
            default: self = .other(word)
            }
        }
    }

    /// The model as the client named it, decoded; may hold a route selector, with slashes and colons.
    package let model: String
    /// What is asked of it.
    package let action: Action

    static let versions: Set<String> = ["v1", "v1beta", "v1beta1", "v1alpha"]

    /// Reads a request's path without its query; nil where it is not of this form.
    ///
    /// The model is what stands between the first `/models/` and the last colon, so that it may hold both itself.
    package init?(_ path: some StringProtocol) {
        guard path.utf8.first == UInt8(ascii: "/"), let decoded = Self.decoded(path.dropFirst()),
            let slash = decoded.firstIndex(of: "/"), Self.versions.contains(String(decoded[..<slash]))
        else { return nil }
        let rest = decoded[slash...]
        let name: Substring
        if let range = rest.firstRange(of: "/models/") {
            name = rest[range.upperBound...]
        } else if rest.hasPrefix("/tunedModels/") {
            name = rest.dropFirst()
        } else {
            return nil
        }
        guard let colon = name.lastIndex(of: ":") else { return nil }
        let word = name[name.index(after: colon)...]
        guard colon > name.startIndex, !word.isEmpty, word.utf8.allSatisfy(Self.isLetter) else { return nil }
        model = String(name[..<colon])
        action = Action(String(word))
    }

    /// The end of a provider's address for a call, such as `models/gemini-2.5-pro:streamGenerateContent?alt=sse`.
    package static func target(model: String, stream: Bool) -> String {
        PercentEncoding.path(resource(ofModel: model))
            + (stream ? ":streamGenerateContent?alt=sse" : ":generateContent")
    }

    /// The end of a provider's address for a method that is never streamed, such as `models/gemini-2.5-pro:countTokens`.
    package static func target(model: String, method: String) -> String {
        "\(PercentEncoding.path(resource(ofModel: model))):\(method)"
    }

    /// The name of a model as Google's resource, such as `models/gemini-2.5-pro`.
    package static func resource(ofModel model: String) -> String {
        ["models/", "tunedModels/", "publishers/", "projects/"].contains { model.hasPrefix($0) }
            ? model : "models/\(model)"
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    /// The text with its percent signs resolved; nil where one is malformed or the result is not UTF-8.
    static func decoded(_ text: some StringProtocol) -> String? {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count)
        var bytes = text.utf8.makeIterator()
        while let byte = bytes.next() {
            guard byte == UInt8(ascii: "%") else {
                output.append(byte)
                continue
            }
            guard let high = bytes.next().flatMap(digit), let low = bytes.next().flatMap(digit) else { return nil }
            output.append(high << 4 | low)
        }
        return String(validating: output, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
