import Dialects
import Testing
import Transport

/// A Responses request with more members.
func responsesRequest(_ members: String = "", input: String = #""hi""#) -> String {
    #"{"model":"m","input":\#(input)\#(members.isEmpty ? "" : ",")\#(members)}"#
}

/// The call that a Responses request makes.
func responsesCall(_ request: String) throws -> Call {
    try OpenAIResponsesRequestDecoder.decode(bytes(request))
}

/// One frame of a Responses stream.
func responsesFrame(_ type: String, _ number: Int, _ members: String) -> String {
    "event: \(type)\ndata: {\"type\":\"\(type)\",\"sequence_number\":\(number),\(members)}\n\n"
}

/// Everything that the Responses decoder makes of a body, given in these pieces.
struct DecodedResponses: Equatable {
    var events: [Event] = []
    var frames: [String] = []
    var sequences: [Int?] = []
    var wholeBody: String?

    var failure: Failure? {
        if case .failed(let failure) = events.last { failure } else { nil }
    }

    var hasEnded: Bool { events.last == .ended }

    init(_ pieces: [[UInt8]]) {
        var decoder = OpenAIResponsesEventDecoder()
        for piece in pieces {
            decoder.feed(piece)
            take(&decoder)
        }
        decoder.finish()
        take(&decoder)
    }

    init(_ stream: String) {
        self.init([bytes(stream)])
    }

    private mutating func take(_ decoder: inout OpenAIResponsesEventDecoder) {
        while let frame = decoder.next() {
            events += decoder.events
            if let body = frame.wholeBody { wholeBody = text(body) }
            if !frame.bytes.isEmpty {
                frames.append(text(frame.bytes))
                sequences.append(frame.sequence)
            }
        }
    }
}

/// The stream that events become.
func encodeResponses(_ events: [Event], echo: OpenAIResponsesEcho = .none) -> [UInt8] {
    var encoder = OpenAIResponsesStreamEncoder(includeUsage: true, fallback: responsesFallback, echo: echo)
    var output: [UInt8] = []
    for event in events { encoder.encode(event, into: &output) }
    return output
}

/// What a client gets that is carried a stream.
func carryResponses(_ stream: String) -> String {
    var decoder = OpenAIResponsesEventDecoder()
    var encoder = OpenAIResponsesStreamEncoder(includeUsage: true, fallback: responsesFallback)
    var output: [UInt8] = []
    decoder.feed(bytes(stream))
    while let frame = decoder.next() { encoder.carry(frame, decoder.events, into: &output) }
    decoder.finish()
    while let frame = decoder.next() { encoder.carry(frame, decoder.events, into: &output) }
    return text(output)
}

/// The objects of a stream's frames.
func responsesObjects(_ stream: [UInt8]) throws -> [JSONValue] {
    var parser = SSEParser()
    parser.feed(stream)
    var objects: [JSONValue] = []
    while let event = try parser.next() {
        let root = try JSONDocument(parsing: Array(event.data)).root
        #expect(root["type"]?.string == text(event.name))
        objects.append(root)
    }
    return objects
}

let responsesFallback = ResponseInfo(id: "resp_f", model: "fallback", created: 7)

