"""What Anthropic's own client library reads in the streams and bodies that lip writes for it, and in the mock's."""

import json
from pathlib import Path

import anthropic
import pytest
from anthropic.types import Message
from pydantic import TypeAdapter

RECORDINGS = Path(__file__).parent / "recordings"
ASK = {"model": "m", "max_tokens": 100, "messages": [{"role": "user", "content": "Hi"}]}


@pytest.fixture
def client(mock):
    with anthropic.Anthropic(api_key="k", base_url=mock.url, max_retries=0, timeout=30) as client:
        yield client


def recorded(mock, name):
    """Has the mock play a recording."""
    mock.script({"reply": {"frames": [(RECORDINGS / f"anthropic-{name}.sse").read_text()]}})


def final(client):
    with client.messages.stream(**ASK) as stream:
        return stream.get_final_message()


def test_a_whole_lifecycle_is_understood(mock, client):
    recorded(mock, "everything")
    message = final(client)
    assert [block.type for block in message.content] == [
        "thinking", "redacted_thinking", "text", "tool_use", "tool_use"]
    thinking, hidden, text, weather, now = message.content
    assert (thinking.thinking, thinking.signature) == ("Let me think.", "lip1:openai-responses:gAAA")
    assert hidden.data.startswith("lip1:openai-responses:{")
    assert text.text == "Hello é 😀\n"
    assert (weather.id, weather.name, weather.input) == ("call_1", "get_weather", {"city": "Paris"})
    assert (now.id, now.name, now.input) == ("call_2", "now", {})
    assert message.stop_reason == "tool_use" and message.stop_sequence is None
    usage = message.usage
    assert (usage.input_tokens, usage.cache_read_input_tokens, usage.output_tokens) == (6, 4, 5)


@pytest.mark.parametrize("name, reason, texts", [
    ("plain", "end_turn", ["Hello"]), ("cut", "max_tokens", ["Hello"]), ("refusal", "refusal", ["No."]),
    ("silent", "end_turn", [])])
def test_every_end_is_understood(mock, client, name, reason, texts):
    recorded(mock, name)
    message = final(client)
    assert message.stop_reason == reason and [block.text for block in message.content] == texts


@pytest.mark.parametrize("name, words", [("failed", "busy"), ("failed-early", "too late")])
def test_a_failure_in_the_stream_is_raised(mock, client, name, words):
    recorded(mock, name)
    with pytest.raises(anthropic.APIStatusError, match=words):
        final(client)


@pytest.mark.parametrize("name", ["everything", "plain", "cut", "refusal", "silent"])
def test_a_streamed_answer_equals_the_collected_one(mock, client, name):
    body = json.loads((RECORDINGS / f"anthropic-{name}.json").read_text())
    TypeAdapter(Message).validate_python(body)
    recorded(mock, name)
    streamed = final(client)
    mock.script({"reply": {"body": body}})
    whole = client.messages.create(**ASK)
    # Recorded without an id, the body has the one of its fallback.
    assert streamed.model_dump(exclude={"id"}) == whole.model_dump(exclude={"id"})


def test_the_mock_streams_what_it_answers_whole(mock, client):
    mock.script({"reply": {
        "reasoning": ["Let me ", "think."], "text": ["Hel", "lo"],
        "tool_calls": [{"id": "toolu_1", "name": "f", "arguments": ["{\"a\":", " 1}"]}],
        "usage": {"input": 10, "cached": 4, "output": 7}}})
    streamed, whole = final(client), client.messages.create(**ASK)
    assert streamed.model_dump(exclude={"id"}) == whole.model_dump(exclude={"id"})
    assert [block.type for block in whole.content] == ["thinking", "text", "tool_use"]
    assert whole.content[2].input == {"a": 1} and whole.stop_reason == "tool_use"
    assert (whole.usage.input_tokens, whole.usage.cache_read_input_tokens, whole.usage.output_tokens) == (6, 4, 7)


def test_the_mock_counts_tokens_and_lists_models(mock, client):
    mock.script({"match": {"path": "/v1/messages/count_tokens"}, "reply": {"usage": {"input": 42}}})
    assert client.messages.count_tokens(model="m", messages=ASK["messages"]).input_tokens == 42
    assert [model.id for model in client.models.list()] == ["mock"]


def test_the_mock_reports_errors_as_the_provider_does(mock, client):
    mock.script(
        {"match": {"model": "busy"}, "reply": {"error": {"status": 529, "message": "Overloaded"}}},
        {"match": {"model": "late"}, "reply": {"fault": {
            "kind": "error_event", "after": 1, "error": {"status": 529, "message": "Overloaded"}}}})
    with pytest.raises(anthropic.APIStatusError) as caught:
        client.messages.create(**{**ASK, "model": "busy"})
    assert caught.value.status_code == 529 and caught.value.body["error"]["type"] == "overloaded_error"
    with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
        with client.messages.stream(**{**ASK, "model": "late"}) as stream:
            stream.get_final_message()


CALL = {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "f", "input": {}}]}
RESULT = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "r"}]}
THINKING = {"type": "enabled", "budget_tokens": 1024}


@pytest.mark.parametrize("more, words", [
    ({"extra_headers": {"anthropic-version": anthropic.omit}}, "anthropic-version"),
    ({"extra_body": {"n": 1}}, "n: Extra inputs are not permitted"),
    ({"messages": []}, "at least one message"),
    ({"messages": [{"role": "tool", "content": "x"}]}, "messages.0.role"),
    ({"messages": [{"role": "user", "content": ""}]}, "non-empty content"),
    ({"messages": [{"role": "user", "content": [{"type": "text", "text": " "}]}]}, "non-whitespace"),
    ({"messages": [*ASK["messages"], CALL]}, "without `tool_result` blocks"),
    ({"messages": [RESULT]}, "unexpected `tool_use_id`"),
    ({"messages": [*ASK["messages"], {"role": "assistant", "content": [
        {"type": "thinking", "thinking": "x", "signature": "lip1:gemini:x"}]}]}, "Invalid `signature`"),
    ({"messages": [*ASK["messages"], {"role": "assistant", "content": "x "}]}, "trailing whitespace"),
    ({"tools": [{"name": "f", "input_schema": {}}]}, "input_schema.type"),
    ({"tool_choice": {"type": "any"}}, "while providing tools"),
    ({"thinking": THINKING}, "greater than `thinking.budget_tokens`"),
    ({"max_tokens": 2000, "thinking": THINKING, "extra_body": {"temperature": 0.5}}, "`temperature`"),
    ({"max_tokens": 2000, "thinking": THINKING, "messages": [*ASK["messages"], CALL, RESULT]}, "Expected `thinking`"),
    ], ids=lambda value: value if isinstance(value, str) else "")
def test_the_mock_refuses_what_the_provider_refuses(client, more, words):
    with pytest.raises(anthropic.BadRequestError, match=words.replace("(", r"\(")):
        client.messages.create(**{**ASK, **more})
