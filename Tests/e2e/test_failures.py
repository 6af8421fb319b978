"""What the client sees when providers fail, beyond what each fault leads to (test_fault_table.py)."""

import json

import openai
import pytest

from harness.clients import sdk
from harness.configuration import backend, configuration
from harness.processes import get, until
from harness.raw import chat, text_of

MESSAGES = [{"role": "user", "content": "Hello"}]


@pytest.fixture
def two(start_lip, mock, second_mock):
    """A gateway before a provider for trouble (`bad`) and one that is well (`good`)."""
    second_mock.script(second_mock.on("good", text=["All ", "well"]))
    return start_lip(configuration(
        [backend("bad", mock.url, key="sk-bad-key-000000"), backend("good", second_mock.url)], "bad:bad|good:good"))


def test_the_default_route_fails_over_too(two, mock, connect):
    mock.script(mock.on("*", error={"status": 503}))
    response = connect(two).post(chat(""))
    assert response.status == 400
    mock.script(mock.on("bad", error={"status": 503}))
    response = connect(two).post(chat("anything"), headers={"x-lip-route": "bad:bad|good:good"})
    assert response.json()["choices"][0]["message"]["content"] == "All well"


@pytest.mark.parametrize("status, kind", [
    (400, openai.BadRequestError), (404, openai.NotFoundError), (409, openai.ConflictError),
    (413, openai.APIStatusError), (422, openai.UnprocessableEntityError)])
@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_a_refusal_of_the_request_surfaces_at_once(two, mock, second_mock, status, kind, stream):
    error = {"status": status, "message": f"no such {status} thing", "code": "odd_code", "param": "messages"}
    mock.script(mock.on("bad", error=error))
    with sdk(two) as client, pytest.raises(kind, match=f"no such {status} thing") as raised:
        client.chat.completions.create(model="bad:bad|good:good", messages=MESSAGES, stream=stream)
    assert raised.value.status_code == status
    assert raised.value.code == "odd_code"
    assert raised.value.param == "messages"
    assert len(mock.requests()) == 1
    assert second_mock.requests() == []


@pytest.mark.parametrize("status", [401, 403])
def test_refused_keys_of_the_gateway_are_not_the_clients_fault(start_lip, mock, status):
    lip = start_lip(configuration([backend("mock", mock.url)], "mock:mock"))
    mock.script(mock.on("keys", error={"status": status, "message": "who are you?"}))
    with sdk(lip) as client, pytest.raises(openai.InternalServerError) as raised:
        client.chat.completions.create(model="mock:keys", messages=MESSAGES)
    assert raised.value.status_code == 502


def test_anthropics_clients_are_told_of_refused_keys_and_unknown_models_in_its_words(start_lip, mock, connect):
    client = connect(start_lip(configuration([backend("mock", mock.url)], "mock:mock")))

    def ask(model):
        body = {"model": f"mock:{model}", "max_tokens": 9, "messages": MESSAGES}
        response = client.post(body, "/v1/messages")
        return response.status, response.json()["error"]["type"]

    mock.script(mock.on("gone", error={"status": 404, "type": "invalid_request_error", "code": "model_not_found"}),
                mock.on("keys", error={"status": 401, "type": "invalid_request_error", "message": "who are you?"}))
    assert ask("gone") == (404, "not_found_error")
    # The second request finds no key that it could try.
    assert [ask("keys"), ask("keys")] == [(502, "api_error")] * 2
    assert len(mock.requests("keys")) == 1


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
@pytest.mark.parametrize("status, told", [
    (500, (502, "api_error")), (503, (502, "api_error")), (529, (502, "api_error")), (504, (504, "timeout_error")),
    (400, (400, "invalid_request_error")), (401, (502, "api_error")), (403, (502, "api_error")),
    (404, (404, "not_found_error")), (413, (413, "request_too_large")), (429, (429, "rate_limit_error"))])
def test_an_anthropic_client_gets_the_status_of_the_table_with_its_type(
        start_lip, mock, connect, status, told, stream):
    lip = start_lip(configuration(
        [backend("an", mock.url, kind="anthropic", base_url=f'"{mock.url}"')], "an:m", rest="  retry_wait_max: 0s\n"))
    mock.script(mock.on("m", error={"status": status, "message": "no"}))
    response = connect(lip).post(
        {"model": "an:m", "max_tokens": 9, "messages": MESSAGES, "stream": stream}, "/v1/messages")
    assert (response.status, response.json()["error"]["type"]) == told


@pytest.mark.parametrize("status, seconds, told", [(503, 0, None), (503, 77, 77), (429, 0, None), (400, 7, None)])
def test_a_client_is_never_told_to_wait_for_no_time(start_lip, mock, connect, status, seconds, told):
    lip = start_lip(configuration([backend("mock", mock.url)], "mock:m", rest="  retry_wait_max: 0s\n"))
    mock.script(mock.on("m", error={"status": status, "message": "no"}, headers={"retry-after": str(seconds)}))
    response = connect(lip).post(chat("mock:m"))
    assert response.status == {503: 502}.get(status, status)
    shown = response.headers.get("retry-after")
    assert shown is None if status == 400 else shown is None or int(shown) >= 1
    if told:
        assert 1 <= int(shown) <= told


