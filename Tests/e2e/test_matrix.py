"""Every client library before every provider protocol: the same question gets the same answer."""

import json

import anthropic
import openai
import pytest

from harness.configuration import KEY
from harness.dialects import FRONTENDS, SCHEMA, Asked, Refused, ask
from harness.processes import Lip

#: The backends: the protocol and the kind that speaks it, and what its base URL ends with.
BACKENDS = {
    "openai-chat": ("openai-legacy", "/v1"), "openai-responses": ("openai-responses", "/v1"),
    "anthropic-messages": ("anthropic", ""), "gemini": ("gemini", ""), "bedrock-converse": ("bedrock", "")}

FRONTEND = pytest.mark.parametrize("frontend", FRONTENDS)
BACKEND = pytest.mark.parametrize("backend", BACKENDS)
STREAMED = pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])


@pytest.fixture(scope="module")
def lip(mock, tmp_path_factory):
    rows = "".join(
        f'  - {{ id: {name}, kind: {kind}, base_url: "{mock.url}{path}", api_key: "{KEY}" }}\n'
        for name, (kind, path) in BACKENDS.items())
    process = Lip(tmp_path_factory.mktemp("lip"), (
        f"server:\n  address: 127.0.0.1:0\nbackends:\n{rows}"
        'routing:\n  default_route: "openai-chat:m"\n  retry_wait_max: 0s\n'
        "  health: { circuit_breaker: { enabled: false } }\n"))
    yield process
    process.stop()


@pytest.fixture(scope="module")
def clients(lip):
    return {name: client(lip) for name, client in FRONTENDS.items()}


def body_of(mock, model):
    """What the provider received last for a model."""
    return json.loads(mock.requests(model)[-1]["body"])


@FRONTEND
@BACKEND
@STREAMED
def test_text_system_prompt_and_usage(clients, mock, frontend, backend, stream):
    mock.script(mock.on("talk", text=["Good ", "day ", "🦊"], usage={"input": 21, "output": 9, "cached": 5}))
    said = clients[frontend].ask(f"{backend}:talk", ask("Hello", system="Be kind"), stream)
    assert (said.text, said.stop, said.usage) == ("Good day 🦊", "stop", (21, 9))
    assert said.headers["x-lip-b-leg"].startswith(f"backend={backend}; model=talk;")
    text = json.dumps(body_of(mock, "talk"))
    assert "Be kind" in text and "Hello" in text
    assert said.dropped == []


@FRONTEND
@BACKEND
@STREAMED
def test_parallel_tool_calls_and_their_results(clients, mock, frontend, backend, stream):
    calls = [{"id": "call_a", "name": "weather", "arguments": ['{"ci', 'ty": "Par', 'is"}']},
             {"id": "call_b", "name": "clock", "arguments": '{"city":"Rome"}'}]
    mock.script(mock.on("tools", text="Let me see. ", tool_calls=calls), mock.on("after", text="Sunny, noon."))
    client = clients[frontend]
    first = Asked([("user", ["Where is it warm?"])], tools=["weather", "clock"], tool_choice="any")
    said = client.ask(f"{backend}:tools", first, stream)
    assert said.calls == [("weather", {"city": "Paris"}), ("clock", {"city": "Rome"})]
    assert said.stop == "tools" and "Let me see." in said.text
    assert len(set(said.ids)) == 2 and all(said.ids)

    then = Asked(first.turns + [
        ("assistant", ["Let me see. "] + [
            ("call", said.ids[index], name, arguments) for index, (name, arguments) in enumerate(said.calls)]),
        ("user", [("result", said.ids[0], "weather", "20 degrees"), ("result", said.ids[1], "clock", "12:00")])],
        tools=["weather", "clock"])
    assert client.ask(f"{backend}:after", then, stream).text == "Sunny, noon."
    received = json.dumps(body_of(mock, "after"))
    for piece in ("20 degrees", "12:00", "Paris", "Rome", "weather", "clock"):
        assert piece in received


@FRONTEND
@BACKEND
@STREAMED
def test_an_image_and_a_document_reach_the_provider(clients, mock, frontend, backend, stream):
    mock.script(mock.on("see", text="A picture."))
    asked = Asked([("user", ["What is this?", ("image",), ("document",)])])
    said = clients[frontend].ask(f"{backend}:see", asked, stream)
    assert said.text == "A picture."
    text = json.dumps(body_of(mock, "see"))
    from harness.dialects import PDF, PNG
    # Bedrock has short names for formats.
    image, document = ('"png"', '"pdf"') if backend == "bedrock-converse" else ("image/png", "application/pdf")
    assert PNG in text and image in text
    assert PDF in text and document in text


