"""Where client and provider speak one protocol, nothing is rebuilt: bytes go through, but for the routed name."""

import json

import pytest

from harness.configuration import KEY
from harness.processes import Lip
from harness.raw import RawClient

#: Odd spacing, unknown members, big integers, escapes, markers and seals, as they may stand in anybody's request.
ODD = '"x_unknown" : {"big":123456789012345678901234567890,"tiny":1.0e-1 ,"list":[ 1,null ,true],"esc":"caf\\u00e9 \\/ 🦊"}'

REQUESTS = {
    "openai-chat": ("/v1/chat/completions", '''{ "messages":[ {"role":"user","content":[{"type":"text","text":"Hi",
      "cache_control":{"type":"ephemeral"}}],"x":1e3} ],"seed":12345678901234567 ,\n "model" : "MODEL", STREAM ODD }'''),
    "openai-responses": ("/v1/responses", '''{ "input":[ {"type":"reasoning","summary":[],
      "encrypted_content":"gAAA=="},{"role":"user","content":"Hi" } ],\n "model" : "MODEL","store":false,"top_p":1.0 , STREAM ODD }'''),
    "anthropic-messages": ("/v1/messages", '''{"max_tokens" :2048,"system":[{"type":"text","text":"S",
      "cache_control":{"type":"ephemeral","ttl":"1h"}}],"messages":[{"role":"user","content":"Hi"},{"role":"assistant",
      "content":[{"type":"thinking","thinking":"h","signature":"c2ln"},{"type":"text","text":"So"}]},
      {"role":"user","content":"Go" }],"thinking":{"type":"enabled","budget_tokens":1024},
      "model" : "MODEL", STREAM "metadata":{"user_id":"u"} }'''),
    "gemini": ("/v1beta/models/MODEL:ACTION", '''{ "contents" : [ {"role":"user","parts":[{"text":"Hi"}]},{"role":"model",
      "parts":[{"text":"So","thoughtSignature":"c2ln"}]},{"role":"user","parts":[{"text":"Go"}]} ],
      "generationConfig":{"temperature":1.0 ,"topK":40},  "safetySettings":[] }'''),
}

WHOLE = {
    "openai-chat": '''{ "id":"c1","object":"chat.completion","created":1,"model":"served-7","choices":[ {"index":0,"message":
      {"role":"assistant","content":"Hi \\u00e9","x":1e3},"finish_reason":"stop"} ],"usage":{"prompt_tokens":1,
      "completion_tokens":2,"total_tokens":3,"big":12345678901234567890}, ODD }''',
    "openai-responses": '''{ "id":"resp_1","object":"response","created_at":1,"status":"completed","model":"served-7","output":[
      {"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hi",
      "annotations":[] }]} ],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}, ODD }''',
    "anthropic-messages": '''{ "id":"msg_1","type":"message","role":"assistant","model":"served-7","content":[{"type":"thinking",
      "thinking":"h","signature":"c2ln"},{"type":"text","text":"Hi" }],"stop_reason":"end_turn","stop_sequence":null,
      "usage":{"input_tokens":1,"output_tokens":2}, ODD }''',
    "gemini": '''{ "candidates":[ {"index":0,"content":{"role":"model","parts":[{"text":"Hi","thoughtSignature":"c2ln"}]},
      "finishReason":"STOP"} ],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2,"totalTokenCount":3},
      "modelVersion":"served-7", ODD }''',
}

STREAMS = {
    "openai-chat": [
        'data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"served-7","choices":[{"index":0,"delta":'
        '{"role":"assistant","content":""} ,"finish_reason":null}], ODD }\n\n',
        ': a comment\n\n', 'id: 7\ndata: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"served-7",'
        '"choices":[{"index":0,"delta":{"content":"Hi \\u00e9","x":1e3},"finish_reason":null}]}\n\n',
        'data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"served-7","choices":[{"index":0,"delta":{},'
        '"finish_reason":"stop"}]}\n\n', 'data: [DONE]\n\n'],
    "openai-responses": [
        'event: response.created\ndata: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1",'
        '"object":"response","created_at":1,"status":"in_progress","model":"served-7","output":[], ODD }}\n\n',
        'event: response.output_item.added\ndata: {"type":"response.output_item.added","sequence_number":1,"output_index":0,'
        '"item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}}\n\n',
        'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","sequence_number":2,"item_id":"msg_1",'
        '"output_index":0,"content_index":0,"delta":"Hi" , "obfuscation":"xYz"}\n\n',
        'event: response.completed\ndata: {"type":"response.completed","sequence_number":3,"response":{"id":"resp_1",'
        '"object":"response","created_at":1,"status":"completed","model":"served-7","output":[{"id":"msg_1","type":"message",'
        '"status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hi","annotations":[]}]}],'
        '"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}}\n\n'],
    "anthropic-messages": [
        'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant",'
        '"model":"served-7","content":[],"stop_reason":null,"usage":{"input_tokens":1,"output_tokens":1}, ODD }}\n\n',
        'event: ping\ndata: {"type": "ping"}\n\n',
        'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""} }\n\n',
        'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi \\u00e9"}}\n\n',
        'event: content_block_stop\ndata: {"type":"content_block_stop","index":0 }\n\n',
        'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}\n\n',
        'event: message_stop\ndata: {"type":"message_stop"}\n\n'],
    "gemini": [
        'data: {"candidates":[ {"index":0,"content":{"role":"model","parts":[{"text":"Hi","thoughtSignature":"c2ln"}]}} ],'
        '"modelVersion":"served-7", ODD }\r\n\r\n',
        'data: {"candidates":[{"index":0,"content":{"role":"model","parts":[{"text":" you"}]},"finishReason":"STOP"}],'
        '"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2,"totalTokenCount":3}}\r\n\r\n'],
}

