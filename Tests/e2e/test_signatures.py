"""A conversation that moves between providers: what one has sealed goes back to it, and to no other."""

import json

import pytest

from harness.configuration import KEY
from harness.processes import Lip
from harness.raw import RawClient

CLAUDE_SEAL, GEMINI_SEAL = "Y2xhdWRlLXNlYWw=", "Z2VtaW5pLXNlYWw="

CLAUDE = {
    "id": "msg_1", "type": "message", "role": "assistant", "model": "c", "stop_reason": "end_turn", "stop_sequence": None,
    "content": [{"type": "thinking", "thinking": "Claude's thought.", "signature": CLAUDE_SEAL},
                {"type": "text", "text": "Claude's word."}],
    "usage": {"input_tokens": 1, "output_tokens": 2}}
GEMINI = {
    "candidates": [{"index": 0, "finishReason": "STOP", "content": {"role": "model", "parts": [
        {"text": "Gemini's thought.", "thought": True},
        {"text": "Gemini's word.", "thoughtSignature": GEMINI_SEAL}]}}],
    "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 2, "totalTokenCount": 3}}


@pytest.fixture(scope="module")
def lip(mock, tmp_path_factory):
    process = Lip(tmp_path_factory.mktemp("lip"), (
        "server:\n  address: 127.0.0.1:0\nbackends:\n"
        f'  - {{ id: claude, kind: anthropic, base_url: "{mock.url}", api_key: "{KEY}" }}\n'
        f'  - {{ id: gemini, kind: gemini, base_url: "{mock.url}", api_key: "{KEY}" }}\n'
        'routing:\n  default_route: "claude:c"\n'))
    yield process
    process.stop()


class Claude:
    """A client of Anthropic Messages, which gives back what it got."""

    def __init__(self, lip):
        self.lip, self.messages = lip, []

    def say(self, backend, text):
        self.messages.append({"role": "user", "content": text})
        body = {"model": f"{backend}:m", "max_tokens": 4096, "thinking": {"type": "enabled", "budget_tokens": 1024},
                "messages": self.messages}
        with RawClient(self.lip.port) as client:
            response = client.post(body, path="/v1/messages", headers={"anthropic-version": "2023-06-01"})
            assert response.status == 200, response.read()
            answer = response.json()
        self.messages.append({"role": "assistant", "content": answer["content"]})
        return answer["content"]


class Gemini:
    """A client of generateContent, which gives back what it got."""

    def __init__(self, lip):
        self.lip, self.contents = lip, []

    def say(self, backend, text):
        self.contents.append({"role": "user", "parts": [{"text": text}]})
        body = {"contents": self.contents, "generationConfig": {
            "thinkingConfig": {"thinkingBudget": 1024, "includeThoughts": True}, "maxOutputTokens": 4096}}
        with RawClient(self.lip.port) as client:
            response = client.post(body, path=f"/v1beta/models/{backend}:m:generateContent")
            assert response.status == 200, response.read()
            content = response.json()["candidates"][0]["content"]
        self.contents.append(content)
        return content["parts"]


@pytest.mark.parametrize("client", [Claude, Gemini])
def test_a_seal_goes_back_to_its_issuer_and_to_nobody_else(lip, mock, client):
    mock.script(
        {"match": {"path": "/v1/messages"}, "reply": {"body": json.dumps(CLAUDE)}},
        {"match": {"path": "/v1beta/models/m:generateContent"}, "reply": {"body": json.dumps(GEMINI)}})
    conversation = client(lip)
    for backend in ("claude", "gemini", "claude", "gemini"):
        shown = json.dumps(conversation.say(backend, "Go on."))
        assert ("Claude's word." if backend == "claude" else "Gemini's word.") in shown
    bodies = [request["body"] for request in mock.requests()]
    to_claude, to_gemini = bodies[0::2], bodies[1::2]
    # What the others have sealed is not even shown in a marked form.
    for body in to_claude:
        assert GEMINI_SEAL not in body and "lip1:" not in body
    for body in to_gemini:
        assert CLAUDE_SEAL not in body and "lip1:" not in body
    # The issuer has its own back, where it belongs, once the conversation returns to it.
    assert CLAUDE_SEAL in to_claude[1]
    block = next(part for message in json.loads(to_claude[1])["messages"] if message["role"] == "assistant"
                 for part in message["content"] if isinstance(part, dict) and part["type"] == "thinking")
    assert block == {"type": "thinking", "thinking": "Claude's thought.", "signature": CLAUDE_SEAL}
    # What was said is known to everybody.
    assert "Gemini's word." in to_claude[1] and "Claude's word." in to_gemini[1]


def test_gemini_has_its_own_seal_back(lip, mock):
    mock.script(
        {"match": {"path": "/v1/messages"}, "reply": {"body": json.dumps(CLAUDE)}},
        {"match": {"path": "/v1beta/models/m:generateContent"}, "reply": {"body": json.dumps(GEMINI)}})
    conversation = Gemini(lip)
    for backend in ("gemini", "claude", "gemini"):
        conversation.say(backend, "Go on.")
    assert GEMINI_SEAL in mock.requests()[2]["body"]
