import Transport

/// An agent that speaks the Agent Client Protocol over HTTP: JSON-RPC requests, answers as JSON or as lines of it.
enum ACP: Provider {
    static func serves(_ request: ReceivedRequest) -> Bool { request.path.hasSuffix("/v1/acp") }

    /// A bearer key, where any is known.
    static func checkCredentials(of request: ReceivedRequest, keys: [String]) throws(ErrorReply) {
        guard !keys.isEmpty else { return }
        guard keys.contains(try key(of: request)) else { throw unknownKey }
    }

    static func key(of request: ReceivedRequest) throws(ErrorReply) -> String {
        guard let field = request.header("authorization"), field.hasPrefix("Bearer ") else { throw unknownKey }
        return String(field.dropFirst(7))
    }

    static var unknownKey: ErrorReply { ErrorReply(status: 401, message: "no such key") }
    static var errorEvent: String? { nil }

    /// An agent has no models.
    static func modelList(_ models: [String]) -> [UInt8] { Array("{}".utf8) }

    static func decode(_ request: ReceivedRequest) throws(ErrorReply) -> ACPRequest { try ACPRequest(request) }

    static func frames(of reply: Reply, to request: ACPRequest, id: Int) -> any FrameSource {
        ACPStream(reply: reply, session: request.session, id: request.id ?? [])
    }

    // MARK: Errors

    /// A JSON-RPC error; the status of the answer is a good one.
    static func error(_ code: Int, _ message: String, id: [UInt8]?) -> ErrorReply {
        // The id travels where other protocols have the name of a field.
        ErrorReply(
            status: 200, message: message, code: String(code),
            parameter: id.map { String(decoding: $0, as: UTF8.self) })
    }

    static func body(of error: ErrorReply) -> [UInt8] { body(of: error, id: error.parameter) }

    static func body(of error: ErrorReply, to request: ACPRequest) -> [UInt8] {
        body(of: error, id: request.id.map { String(decoding: $0, as: UTF8.self) })
    }

    static func errorFrame(_ error: ErrorReply) -> [UInt8] { body(of: error) + [0x0A] }

    static func errorFrame(_ error: ErrorReply, to request: ACPRequest) -> [UInt8] {
        body(of: error, to: request) + [0x0A]
    }

    static func garbageFrame(_ garbage: [UInt8]) -> [UInt8] { garbage + [0x0A] }

    private static func body(of error: ErrorReply, id: String?) -> [UInt8] {
        message(id: id.map { Array($0.utf8) } ?? Array("null".utf8)) { json in
            json.key("error")
            json.beginObject()
            json.key("code")
            json.int(error.code.flatMap { Int($0) } ?? -32603)
            json.key("message")
            json.string(error.message)
            if let type = error.type {
                json.key("data")
                json.string(type)
            }
            json.endObject()
        }
    }

    // MARK: Answers

    static func body(of reply: Reply, to request: ACPRequest, id: Int) -> [UInt8] {
        guard let id = request.id, request.method != .response else { return [] }
        return message(id: id) { json in
            json.key("result")
            json.beginObject()
            switch request.method {
            case .initialize: introduce(request, &json)
            case .newSession:
                json.key("sessionId")
                json.string(request.newSession)
            case .prompt: ACPStream.finish(reply, &json)
            case .authenticate, .cancel, .close, .response: break
            }
            json.endObject()
        }
    }

    private static func introduce(_ request: ACPRequest, _ json: inout JSONWriter) {
        json.key("protocolVersion")
        json.int(1)
        json.key("agentCapabilities")
        json.beginObject()
        json.key("loadSession")
        json.bool(false)
        json.key("promptCapabilities")
        json.beginObject()
        let capabilities: [(StaticString, ACPRequest.Trait)] = [
            ("image", .image), ("audio", .audio), ("embeddedContext", .context),
        ]
        for (name, trait) in capabilities {
            json.key(name)
            json.bool(request.traits.contains(trait))
        }
        json.endObject()
        json.key("sessionCapabilities")
        json.beginObject()
        if request.traits.contains(.close) {
            json.key("close")
            json.beginObject()
            json.endObject()
        }
        json.endObject()
        json.endObject()
        json.key("agentInfo")
        json.beginObject()
        json.key("name")
        json.string(request.agent)
        json.key("version")
        json.string("1")
        json.endObject()
        json.key("authMethods")
        json.beginArray()
        if request.traits.contains(.auth) {
            json.beginObject()
            json.key("id")
            json.string(ACPParameters.authMethod)
            json.key("name")
            json.string("Log in")
            json.endObject()
        }
        json.endArray()
    }

    /// One message; `body` writes what follows the id.
    static func message(id: [UInt8]?, _ body: (inout JSONWriter) -> Void) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 256)
        json.beginObject()
        json.key("jsonrpc")
        json.string("2.0")
        if let id {
            json.key("id")
            json.raw(id)
        }
        body(&json)
        json.endObject()
        return json.bytes
    }
}
