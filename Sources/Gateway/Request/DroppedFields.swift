import Dialects
import Transport

/// Tells a client which fields of its request the provider's protocol had no place for.
enum DroppedFields {
    /// The field of the answer's head.
    static let header = "x-lip-dropped-fields"
    /// The longest value of it, in bytes; what does not fit is counted.
    static let valueBytesMax = 4096

    /// The failure (400) where the gateway or the client wants nothing lost.
    static func refusal(_ fields: [String], by backend: Backend) -> Failure {
        let shown = fields.prefix(8).joined(separator: ", ") + (fields.count > 8 ? ", …" : "")
        return Failure(
            .invalidRequest,
            "The backend \(backend.configuration.id) has no place for \(shown), and nothing may be left out (strict).",
            side: .client, status: 400, code: "unsupported_parameter", parameter: fields.first)
    }

    /// Names the fields, in the client's own spelling, in an answer's head; does nothing when there are none.
    ///
    /// A client chose the names of members that nobody knows: all but plain characters are percent-encoded.
    static func name(_ fields: [String], in headers: inout HTTPHeaders) {
        guard !fields.isEmpty else { return }
        var value = ""
        for (index, field) in fields.enumerated() {
            let text = RequestRecord.fieldText(field)
            guard value.utf8.count + text.utf8.count + 2 <= valueBytesMax else {
                value += ", and \(fields.count - index) more"
                break
            }
            value += value.isEmpty ? text : ", \(text)"
        }
        headers.append(header, value)
    }
}