@pytest.mark.parametrize("status, kind, asked", [
    (401, openai.InternalServerError, 1), (403, openai.InternalServerError, 1), (429, openai.RateLimitError, 3)])
@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_a_server_without_keys_that_refuses_is_not_asked_for_ever(start_lip, mock, status, kind, asked, stream):
    lip = start_lip(configuration([backend("own", mock.url, key=None, kind="vllm")], "own:m"))
    mock.script(mock.on("m", error={"status": status, "message": "not like this"}))
    with sdk(lip) as client, pytest.raises(kind, match="not like this"):
        client.chat.completions.create(model="own:m", messages=MESSAGES, stream=stream)
    assert len(mock.requests("m")) == asked


def test_readiness_tells_of_a_key_that_the_provider_refused(start_lip, mock):
    lip = start_lip(configuration([backend("mock", mock.url)], "mock:mock"))
    assert get(f"{lip.url}/readyz")[0] == 200
    mock.script(mock.on("keys", error={"status": 401, "message": "who are you?"}))
    with sdk(lip) as client:
        with pytest.raises(openai.InternalServerError, match="who are you"):
            client.chat.completions.create(model="mock:keys", messages=MESSAGES)
        with pytest.raises(openai.InternalServerError, match="refused every key"):
            client.chat.completions.create(model="mock:keys", messages=MESSAGES)
    status, _, body = get(f"{lip.url}/readyz")
    assert status == 503
    assert "refused" in json.loads(body)["backends"][0]["missing"]


def test_readiness_tells_of_a_header_that_the_provider_refused_until_it_is_accepted(start_lip, mock, connect):
    lip = start_lip(configuration(
        [backend("own", mock.url, api_key=None, headers='{ Authorization: "Bearer sk-a-static-credential" }')], "own:m"))
    assert get(f"{lip.url}/readyz")[0] == 200
    mock.script({"match": {"model": "m"}, "times": 1, "reply": {"error": {"status": 401, "message": "who are you?"}}},
                mock.on("m", text="Hello."))
    client = connect(lip)
    for model_status, ready, told in [(502, 503, "refused"), (200, 200, None)]:
        assert client.post(chat("own:m")).status == model_status
        status, _, body = get(f"{lip.url}/readyz")
        assert status == ready
        assert ("Authorization" in json.loads(body)["backends"][0].get("missing", "")) == (ready == 503)
        legs = json.loads(get(f"{lip.url}/admin/legs")[2])
        assert [row.get("credential") for row in legs["legs"] + legs["backends"]] == [told, told]
        client = connect(lip)


def test_a_client_that_leaves_in_mid_stream_is_counted(lip, mock, connect):
    mock.script(mock.on("long", chunks=1000, gap_ms=10))
    connection = connect(lip)
    next(connection.post(chat("mock:long", stream=True)).events())
    connection.close()
    until(lambda: b"lip_client_cancellations_total 1\n" in get(f"{lip.url}/metrics")[2], "the client is counted")


def test_the_log_tells_how_a_transport_broke_in_mid_stream(start_lip, mock, connect):
    lip = start_lip(configuration([backend("mock", mock.url)], "mock:mock"))
    mock.script(mock.on("cut", fault={"kind": "reset", "after": 2}))
    list(connect(lip).post(chat("mock:cut", stream=True)).events())
    until(lambda: '"attempt.failed"' in lip.output, "the failure is logged")
    (line,) = [json.loads(line) for line in lip.output.splitlines() if "attempt.failed" in line]
    assert "reset" in line["detail"].lower()
    assert line["next"] == "in_band_error"


def test_a_rate_limited_provider_with_a_long_wait_is_passed_on_with_its_retry_after(start_lip, mock):
    lip = start_lip(configuration([backend("mock", mock.url)], "mock:mock"))
    mock.script(mock.on(
        "busy", error={"status": 429, "message": "slow down please", "code": "rate_limit_exceeded"},
        headers={"retry-after": "77"}))
    with sdk(lip) as client, pytest.raises(openai.RateLimitError, match="slow down please") as raised:
        client.chat.completions.create(model="mock:busy", messages=MESSAGES)
    assert 1 <= int(raised.value.response.headers["retry-after"]) <= 77
    assert len(mock.requests()) == 1


