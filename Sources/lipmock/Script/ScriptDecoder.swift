import Transport

/// Reads the rules that the control API receives; docs/lipmock.md describes the format.
enum ScriptDecoder {
    static func rules(from root: JSONValue) throws(ScriptError) -> [Rule] {
        guard root.kind == .array else { throw ScriptError(path: "", problem: "a script is a list of rules") }
        var rules: [Rule] = []
        for (index, value) in root.elements.enumerated() {
            rules.append(try rule(value, path: "[\(index)]", index: index))
        }
        return rules
    }

    private static func rule(_ value: JSONValue, path: String, index: Int) throws(ScriptError) -> Rule {
        var object = try ObjectReader(value, path: path)
        var rule = Rule(name: try object.string("name") ?? "rule \(index)")
        rule.times = try object.count("times")
        if let match = try object.value("match") { rule.match = try self.match(match, path: object.path(of: "match")) }
        if let reply = try object.value("reply") {
            rule.behaviour = try behaviour(reply, path: object.path(of: "reply"))
        }
        try object.finish()
        return rule
    }

    private static func match(_ value: JSONValue, path: String) throws(ScriptError) -> Rule.Match {
        var object = try ObjectReader(value, path: path)
        var match = Rule.Match()
        match.model = try object.string("model")
        match.path = try object.string("path")
        match.method = try object.string("method")
        match.stream = try object.bool("stream")
        match.bodyContains = try object.string("body_contains")
        match.headers = try object.fields("headers") ?? []
        match.nth = try object.counts("nth") ?? []
        try object.finish()
        return match
    }

    private static func behaviour(_ value: JSONValue, path: String) throws(ScriptError) -> Behaviour {
        var object = try ObjectReader(value, path: path)
        var behaviour = Behaviour()
        behaviour.status = try object.count("status")
        behaviour.headers = try object.fields("headers") ?? []
        behaviour.delay = try object.milliseconds("delay_ms") ?? .zero
        behaviour.gate = try object.string("gate")
        behaviour.firstEventDelay = try object.milliseconds("first_event_ms") ?? .zero
        behaviour.gap = try object.milliseconds("gap_ms") ?? .zero
        behaviour.comments = try object.strings("comments") ?? []
        behaviour.framing = try object.word("framing", of: Behaviour.Framing.self)
        behaviour.lineEnding = try object.word("line_ending", of: Behaviour.LineEnding.self) ?? .lf
        behaviour.compresses = try object.bool("gzip") ?? false
        behaviour.keepsAlive = try object.bool("keep_alive") ?? true
        behaviour.answersBeforeBody = try object.bool("before_body") ?? false
        if let trickle = try object.value("trickle") {
            behaviour.trickle = try self.trickle(trickle, path: object.path(of: "trickle"))
        }
        if let fault = try object.value("fault") {
            behaviour.fault = try self.fault(fault, path: object.path(of: "fault"))
        }
        behaviour.body = try body(&object)
        try object.finish()
        return behaviour
    }

    private static func body(_ object: inout ObjectReader) throws(ScriptError) -> Behaviour.Body {
        let reply = try self.reply(&object)
        if let frames = try object.strings("frames") { return .frames(frames.map { Array($0.utf8) }) }
        if let raw = try object.value("body") { return .raw(raw.string.map { Array($0.utf8) } ?? Array(raw.raw)) }
        if let error = try object.value("error") {
            return .error(try self.error(error, path: object.path(of: "error")))
        }
        return .reply(reply)
    }

