import Transport

/// The JSON-RPC messages that lip sends to an agent, but for the prompt.
///
/// Each request of a call has a number of its own behind the call's, so that calls that share an agent's connection behind
/// some server do not take each other's answers.
/// Source: https://agentclientprotocol.com/protocol/schema; https://www.jsonrpc.org/specification.
package enum ACPMessage {
    /// The version of the protocol that lip speaks.
    static let protocolVersion = 1

    /// The requests of a call, by their places behind the call's number.
    enum ID: Int {
        case initialize = 1
        case authenticate, newSession, prompt, close

        /// The id on the wire, in the call of this number.
        func number(in call: Int) -> Int { call + rawValue }
    }

    /// The distance from a call's number to the next one.
    package static let numbersOfCall = 8
    /// The largest number of a call: whoever reads JSON with doubles knows the ids behind it exactly.
    package static let callNumberMax = (1 << 53) - numbersOfCall

    /// `session/cancel`, which tells that the turn is no longer wanted; a notification, which is not answered.
    package static func cancel(_ session: ACPSession) -> [UInt8] {
        message(nil, "session/cancel", in: session.call) { $0.put("sessionId", session.id) }
    }

    /// `session/close`, which tells that the session is no longer needed.
    package static func close(_ session: ACPSession) -> [UInt8] {
        message(.close, "session/close", in: session.call) { $0.put("sessionId", session.id) }
    }

    static func initialize(_ settings: ACPSettings, in call: Int) -> [UInt8] {
        message(.initialize, "initialize", in: call) { json in
            json.put("protocolVersion", protocolVersion)
            // Neither files nor terminals: there is no machine of the client's that an agent could work on.
            json.key("clientCapabilities")
            json.beginObject()
            json.endObject()
            json.key("clientInfo")
            json.beginObject()
            json.word("name", "lip")
            json.put("version", settings.clientVersion)
            json.endObject()
        }
    }

    static func authenticate(_ method: String, in call: Int) -> [UInt8] {
        message(.authenticate, "authenticate", in: call) { $0.put("methodId", method) }
    }

    static func newSession(_ settings: ACPSettings, in call: Int) -> [UInt8] {
        message(.newSession, "session/new", in: call) { json in
            json.put("cwd", settings.directory)
            json.key("mcpServers")
            json.beginArray()
            json.endArray()
        }
    }

    /// The answer to a request of the agent's for something that lip does not have.
    static func refusal(of id: JSONCursor, method: String) -> [UInt8] {
        answer(id) { json in
            json.key("error")
            json.beginObject()
            json.put("code", ACPErrorCode.methodNotFound)
            json.put("message", "lip has no \(SafeText.message(method, bytesMax: Failure.fieldBytesMax))")
            json.endObject()
        }
    }

    /// The answer to a request for permission, which is no, since nobody is there who could say yes.
    ///
    /// It is given in the agent's own word for it where it has one that holds for this once, else as if the turn had been
    /// cancelled.
    static func denial(of id: JSONCursor, _ parameters: JSONCursor?) -> [UInt8] {
        let option = parameters?["options"]?.elements.first { $0["kind"]?.equals("reject_once") == true }?["optionId"]
        return answer(id) { json in
            json.key("result")
            json.beginObject()
            json.key("outcome")
            json.beginObject()
            if let option = option?.string {
                json.word("outcome", "selected")
                json.put("optionId", option)
            } else {
                json.word("outcome", "cancelled")
            }
            json.endObject()
            json.endObject()
        }
    }

    private static func message(
        _ id: ID?, _ method: StaticString, in call: Int, _ parameters: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 192)
        json.beginObject()
        begin(id, method, in: call, &json)
        json.beginObject()
        parameters(&json)
        json.endObject()
        json.endObject()
        return json.bytes
    }

    /// Writes the members of a message up to its parameters.
    static func begin(_ id: ID?, _ method: StaticString, in call: Int, _ json: inout JSONWriter) {
        json.word("jsonrpc", "2.0")
        if let id { json.put("id", id.number(in: call)) }
        json.word("method", method)
        json.key("params")
    }

    private static func answer(_ id: JSONCursor, _ outcome: (inout JSONWriter) -> Void) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 128)
        json.beginObject()
        json.word("jsonrpc", "2.0")
        json.key("id")
        json.raw(id)
        outcome(&json)
        json.endObject()
        return json.bytes
    }
}

/// The codes of JSON-RPC errors that mean something of their own here.
///
/// Source: https://agentclientprotocol.com/protocol/schema, `ErrorCode`.
enum ACPErrorCode {
    static let methodNotFound = -32601
    static let invalidParameters = -32602
    static let authenticationRequired = -32000
    static let resourceNotFound = -32002
}
