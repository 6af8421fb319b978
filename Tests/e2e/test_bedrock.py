"""Amazon Bedrock as a provider: signed requests, binary streams, and clients that know nothing of either."""

import base64
import binascii
import json
import struct

import anthropic
import openai
import pytest

from harness.clients import sdk
from harness.configuration import backend
from harness.processes import Lip, Mock, run, until
from harness.provider import Provider, answer
from harness.raw import chat, text_of
from harness.signature import verify

MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
SECRET = "lipmock-secret"
MESSAGES = [{"role": "user", "content": "Hello"}]
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


def bedrock(url, name="aws", **more):
    """One row of `backends:` for Bedrock, with an access key."""
    fields = {"id": name, "kind": "bedrock", "base_url": f'"{url}"', "region": "eu-west-1",
              "access_key_id": "AKIATEST", "secret_access_key": f'"{SECRET}"', **more}
    return "  - { " + ", ".join(f"{key}: {value}" for key, value in fields.items() if value is not None) + " }\n"


def configuration(*rows, route=f"aws:{MODEL}", rest=""):
    """A gateway that neither waits for its last leg nor leaves it alone."""
    rest = "  retry_wait_max: 0s\n  health: { circuit_breaker: { enabled: false } }\n" + rest
    return (f"server:\n  address: 127.0.0.1:0\nbackends:\n{''.join(rows)}"
            f'routing:\n  default_route: "{route}"\n{rest}')


@pytest.fixture(scope="module")
def lip(mock, tmp_path_factory):
    process = Lip(tmp_path_factory.mktemp("lip"), configuration(bedrock(mock.url), backend("other", mock.url)))
    yield process
    process.stop()


@pytest.fixture(scope="module")
def messages(lip):
    return anthropic.Anthropic(api_key="k", base_url=lip.url, max_retries=0, timeout=30)


def received(mock, model=MODEL):
    request = mock.requests(model)[-1]
    return request, {name.lower(): value for name, value in request["headers"]}


def body_of(mock, model=MODEL):
    return json.loads(mock.requests(model)[-1]["body"])


# Credentials


