"""Bare model names find the backend of their vendor, and providers are asked for their models."""

import json

import pytest

from harness.configuration import KEY, configuration
from harness.processes import Mock, get, run, until
from harness.provider import WHOLE, answer
from harness.raw import chat


def row(name, kind, url, **more):
    fields = {"id": name, "kind": kind, "base_url": f'"{url}"', "api_key": f'"{KEY}"', **more}
    return "  - { " + ", ".join(f"{key}: {value}" for key, value in fields.items() if value is not None) + " }\n"


def listed(lip):
    return [model["id"] for model in json.loads(get(f"{lip.url}/v1/models")[2])["data"]]


def test_a_bare_name_goes_to_the_first_backend_of_its_vendor(start_lip, mock, second_mock, connect):
    lip = start_lip(configuration([
        row("local", "vllm", f"{mock.url}/v1"), row("claude", "anthropic", second_mock.url),
        row("first", "openai-legacy", f"{second_mock.url}/v1"), row("second", "openai-legacy", f"{mock.url}/v1"),
    ], "local:qwen"))
    for model in ("gpt-4o-mini", "claude-sonnet-4-5", "mystery"):
        assert connect(lip).post(chat(model)).status == 200
    assert [request["model"] for request in second_mock.requests()] == ["gpt-4o-mini", "claude-sonnet-4-5"]
    assert [request["model"] for request in mock.requests()] == ["mystery"]


def test_what_the_catalogue_says_that_a_model_lacks_keeps_its_leg_out(start_lip, mock, second_mock, connect):
    lip = start_lip(configuration([
        row("old", "openai-legacy", f"{mock.url}/v1"), row("new", "openai-legacy", f"{second_mock.url}/v1"),
        row("told", "openai-legacy", f"{mock.url}/v1", capabilities="[vision]"),
    ], "old:gpt-4o"))
    image = [{"type": "image_url", "image_url": {"url": "https://img.example/a.png"}}]
    request = {**chat("old:gpt-3.5-turbo|new:gpt-4o"), "messages": [{"role": "user", "content": image}]}
    assert connect(lip).post(request).status == 200
    assert [request["model"] for request in second_mock.requests()] == ["gpt-4o"]
    assert mock.requests() == []
    refused = connect(lip).post({**request, "model": "old:gpt-3.5-turbo"})
    assert refused.status == 400 and refused.json()["error"]["message"] == "missing required capabilities: vision"
    assert connect(lip).post({**request, "model": "told:gpt-3.5-turbo"}).status == 200


def test_a_conversation_that_is_too_long_moves_to_a_window_that_the_catalogue_knows_to_be_larger(
        start_lip, provider, connect):
    too_long = json.dumps({"error": {"message": "too long", "code": "context_length_exceeded"}})
    small = provider(lambda request: request.send(answer(400, too_long)))
    large = provider(lambda request: request.send(answer(200, WHOLE % "")))
    lip = start_lip(configuration([
        row("small", "openai-legacy", f"{small.url}/v1"), row("large", "openai-legacy", f"{large.url}/v1"),
    ], "small:gpt-4"))
    assert connect(lip).post(chat("small:gpt-4|large:gpt-4.1")).status == 200
    assert connect(lip).post(chat("small:gpt-4.1|large:gpt-4")).status == 400
    assert (len(small.requests), len(large.requests)) == (2, 1)


@pytest.mark.parametrize("kind, path", [("openai-legacy", "/v1"), ("anthropic", ""), ("gemini", "")])
def test_the_models_that_a_provider_lists_are_listed_and_found(start_lip, mock, tmp_path, connect, kind, path):
    other = Mock(tmp_path / "other", "--model", "their-model", "--model", "their-other")
    try:
        lip = start_lip(configuration([
            row("local", "vllm", f"{mock.url}/v1"), row("theirs", kind, f"{other.url}{path}", models="discover"),
        ], "local:qwen"))
        until(lambda: {"theirs:their-model", "theirs:their-other"} <= set(listed(lip)), "the models are known")
        assert connect(lip).post(chat("their-model")).status == 200
        assert connect(lip).post(chat("unheard-of")).status == 200
        assert "their-model" in [request["model"] for request in other.requests()]
        assert [request["model"] for request in mock.requests()] == ["unheard-of"]
    finally:
        other.kill()


def test_the_pages_of_a_list_are_turned_with_the_first_key(start_lip, provider):
    pages = [{"models": [{"name": "models/a"}], "nextPageToken": "more"}, {"models": [{"name": "models/b"}]}]
    theirs = provider(lambda request: request.send(answer(200, json.dumps(pages[len(theirs.requests) - 1]))))
    lip = start_lip(configuration([
        row("theirs", "gemini", theirs.url, api_key=None, api_keys='["first-key-0123456789", "second-key-0123456789"]',
            models="{ source: discover, refresh_interval: 1h }"),
    ], "theirs:a"))
    until(lambda: listed(lip) == ["theirs:a", "theirs:b"], "both pages are known")
    assert [request.head["x-goog-api-key"] for request in theirs.requests] == ["first-key-0123456789"] * 2


def test_a_list_that_cannot_be_had_costs_one_warning_and_nothing_else(start_lip, mock, closed_port, provider, connect):
    silent = provider(lambda request: request.left())
    refusing = provider(lambda request: request.send(answer(401, '{"error":{"message":"' + KEY + '"}}')))
    lip = start_lip(configuration([
        row("a", "openai-legacy", f"{mock.url}/v1", models="{ source: discover, items: [known] }"),
        row("b", "vllm", f"http://127.0.0.1:{closed_port.port}/v1", models="discover"),
        row("c", "vllm", f"{silent.url}/v1", models="discover"),
        row("d", "vllm", f"{refusing.url}/v1", models="discover"),
    ], "a:known"))
    def warnings():
        lines = [json.loads(line) for line in lip.output.splitlines() if '"inventory.failed"' in line]
        return lines if len(lines) >= 2 else None
    failed = until(warnings, "the failures are told")
    assert sorted(line["backend"] for line in failed) == ["b", "d"]
    assert all(line["level"] == "warn" and line["retry_seconds"] == 30 for line in failed)
    assert KEY not in lip.output
    until(lambda: silent.requests, "the silent one was asked")
    assert connect(lip).post(chat("known")).status == 200
    lip.stop()


def test_a_catalogue_of_ones_own(start_lip, mock, second_mock, connect, tmp_path):
    (tmp_path / "models.yaml").write_text(
        "vendors:\n  ours: { kinds: [vllm], models: [{ name: 'our-*', lacks: [tools] }] }\n")
    config = configuration([
        row("one", "openai-legacy", f"{mock.url}/v1"), row("two", "vllm", f"{second_mock.url}/v1"),
    ], "one:gpt-4o", rest=f'catalogue: {{ path: "{tmp_path}/models.yaml" }}\n')
    lip = start_lip(config)
    assert connect(lip).post(chat("our-model")).status == 200
    assert [request["model"] for request in second_mock.requests()] == ["our-model"]
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
    assert connect(lip).post(chat("our-model", tools=tools)).status == 400
    (tmp_path / "lip.yaml").write_text(config)
    shown = run("routes", "our-model", "--config", tmp_path / "lip.yaml")
    assert "two:our-model, since the catalogue has our-* from ours" in shown.stdout
