"""The mock's Responses interface, as the real client library sees it."""

import openai
import pytest
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

EVENT = TypeAdapter(ResponseStreamEvent)
PATH = "/v1/responses"


@pytest.fixture
def client(mock):
    with openai.OpenAI(api_key="k", base_url=f"{mock.url}/v1", max_retries=0, timeout=20) as client:
        yield client


EVERYTHING = {
    "reasoning": ["let me ", "see"], "text": ["Hel", "lo"], "refusal": ["no"],
    "tool_calls": [{"id": "c1", "name": "f", "arguments": ['{"a":', "1}"]}, {"id": "c2", "name": "run", "arguments": "x"}],
    "usage": {"input": 7, "output": 5, "cached": 3, "reasoning": 2}}
TOOLS = [{"type": "function", "name": "f", "parameters": {}, "strict": True}, {"type": "custom", "name": "run"}]


@pytest.mark.parametrize("more", [{}, {"interleave": True}, {"reasoning_field": "reasoning_text"}], ids=str)
def test_its_stream_is_the_whole_lifecycle(mock, client, more):
    mock.script({"reply": {**EVERYTHING, **more}})
    with client.responses.stream(model="m", input="hi", tools=TOOLS) as stream:
        events = list(stream)
        response = stream.get_final_response()
    raw = list(client.responses.create(model="m", input="hi", tools=TOOLS, stream=True))
    for event in raw:
        EVENT.validate_python(event.to_dict())
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert [item.type for item in response.output] == ["reasoning", "message", "function_call", "custom_tool_call"]
    assert response.output_text == "Hello" and response.output[2].arguments == '{"a":1}'
    assert response.usage.total_tokens == 12 and response.usage.input_tokens_details.cached_tokens == 3
    whole = client.responses.create(model="m", input="hi", tools=TOOLS)
    Response.model_validate(whole.to_dict())
    assert whole.output_text == "Hello" and whole.output[3].input == "x"


def test_it_ends_as_the_script_says(mock, client):
    mock.script({"reply": {"text": "cut", "finish_reason": "length"}})
    whole = client.responses.create(model="m", input="hi")
    assert whole.status == "incomplete" and whole.incomplete_details.reason == "max_output_tokens"
    mock.script({"reply": {"text": ["a", "b"], "fault": {"kind": "error_event", "error": {"message": "boom"}}}})
    events = list(client.responses.create(model="m", input="hi", stream=True))
    assert events[-1].type == "error" and events[-1].message == "boom"
    mock.script({"reply": {"text": ["a", "b"], "done": False}})
    events = list(client.responses.create(model="m", input="hi", stream=True))
    assert events[-1].type == "response.output_item.done"


@pytest.mark.parametrize("body, status, parameter", [
    ({"input": "x"}, 400, "model"), ({"model": "m"}, 400, "input"), ({"model": "m", "input": []}, 400, "input"),
    ({"model": "m", "input": "x", "stop": ["a"]}, 400, "stop"),
    ({"model": "m", "messages": []}, 400, "messages"),
    ({"model": "m", "input": "x", "stream_options": {}}, 400, "stream_options"),
    ({"model": "m", "input": "x", "max_output_tokens": 3}, 400, "max_output_tokens"),
    ({"model": "m", "input": [{"role": "tool", "content": "x"}]}, 400, "input[0].role"),
    ({"model": "m", "input": [{"role": "assistant", "content": [{"type": "input_text", "text": "x"}]}]}, 400,
     "input[0].content[0].type"),
    ({"model": "m", "input": [{"type": "function_call_output", "call_id": "c", "output": "x"}]}, 400, "input"),
    ({"model": "m", "input": [{"type": "function_call", "call_id": "c", "name": "f", "arguments": ""}]}, 400, "input"),
    ({"model": "m", "input": [{"type": "reasoning", "id": "rs_lip_1", "summary": []}]}, 404, "input"),
    ({"model": "m", "input": [{"type": "nonsense"}]}, 400, "input[0].type"),
    ({"model": "m", "input": "x", "previous_response_id": "resp_x"}, 400, "previous_response_id"),
    ({"model": "m", "input": "x", "tools": [{"type": "function", "function": {"name": "f"}}]}, 400,
     "tools[0].name")], ids=str)
def test_it_refuses_what_the_provider_refuses(mock, connect, body, status, parameter):
    response = connect(mock).post(body, path=PATH)
    assert response.status == status
    assert response.json()["error"]["param"] == parameter