@FRONTEND
@BACKEND
def test_options_are_mapped_or_named_as_dropped(clients, mock, frontend, backend):
    mock.script(mock.on("opts", text="ok"))
    asked = ask("Hello", temperature=0.5, top_p=0.25, max_tokens=77,
                stop=None if frontend == "openai-responses" else ["END"])
    said = clients[frontend].ask(f"{backend}:opts", asked)
    body = body_of(mock, "opts")
    flat = json.dumps(body)
    assert said.text == "ok"
    assert "0.5" in flat and "77" in flat
    assert "0.25" in flat or any("top" in name.lower() for name in said.dropped), "one of the two sampling options"
    if asked.stop:
        assert "END" in flat or any("stop" in name.lower() for name in said.dropped)


@FRONTEND
@BACKEND
@STREAMED
def test_reasoning_is_shown(clients, mock, frontend, backend, stream):
    mock.script(mock.on("think", reasoning=["First ", "this."], text="Done.", usage={
        "input": 10, "output": 30, "reasoning": 20}))
    said = clients[frontend].ask(f"{backend}:think", ask("Think", effort="low", max_tokens=4096), stream)
    assert (said.text, said.reasoning, said.usage) == ("Done.", "First this.", (10, 30))


@FRONTEND
@BACKEND
@STREAMED
def test_structured_output(clients, mock, frontend, backend, stream):
    mock.script(mock.on("json", text='{"city":"Oslo"}'))
    said = clients[frontend].ask(f"{backend}:json", ask("A city", schema=SCHEMA), stream)
    assert json.loads(said.text) == {"city": "Oslo"}
    flat = json.dumps(body_of(mock, "json"))
    # Bedrock takes the schema as text.
    flat = flat.replace("\\", "").replace(" ", "")
    assert '"required":["city"]' in flat, "the schema is sent"


@FRONTEND
@BACKEND
@STREAMED
def test_a_cut_answer_says_so(clients, mock, frontend, backend, stream):
    words = {"anthropic-messages": "max_tokens", "gemini": "MAX_TOKENS", "bedrock-converse": "max_tokens"}
    word = words.get(backend, "length")
    mock.script(mock.on("long", text="Once upon", finish_reason=word))
    said = clients[frontend].ask(f"{backend}:long", ask("A story"), stream)
    assert (said.text, said.stop) == ("Once upon", "length")


@FRONTEND
@BACKEND
@STREAMED
def test_a_refused_answer_says_so(clients, mock, frontend, backend, stream):
    words = {"anthropic-messages": "refusal", "gemini": "SAFETY", "bedrock-converse": "refusal"}
    mock.script(mock.on("shy", text="Once", finish_reason=words.get(backend, "content_filter")))
    said = clients[frontend].ask(f"{backend}:shy", ask("A story"), stream)
    assert (said.text, said.stop) == ("Once", "filter")


@FRONTEND
@BACKEND
@STREAMED
@pytest.mark.parametrize("status", [400, 404])
def test_the_clients_mistakes_come_as_they_are(clients, mock, frontend, backend, stream, status):
    mock.script(mock.on("bad", error={"status": status, "message": "there is no such thing"}))
    with pytest.raises(Refused) as refused:
        clients[frontend].ask(f"{backend}:bad", ask(), stream)
    assert refused.value.status == status
    assert "there is no such thing" in refused.value.message


@FRONTEND
@BACKEND
@STREAMED
def test_the_providers_failures_are_the_providers(clients, mock, frontend, backend, stream):
    mock.script(mock.on("down", error={"status": 500, "message": "out of order"}))
    with pytest.raises(Refused) as refused:
        clients[frontend].ask(f"{backend}:down", ask(), stream)
    assert refused.value.status == 502 and "out of order" in refused.value.message


@FRONTEND
@BACKEND
def test_a_stream_that_breaks_off_raises_in_the_client(clients, mock, frontend, backend):
    mock.script(mock.on("cut", text=["Once ", "upon ", "a time"], fault={"kind": "close", "after": 1}))
    # What the client library raises, and what the adapter of a library that hands the error on as an event does.
    with pytest.raises((openai.APIError, Refused), match="before it was complete"):
        clients[frontend].ask(f"{backend}:cut", ask(), True)


@BACKEND
def test_a_screenshot_in_a_tools_result_reaches_the_model(lip, mock, backend):
    mock.script(mock.on("seen", text="A cat."))
    with anthropic.Anthropic(base_url=f"http://127.0.0.1:{lip.port}", api_key="k", max_retries=0) as client:
        answer = client.messages.with_raw_response.create(model=f"{backend}:seen", max_tokens=64, messages=[
            {"role": "user", "content": "What is on the screen?"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": "screenshot", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": [{
                "type": "image",
                "source": {"type": "base64", "media_type": "image/png", "data": "aGVsbG8="}}]}]}])
    assert answer.parse().content[0].text == "A cat."
    assert "x-lip-dropped-fields" not in answer.headers
    assert "aGVsbG8=" in json.dumps(body_of(mock, "seen"))