    private static func reply(_ object: inout ObjectReader) throws(ScriptError) -> Reply {
        var reply = Reply()
        if let count = try object.count("chunks") { reply.text = .words(min(count, ModelDirectives.chunkCountMax)) }
        let pieces = try object.strings("text")
        if let pieces { reply.text = .pieces(pieces) }
        reply.reasoning = try object.strings("reasoning") ?? []
        reply.reasoningField = try object.string("reasoning_field") ?? reply.reasoningField
        reply.refusal = try object.strings("refusal") ?? []
        if let calls = try object.value("tool_calls") {
            reply.toolCalls = try toolCalls(calls, path: object.path(of: "tool_calls"))
        }
        if pieces == nil, !(reply.toolCalls.isEmpty && reply.refusal.isEmpty) { reply.text = .pieces([]) }
        reply.interleavesToolCalls = try object.bool("interleave") ?? false
        reply.finishReason = try object.string("finish_reason")
        reply.opensWithRole = try object.bool("role_chunk") ?? true
        reply.terminates = try object.bool("done") ?? true
        reply.model = try object.string("model")
        reply.usagePlacement = try object.word("usage_placement", of: Reply.UsagePlacement.self) ?? .standard
        if let usage = try object.value("usage") {
            reply.usage = try self.usage(usage, path: object.path(of: "usage"))
        }
        return reply
    }

    private static func usage(_ value: JSONValue, path: String) throws(ScriptError) -> Reply.Usage {
        var object = try ObjectReader(value, path: path)
        var usage = Reply.Usage()
        usage.inputTokens = try object.count("input") ?? usage.inputTokens
        usage.outputTokens = try object.count("output")
        usage.cachedTokens = try object.count("cached")
        usage.reasoningTokens = try object.count("reasoning")
        usage.raw = try object.value("raw").map { Array($0.raw) }
        try object.finish()
        return usage
    }

    private static func toolCalls(_ value: JSONValue, path: String) throws(ScriptError) -> [Reply.ToolCall] {
        guard value.kind == .array else { throw ScriptError(path: path, problem: "must be a list") }
        var calls: [Reply.ToolCall] = []
        for (index, element) in value.elements.enumerated() {
            var object = try ObjectReader(element, path: "\(path)[\(index)]")
            calls.append(
                Reply.ToolCall(
                    id: try object.string("id") ?? "call_mock\(index)",
                    name: try object.string("name") ?? "tool",
                    arguments: try object.strings("arguments") ?? ["{}"]))
            try object.finish()
        }
        return calls
    }

    private static func error(_ value: JSONValue, path: String) throws(ScriptError) -> ErrorReply {
        var object = try ObjectReader(value, path: path)
        let error = ErrorReply(
            status: try object.count("status") ?? 500,
            message: try object.string("message") ?? "mock failure",
            type: try object.string("type"),
            code: try object.string("code"),
            parameter: try object.string("param"))
        try object.finish()
        return error
    }

    private static func trickle(_ value: JSONValue, path: String) throws(ScriptError) -> Behaviour.Trickle {
        var object = try ObjectReader(value, path: path)
        let trickle = Behaviour.Trickle(
            bytes: max(1, try object.count("bytes") ?? 1), every: try object.milliseconds("every_ms") ?? .zero)
        try object.finish()
        return trickle
    }

    private static func fault(_ value: JSONValue, path: String) throws(ScriptError) -> Fault {
        if let kind = value.string.flatMap(Fault.Kind.init(rawValue:)) {
            return Fault(kind: kind, error: mockFailure)
        }
        var object = try ObjectReader(value, path: path)
        guard let kind = try object.word("kind", of: Fault.Kind.self) else {
            throw ScriptError(path: object.path(of: "kind"), problem: "is missing")
        }
        var fault = Fault(kind: kind)
        fault.after = try object.count("after")
        fault.gate = try object.string("gate") ?? ""
        fault.error = try object.value("error").map { value throws(ScriptError) in
            try error(value, path: object.path(of: "error"))
        }
        if kind == .errorEvent, fault.error == nil { fault.error = mockFailure }
        try object.finish()
        return fault
    }

    /// What an `error_event` says that was told nothing else.
    private static let mockFailure = ErrorReply(status: 500, message: "mock failure")
}
