import Transport

/// What a response repeats of its request, as OpenAI's own do.
///
/// Source: OpenAI API reference, "The response object". What the client did not send has OpenAI's default.
package struct OpenAIResponsesEcho: Sendable {
    /// Whether the response can be asked for later.
    package var isStored = false

    private var request: JSONDocument?

    /// Nothing of a request.
    package static let none = OpenAIResponsesEcho()

    private init() {}

    /// What the answers to this call repeat: nothing for a client of another dialect.
    package init(_ call: Call) {
        guard call.dialect == .openAIResponses else { return }
        request = call.original
        if request == nil, let rebuilt = try? OpenAIResponsesRequestEncoder.rebuild(call, as: call.model, stream: false)
        {
            request = try? JSONDocument(parsing: rebuilt.body)
        }
    }

    /// The model that the client asked for.
    var model: String? { request?.root["model"]?.string }

    /// Writes what stands before the output.
    func writeHead(to json: inout JSONWriter) {
        write("instructions", "null", to: &json)
        write("max_output_tokens", "null", to: &json)
        write("max_tool_calls", "null", to: &json)
    }

    /// Writes what stands behind the output.
    func writeTail(serviceTier: String?, to json: inout JSONWriter) {
        write("parallel_tool_calls", "true", to: &json)
        write("previous_response_id", "null", to: &json)
        write("prompt_cache_key", "null", to: &json)
        write("reasoning", #"{"effort":null,"summary":null}"#, to: &json)
        write("safety_identifier", "null", to: &json)
        if let serviceTier {
            json.put("service_tier", serviceTier)
        } else {
            write("service_tier", #""default""#, to: &json)
        }
        json.put("store", isStored)
        write("temperature", "1.0", to: &json)
        write("text", #"{"format":{"type":"text"}}"#, to: &json)
        write("tool_choice", #""auto""#, to: &json)
        write("tools", "[]", to: &json)
        write("top_logprobs", "0", to: &json)
        write("top_p", "1.0", to: &json)
        write("truncation", #""disabled""#, to: &json)
    }

    /// Writes what stands at the end.
    func writeLabels(to json: inout JSONWriter) {
        write("user", "null", to: &json)
        json.key("metadata")
        let labels = request?.withRoot { root in
            root["metadata"].flatMap { $0.isNull ? nil : SessionHint.removed(from: $0) }
        }
        json.raw((labels ?? nil)?.bytes ?? Array("{}".utf8))
    }

    private func write(_ name: StaticString, _ usual: StaticString, to json: inout JSONWriter) {
        json.key(name)
        if let value = request?.root[name], !value.isNull {
            json.raw(value)
        } else {
            usual.withUTF8Buffer { json.raw(Array($0)) }
        }
    }
}