@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_a_provider_that_keeps_failing_surfaces_with_its_message(start_lip, mock, status, stream):
    lip = start_lip(configuration([backend("mock", mock.url)], "mock:mock"))
    mock.script(mock.on("broken", error={"status": status, "message": "the model has caught fire"}))
    with sdk(lip) as client, pytest.raises(openai.InternalServerError, match="the model has caught fire") as raised:
        client.chat.completions.create(model="mock:broken", messages=MESSAGES, stream=stream)
    assert raised.value.status_code == 502
    assert len(mock.requests()) == 3, "max_attempts"


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_a_single_provider_survives_a_blip(start_lip, mock, connect, stream):
    lip = start_lip(configuration([backend("mock", mock.url)], "mock:mock"))
    mock.script({"match": {"model": "blip"}, "times": 1, "reply": {"fault": "close_before_head"}},
                mock.on("blip", text=["Back ", "again"]))
    response = connect(lip).post(chat("mock:blip", stream=stream))
    assert response.status == 200
    text = text_of(list(response.events())) if stream else response.json()["choices"][0]["message"]["content"]
    assert text == "Back again"
    assert len(mock.requests()) == 2


def test_the_sdk_raises_when_a_stream_is_cut(two, mock):
    mock.script(mock.on("bad", text=["Once ", "upon "], fault={"kind": "reset", "after": 1}))
    seen = []
    with sdk(two) as client, pytest.raises(openai.APIError) as raised:
        for chunk in client.chat.completions.create(model="bad:bad", messages=MESSAGES, stream=True):
            seen += [choice.delta.content for choice in chunk.choices if choice.delta.content]
    assert seen == ["Once "]
    assert type(raised.value) is openai.APIError, "by the error event, not by a connection that broke"


def test_the_providers_own_stream_error_keeps_its_message(two, mock):
    mock.script(mock.on("bad", fault={
        "kind": "error_event", "after": 1, "error": {"message": "context window flooded", "code": "flood"}}))
    with sdk(two) as client, pytest.raises(openai.APIError, match="context window flooded"):
        list(client.chat.completions.create(model="bad:bad", messages=MESSAGES, stream=True))


def test_a_stream_without_terminator_but_with_finish_reason_is_finished_by_the_gateway(two, mock, connect):
    mock.script(mock.on("bad", text=["Fine"], done=False))
    events = list(connect(two).post(chat("bad:bad", stream=True)).events())
    assert text_of(events) == "Fine"
    assert events[-1] == "[DONE]"


def test_silence_is_bridged_by_comments_and_what_was_held_back_follows(start_lip, mock, connect):
    lip = start_lip(configuration(
        [backend("mock", mock.url)], "mock:mock", server="  stream_head_timeout: 100ms\n"))
    mock.script(mock.on("slow", text=["At ", "last"], gate="go"))
    response = connect(lip).post(chat("mock:slow", stream=True))
    assert response.status == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    blocks = response.blocks()
    assert next(blocks).startswith(":"), "a comment, which SDKs pass over"
    mock.release("go")
    events = [json.loads(b[6:]) for b in blocks if b.startswith("data: {")]
    assert text_of(events) == "At last"


def test_the_sdk_accepts_keep_alives(start_lip, mock):
    lip = start_lip(configuration(
        [backend("mock", mock.url)], "mock:mock", server="  stream_head_timeout: 50ms\n"))
    mock.script(mock.on("slow", text=["At ", "last"], delay_ms=300))
    with sdk(lip) as client:
        stream = client.chat.completions.create(model="mock:slow", messages=MESSAGES, stream=True)
        assert "".join(c.choices[0].delta.content or "" for c in stream if c.choices) == "At last"


def test_failover_still_works_after_the_head_went_out(start_lip, mock, second_mock, connect):
    lip = start_lip(configuration(
        [backend("bad", mock.url), backend("good", second_mock.url)], "bad:bad|good:good",
        server="  stream_head_timeout: 50ms\n"))
    mock.script(mock.on("bad", gate="go", error={"status": 503}))
    second_mock.script(second_mock.on("good", text=["Saved"]))
    response = connect(lip).post(chat("bad:bad|good:good", stream=True))
    blocks = response.blocks()
    assert next(blocks).startswith(":")
    mock.release("go")
    rest = list(blocks)
    assert text_of([json.loads(b[6:]) for b in rest if b.startswith("data: {")]) == "Saved"
    assert rest[-1] == "data: [DONE]"


def test_a_failure_after_the_head_went_out_is_an_error_event(start_lip, mock, connect):
    lip = start_lip(configuration(
        [backend("mock", mock.url)], "mock:mock", server="  stream_head_timeout: 50ms\n"))
    mock.script(mock.on("bad", gate="go", error={"status": 400, "message": "not like this"}))
    response = connect(lip).post(chat("mock:bad", stream=True))
    blocks = response.blocks()
    assert next(blocks).startswith(":")
    mock.release("go")
    events = [json.loads(b[6:]) for b in blocks if b.startswith("data: {")]
    assert [event["error"]["message"] for event in events] == ["not like this"]
