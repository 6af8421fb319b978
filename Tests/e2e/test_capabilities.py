"""Legs that cannot do what a request needs are left out of its route."""

import json

import pytest

from harness.configuration import backend, configuration
from harness.raw import chat

TOOLS = {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]}
IMAGE = [{"type": "image_url", "image_url": {"url": "https://img.example/a.png"}}]
STUB = "  - { id: stub, kind: local-stub, text: Stub }\n  - { id: tool, kind: local-stub, tool_name: f }\n"


@pytest.fixture
def lip(start_lip, mock, second_mock):
    mock.script(mock.on("*", text="One"))
    second_mock.script(second_mock.on("*", text="Two"))
    return start_lip(configuration([
        backend("one", mock.url, capabilities="[tools]", models="[m, { name: bare, capabilities: [] }]"),
        backend("two", second_mock.url), STUB], "one:m", rest="  max_attempts: 1\n"))


def text(response):
    assert response.status == 200
    return response.json()["choices"][0]["message"]["content"]


def images(model):
    return {**chat(model), "messages": [{"role": "user", "content": IMAGE}]}


def test_a_leg_without_a_capability_is_passed_over_without_using_up_an_attempt(lip, mock, connect):
    client = connect(lip)
    assert text(client.post(chat("one:m|two:m"))) == "One"
    assert text(client.post(images("one:m|two:m"))) == "Two"
    assert text(client.post(chat("one:bare|two:m", **TOOLS))) == "Two"
    assert text(client.post(chat("one:bare^one:m", **TOOLS))) == "One"
    assert [request["model"] for request in mock.requests()] == ["m", "m"]


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_a_request_that_no_leg_can_serve_is_refused_with_what_is_missing(lip, mock, connect, stream):
    response = connect(lip).post({**images("one:bare|one:m"), **TOOLS, "stream": stream})
    assert response.status == 400
    error = response.json()["error"]
    assert error["message"] == "missing required capabilities: tools, vision"
    assert error["code"] == "unsupported_parameter"
    assert error["type"] == "invalid_request_error"
    assert mock.requests() == []


def test_what_a_request_can_do_without_is_left_out_and_named(lip, mock, second_mock, connect):
    wishes = {"reasoning_effort": "high", "parallel_tool_calls": True, "temperature": 0.5, "user": "u", **TOOLS}
    client = connect(lip)
    response = client.post(chat("one:m", **wishes))
    assert text(response) == "One"
    assert response.headers["x-lip-dropped-fields"] == "reasoning_effort, parallel_tool_calls"
    sent = json.loads(mock.requests()[0]["body"])
    assert "reasoning_effort" not in sent and "parallel_tool_calls" not in sent
    assert sent["temperature"] == 0.5 and sent["user"] == "u" and sent["tools"] == TOOLS["tools"]
    response = client.post(chat("two:m", **wishes))
    assert text(response) == "Two"
    assert "x-lip-dropped-fields" not in response.headers
    assert json.loads(second_mock.requests()[0]["body"])["reasoning_effort"] == "high"


def test_the_stub_answers_with_text_and_with_its_tool(lip, connect):
    client = connect(lip)
    assert text(client.post(chat("stub:m"))) == "Stub"
    refused = client.post(chat("stub:m", **TOOLS))
    assert refused.status == 400
    assert refused.json()["error"]["message"] == "missing required capabilities: tools"
    assert connect(lip).post(chat("tool:m", **TOOLS)).status == 200
    assert connect(lip).post(images("tool:m")).status == 400
