import Transport

/// A response object as it is written for a client: in the events of a stream, as a whole answer, or for one that asks
/// for it later.
struct OpenAIResponsesObject {
    /// How far the response has come.
    enum Status: String {
        case inProgress = "in_progress"
        case completed
        case incomplete
        case failed
    }

    var id: String
    var model: String
    var created: Int
    var serviceTier: String?
    var status: Status
    var ending = OpenAIResponsesFinish.Ending()
    var failure: Failure?
    var usage: Usage?
    var echo: OpenAIResponsesEcho

    /// Writes the object with these items.
    func write(_ items: [OpenAIResponsesItem], to json: inout JSONWriter) {
        json.beginObject()
        json.put("id", id)
        json.word("object", "response")
        json.put("created_at", created)
        json.put("status", status.rawValue)
        json.put("background", false)
        json.key("error")
        if let failure { OpenAIResponsesErrors.write(failure, to: &json) } else { json.null() }
        json.key("incomplete_details")
        if let reason = ending.reason {
            json.beginObject()
            json.put("reason", reason)
            json.endObject()
        } else {
            json.null()
        }
        echo.writeHead(to: &json)
        json.put("model", model)
        json.key("output")
        json.beginArray()
        for item in items { item.write(to: &json) }
        json.endArray()
        echo.writeTail(serviceTier: serviceTier, to: &json)
        json.key("usage")
        if let usage { OpenAIResponsesUsage.write(usage, to: &json) } else { json.null() }
        echo.writeLabels(to: &json)
        json.endObject()
    }

    /// A response's id from a provider's: that of another dialect becomes one that this dialect's clients accept.
    static func id(from given: String) -> String {
        if given.hasPrefix("resp_") { return given }
        let rest = given.hasPrefix("chatcmpl-") ? given.dropFirst(9) : given[...]
        let safe = rest.utf8.prefix(idBytesMax).map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                byte
            default: UInt8(ascii: "_")
            }
        }
        return "resp_" + String(decoding: safe, as: UTF8.self)
    }

    private static let idBytesMax = 64
}
