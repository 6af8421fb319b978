"""Chat completions through the gateway with the real SDK: what goes in and what comes out."""

import concurrent.futures
import json

import pytest

from harness.clients import sdk
from harness.configuration import KEY, backend, configuration
from harness.raw import chat, text_of

MESSAGES = [{"role": "user", "content": "Hello"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather", "description": "The weather in a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}


def test_unary_answer_carries_text_finish_reason_and_usage(client, mock):
    mock.script(mock.on("plain", text=["Grüße, ", "世界"], usage={"input": 11, "output": 7, "cached": 4}))
    answer = client.chat.completions.create(model="mock:plain", messages=MESSAGES)
    assert answer.choices[0].message.content == "Grüße, 世界"
    assert answer.choices[0].finish_reason == "stop"
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (11, 7, 18)
    assert answer.usage.prompt_tokens_details.cached_tokens == 4


def test_stream_arrives_piece_by_piece_and_ends_well(client, mock):
    mock.script(mock.on("pieces", text=["one ", "two ", "three"], fault={"kind": "gate", "after": 2, "gate": "go"}))
    stream = client.chat.completions.create(model="mock:pieces", messages=MESSAGES, stream=True)
    seen, chunks = [], iter(stream)
    for chunk in chunks:
        if chunk.choices and chunk.choices[0].delta.content:
            seen.append(chunk.choices[0].delta.content)
        if len(seen) == 2:
            break
    # The provider holds the third piece back: the first two came through without it.
    assert seen == ["one ", "two "]
    mock.release("go")
    rest = list(chunks)
    assert "".join(c.choices[0].delta.content or "" for c in rest if c.choices) == "three"
    assert [c.choices[0].finish_reason for c in rest if c.choices and c.choices[0].finish_reason] == ["stop"]


@pytest.mark.parametrize("asked", [True, False])
def test_stream_usage_reaches_the_client_only_when_asked_for(lip, mock, connect, asked):
    more = {"stream_options": {"include_usage": True}} if asked else {}
    response = connect(lip).post(chat("mock:mock-n3", stream=True, **more))
    events = list(response.events())
    assert events[-1] == "[DONE]"
    assert text_of(events) == " the quick brown"
    usages = [event["usage"] for event in events[:-1] if event.get("usage")]
    if asked:
        assert [usage["completion_tokens"] for usage in usages] == [3]
        assert events[-2]["choices"] == []
    else:
        assert usages == []
        assert all(event["choices"] for event in events[:-1]), "the usage chunk must stay hidden"


def test_gateway_asks_the_provider_for_usage_even_if_the_client_does_not(lip, mock, connect):
    list(connect(lip).post(chat("mock:mock-n1", stream=True)).events())
    (request,) = mock.requests()
    assert json.loads(request["body"])["stream_options"]["include_usage"] is True


def test_parallel_tool_calls_over_two_turns(client, mock):
    calls = [
        {"id": "call_a", "name": "weather", "arguments": ['{"ci', 'ty":"Pa', 'ris"}']},
        {"id": "call_b", "name": "weather", "arguments": ['{"city":', '"Oslo"}']}]
    mock.script(
        {"name": "calls", "match": {"model": "tools", "nth": 1}, "reply": {"tool_calls": calls, "interleave": True}},
        {"name": "answer", "match": {"model": "tools"}, "reply": {"text": ["Sunny ", "and cold"]}})
    stream = client.chat.completions.create(model="mock:tools", messages=MESSAGES, tools=[WEATHER], stream=True)
    gathered, finish = {}, None
    for chunk in stream:
        for choice in chunk.choices:
            finish = choice.finish_reason or finish
            for delta in choice.delta.tool_calls or []:
                call = gathered.setdefault(delta.index, {"id": None, "name": None, "arguments": "", "ids": 0})
                if delta.id:
                    call["id"] = delta.id
                    call["ids"] += 1
                call["name"] = delta.function.name or call["name"]
                call["arguments"] += delta.function.arguments or ""
    assert finish == "tool_calls"
    assert [gathered[i]["id"] for i in (0, 1)] == ["call_a", "call_b"]
    assert [gathered[i]["ids"] for i in (0, 1)] == [1, 1]
    assert [json.loads(gathered[i]["arguments"]) for i in (0, 1)] == [{"city": "Paris"}, {"city": "Oslo"}]

    turn = MESSAGES + [
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": gathered[i]["id"], "type": "function",
             "function": {"name": gathered[i]["name"], "arguments": gathered[i]["arguments"]}} for i in (0, 1)]},
        {"role": "tool", "tool_call_id": "call_a", "content": "sunny"},
        {"role": "tool", "tool_call_id": "call_b", "content": "cold"}]
    # The provider checks that each tool message answers a call; it would refuse a turn that was changed on its way.
    answer = client.chat.completions.create(model="mock:tools", messages=turn, tools=[WEATHER])
    assert answer.choices[0].message.content == "Sunny and cold"
    assert json.loads(mock.requests()[1]["body"])["messages"] == turn