@pytest.mark.parametrize("model", [
    "amazon.nova-lite-v1", MODEL, "anthropic.claude-3-haiku-20240307-v1:0:48k",
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0"])
@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_requests_are_signed_whatever_the_models_id_holds(lip, mock, model, stream):
    mock.script(mock.on(model, text="Hi"))
    result = sdk(lip).chat.completions.create(model=f"aws:{model}", messages=MESSAGES, stream=stream)
    text = "".join(c.choices[0].delta.content or "" for c in result if c.choices) if stream else (
        result.choices[0].message.content)
    assert text == "Hi"
    # lipmock has checked the signature; this checks it once more, with other code.
    request, headers = received(mock, model)
    found = verify("POST", request["path"], headers, request["body"].encode(), SECRET)
    assert found[:3] == ("AKIATEST", "eu-west-1", "bedrock")
    assert request["path"].endswith("/converse-stream" if stream else "/converse")
    assert ":" not in request["path"] and request["path"].count("/") == 3
    assert "expect" not in headers


def test_a_large_signed_request_does_not_wait_to_be_asked_for(lip, mock):
    mock.script(mock.on(MODEL, text="Long."))
    content = "x" * (3 << 20)
    said = sdk(lip).chat.completions.create(model=f"aws:{MODEL}", messages=[{"role": "user", "content": content}])
    assert said.choices[0].message.content == "Long."
    assert body_of(mock)["messages"][0]["content"] == [{"text": content}]


def test_a_session_token_is_signed_too(start_lip, mock):
    lip = start_lip(configuration(bedrock(mock.url, session_token='"to+ken/="')))
    mock.script(mock.on(MODEL, text="Hi"))
    sdk(lip).chat.completions.create(model="aws:" + MODEL, messages=MESSAGES)
    request, headers = received(mock)
    assert headers["x-amz-security-token"] == "to+ken/="
    assert "x-amz-security-token" in verify("POST", request["path"], headers, request["body"].encode(), SECRET)[3]


def test_a_wrong_secret_is_the_gateways_trouble(start_lip, mock):
    lip = start_lip(configuration(bedrock(mock.url, secret_access_key='"wrong-secret-wrong"')))
    with pytest.raises(openai.APIStatusError) as raised:
        sdk(lip).chat.completions.create(model="aws:" + MODEL, messages=MESSAGES)
    assert raised.value.status_code == 502
    assert "signature" in str(raised.value) and "wrong-secret" not in str(raised.value)


def test_environment_profile_and_bearer_key(start_lip, mock, tmp_path):
    mock.script(mock.on(MODEL, text="Hi"))
    row = bedrock(mock.url, region=None, access_key_id=None, secret_access_key=None)

    def ask(config, **env):
        lip = start_lip(config, env=env)
        sdk(lip).chat.completions.create(model="aws:" + MODEL, messages=MESSAGES)
        return received(mock)[1]["authorization"]

    access = {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-west-2"}
    assert "Credential=AKIAENV/" in ask(configuration(row), **access)
    assert "/us-west-2/bedrock/" in received(mock)[1]["authorization"]
    assert ask(configuration(row), **access, AWS_BEARER_TOKEN_BEDROCK="bedrock-key") == "Bearer bedrock-key"
    shared = tmp_path / "credentials"
    shared.write_text(f"[team]\naws_access_key_id = AKIATEAM\naws_secret_access_key = {SECRET}\n")
    row = bedrock(mock.url, region=None, access_key_id=None, secret_access_key=None, profile="team")
    assert "Credential=AKIATEAM/" in ask(configuration(row), AWS_SHARED_CREDENTIALS_FILE=str(shared))


@pytest.mark.parametrize("signed", [True, False], ids=["signed", "bearer"])
def test_the_models_that_amazon_lists_are_listed_and_found(start_lip, tmp_path, signed):
    theirs = Mock(tmp_path / "theirs", "--model", "amazon.nova-lite-v1:0", "--model", MODEL)
    try:
        keys = {"session_token": "token"} if signed else {
            "access_key_id": None, "secret_access_key": None, "api_key": "a-bedrock-key-of-ones-own"}
        lip = start_lip(configuration(bedrock(theirs.url, models="discover", **keys)))
        client = sdk(lip)
        until(lambda: {f"aws:{MODEL}", "aws:amazon.nova-lite-v1:0"} <= {model.id for model in client.models.list()},
              "the models are known")
        lists = {request["path"]: request for request in theirs.requests() if request["method"] == "GET"}
        assert {path.partition("?")[0] for path in lists} == {"/foundation-models", "/inference-profiles"}
        for path, request in lists.items():
            headers = {name.lower(): value for name, value in request["headers"]}
            if signed:
                assert verify("GET", path, headers, b"", SECRET)[:3] == ("AKIATEST", "eu-west-1", "bedrock")
                assert headers["x-amz-security-token"] == "token"
            else:
                assert headers["authorization"] == "Bearer a-bedrock-key-of-ones-own"
        result = client.chat.completions.create(model="amazon.nova-lite-v1:0", messages=MESSAGES)
        assert result.choices[0].message.content
    finally:
        theirs.kill()


def test_check_config_tells_what_is_wrong(tmp_path):
    path = tmp_path / "lip.yaml"
    path.write_text("backends:\n  - { id: aws, kind: bedrock, access_key_id: AKIA, base_url: 'http://10.0.0.1' }\n")
    result = run("check-config", "--config", path)
    assert result.returncode != 0
    assert "access_key_id needs secret_access_key" in result.stdout + result.stderr
    assert "loopback" in result.stdout + result.stderr
    path.write_text("backends:\n  - { id: aws, kind: bedrock, access_key_id: AKIASEEN, secret_access_key: s3cr3ts3cr3t }\n")
    shown = run("inventory", "--config", path).stdout
    assert "https://bedrock-runtime.us-east-1.amazonaws.com" in shown and "s3cr3t" not in shown


# Answers


def test_text_and_usage_streamed_and_whole(lip, mock):
    usage = {"input": 11, "output": 7, "cached": 4}
    mock.script(mock.on(MODEL, text=["Grüße, ", "世界"], usage=usage))
    client = sdk(lip)
    whole = client.chat.completions.create(model=f"aws:{MODEL}", messages=MESSAGES)
    chunks = list(client.chat.completions.create(
        model=f"aws:{MODEL}", messages=MESSAGES, stream=True, stream_options={"include_usage": True}))
    assert whole.choices[0].message.content == "Grüße, 世界"
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "Grüße, 世界"
    assert [c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason] == ["stop"]
    for counts in (whole.usage, chunks[-1].usage):
        assert (counts.prompt_tokens, counts.completion_tokens, counts.total_tokens) == (11, 7, 18)
        assert counts.prompt_tokens_details.cached_tokens == 4


def test_messages_client_streamed_equals_whole(messages, mock):
    calls = [{"id": "tooluse_1", "name": "weather", "arguments": ['{"ci', 'ty": "Paris"}']}]
    mock.script(mock.on(MODEL, reasoning=["hm ", "hm"], text=["Let me ", "see."], tool_calls=calls,
                        usage={"input": 11, "output": 7, "cached": 4}))
    asked = {"model": f"aws:{MODEL}", "max_tokens": 2000, "messages": MESSAGES,
             "tools": [{"name": "weather", "description": "Weather", "input_schema": WEATHER}]}
    whole = messages.messages.create(**asked)
    with messages.messages.stream(**asked) as stream:
        streamed = stream.get_final_message()

    def said(message):
        return [block.model_dump(exclude_none=True) for block in message.content], message.stop_reason, (
            message.usage.input_tokens, message.usage.output_tokens, message.usage.cache_read_input_tokens)

    assert said(streamed) == said(whole)
    blocks, reason, counts = said(whole)
    assert [block["type"] for block in blocks] == ["thinking", "text", "tool_use"]
    assert blocks[0]["thinking"] == "hm hm" and blocks[2]["input"] == {"city": "Paris"}
    assert (reason, counts) == ("tool_use", (7, 7, 4))


def test_tools_and_sealed_thinking_over_two_turns(messages, mock):
    calls = [{"id": "tooluse_1", "name": "weather", "arguments": '{"city":"Paris"}'},
             {"id": "tooluse_2", "name": "weather", "arguments": "{}"}]
    mock.script({"match": {"model": MODEL, "nth": 1}, "reply": {"reasoning": "hm", "text": [], "tool_calls": calls}},
                mock.on(MODEL, text="Sunny."))
    asked = {"model": f"aws:{MODEL}", "max_tokens": 2000,
             "tools": [{"name": "weather", "description": "Weather", "input_schema": WEATHER}]}
    first = messages.messages.create(messages=MESSAGES, **asked)
    results = [{"type": "tool_result", "tool_use_id": block.id, "content": "20 degrees"}
               for block in first.content if block.type == "tool_use"]
    raw = messages.messages.with_raw_response.create(**asked, messages=MESSAGES + [
        {"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in first.content]},
        {"role": "user", "content": results}])
    assert raw.parse().content[0].text == "Sunny."
    assert "x-lip-dropped-fields" not in raw.headers
    turn = body_of(mock)["messages"][1]["content"]
    # lipmock refuses a seal that is not its own.
    assert turn[0] == {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "mock-seal"}}}
    assert [block["toolUse"]["toolUseId"] for block in turn[1:]] == ["tooluse_1", "tooluse_2"]


def test_chat_tools_over_two_turns(lip, mock):
    calls = [{"id": "tooluse_1", "name": "weather", "arguments": ['{"ci', 'ty":"Paris"}']}]
    mock.script({"match": {"model": MODEL, "nth": 1}, "reply": {"text": [], "tool_calls": calls}},
                mock.on(MODEL, text="Sunny."))
    tools = [{"type": "function", "function": {"name": "weather", "parameters": WEATHER}}]
    client = sdk(lip)
    with client.chat.completions.stream(model=f"aws:{MODEL}", messages=MESSAGES, tools=tools) as stream:
        first = stream.get_final_completion().choices[0]
    assert first.finish_reason == "tool_calls"
    call = first.message.tool_calls[0]
    assert (call.id, call.function.name, json.loads(call.function.arguments)) == (
        "tooluse_1", "weather", {"city": "Paris"})
    said = client.chat.completions.create(model=f"aws:{MODEL}", messages=MESSAGES + [
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": call.id, "type": "function", "function": {"name": "weather", "arguments": call.function.arguments}}]},
        {"role": "tool", "tool_call_id": call.id, "content": "20 degrees"}])
    assert said.choices[0].message.content == "Sunny."
    # The second request declares no tools; Bedrock would refuse its history.
    assert body_of(mock)["toolConfig"]["tools"][0]["toolSpec"]["name"] == "weather"


def test_an_image_goes_as_bytes(lip, mock):
    mock.script(mock.on(MODEL, text="A picture."))
    content = [{"type": "text", "text": "What?"},
               {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}]
    sdk(lip).chat.completions.create(model=f"aws:{MODEL}", messages=[{"role": "user", "content": content}])
    assert body_of(mock)["messages"][0]["content"][1] == {"image": {"format": "png", "source": {"bytes": PNG}}}


def test_what_has_no_place_is_named(lip, mock):
    mock.script(mock.on(MODEL, text="Hi"))
    raw = sdk(lip).chat.completions.with_raw_response.create(
        model=f"aws:{MODEL}", messages=MESSAGES, seed=1, n=2, logprobs=True)
    assert raw.headers["x-lip-dropped-fields"].split(", ") == ["n", "seed", "logprobs"]


# Failures


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_throttling_fails_over(start_lip, mock, stream):
    # The throttled key rests, which is no matter of other tests.
    lip = start_lip(configuration(bedrock(mock.url), backend("other", mock.url)))
    mock.script(mock.on(MODEL, error={"status": 429, "message": "Too many tokens", "type": "ThrottlingException"}),
                mock.on("spare", text="Here."))
    raw = sdk(lip).chat.completions.with_raw_response.create(
        model=f"aws:{MODEL}|other:spare", messages=MESSAGES, stream=stream)
    said = raw.parse()
    text = "".join(c.choices[0].delta.content or "" for c in said if c.choices) if stream else (
        said.choices[0].message.content)
    assert text == "Here."


def test_throttling_alone_is_a_429(start_lip, mock):
    lip = start_lip(configuration(bedrock(mock.url)))
    mock.script(mock.on(MODEL, error={"status": 429, "message": "Too many tokens", "type": "ThrottlingException"}))
    with pytest.raises(openai.RateLimitError) as raised:
        sdk(lip).chat.completions.create(model=f"aws:{MODEL}", messages=MESSAGES)
    assert "Too many tokens" in str(raised.value)


def test_a_failed_model_fails_over_although_its_status_is_a_4xx(lip, mock):
    mock.script(mock.on(MODEL, error={"status": 424, "message": "model broke", "type": "ModelErrorException"}),
                mock.on("spare", text="Here."))
    said = sdk(lip).chat.completions.create(model=f"aws:{MODEL}|other:spare", messages=MESSAGES)
    assert said.choices[0].message.content == "Here."


def test_a_conversation_that_is_too_long_is_told_as_such(lip, mock):
    mock.script(mock.on(MODEL, error={
        "status": 400, "message": "Input is too long for requested model.", "type": "ValidationException"}))
    with pytest.raises(openai.BadRequestError) as raised:
        sdk(lip).chat.completions.create(model=f"aws:{MODEL}", messages=MESSAGES)
    assert raised.value.code == "context_length_exceeded"


def test_an_exception_before_output_fails_over(lip, mock):
    error = {"status": 503, "message": "busy", "type": "ServiceUnavailableException"}
    mock.script(mock.on(MODEL, text=["never"], fault={"kind": "error_event", "after": 0, "error": error}),
                mock.on("spare", text="Here."))
    events = sdk(lip).chat.completions.create(model=f"aws:{MODEL}|other:spare", messages=MESSAGES, stream=True)
    assert "".join(c.choices[0].delta.content or "" for c in events if c.choices) == "Here."


@pytest.mark.parametrize("kind", ["ThrottlingException", "ModelStreamErrorException"])
def test_an_exception_in_the_middle_is_raised_in_band(start_lip, mock, kind):
    # A gateway each: one that is throttled leaves its credentials alone for a while.
    chats, messages = (start_lip(configuration(bedrock(mock.url), backend("other", mock.url))) for _ in range(2))
    error = {"status": 429, "message": "in the middle", "type": kind}
    fault = {"kind": "error_event", "after": 1, "error": error}
    mock.script(mock.on(MODEL, text=["Once ", "upon"], fault=fault))
    seen = ""
    with pytest.raises(openai.APIError) as raised:
        for chunk in sdk(chats).chat.completions.create(model=f"aws:{MODEL}", messages=MESSAGES, stream=True):
            seen += chunk.choices[0].delta.content or "" if chunk.choices else ""
    assert seen == "Once " and "in the middle" in str(raised.value)
    client = anthropic.Anthropic(api_key="k", base_url=messages.url, max_retries=0, timeout=30)
    with pytest.raises(anthropic.APIError) as raised:
        with client.messages.stream(model=f"aws:{MODEL}", max_tokens=9, messages=MESSAGES) as stream:
            for _ in stream.text_stream:
                pass
    assert "in the middle" in str(raised.value)


@pytest.mark.parametrize("fault", ["end", "close", "reset", "garbage_event"])
def test_a_broken_stream_never_looks_finished(lip, mock, connect, fault):
    mock.script(mock.on(MODEL, text=["Once ", "upon ", "a time"], fault={"kind": fault, "after": 1}))
    response = connect(lip).post(chat(f"aws:{MODEL}", stream=True))
    events = list(response.events())
    assert text_of(events) == "Once "
    assert "[DONE]" not in events
    assert "error" in events[-1]


def message(headers, payload):
    """One message of Amazon's framing, made with Python's own checksums."""
    fields = b"".join(
        bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for name, value in headers.items())
    prelude = struct.pack(">II", 16 + len(fields) + len(payload), len(fields))
    start = prelude + struct.pack(">I", binascii.crc32(prelude)) + fields + payload
    return start + struct.pack(">I", binascii.crc32(start))


def event(kind, value):
    return message({":event-type": kind, ":content-type": "application/json", ":message-type": "event"},
                   json.dumps(value).encode())


STREAM = event("messageStart", {"role": "assistant"}) + event(
    "contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hello"}}) + event(
    "contentBlockStop", {"contentBlockIndex": 0}) + event("messageStop", {"stopReason": "end_turn"}) + event(
    "metadata", {"usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}})
TYPE = {"content-type": "application/vnd.amazon.eventstream", "x-amzn-requestid": "req-aws-1"}


def provided(start_lip, body, headers=TYPE):
    """A gateway before a provider that answers with these bytes."""
    provider = Provider(lambda request: request.send(answer(200, body, headers)))
    return start_lip(configuration(bedrock(provider.url), rest="  max_attempts: 1\n")), provider


def test_a_stream_made_by_other_code_is_read(start_lip, connect):
    lip, provider = provided(start_lip, STREAM)
    response = connect(lip).post(chat(f"aws:{MODEL}", stream=True))
    events = list(response.events())
    assert text_of(events) == "Hello" and events[-1] == "[DONE]"
    assert response.headers["x-lip-upstream-request-id"] == "req-aws-1"
    provider.close()


@pytest.mark.parametrize("position", [3, 9, 20, -10])
def test_a_changed_byte_is_never_taken_for_an_answer(start_lip, connect, position):
    broken = bytearray(STREAM)
    broken[position] ^= 4
    lip, provider = provided(start_lip, bytes(broken))
    response = connect(lip).post(chat(f"aws:{MODEL}", stream=True))
    if response.status == 200:
        events = list(response.events())
        assert "[DONE]" not in events and "error" in events[-1]
    else:
        assert response.status == 502
    provider.close()


def test_server_sent_events_are_not_what_bedrock_streams(start_lip, connect):
    lip, provider = provided(start_lip, b"data: {}\n\n", {"content-type": "text/event-stream"})
    response = connect(lip).post(chat(f"aws:{MODEL}", stream=True))
    assert response.status == 502 and "text/event-stream" in response.read().decode()
    provider.close()
