import Runtime

extension Configuration {
    /// The text as it may be printed: every secret that was interpolated into a plain value is cut out.
    package func shown(_ text: String) -> String {
        var text = text
        for secret in interpolatedSecrets {
            text = secret.cut(from: text)
        }
        return text
    }
}

extension Secret {
    /// The text with `<redacted>` wherever the secret stood; an empty secret stands nowhere.
    func cut(from text: String) -> String {
        let part = Array(reveal().utf8)
        guard !part.isEmpty else { return text }
        let bytes = Array(text.utf8)
        guard bytes.count >= part.count else { return text }
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index...].starts(with: part) {
                result += "<redacted>".utf8
                index += part.count
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
