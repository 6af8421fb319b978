import Transport

/// Turns the messages of an agent, while it answers a prompt, into events and into answers to what it asks itself.
///
/// The agent's words are text, its thoughts reasoning. Its plans and the tools that it begins to use are told as lines of
/// reasoning: they are its own affair and no calls of the client's tools, but once there is one, the agent has begun to
/// act, and no other leg may be tried. How tools fare, modes, commands and the sizes of contexts are not told.
/// Source: https://agentclientprotocol.com/protocol/prompt-turn; schema, `SessionUpdate`.
struct ACPAnswerReader: AnswerReader {
    private let session: ACPSession
    private var hasStarted = false
    /// Whether model output was among the events so far.
    private(set) var hasOutput = false
    /// Whether the agent has answered the prompt, well or with an error.
    private(set) var hasAnswered = false
    /// Whether reasoning was told that does not end with its line.
    private var isInLine = false
    /// The steps of the last plan, which comes again with each step that is done.
    private var plan = ""

    init(session: ACPSession) {
        self.session = session
    }

    /// Appends the events of one message, and what the agent is to be answered; true if the turn is over.
    mutating func read(
        _ message: JSONCursor, _ events: inout [Event], _ replies: inout [[UInt8]]
    ) throws(Failure) -> Bool {
        guard message.isObject else { throw invalid("the agent sent a line that is not a JSON object") }
        let first = events.count
        var isLast = false
        if let method = message["method"] {
            if let id = message["id"], !id.isNull {
                // An answer must repeat the id, which is a number or a short text.
                guard id.raw.count <= Failure.fieldBytesMax else { throw invalid("the agent's request has a long id") }
                replies.append(Self.reply(to: method, id, message["params"]))
            } else if method.equals("session/update"), let parameters = message["params"] {
                start(&events)
                // Other sessions are other calls' affair.
                if parameters["sessionId"]?.equals(string: session.id) ?? true, let update = parameters["update"] {
                    read(update: update, &events)
                }
            }
        } else if ACPIncoming.isAnswer(message, to: .prompt, in: session.call) {
            hasAnswered = true
            start(&events)
            try end(message, &events)
            isLast = true
        }
        if !hasOutput { hasOutput = events[first...].contains(where: \.commits) }
        return isLast
    }

    private static func reply(to method: JSONCursor, _ id: JSONCursor, _ parameters: JSONCursor?) -> [UInt8] {
        method.equals("session/request_permission")
            ? ACPMessage.denial(of: id, parameters)
            : ACPMessage.refusal(of: id, method: method.string ?? "such method")
    }

    private mutating func start(_ events: inout [Event]) {
        guard !hasStarted else { return }
        hasStarted = true
        events.append(.started(ResponseInfo()))
    }

    // MARK: Updates

    private mutating func read(update: JSONCursor, _ events: inout [Event]) {
        guard let kind = update["sessionUpdate"] else { return }
        if kind.equals("agent_message_chunk") {
            if let content = update["content"] { read(content: content, &events) }
        } else if kind.equals("agent_thought_chunk") {
            if let text = update["content"]?["text"]?.string, !text.isEmpty {
                events.append(.reasoningDelta(choice: 0, text))
                isInLine = text.utf8.last != UInt8(ascii: "\n")
            }
        } else if kind.equals("tool_call") {
            let title = update["title"]?.string ?? update["kind"]?.string ?? "a tool"
            tell("[tool] \(title)", &events)
        } else if kind.equals("plan") {
            read(plan: update, &events)
        }
    }

    /// Content of the agent's message: text as it is, images and audio as media, resources as text or links.
    private func read(content: JSONCursor, _ events: inout [Event]) {
        guard let type = content["type"] else { return }
        if type.equals("text") {
            if let text = content["text"]?.string, !text.isEmpty { events.append(.textDelta(choice: 0, text)) }
        } else if type.equals("image") || type.equals("audio") {
            // Media have the same members here as in Gemini's answers.
            if content["data"]?.isString == true { events.append(.media(choice: 0, GeminiAnswerMedia.event(content))) }
        } else if type.equals("resource_link") {
            guard let uri = content["uri"]?.string else { return }
            events.append(.textDelta(choice: 0, Self.link(content["title"]?.string ?? content["name"]?.string, uri)))
        } else if type.equals("resource"), let resource = content["resource"] {
            if let text = resource["text"]?.string {
                if !text.isEmpty { events.append(.textDelta(choice: 0, text)) }
            } else if let uri = resource["uri"]?.string {
                events.append(.textDelta(choice: 0, Self.link(nil, uri)))
            }
        }
    }

    private static func link(_ name: String?, _ uri: String) -> String { "[\(name ?? uri)](\(uri))" }

    /// Tells the steps of a plan, unless they were told already: what changes between is how far they have come.
    private mutating func read(plan update: JSONCursor, _ events: inout [Event]) {
        guard let entries = update["entries"] else { return }
        var lines: [String] = []
        for entry in entries.elements {
            if let step = entry["content"]?.string, !step.isEmpty { lines.append("[plan] \(step)") }
        }
        let steps = lines.joined(separator: "\n")
        guard !steps.isEmpty, steps != plan else { return }
        plan = steps
        tell(steps, &events)
    }

    /// Tells lines of reasoning of their own.
    private mutating func tell(_ lines: String, _ events: inout [Event]) {
        events.append(.reasoningDelta(choice: 0, isInLine ? "\n\(lines)\n" : "\(lines)\n"))
        isInLine = false
    }

    // MARK: End

    private func end(_ message: JSONCursor, _ events: inout [Event]) throws(Failure) {
        let phase: Failure.Phase = hasOutput || events.contains(where: \.commits) ? .afterOutput : .beforeOutput
        if let error = message["error"], !error.isNull {
            throw ACPErrors.failure(error, isPrompt: true, phase: phase)
        }
        guard let reason = message["result"]?["stopReason"], reason.isString else {
            throw invalid("the agent ended its turn without a stopReason")
        }
        guard let finish = ACPFinish.read(reason) else {
            // It may have changed something before: as with its errors, nothing else is tried.
            throw Failure(.prematureEnd, "the agent cancelled its turn", phase: phase, retry: .never)
        }
        if let usage = message["result"]?["usage"].flatMap(ACPUsage.read) { events.append(.usage(usage)) }
        events.append(.finished(choice: 0, finish))
    }
}
