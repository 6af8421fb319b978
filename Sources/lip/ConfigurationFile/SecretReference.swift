import Runtime

/// Replaces `${secret:NAME}` inside texts.
///
/// NAME is looked up in the environment; if it is not there and `NAME_FILE` is, the file named by that holds the secret, a
/// line break at its end left out. `$${secret:` stands for the characters `${secret:` themselves.
struct SecretReference {
    /// A secret's file may hold this much.
    static let fileBytesMax = 64 << 10

    /// A text after replacement.
    struct Expansion {
        var text: String
        /// The secrets that went in, in order.
        var secrets: [Secret] = []
    }

    /// What is wrong, and at which character of the text.
    struct Failure: Error, Hashable {
        var message: String
        var character: Int
    }

    private static let opening = Array("${secret:".unicodeScalars)
    let host: HostAccess

    /// The text with its references replaced; every missing one is reported.
    func expand(_ text: String, onFailure: (Failure) -> Void) -> Expansion {
        let scalars = Array(text.unicodeScalars)
        var result = Expansion(text: "")
        var index = 0
        while index < scalars.count {
            if scalars[index] == "$", scalars[(index + 1)...].starts(with: Self.opening) {
                result.text.unicodeScalars.append(contentsOf: Self.opening)
                index += 1 + Self.opening.count
                continue
            }
            guard scalars[index...].starts(with: Self.opening) else {
                result.text.unicodeScalars.append(scalars[index])
                index += 1
                continue
            }
            guard let end = scalars[index...].firstIndex(of: "}") else {
                onFailure(Failure(message: "\"${secret:\" without its closing brace", character: index))
                return result
            }
            var name = String.UnicodeScalarView()
            name.append(contentsOf: scalars[(index + Self.opening.count)..<end])
            do {
                let value = try value(of: String(name))
                result.text += value
                result.secrets.append(Secret(value))
            } catch {
                onFailure(Failure(message: error.message, character: index))
            }
            index = end + 1
        }
        return result
    }

    private func value(of name: String) throws(QuantityError) -> String {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first), name.utf8.allSatisfy(Self.isNameByte) else {
            throw QuantityError(
                message: "not the name of a secret: letters, digits and _ as in ${secret:OPENAI_KEY}")
        }
        if let value = host.variable(name), !value.isEmpty { return value }
        guard let path = host.variable("\(name)_FILE"), !path.isEmpty else {
            throw QuantityError(
                message: "the secret \(name) is missing: neither the variable \(name) nor \(name)_FILE is set")
        }
        let bytes: [UInt8]
        do {
            bytes = try host.readFile(path, Self.fileBytesMax)
        } catch {
            throw QuantityError(
                message: "the secret \(name) cannot be read from the file in \(name)_FILE: \(error.reason)")
        }
        var text = String(decoding: bytes, as: UTF8.self)
        while let last = text.unicodeScalars.last, last == "\n" || last == "\r" { text.unicodeScalars.removeLast() }
        guard !text.isEmpty else { throw QuantityError(message: "the file in \(name)_FILE holds no secret") }
        return text
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), 0x30...0x39,
            UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