/// Requests that use every member of the dialect.
enum ResponsesCorpus {
    static let valid: [String] = [
        responsesRequest(),
        responsesRequest(
            #""stream":true,"stream_options":{"include_obfuscation":false},"instructions":"be brief","temperature":0.7,"top_p":0.9,"max_output_tokens":100,"max_tool_calls":3,"parallel_tool_calls":false,"metadata":{"a":"b"},"store":false,"truncation":"auto","service_tier":"flex","prompt_cache_key":"k","safety_identifier":"s","user":"u""#
        ),
        responsesRequest(
            #""reasoning":{"effort":"high","summary":"auto","generate_summary":"concise"},"text":{"format":{"type":"json_schema","name":"n","description":"d","schema":{"type":"object","x":1.00},"strict":true},"verbosity":"low","x":1},"include":["reasoning.encrypted_content","message.output_text.logprobs"],"top_logprobs":5"#
        ),
        responsesRequest(#""include":["message.output_text.logprobs"],"text":{"format":{"type":"json_object"}}"#),
        responsesRequest(#""text":{"format":{"type":"text"}},"reasoning":null,"include":[],"tools":[]"#),
        responsesRequest(#""text":{"format":{"type":"grammar","grammar":"root"}},"future":{"b":1,"a":[2]}"#),
        responsesRequest(
            #""tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true,"x":1},{"type":"function","name":"g","parameters":null},{"type":"custom","name":"c","description":"d","format":{"type":"grammar","syntax":"lark","definition":"start: x"}},{"type":"custom","name":"t","format":{"type":"text"}},{"type":"web_search","filters":{"a":1}},{"type":"mcp","server_label":"l","server_url":"u"}],"tool_choice":{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"f"},{"type":"custom","name":"c"}]}"#
        ),
        responsesRequest(#""tools":[{"type":"function","name":"f"}],"tool_choice":{"type":"function","name":"f"}"#),
        responsesRequest(#""tools":[{"type":"custom","name":"c"}],"tool_choice":{"type":"custom","name":"c"}"#),
        responsesRequest(#""tools":[{"type":"web_search"}],"tool_choice":{"type":"web_search"}"#),
        responsesRequest(
            #""tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"mcp","server_label":"l"}]}"#),
        responsesRequest(#""tool_choice":{"type":"mcp","server_label":"l","name":"n"}"#),
        responsesRequest(#""tool_choice":"none""#), responsesRequest(#""tool_choice":"required""#),
        responsesRequest(
            input: #"""
                [{"role":"system","content":"s"},{"role":"developer","content":[{"type":"input_text","text":"d"}]},
                 {"type":"message","role":"user","content":[{"type":"input_text","text":"é 😀 \u0000","x":[1]},{"type":"input_image","image_url":"https://x","detail":"high"},
                  {"type":"input_image","file_id":"file_1"},{"type":"input_file","file_data":"data:application/pdf;base64,AA","filename":"a.pdf"},{"type":"input_file","file_id":"f"},{"type":"input_file","file_url":"https://x/y"},
                  {"type":"input_audio","input_audio":{"data":"AA","format":"mp3"}},{"type":"input_video","video":{}}]},
                 {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"because"}],"encrypted_content":"gAAA"},
                 {"type":"message","id":"msg_1","status":"completed","role":"assistant","phase":"commentary","content":[{"type":"output_text","text":"t","annotations":[],"logprobs":[]},{"type":"refusal","refusal":"no"}]},
                 {"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{\"a\": 1}","status":"completed"},
                 {"type":"custom_tool_call","id":"ctc_1","call_id":"c2","name":"c","input":"x\ny"},
                 {"type":"function_call_output","call_id":"c1","output":"r"},
                 {"type":"custom_tool_call_output","call_id":"c2","output":[{"type":"input_text","text":"a"},{"type":"input_image","image_url":"data:image/png;base64,AA"}]},
                 {"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search","query":"q"}},
                 {"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"raw"}]},
                 {"type":"message","role":"assistant","content":"done"},{"role":"assistant","content":"again"},
                 {"type":"computer_call_output","call_id":"k","output":{"type":"computer_screenshot","image_url":"u"}},
                 {"role":"user","content":""},{"role":"user","content":[]},{"role":"assistant","content":[]}]
                """#),
        responsesRequest(
            #""previous_response_id":"resp_1","background":true,"conversation":null,"prompt":{"id":"p","version":"2"}"#,
            input:
                #"[{"type":"item_reference","id":"msg_1"},{"id":"msg_2"},{"type":"compaction","encrypted_content":"x"}]"#
        ),
        responsesRequest(
            #""conversation":{"id":"conv_1"}"#,
            input: #"[{"type":"custom_tool_call_output","call_id":"c9","output":"r"}]"#),
        #"{"model":"m","previous_response_id":"resp_1"}"#,
    ]
}
