import Transport

/// Finds the provider that a request is for, has it read there, and makes the answer ready to be played.
struct Dispatch {
    let requestID: Int
    let status: Int
    let model: String?
    let stream: Bool
    let playback: Playback

    /// The answer to a whole request; `script` names the behaviour for a model, if a rule claims it.
    static func answer(
        to request: ReceivedRequest, id: Int, options: Options, script: (_ model: String?, _ stream: Bool) -> Behaviour?
    ) -> Dispatch {
        if BedrockConverse.owns(request.path) {
            do throws(ErrorReply) {
                try BedrockConverse.check(credentialsOf: request, options)
                return try answer(BedrockConverse.self, to: request, id: id, script: script)
            } catch {
                return refusal(BedrockConverse.self, error, request, id: id)
            }
        }
        do throws(ErrorReply) {
            try check(credentialsOf: request, options)
            if request.path.hasSuffix("/chat/completions") {
                return try answer(OpenAIChat.self, to: request, id: id, script: script)
            }
            if let behaviour = script(nil, false) { return early(request, behaviour, id: id) }
            if request.path.hasSuffix("/models"), request.method == "GET" {
                return whole(request, id: id, status: 200, json: modelList(options.models))
            }
            throw ErrorReply(status: 404, message: "Invalid URL (\(request.method) \(request.path))")
        } catch {
            return whole(request, id: id, status: error.status, json: OpenAIChat.body(of: error))
        }
    }

    /// An answer that owes nothing to the request's body.
    static func early(_ request: ReceivedRequest, _ behaviour: Behaviour, id: Int) -> Dispatch {
        let body: AnswerBody
        var status = behaviour.status ?? 200
        switch behaviour.body {
        case .raw(let bytes): body = .whole(bytes, contentType: "application/json")
        case .frames(let frames): body = .verbatim(frames)
        case .error(let error):
            status = behaviour.status ?? error.status
            body = .whole(OpenAIChat.body(of: error), contentType: "application/json")
        case .reply: body = .whole([], contentType: "application/json")
        }
        return Dispatch(
            requestID: id, status: status, model: nil, stream: false,
            playback: Playback(
                behaviour, status: status, body: body, requestID: id, keepsAlive: request.keepsAlive))
    }

    private static func answer<P: Provider>(
        _ provider: P.Type, to request: ReceivedRequest, id: Int, script: (String?, Bool) -> Behaviour?
    ) throws(ErrorReply) -> Dispatch {
        let decoded = try P.decode(request)
        var behaviour = script(decoded.model, decoded.stream) ?? ModelDirectives.behaviour(for: decoded.model)
        let body: AnswerBody
        var status = behaviour.status ?? 200
        switch behaviour.body {
        case .reply(let reply):
            body =
                decoded.stream
                ? .stream(P.frames(of: reply, to: decoded, id: id))
                : .whole(P.body(of: reply, to: decoded, id: id), contentType: "application/json")
        case .error(let error):
            status = behaviour.status ?? error.status
            body = .whole(P.body(of: error), contentType: "application/json")
            behaviour.headers += P.headers(of: error)
        case .raw(let bytes): body = .whole(bytes, contentType: "application/json")
        case .frames(let frames): body = .verbatim(frames)
        }
        let fault = behaviour.fault
        let faultBody = fault?.error.map { P.body(of: $0) } ?? []
        let faultFrame = fault?.error.map { P.errorFrame($0) } ?? P.garbageFrame(Array(Playback.garbage))
        return Dispatch(
            requestID: id, status: status, model: decoded.model, stream: decoded.stream,
            playback: Playback(
                behaviour, status: status, body: body, faultBody: faultBody, faultFrame: faultFrame, requestID: id,
                keepsAlive: request.keepsAlive))
    }

    private static func refusal<P: Provider>(
        _ provider: P.Type, _ error: ErrorReply, _ request: ReceivedRequest, id: Int
    ) -> Dispatch {
        var behaviour = Behaviour()
        behaviour.headers = P.headers(of: error)
        let body = AnswerBody.whole(P.body(of: error), contentType: "application/json")
        return Dispatch(
            requestID: id, status: error.status, model: nil, stream: false,
            playback: Playback(
                behaviour, status: error.status, body: body, requestID: id, keepsAlive: request.keepsAlive))
    }

    private static func whole(_ request: ReceivedRequest, id: Int, status: Int, json: [UInt8]) -> Dispatch {
        Dispatch(
            requestID: id, status: status, model: nil, stream: false,
            playback: Playback(status: status, json: json, requestID: id, keepsAlive: request.keepsAlive))
    }

    private static func check(credentialsOf request: ReceivedRequest, _ options: Options) throws(ErrorReply) {
        guard let credentials = request.header("authorization") else {
            throw ErrorReply(status: 401, message: "No API key was given: send it as 'Authorization: Bearer KEY'.")
        }
        guard credentials.hasPrefix("Bearer "), credentials.utf8.count > 7 else {
            throw ErrorReply(status: 401, message: "The Authorization header is not 'Bearer KEY'.")
        }
        let key = String(credentials.dropFirst(7))
        if !options.keys.isEmpty, !options.keys.contains(key) {
            throw ErrorReply(
                status: 401, message: "Incorrect API key provided.", type: "invalid_request_error",
                code: "invalid_api_key")
        }
    }

    private static func modelList(_ models: [String]) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("object")
        json.string("list")
        json.key("data")
        json.beginArray()
        for model in models {
            json.beginObject()
            json.key("id")
            json.string(model)
            json.key("object")
            json.string("model")
            json.key("created")
            json.int(OpenAIChat.created)
            json.key("owned_by")
            json.string("lipmock")
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return json.bytes
    }
}