DIALECT = pytest.mark.parametrize("dialect", REQUESTS)


@pytest.fixture(scope="module")
def lip(mock, tmp_path_factory):
    kinds = {"openai-chat": ("openai-legacy", "/v1"), "openai-responses": ("openai-responses", "/v1"),
             "anthropic-messages": ("anthropic", ""), "gemini": ("gemini", "")}
    rows = "".join(
        f'  - {{ id: {name}{suffix}, kind: {kind}, base_url: "{mock.url}{path}", api_key: "{KEY}"{more} }}\n'
        for name, (kind, path) in kinds.items()
        for suffix, more in (("", ""), ("-streamed", ", upstream_streaming: always")))
    process = Lip(tmp_path_factory.mktemp("lip"), (
        f'server:\n  address: 127.0.0.1:0\nbackends:\n{rows}routing:\n  default_route: "openai-chat:m"\n'))
    yield process
    process.stop()


def request_of(dialect, model, stream):
    path, body = REQUESTS[dialect]
    # OpenAI refuses what it does not know in this one, and so does the mock.
    odd = ODD if dialect != "openai-responses" else '"metadata" : {"k":"caf\\u00e9 \\/ 🦊"}'
    body = body.replace("STREAM", '"stream" :true ,' if stream else "").replace("ODD", odd).replace("MODEL", model)
    action = "streamGenerateContent?alt=sse" if stream else "generateContent"
    return path.replace("MODEL", model).replace("ACTION", action), body


def exchange(lip, dialect, model, stream, backend=None):
    path, body = request_of(dialect, f"{backend or dialect}:{model}", stream)
    with RawClient(lip.port) as client:
        response = client.post(body.encode(), path=path, headers={
            "x-api-key": "k", "anthropic-version": "2023-06-01", "anthropic-beta": "a-feature,another"})
        return response, response.read()


@DIALECT
def test_a_whole_exchange_is_carried_byte_for_byte(lip, mock, dialect):
    whole = WHOLE[dialect].replace("ODD", ODD)
    mock.script(mock.on("carried", body=whole))
    response, body = exchange(lip, dialect, "carried", False)
    assert (response.status, body.decode()) == (200, whole)
    (request,) = mock.requests("carried")
    assert request["body"] == request_of(dialect, "carried", False)[1]
    assert "x-lip-dropped-fields" not in response.headers


@DIALECT
def test_a_stream_is_carried_frame_for_frame(lip, mock, dialect):
    frames = [frame.replace("ODD", ODD) for frame in STREAMS[dialect]]
    mock.script(mock.on("carried", frames=frames))
    response, body = exchange(lip, dialect, "carried", True)
    assert response.status == 200
    expected = "".join(frame for frame in frames if not frame.startswith(":"))
    assert body.decode().replace(": a comment\n\n", "") == expected
    (request,) = mock.requests("carried")
    sent = request_of(dialect, "carried", True)[1]
    if dialect == "openai-chat":
        # Usage is asked for in every stream, and hidden from a client that did not ask.
        received = json.loads(request["body"])
        assert received.pop("stream_options") == {"include_usage": True}
        assert received == json.loads(sent)
        assert request["body"].startswith(sent.rstrip(" }")[:200])
    else:
        assert request["body"] == sent


#: What the streams above are for a client that asked for none: all of it, in the form of a whole answer.
COLLECTED = {
    "openai-chat": '''{"id":"c1","object":"chat.completion","created":1,"model":"served-7",ODD,"choices":[{"index":0,"message":
      {"role":"assistant","content":"Hi \\u00e9","x":1e3},"logprobs":null,"finish_reason":"stop"}]}''',
    "openai-responses": '''{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"served-7","output":
      [{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hi",
      "annotations":[]}]}],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}''',
    "anthropic-messages": '''{"id":"msg_1","type":"message","role":"assistant","model":"served-7","content":[{"type":"text",
      "text":"Hi \\u00e9"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":2},ODD}''',
    "gemini": '''{"candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"Hi","thoughtSignature":"c2ln"},
      {"text":" you"}]},"finishReason":"STOP"}],"modelVersion":"served-7",ODD,
      "usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2,"totalTokenCount":3}}''',
}


@DIALECT
def test_a_stream_is_collected_with_all_that_it_says(lip, mock, dialect):
    mock.script(mock.on("carried", frames=[frame.replace("ODD", ODD) for frame in STREAMS[dialect]]))
    response, body = exchange(lip, dialect, "carried", False, backend=f"{dialect}-streamed")
    assert (response.status, response.headers["content-type"]) == (200, "application/json")
    assert json.loads(body) == json.loads(COLLECTED[dialect].replace("ODD", ODD))
    (request,) = mock.requests("carried")
    assert "streamGenerateContent" in request["path"] or json.loads(request["body"])["stream"] is True


def test_the_clients_protocol_header_fields_reach_a_provider_of_the_same_protocol(lip, mock):
    mock.script(mock.on("carried", body=WHOLE["anthropic-messages"].replace("ODD", ODD)))
    exchange(lip, "anthropic-messages", "carried", False)
    (request,) = mock.requests("carried")
    fields = {name.lower(): value for name, value in request["headers"]}
    assert fields["anthropic-version"] == "2023-06-01" and fields["anthropic-beta"] == "a-feature,another"
    assert fields["x-api-key"] == KEY, "the provider's own key, not the client's"