def test_unary_tool_call(client, mock):
    mock.script(mock.on("tool", tool_calls=[{"id": "call_x", "name": "weather", "arguments": '{"city":"Rome"}'}]))
    answer = client.chat.completions.create(model="mock:tool", messages=MESSAGES, tools=[WEATHER])
    (call,) = answer.choices[0].message.tool_calls
    assert (call.id, call.function.name, call.function.arguments) == ("call_x", "weather", '{"city":"Rome"}')
    assert answer.choices[0].finish_reason == "tool_calls"
    assert answer.choices[0].message.content is None


def test_images_reach_the_provider_as_they_were(client, mock):
    image = "data:image/png;base64," + "iVBORw0KGgo+/AAA" * 4096
    content = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": image, "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}]
    mock.script(mock.on("eyes", text=["A cat"]))
    answer = client.chat.completions.create(model="mock:eyes", messages=[{"role": "user", "content": content}])
    assert answer.choices[0].message.content == "A cat"
    (request,) = mock.requests()
    assert json.loads(request["body"])["messages"][0]["content"] == content


def test_reasoning_and_refusal_survive(lip, mock, connect):
    mock.script(
        mock.on("thinker", reasoning=["Hm, ", "well"], text=["Yes"]), mock.on("shy", refusal=["I ", "won't"]))
    events = list(connect(lip).post(chat("mock:thinker", stream=True)).events())
    deltas = [event["choices"][0]["delta"] for event in events[:-1] if event["choices"]]
    assert "".join(delta.get("reasoning_content") or "" for delta in deltas) == "Hm, well"
    assert text_of(events) == "Yes"
    events = list(connect(lip).post(chat("mock:shy", stream=True)).events())
    deltas = [event["choices"][0]["delta"] for event in events[:-1] if event["choices"]]
    assert "".join(delta.get("refusal") or "" for delta in deltas) == "I won't"


def test_several_choices(client):
    answer = client.chat.completions.create(model="mock:mock-n2", messages=MESSAGES, n=3)
    assert [choice.message.content for choice in answer.choices] == [" the quick"] * 3
    texts = {}
    for chunk in client.chat.completions.create(model="mock:mock-n2", messages=MESSAGES, n=3, stream=True):
        for choice in chunk.choices:
            texts[choice.index] = texts.get(choice.index, "") + (choice.delta.content or "")
    assert texts == {0: " the quick", 1: " the quick", 2: " the quick"}


def test_request_is_carried_byte_for_byte_but_for_the_model(lip, mock, connect):
    body = (
        '{ "messages":[ {"role":"user","content":"caf\\u00e9 \\/ \U0001F98A"} ],"seed":1234567890123456789,\n'
        '  "model" : "mock:carried" ,"temperature":1.0e-1,"x_vendor":{"a":[1.50,null ,true,123456789012345678901234567890]},'
        '"metadata":{"k":"v"} }')
    assert connect(lip).post(body.encode()).status == 200
    (request,) = mock.requests()
    assert request["body"] == body.replace('"mock:carried"', '"carried"')


def test_answer_is_carried_byte_for_byte(lip, mock, connect):
    body = (
        '{"id":"x", "object":"chat.completion","created":1,"model":"carried","choices":[{"index":0,"message":'
        '{"role":"assistant","content":"h\\u00e9 \\/"},"finish_reason":"stop"}],\n "usage":{"prompt_tokens":1,'
        '"completion_tokens":2,"total_tokens":3,"x_cost":0.000123000},"x_vendor":[1.0 , 2e3]}')
    mock.script(mock.on("carried", body=body))
    assert connect(lip).post(chat("mock:carried")).read().decode() == body


def test_provider_gets_the_gateways_key_and_not_the_clients(lip, mock, connect):
    response = connect(lip).post(
        chat("mock:mock-n1"), headers={
            "authorization": "Bearer sk-client-secret", "cookie": "session=1", "x-api-key": "sk-other"})
    assert response.status == 200
    (request,) = mock.requests()
    headers = {name.lower(): value for name, value in request["headers"]}
    assert headers["authorization"] == f"Bearer {KEY}"
    assert "cookie" not in headers and "x-api-key" not in headers
    assert "sk-client-secret" not in str(request) and "sk-other" not in str(request)


@pytest.mark.parametrize("shape", [
    {"line_ending": "crlf"}, {"line_ending": "cr"}, {"trickle": {"bytes": 1}}, {"trickle": {"bytes": 7}},
    {"framing": "close"}, {"framing": "length"}, {"comments": ["PROCESSING", ""]}, {"role_chunk": False},
    {"headers": {"content-type": "text/event-stream"}}], ids=str)
