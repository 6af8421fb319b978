"""Agents as a provider (Agent Client Protocol): a handshake before each prompt, and clients that know nothing of it."""

import json

import openai
import pytest

from harness.clients import sdk
from harness.configuration import backend
from harness.dialects import FRONTENDS, PDF, PNG, SCHEMA, Asked, Refused, ask
from harness.processes import Lip, Mock, run, until
from harness.provider import END, Provider, answer, chunk
from harness.raw import chat, text_of
from harness.records import latest, metric

FRONTEND = pytest.mark.parametrize("frontend", FRONTENDS)
STREAMED = pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
MESSAGES = [{"role": "user", "content": "Hello"}]


def agent(url, path, name=None, **more):
    """One row of `backends:` for an agent at a path of lipmock: its name, and what it can do."""
    fields = {"id": name or path.split("/")[0], "kind": "acp", "base_url": f'"{url}/{path}"', **more}
    return "  - { " + ", ".join(f"{key}: {value}" for key, value in fields.items()) + " }\n"


def configuration(*rows, rest=""):
    """A gateway that neither waits for its last leg nor leaves it alone."""
    rest = "  retry_wait_max: 0s\n  health: { circuit_breaker: { enabled: false } }\n" + rest
    return f"server:\n  address: 127.0.0.1:0\nbackends:\n{''.join(rows)}routing:\n{rest}"


@pytest.fixture(scope="module")
def lip(mock, tmp_path_factory):
    process = Lip(tmp_path_factory.mktemp("lip"), configuration(
        agent(mock.url, "coder"), agent(mock.url, "viewer/image/audio/context/close", cwd="/srv"),
        backend("other", mock.url)))
    yield process
    process.stop()


@pytest.fixture(scope="module")
def clients(lip):
    return {name: client(lip) for name, client in FRONTENDS.items()}


def message(mock, model):
    """The message that an agent received last: a prompt by the agent's name, others by the method behind it."""
    return json.loads(mock.requests(model)[-1]["body"])


def prompt(mock, model):
    return message(mock, model)["params"]["prompt"]


# Answers


@FRONTEND
@STREAMED
def test_text_system_prompt_and_usage(clients, mock, frontend, stream):
    mock.script(mock.on("coder", text=["Good ", "day ", "🦊"], usage={"input": 21, "output": 9, "cached": 5}))
    said = clients[frontend].ask("coder:agent", ask("Hello", system="Be kind", max_tokens=None), stream)
    assert (said.text, said.stop, said.usage) == ("Good day 🦊", "stop", (21, 9))
    assert said.headers["x-lip-b-leg"].startswith("backend=coder; model=agent;")
    assert prompt(mock, "coder") == [
        {"type": "text", "text": text} for text in ("[System]\n", "Be kind", "\n\n[User]\n", "Hello")]
    # Anthropic's protocol must have a limit, which is nothing that an agent can be told.
    assert said.dropped == (["max_tokens"] if frontend == "anthropic-messages" else [])


def test_the_handshake_comes_first(lip, mock):
    mock.script(mock.on("viewer", text="Hi"))
    sdk(lip).chat.completions.create(model="viewer:agent", messages=MESSAGES)
    # The last is a message that nobody waits for.
    until(lambda: mock.requests("viewer/session/close"), "the session is closed")
    assert [request["model"] for request in mock.requests()] == [
        "viewer/initialize", "viewer/session/new", "viewer", "viewer/session/close"]
    hello = message(mock, "viewer/initialize")["params"]
    assert hello["protocolVersion"] == 1 and hello["clientCapabilities"] == {}
    assert hello["clientInfo"]["name"] == "lip"
    assert message(mock, "viewer/session/new")["params"] == {"cwd": "/srv", "mcpServers": []}
    session, number = message(mock, "viewer")["params"]["sessionId"], message(mock, "viewer")["id"]
    assert message(mock, "viewer/session/close")["params"] == {"sessionId": session}
    # Each call has a session of its own.
    sdk(lip).chat.completions.create(model="viewer:agent", messages=MESSAGES)
    assert message(mock, "viewer")["params"]["sessionId"] != session
    assert message(mock, "viewer")["id"] != number


