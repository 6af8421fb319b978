/// Streams in the shapes that providers send.
enum ResponsesStreams {
    static let head =
        #""id":"resp_1","object":"response","created_at":5,"status":"in_progress","error":null,"incomplete_details":null,"model":"gpt-5","output":[],"service_tier":"auto""#

    static let opening =
        responsesFrame("response.created", 0, #""response":{\#(head)}"#)
        + responsesFrame("response.in_progress", 1, #""response":{\#(head)}"#)

    static let message =
        #"{"id":"msg_1","type":"message","status":"completed","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"Hello"}],"role":"assistant"}"#

    static let usage =
        #"{"input_tokens":10,"input_tokens_details":{"cached_tokens":4},"output_tokens":5,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":15}"#

    static func closing(_ number: Int, output: String, status: String = "completed", more: String = "") -> String {
        responsesFrame(
            "response.\(status)", number,
            #""response":{"id":"resp_1","object":"response","created_at":5,"status":"\#(status)","model":"gpt-5","output":[\#(output)],"usage":\#(usage)\#(more)}"#
        )
    }

    static func delta(_ number: Int, _ text: String, output: Int = 0) -> String {
        responsesFrame(
            "response.output_text.delta", number,
            #""item_id":"msg_1","output_index":\#(output),"content_index":0,"delta":"\#(text)","logprobs":[],"obfuscation":"xyz""#
        )
    }

    static let text =
        opening
        + responsesFrame(
            "response.output_item.added", 2,
            #""output_index":0,"item":{"id":"msg_1","type":"message","status":"in_progress","content":[],"role":"assistant"}"#
        )
        + responsesFrame(
            "response.content_part.added", 3,
            #""item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":""}"#
        ) + delta(4, "Hel") + delta(5, "lo")
        + responsesFrame(
            "response.output_text.done", 6,
            #""item_id":"msg_1","output_index":0,"content_index":0,"text":"Hello","logprobs":[]"#)
        + responsesFrame(
            "response.content_part.done", 7,
            #""item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":"Hello"}"#
        ) + responsesFrame("response.output_item.done", 8, #""output_index":0,"item":\#(message)"#)
        + closing(9, output: message)

    static let reasoningItem =
        #"{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"first"},{"type":"summary_text","text":"second"}],"encrypted_content":"gAAA"}"#

    static let callItem =
        #"{"id":"fc_1","type":"function_call","status":"completed","arguments":"{\"a\":1}","call_id":"call_1","name":"f"}"#

    static let customItem =
        #"{"id":"ctc_1","type":"custom_tool_call","status":"completed","input":"x\ny","call_id":"call_2","name":"c"}"#

    static let searchItem =
        #"{"id":"ws_1","type":"web_search_call","status":"completed","action":{"type":"search","query":"q"}}"#

    private static func summary(_ type: String, _ number: Int, _ index: Int, _ members: String) -> String {
        responsesFrame(
            "response.reasoning_summary_\(type)", number,
            #""item_id":"rs_1","output_index":0,"summary_index":\#(index),\#(members)"#)
    }

    static let tools =
        opening
        + responsesFrame(
            "response.output_item.added", 2, #""output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[]}"#)
        + summary("part.added", 3, 0, #""part":{"type":"summary_text","text":""}"#)
        + summary("text.delta", 4, 0, #""delta":"first""#) + summary("text.done", 5, 0, #""text":"first""#)
        + summary("part.done", 6, 0, #""part":{"type":"summary_text","text":"first"}"#)
        + summary("part.added", 7, 1, #""part":{"type":"summary_text","text":""}"#)
        + summary("text.delta", 8, 1, #""delta":"second""#) + summary("text.done", 9, 1, #""text":"second""#)
        + summary("part.done", 10, 1, #""part":{"type":"summary_text","text":"second"}"#)
        + responsesFrame("response.output_item.done", 11, #""output_index":0,"item":\#(reasoningItem)"#)
        + responsesFrame(
            "response.output_item.added", 12,
            #""output_index":1,"item":{"id":"fc_1","type":"function_call","status":"in_progress","arguments":"","call_id":"call_1","name":"f"}"#
        )
        + responsesFrame(
            "response.function_call_arguments.delta", 13,
            #""item_id":"fc_1","output_index":1,"delta":"{\"a\":""#)
        + responsesFrame(
            "response.function_call_arguments.delta", 14, #""item_id":"fc_1","output_index":1,"delta":"1}""#)
        + responsesFrame(
            "response.function_call_arguments.done", 15,
            #""item_id":"fc_1","output_index":1,"arguments":"{\"a\":1}""#)
        + responsesFrame("response.output_item.done", 16, #""output_index":1,"item":\#(callItem)"#)
        + responsesFrame(
            "response.output_item.added", 17,
            #""output_index":2,"item":{"id":"ctc_1","type":"custom_tool_call","status":"in_progress","input":"","call_id":"call_2","name":"c"}"#
        )
        + responsesFrame(
            "response.custom_tool_call_input.delta", 18, #""item_id":"ctc_1","output_index":2,"delta":"x\ny""#)
        + responsesFrame(
            "response.custom_tool_call_input.done", 19, #""item_id":"ctc_1","output_index":2,"input":"x\ny""#)
        + responsesFrame("response.output_item.done", 20, #""output_index":2,"item":\#(customItem)"#)
        + closing(21, output: [reasoningItem, callItem, customItem].joined(separator: ","))
}
