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
        to request: ReceivedRequest, id: Int, options: Options, login: MockLogin,
        script: (_ model: String?, _ stream: Bool) -> Behaviour?
    ) -> Dispatch {
        if request.path == MockLogin.path {
            if let behaviour = script(nil, false) {
                // A rule that says nothing itself only holds the answer back.
                guard case .reply = behaviour.body else { return early(request, behaviour, id: id) }
                let (status, json) = login.answer(to: request)
                return Dispatch(
                    requestID: id, status: status, model: nil, stream: false,
                    playback: Playback(
                        behaviour, status: status, body: .whole(json, contentType: "application/json"), requestID: id,
                        keepsAlive: request.keepsAlive))
            }
            let (status, json) = login.answer(to: request)
            return whole(request, id: id, status: status, json: json)
        }
        let provider = provider(of: request)
        do throws(ErrorReply) {
            if provider is Codex.Type, !login.accepts(try Codex.key(of: request)) { throw Codex.unknownKey }
            try provider.checkCredentials(of: request, keys: options.keys)
            if request.method == "GET", let list = provider.modelList(options.models, at: request.path) {
                if let behaviour = script(nil, false) { return early(request, behaviour, id: id) }
                return whole(request, id: id, status: 200, json: list)
            }
            if provider.serves(request) { return try answer(provider, to: request, id: id, script: script) }
            if let behaviour = script(nil, false) { return early(request, behaviour, id: id) }
            throw ErrorReply(status: 404, message: "Invalid URL (\(request.method) \(request.path))")
        } catch {
            return refusal(provider, error, request, id: id)
        }
    }

    private static var providers: [any Provider.Type] {
        [
            OpenAIChat.self, Codex.self, OpenAIResponses.self, Anthropic.self, Gemini.self, BedrockConverse.self,
            ACP.self, OpenAIEmbeddings.self, GeminiEmbeddings.self, StoredResponses.self,
        ]
    }

    /// The protocol that a request speaks; OpenAI's where nothing tells.
    static func provider(of request: ReceivedRequest) -> any Provider.Type {
        providers.first { $0.serves(request) } ?? OpenAIChat.self
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
            body = .whole(provider(of: request).body(of: error), contentType: "application/json")
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
            body = .whole(P.body(of: error, to: decoded), contentType: "application/json")
            behaviour.headers += P.headers(of: error)
        case .raw(let bytes): body = .whole(bytes, contentType: "application/json")
        case .frames(let frames): body = .verbatim(frames)
        }
        let fault = behaviour.fault
        let faultBody = fault?.error.map { P.body(of: $0, to: decoded) } ?? []
        let faultFrame = fault?.error.map { P.errorFrame($0, to: decoded) } ?? P.garbageFrame(Array(Playback.garbage))
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
}