@FRONTEND
@STREAMED
def test_a_conversation_goes_as_one_prompt(clients, mock, frontend, stream):
    mock.script(mock.on("coder", text="Blue."))
    asked = Asked([("user", ["My colour is blue."]), ("assistant", ["Noted."]), ("user", ["Which is it?"])])
    assert clients[frontend].ask("coder:agent", asked, stream).text == "Blue."
    assert [block["text"] for block in prompt(mock, "coder")] == [
        "[User]\n", "My colour is blue.", "\n\n[Assistant]\n", "Noted.", "\n\n[User]\n", "Which is it?"]


@FRONTEND
def test_messages_of_one_side_stay_apart(clients, mock, frontend):
    mock.script(mock.on("coder", text="Three."))
    clients[frontend].ask("coder:agent", Asked([("user", ["one"]), ("user", ["two"])]))
    # Agents join blocks into one text.
    assert "".join(block["text"] for block in prompt(mock, "coder")) == "[User]\none\n\n[User]\ntwo"


@FRONTEND
@STREAMED
def test_images_and_documents_go_inline_where_the_agent_takes_them(clients, mock, frontend, stream):
    mock.script(mock.on("viewer", text="A picture."), mock.on("coder", text="A link."))
    asked = Asked([("user", ["What is this?", ("image",), ("document",)])])
    assert clients[frontend].ask("viewer:agent", asked, stream).text == "A picture."
    blocks = {block["type"]: block for block in prompt(mock, "viewer")}
    assert blocks["image"] == {"type": "image", "mimeType": "image/png", "data": PNG}
    assert blocks["resource"]["resource"]["blob"] == PDF
    assert blocks["resource"]["resource"]["mimeType"] == "application/pdf"
    assert clients[frontend].ask("coder:agent", asked, stream).text == "A link."
    links = [block for block in prompt(mock, "coder") if block["type"] == "resource_link"]
    assert [link["uri"] for link in links] == [
        f"data:image/png;base64,{PNG}", f"data:application/pdf;base64,{PDF}"]


@FRONTEND
@STREAMED
def test_thoughts_are_shown(clients, mock, frontend, stream):
    mock.script(mock.on("coder", reasoning=["First ", "this."], text="Done.",
                        usage={"input": 10, "output": 30, "reasoning": 20}))
    said = clients[frontend].ask("coder:agent", ask("Think", effort="low", max_tokens=4096), stream)
    assert (said.text, said.reasoning, said.usage) == ("Done.", "First this.", (10, 30))


@FRONTEND
@STREAMED
def test_the_agents_tools_are_told_and_are_no_calls(clients, mock, frontend, stream):
    calls = [{"id": "t1", "name": "Read a.txt", "arguments": "{}"}, {"id": "t2", "name": "Edit a.txt", "arguments": "{}"}]
    mock.script(mock.on("coder", text="Changed.", tool_calls=calls))
    said = clients[frontend].ask("coder:agent", ask("Change it", effort="low", max_tokens=4096), stream)
    assert (said.text, said.calls, said.stop) == ("Changed.", [], "stop")
    assert said.reasoning == "[tool] Read a.txt\n[tool] Edit a.txt\n"


@FRONTEND
@STREAMED
@pytest.mark.parametrize("word, stop", [
    ("end_turn", "stop"), ("max_tokens", "length"), ("max_turn_requests", "length"), ("refusal", "filter")])
def test_why_the_turn_ended(clients, mock, frontend, stream, word, stop):
    mock.script(mock.on("coder", text="Once upon", finish_reason=word))
    said = clients[frontend].ask("coder:agent", ask("A story"), stream)
    assert (said.text, said.stop) == ("Once upon", stop)


@FRONTEND
@STREAMED
def test_a_cancelled_turn_is_no_answer(clients, mock, frontend, stream):
    mock.script(mock.on("coder", text="Once upon", finish_reason="cancelled"))
    with pytest.raises((openai.APIError, Refused), match="the agent cancelled its turn"):
        clients[frontend].ask("coder:agent", ask("A story"), stream)


# What agents have no place for


@FRONTEND
def test_options_are_named_as_dropped(clients, mock, frontend):
    mock.script(mock.on("coder", text="ok"))
    asked = ask("Hello", temperature=0.5, top_p=0.25, max_tokens=77,
                stop=None if frontend == "openai-responses" else ["END"])
    said = clients[frontend].ask("coder:agent", asked)
    words = {"openai-chat": ["temperature", "top_p", "max_completion_tokens", "stop"],
             "openai-responses": ["temperature", "top_p", "max_output_tokens"],
             "anthropic-messages": ["temperature", "top_p", "max_tokens", "stop_sequences"],
             "gemini": [f"generationConfig.{name}" for name in (
                 "temperature", "topP", "maxOutputTokens", "stopSequences")]}
    assert said.dropped == words[frontend]
    assert list(message(mock, "coder")["params"]) == ["sessionId", "prompt"]