def test_any_lawful_shape_of_stream_is_understood(lip, mock, connect, shape):
    mock.script(mock.on("shape", text=["Grüße ", "", "🦊", " end"], **shape))
    response = connect(lip).post(chat("mock:shape", stream=True))
    events = list(response.events())
    assert text_of(events) == "Grüße 🦊 end"
    assert events[-1] == "[DONE]" and response.complete


@pytest.mark.parametrize("shape", [
    {"trickle": {"bytes": 3}}, {"framing": "close"}, {"framing": "chunked"},
    {"headers": {"content-type": "application/json; charset=UTF-8"}}], ids=str)
def test_any_lawful_shape_of_plain_answer_is_understood(client, mock, shape):
    mock.script(mock.on("shape", text=["Grüße 🦊"], **shape))
    answer = client.chat.completions.create(model="mock:shape", messages=MESSAGES)
    assert answer.choices[0].message.content == "Grüße 🦊"


@pytest.mark.parametrize("stream", [False, True])
def test_a_provider_that_compresses_unasked_is_understood(lip, mock, connect, stream):
    mock.script(mock.on("zip", text=["Grüße ", "🦊"], gzip=True))
    response = connect(lip).post(chat("mock:zip", stream=stream))
    if stream:
        assert text_of(list(response.events())) == "Grüße 🦊"
    else:
        assert "content-encoding" not in response.headers
        assert response.json()["choices"][0]["message"]["content"] == "Grüße 🦊"


def test_long_answers_arrive_whole(lip, mock, connect):
    pieces = [f"{index} " + "x" * 2000 for index in range(2000)]
    mock.script(mock.on("long", text=pieces))
    assert text_of(list(connect(lip).post(chat("mock:long", stream=True)).events())) == "".join(pieces)
    answer = connect(lip).post(chat("mock:long")).json()
    assert answer["choices"][0]["message"]["content"] == "".join(pieces)


def test_many_streams_at_once_do_not_mix(lip, mock):
    names = [f"m{index}" for index in range(64)]
    mock.script(*(mock.on(name, text=[f"{name}:{piece} " for piece in range(20)], gap_ms=1) for name in names))
    with sdk(lip) as client, concurrent.futures.ThreadPoolExecutor(32) as pool:
        def ask(name):
            stream = client.chat.completions.create(model=f"mock:{name}", messages=MESSAGES, stream=True)
            return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)

        texts = list(pool.map(ask, names))
    assert texts == ["".join(f"{name}:{piece} " for piece in range(20)) for name in names]


def test_a_connection_serves_requests_one_after_the_other(lip, connect):
    connection = connect(lip)
    for count in range(1, 6):
        stream = count % 2 == 0
        response = connection.post(chat(f"mock:mock-n{count}", stream=stream))
        assert response.status == 200
        body = response.read()
        assert response.complete and body


def test_pipelined_requests_are_answered_in_order(lip, connect):
    connection = connect(lip)
    for count in (2, 1):
        connection.post_without_reading(chat(f"mock:mock-n{count}"))
    first = connection.response()
    assert first.json()["choices"][0]["message"]["content"] == " the quick"
    second = connection.response()
    assert second.json()["choices"][0]["message"]["content"] == " the"


def test_unknown_model_goes_to_the_default_routes_backend_under_its_own_name(client, mock):
    client.chat.completions.create(model="never-heard-of", messages=MESSAGES)
    assert [request["model"] for request in mock.requests()] == ["never-heard-of"]


def test_aliases_and_logical_models_decide_the_provider(start_lip, mock, second_mock):
    lip = start_lip(configuration(
        [backend("one", mock.url), backend("two", second_mock.url)], "one:mock",
        rest='model_aliases:\n  - { pattern: "^fast-(.*)$", replacement: "two:$1" }\n'
             'models:\n  house: "two:mock-n2"\n'))
    with sdk(lip) as client:
        answer = client.chat.completions.create(model="fast-mock-n1", messages=MESSAGES)
        assert answer.choices[0].message.content == " the"
        assert client.chat.completions.create(model="house", messages=MESSAGES).choices[0].message.content == " the quick"
    assert [request["model"] for request in second_mock.requests()] == ["mock-n1", "mock-n2"]
    assert mock.requests() == []


def test_the_route_header_wins_over_the_model(lip, mock, connect):
    response = connect(lip).post(chat("mock:ignored"), headers={"x-lip-route": "mock:chosen"})
    assert response.status == 200
    assert [request["model"] for request in mock.requests()] == ["chosen"]


def test_route_parameters_override_the_requests(lip, mock, connect):
    response = connect(lip).post(chat("mock:tuned?temperature=0.25&max_tokens=7", temperature=1))
    assert response.status == 200
    body = json.loads(mock.requests()[0]["body"])
    assert (body["model"], body["temperature"], body["max_completion_tokens"]) == ("tuned", 0.25, 7)