@FRONTEND
@STREAMED
@pytest.mark.parametrize("more, name", [({"tools": ["weather"]}, "tools"), ({"schema": SCHEMA}, "structured_outputs")])
def test_calls_with_tools_or_schemas_go_to_other_legs(clients, mock, frontend, stream, more, name):
    mock.script(mock.on("spare", text='{"city":"Oslo"}'))
    said = clients[frontend].ask("coder:agent|other:spare", ask("A city", **more), stream)
    assert said.text == '{"city":"Oslo"}' and said.dropped == []
    with pytest.raises(Refused) as refused:
        clients[frontend].ask("coder:agent", ask("A city", **more), stream)
    assert refused.value.status == 400
    assert f"missing required capabilities: {name}" in refused.value.message
    assert not mock.requests("coder/initialize")


def test_explain_tells_that_an_agent_is_not_asked_for_what_needs_tools(clients):
    request = {"model": "coder:agent", "messages": MESSAGES,
               "tools": [{"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}]}
    done = run("explain", "--json", "--from", "openai-chat", "--to", "acp", "-", stdin=json.dumps(request))
    assert done.returncode == 0
    refusal = json.loads(done.stdout)["refused"]
    assert "missing required capabilities: tools" in refusal
    done = run("explain", "--from", "openai-chat", "--to", "acp", "-", stdin=json.dumps(request))
    assert f"REFUSED: {refusal}\n" in done.stdout
    # A real call gets the same words.
    with pytest.raises(Refused, match="missing required capabilities: tools"):
        clients["openai-chat"].ask("coder:agent", ask("Hi", tools=["weather"]), False)
    del request["tools"]
    done = run("explain", "--json", "--from", "openai-chat", "--to", "acp", "-", stdin=json.dumps(request))
    assert "refused" not in json.loads(done.stdout)


def test_tools_are_dropped_where_the_file_says_that_they_may_come(start_lip, mock):
    lip = start_lip(configuration(agent(mock.url, "able", capabilities="[tools]")))
    mock.script(mock.on("able", text="Sunny."))
    tools = [{"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}]
    raw = sdk(lip).chat.completions.with_raw_response.create(model="able:agent", tools=tools, messages=MESSAGES + [
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "c", "type": "function", "function": {"name": "weather", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "c", "content": "20 degrees"}])
    assert raw.parse().choices[0].message.content == "Sunny."
    assert raw.headers["x-lip-dropped-fields"] == "messages[1].tool_calls[0], messages[2], tools"


@STREAMED
def test_what_may_not_be_dropped_is_refused_before_the_agent_hears_of_it(lip, mock, stream):
    with pytest.raises(openai.BadRequestError) as raised:
        sdk(lip).chat.completions.create(
            model="coder:agent", messages=MESSAGES, temperature=0.5, stream=stream,
            extra_headers={"x-lip-strict": "true"})
    assert raised.value.param == "temperature"
    assert mock.requests() == []


def test_a_large_prompt_goes_whole(lip, mock):
    mock.script(mock.on("coder", text="Long."))
    content = "x" * (3 << 20)
    said = sdk(lip).chat.completions.create(model="coder:agent", messages=[{"role": "user", "content": content}])
    assert said.choices[0].message.content == "Long."
    assert prompt(mock, "coder") == [{"type": "text", "text": content}]


# Authentication


def test_an_agent_that_wants_it_is_authenticated_to(start_lip, mock):
    lip = start_lip(configuration(agent(mock.url, "locked/auth", auth_method="login", api_key="front-door-key")))
    mock.script(mock.on("locked", text="Come in."))
    said = sdk(lip).chat.completions.create(model="locked:agent", messages=MESSAGES)
    assert said.choices[0].message.content == "Come in."
    assert [request["model"] for request in mock.requests()] == [
        "locked/initialize", "locked/authenticate", "locked/session/new", "locked"]
    assert message(mock, "locked/authenticate")["params"] == {"methodId": "login"}
    for request in mock.requests():
        assert {name.lower(): value for name, value in request["headers"]}["authorization"] == "Bearer front-door-key"


@STREAMED
@pytest.mark.parametrize("more, words", [
    ({}, "session/new: Authentication required (its auth_method may be 'login')"),
    ({"auth_method": "sso"}, "initialize: the agent does not offer the auth_method 'sso', but 'login'")])
def test_what_keeps_it_from_being_authenticated_to_is_said(start_lip, mock, stream, more, words):
    lip = start_lip(configuration(agent(mock.url, "shut/auth", **more), backend("other", mock.url)))
    mock.script(mock.on("spare", text="never"))
    with pytest.raises(openai.APIStatusError) as raised:
        sdk(lip).chat.completions.create(model="shut:agent|other:spare", messages=MESSAGES, stream=stream)
    assert raised.value.status_code == 502 and words in str(raised.value)
    record = latest(lip)[0]
    assert (record["Outcome"], words in record["Reason"]) == ("surfaced_failure", True), record


@STREAMED
@pytest.mark.parametrize("keys", ["[wrong-front-door-key, good-front-door-key]", "[wrong-front-door-key]"])
def test_a_key_that_the_front_door_refuses_gives_way_to_the_next(start_lip, tmp_path, stream, keys):
    guarded = Mock(tmp_path / "guarded", "--key", "good-front-door-key")
    lip = start_lip(configuration(agent(guarded.url, "guarded", api_keys=keys)))
    if "good" in keys:
        assert FRONTENDS["openai-chat"](lip).ask("guarded:agent", ask(), stream).stop == "stop"
        assert [request["status"] for request in guarded.requests()] == [401, 200, 200, 200]
    else:
        with pytest.raises(Refused) as refused:
            FRONTENDS["openai-chat"](lip).ask("guarded:agent", ask(), stream)
        assert refused.value.status == 502 and "initialize: no such key" in refused.value.message
    guarded.kill()


# Failures


@STREAMED
@pytest.mark.parametrize("step", ["initialize", "session/new"])
@pytest.mark.parametrize("reply", [
    {"error": {"status": 503, "message": "out of order"}}, {"error": {"status": 429, "message": "out of order"}},
    {"fault": "close_before_head"}, {"body": "<html>"}, {"body": "{}"}, {"fault": {"kind": "close", "after": 3}}],
    ids=["503", "429", "closed", "html", "empty", "cut"])
def test_a_step_that_fails_fails_over(start_lip, mock, stream, step, reply):
    # What is limited rests, which is no matter of other tests.
    lip = start_lip(configuration(agent(mock.url, "frail"), backend("other", mock.url)))
    mock.script(mock.on(f"frail/{step}", **reply), mock.on("spare", text="Here."))
    said = sdk(lip).chat.completions.create(model="frail:agent|other:spare", messages=MESSAGES, stream=stream)
    text = "".join(c.choices[0].delta.content or "" for c in said if c.choices) if stream else (
        said.choices[0].message.content)
    assert text == "Here."
    first, second = latest(lip, 2)
    assert (first["Outcome"], second["Outcome"]) == ("swallowed_failure", "success")
    assert first["Reason"].startswith(f"{step}: "), first
    assert not mock.requests("frail")


@FRONTEND
@STREAMED
@pytest.mark.parametrize("step", ["initialize", "session/new", None])
def test_an_agents_error_is_the_answer(clients, lip, mock, frontend, stream, step):
    error = {"status": 200, "message": "Internal error", "code": "-32603", "type": "out of order"}
    mock.script(mock.on(f"coder/{step}" if step else "coder", error=error), mock.on("spare", text="never"))
    with pytest.raises(Refused) as refused:
        clients[frontend].ask("coder:agent|other:spare", ask(), stream)
    assert refused.value.status == 502
    assert (f"{step}: " if step else "") + "Internal error: out of order" in refused.value.message
    assert not mock.requests("spare")


@STREAMED
@pytest.mark.parametrize("code, status", [("-32602", 400), ("-32002", 404), ("-32000", 502), ("-1", 502)])
def test_statuses_of_an_agents_errors(lip, mock, stream, code, status):
    mock.script(mock.on("coder", error={"status": 200, "message": "no such thing", "code": code}))
    with pytest.raises(openai.APIStatusError) as raised:
        sdk(lip).chat.completions.create(model="coder:agent", messages=MESSAGES, stream=stream)
    assert raised.value.status_code == status and "no such thing" in str(raised.value)
    # What numbers JSON-RPC has is the agent's affair.
    assert raised.value.code not in (code, int(code))


@FRONTEND
@STREAMED
@pytest.mark.parametrize("status, shown", [(400, 400), (404, 404), (500, 502), (429, 429)])
def test_statuses_of_the_prompt(start_lip, mock, frontend, stream, status, shown):
    lip = start_lip(configuration(agent(mock.url, "coder")))
    mock.script(mock.on("coder", error={"status": status, "message": "there is no such thing"}))
    with pytest.raises(Refused) as refused:
        FRONTENDS[frontend](lip).ask("coder:agent", ask(), stream)
    assert refused.value.status == shown
    if shown != 429:
        assert "there is no such thing" in refused.value.message


@FRONTEND
@STREAMED
def test_a_stream_that_breaks_before_output_fails_over(clients, mock, frontend, stream):
    mock.script(mock.on("coder", text=["never"], fault={"kind": "end", "after": 0}), mock.on("spare", text="Here."))
    assert clients[frontend].ask("coder:agent|other:spare", ask(), stream).text == "Here."


@pytest.mark.parametrize("fault", ["end", "close", "reset", "garbage_event"])
def test_a_broken_stream_never_looks_finished(lip, mock, connect, fault):
    mock.script(mock.on("coder", text=["Once ", "upon ", "a time"], fault={"kind": fault, "after": 1}))
    events = list(connect(lip).post(chat("coder:agent", stream=True)).events())
    assert text_of(events) == "Once "
    assert "[DONE]" not in events and "error" in events[-1]
    # The agent may still be at it.
    until(lambda: mock.requests("coder/session/cancel"), "the agent is told")


@FRONTEND
def test_an_error_in_the_middle_is_raised_in_the_client(clients, mock, frontend):
    error = {"status": 200, "message": "in the middle", "code": "-32603"}
    mock.script(mock.on("coder", text=["Once ", "upon"], fault={"kind": "error_event", "after": 1, "error": error}))
    with pytest.raises((openai.APIError, Refused), match="in the middle"):
        clients[frontend].ask("coder:agent", ask(), True)


def test_a_leg_that_has_begun_to_use_its_tools_is_not_left(lip, mock, connect):
    calls = [{"id": "t1", "name": "Delete everything", "arguments": "{}"}]
    mock.script(mock.on("coder", text=[], tool_calls=calls, fault={"kind": "end", "after": 1}),
                mock.on("spare", text="never"))
    events = list(connect(lip).post(chat("coder:agent|other:spare", stream=True)).events())
    assert "error" in events[-1] and not mock.requests("spare")


@pytest.mark.parametrize("model", ["coder:agent", "coder:agent|other:spare", "coder:agent!other:spare"])
@pytest.mark.parametrize("fault, code", [
    ({"kind": "reset", "after": 1}, "stream_interrupted"), ({"kind": "end", "after": 1}, "stream_interrupted"),
    ({"kind": "garbage_event", "after": 1}, "invalid_provider_response"),
    ({"kind": "error_event", "after": 1, "error": {"status": 200, "message": "broken", "code": "-32603"}},
     "provider_error")], ids=["reset", "end", "garbage", "error"])
def test_an_agent_that_has_begun_to_act_is_not_asked_again_for_a_plain_answer(
        start_lip, mock, connect, model, fault, code):
    # It would wait, and ask again, if it might.
    lip = start_lip(
        f"server:\n  address: 127.0.0.1:0\nbackends:\n{agent(mock.url, 'coder')}{backend('other', mock.url)}"
        "routing:\n  default_route: coder:agent\n")
    calls = [{"id": "t1", "name": "rm -rf build", "arguments": "{}"}]
    # In a race the other leg has failed by then.
    spare = {"error": {"status": 503}} if "!" in model else {"text": "never"}
    mock.script(mock.on("coder", tool_calls=calls, text=["a", "b"], fault=fault), mock.on("spare", **spare))
    response = connect(lip).post(chat(model))
    assert (response.status, response.json()["error"]["code"]) == (502, code)
    assert len(mock.requests("coder")) == 1
    assert "!" in model or not mock.requests("spare")
    records = [record["Outcome"] for record in latest(lip, 2 if "!" in model else 1) if record["BackendID"] == "coder"]
    assert records == ["surfaced_failure"]


def test_a_plain_answer_that_breaks_before_the_agent_acts_is_tried_again(start_lip, mock, connect):
    lip = start_lip(
        f"server:\n  address: 127.0.0.1:0\nbackends:\n{agent(mock.url, 'coder')}"
        "routing:\n  default_route: coder:agent\n")
    mock.script({"match": {"model": "coder"}, "times": 1, "reply": {"text": ["a"], "fault": {"kind": "end", "after": 0}}},
                mock.on("coder", text="Here."))
    assert connect(lip).post(chat("coder:agent")).json()["choices"][0]["message"]["content"] == "Here."
    assert len(mock.requests("coder")) == 2


@STREAMED
def test_a_turn_that_the_agent_cancels_is_not_repeated(start_lip, mock, connect, stream):
    lip = start_lip(
        f"server:\n  address: 127.0.0.1:0\nbackends:\n{agent(mock.url, 'coder')}{backend('other', mock.url)}"
        "routing:\n  default_route: coder:agent\n")
    mock.script(mock.on("coder", text=[], finish_reason="cancelled"), mock.on("spare", text="never"))
    response = connect(lip).post(chat("coder:agent|other:spare", stream=stream))
    assert response.status == 502 and "the agent cancelled its turn" in response.read().decode()
    assert len(mock.requests("coder")) == 1 and not mock.requests("spare")


def test_server_sent_events_are_not_what_an_agent_streams(lip, mock, connect):
    mock.script(mock.on("coder", headers={"content-type": "text/event-stream"}))
    response = connect(lip).post(chat("coder:agent", stream=True))
    assert response.status == 502 and "text/event-stream" in response.read().decode()


# Time, and leaving


@STREAMED
@pytest.mark.parametrize("step", ["initialize", "session/new", None])
def test_the_time_to_the_first_output_includes_the_handshake(lip, mock, stream, step):
    mock.script(mock.on(f"coder/{step}" if step else "coder", fault="silent"), mock.on("spare", text="Here."))
    said = sdk(lip).chat.completions.create(
        model="[ttft_timeout=300ms]coder:agent|other:spare", messages=MESSAGES, stream=stream)
    text = "".join(c.choices[0].delta.content or "" for c in said if c.choices) if stream else (
        said.choices[0].message.content)
    assert text == "Here."
    gone = [one["model"] for one in mock.wait("disconnect") if one["outcome"] == "client_gone"]
    assert gone == [f"coder/{step}" if step else "coder"]
    if step is None:
        until(lambda: mock.requests("coder/session/cancel"), "the agent is told")


@STREAMED
@pytest.mark.parametrize("step", ["initialize", "session/new", None])
def test_a_client_that_leaves_takes_its_turn_with_it(start_lip, mock, connect, stream, step):
    lip = start_lip(configuration(agent(mock.url, "coder/close")))
    model = f"coder/{step}" if step else "coder"
    mock.script(mock.on(model, fault="silent"))
    connection = connect(lip)
    connection.post_without_reading(chat("coder:agent", stream=stream))
    mock.wait("request", model=model)
    connection.close()
    gone = mock.wait("disconnect", model=model)
    assert [one["outcome"] for one in gone if one["model"] == model] == ["client_gone"]
    record = latest(lip)[0]
    assert (record["Outcome"], record["CancellationCause"]) == ("cancelled", "client_left")
    assert metric(lip, "lip_attempts_in_flight", backend="coder") == 0
    if step is None:
        until(lambda: mock.requests("coder/session/cancel"), "the agent is told")
        until(lambda: mock.requests("coder/session/close"), "the session is ended")
    else:
        # There is no session that anything could be said about.
        assert not mock.requests("coder") and not mock.requests("coder/session/cancel")


def test_a_client_that_leaves_in_the_middle_cancels_the_turn(lip, mock, connect):
    mock.script(mock.on("coder", text=["Once ", "upon"], fault={"kind": "stall", "after": 1}))
    connection = connect(lip)
    connection.post_without_reading(chat("coder:agent", stream=True))
    blocks = connection.response().blocks()
    next(blocks)
    connection.close()
    mock.wait("disconnect", model="coder")
    until(lambda: mock.requests("coder/session/cancel"), "the agent is told")
    assert message(mock, "coder/session/cancel")["params"]["sessionId"] == message(mock, "coder")["params"]["sessionId"]


def test_turns_that_were_left_leave_nothing_behind(lip, mock, connect):
    mock.script(mock.on("viewer", chunks=100000, gap_ms=1))
    for _ in range(50):
        connection = connect(lip)
        next(connection.post(chat("viewer:agent", stream=True)).events())
        connection.close()
    mock.wait("disconnect", count=50, model="viewer")
    for method in ("session/cancel", "session/close"):
        until(lambda: len(mock.requests(f"viewer/{method}")) == 50, f"each turn is ended by {method}")
    mock.wait("idle")
    assert metric(lip, "lip_attempts_in_flight", backend="viewer") == 0


def test_a_turn_that_ends_is_not_cancelled(lip, mock):
    mock.script(mock.on("coder", text="Hi"))
    for _ in range(3):
        sdk(lip).chat.completions.create(model="coder:agent", messages=MESSAGES)
    assert len(mock.requests()) == 9
    assert not mock.requests("coder/session/cancel")


def test_a_race_that_an_agent_loses_cancels_its_turn(lip, mock):
    mock.script(mock.on("coder", text=[], fault={"kind": "stall", "after": 0}), {
        "match": {"model": "spare"}, "reply": {"text": "Here.", "gate": "prompted"}})
    with sdk(lip) as client:
        import threading
        answers = []
        thread = threading.Thread(target=lambda: answers.append(
            client.chat.completions.create(model="coder:agent!other:spare", messages=MESSAGES)))
        thread.start()
        mock.wait("answer", model="coder")
        mock.release("prompted")
        thread.join(20)
    assert answers[0].choices[0].message.content == "Here."
    until(lambda: mock.requests("coder/session/cancel"), "the agent is told")


def test_an_agent_wins_a_race(lip, mock):
    mock.script(mock.on("coder", text="Mine."), mock.on("spare", fault="silent"))
    said = sdk(lip).chat.completions.create(model="coder:agent!other:spare", messages=MESSAGES)
    assert said.choices[0].message.content == "Mine."


# Agents made by other code


class Coder:
    """An agent whose every line the test writes: `turn(send, params)` answers a prompt."""

    def __init__(self, turn, capabilities=None):
        self.turn, self.capabilities, self.heard = turn, capabilities or {}, []
        self.provider = Provider(self.serve)
        self.url = self.provider.url

    def serve(self, request):
        message = json.loads(request.body)
        self.heard.append(message)
        results = {"initialize": {"protocolVersion": 1, "agentCapabilities": self.capabilities},
                   "session/new": {"sessionId": "s-1"}}
        if message.get("method") in results:
            body = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": results[message["method"]]})
            return request.send(answer(200, body))
        if message.get("method") != "session/prompt":
            return request.send(answer(202))
        request.send(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n")
        self.turn(lambda line: request.send(chunk(json.dumps(line) + "\n")), message)
        return request.send(END)

    def replies(self):
        return [message for message in self.heard if "method" not in message]


def update(**members):
    return {"jsonrpc": "2.0", "method": "session/update", "params": {"sessionId": "s-1", "update": members}}


def says(text):
    return update(sessionUpdate="agent_message_chunk", content={"type": "text", "text": text})


@STREAMED
def test_plans_are_told_and_requests_of_the_agent_refused(start_lip, stream):
    def turn(send, message):
        send(update(sessionUpdate="plan", entries=[{"content": "Look", "priority": "high", "status": "pending"}]))
        send(update(sessionUpdate="tool_call", toolCallId="t", title="Edit a.txt", kind="edit", status="pending"))
        send({"jsonrpc": "2.0", "id": "p1", "method": "session/request_permission", "params": {
            "sessionId": "s-1", "toolCall": {"toolCallId": "t"}, "options": [
                {"optionId": "yes", "name": "Yes", "kind": "allow_once"},
                {"optionId": "no", "name": "No", "kind": "reject_once"}]}})
        until(lambda: len(coder.replies()) == 1, "the permission is answered")
        send({"jsonrpc": "2.0", "id": 9, "method": "fs/read_text_file", "params": {"path": "/etc/passwd"}})
        until(lambda: len(coder.replies()) == 2, "the file is answered")
        send(says("I may not."))
        send({"jsonrpc": "2.0", "id": message["id"], "result": {"stopReason": "end_turn"}})

    coder = Coder(turn)
    lip = start_lip(configuration(agent(coder.url, "v1", name="coder")))
    said = FRONTENDS["openai-chat"](lip).ask("coder:agent", ask("Edit a.txt"), stream)
    assert (said.text, said.reasoning) == ("I may not.", "[plan] Look\n[tool] Edit a.txt\n")
    assert coder.replies() == [
        {"jsonrpc": "2.0", "id": "p1", "result": {"outcome": {"outcome": "selected", "optionId": "no"}}},
        {"jsonrpc": "2.0", "id": 9, "error": {"code": -32601, "message": "lip has no fs/read_text_file"}}]
    coder.provider.close()


@STREAMED
def test_a_line_over_the_limit_fails_the_leg(start_lip, stream):
    coder = Coder(lambda send, message: send(says("x" * (1 << 20))))
    lip = start_lip(configuration(agent(coder.url, "v1", name="coder")))
    with pytest.raises(openai.APIStatusError) as raised:
        sdk(lip).chat.completions.create(model="coder:agent", messages=MESSAGES, stream=stream)
    assert raised.value.status_code == 502 and "longer than 1048576 bytes" in str(raised.value)
    until(lambda: coder.heard[-1].get("method") == "session/cancel", "the agent is told")
    coder.provider.close()


@STREAMED
def test_an_answer_to_a_step_over_the_limit_fails_the_leg(start_lip, stream):
    coder = Coder(None, capabilities={"_meta": "x" * (9 << 20)})
    lip = start_lip(configuration(agent(coder.url, "v1", name="coder")))
    with pytest.raises(openai.APIStatusError) as raised:
        sdk(lip).chat.completions.create(model="coder:agent", messages=MESSAGES, stream=stream)
    assert raised.value.status_code == 502 and "initialize: the provider coder sent an answer that is too large" in str(
        raised.value)
    coder.provider.close()


# lipmock


@pytest.mark.parametrize("body, code", [
    ("{", -32700), ({"jsonrpc": "1.0", "id": 1, "method": "initialize"}, -32600),
    ({"jsonrpc": "2.0", "id": 1, "method": "session/new", "params": {"cwd": "/", "mcpServers": []}}, -32600),
    ({"jsonrpc": "2.0", "id": 1, "method": "session/prompt", "params": {"sessionId": "s", "prompt": []}}, -32600),
    ({"jsonrpc": "2.0", "id": 1, "method": "session/load", "params": {}}, -32601),
    ({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}}, -32602),
    ({"jsonrpc": "2.0", "method": "initialize", "params": {}}, -32600)], ids=str)
def test_the_mock_refuses_what_an_agent_refuses(mock, connect, body, code):
    response = connect(mock).post(body, path="/unasked/v1/acp")
    assert response.status == 200 and response.json()["error"]["code"] == code


def test_the_mock_knows_its_sessions_and_blocks(mock, connect):
    def call(method, params, path="/strict/v1/acp"):
        answer = connect(mock).post(
            {"jsonrpc": "2.0", "id": 3, "method": method, "params": params}, path=path).read().decode()
        return json.loads(answer.splitlines()[-1])

    def prompted(*blocks, session=None):
        return call("session/prompt", {"sessionId": session or opened, "prompt": list(blocks)})

    hello = {"protocolVersion": 1, "clientCapabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    assert call("initialize", hello)["result"]["agentCapabilities"]["promptCapabilities"]["image"] is False
    assert call("session/new", {"cwd": "work", "mcpServers": []})["error"]["code"] == -32602
    opened = call("session/new", {"cwd": "/", "mcpServers": []})["result"]["sessionId"]
    assert prompted({"type": "text", "text": "Hi"})["result"]["stopReason"] == "end_turn"
    assert prompted({"type": "text", "text": "Hi"}, session="sess_strict_99")["error"]["code"] == -32602
    for block in ({"type": "video"}, {"type": "text"}, {"type": "image", "data": "AA", "mimeType": "image/png"},
                  {"type": "resource_link", "uri": "a:b"}, {"type": "text", "text": "Hi", "extra": 1}):
        assert prompted(block)["error"]["code"] == -32602, block
    assert call("session/close", {"sessionId": opened})["error"]["code"] == -32601


def test_check_config_tells_what_is_wrong(tmp_path):
    path = tmp_path / "lip.yaml"
    path.write_text("backends:\n  - { id: acp, cwd: here }\n")
    result = run("check-config", "--config", path)
    assert result.returncode != 0
    assert "kind acp needs a base_url" in result.stdout + result.stderr
    assert "backends[0].cwd: expected an absolute path" in result.stdout + result.stderr
