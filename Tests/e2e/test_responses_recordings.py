"""The real client library reads what the Responses writers were recorded to write."""

import contextlib
import http.server
import threading
from pathlib import Path

import openai
import pytest
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

RECORDINGS = Path(__file__).parent / "recordings"
STREAMS = sorted(path.stem for path in RECORDINGS.glob("responses-*.sse"))
EVENT = TypeAdapter(ResponseStreamEvent)


@contextlib.contextmanager
def replaying(name):
    """A client of a server that answers everything with one recording."""
    path = next(RECORDINGS.glob(f"{name}.*"))
    content = path.read_bytes()
    kind = "text/event-stream" if path.suffix == ".sse" else "application/json"

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with openai.OpenAI(
                api_key="k", base_url=f"http://127.0.0.1:{server.server_port}/v1", max_retries=0, timeout=20) as client:
            yield client
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def stream(client):
    return client.responses.stream(model="m", input="hi")


@pytest.mark.parametrize("name", STREAMS)
def test_the_accumulator_reads_every_stream(name):
    with replaying(name) as client, stream(client) as events:
        seen = list(events)
    assert [event.sequence_number for event in seen] == list(range(len(seen)))
    assert seen[0].type == "response.created" and seen[1].type == "response.in_progress"
    assert seen[-1].type in ("response.completed", "response.incomplete", "response.failed")
    assert sum(event.type in ("response.completed", "response.incomplete", "response.failed") for event in seen) == 1


@pytest.mark.parametrize("name", STREAMS)
def test_every_event_is_one_of_the_documented_forms(name):
    with replaying(name) as client:
        for event in client.responses.create(model="m", input="hi", stream=True):
            # The library builds its objects unchecked; here they are checked.
            EVENT.validate_python(event.to_dict(), strict=False)
            if hasattr(event, "response"):
                error = event.response.error
                if error is not None and error.code not in ("server_error", "rate_limit_exceeded"):
                    pytest.fail(f"unknown error code {error.code}")


def test_every_item_and_part_begins_and_is_done():
    with replaying("responses-everything") as client:
        events = list(client.responses.create(model="m", input="hi", stream=True))
    final = events[-1].response
    for index, item in enumerate(final.output):
        of_item = [event for event in events if getattr(event, "output_index", None) == index]
        assert of_item[0].type == "response.output_item.added" and of_item[0].item.status == "in_progress"
        assert of_item[-1].type == "response.output_item.done" and of_item[-1].item == item
        assert {getattr(event, "item_id", item.id) for event in of_item} == {item.id}


def test_the_final_response_holds_everything():
    with replaying("responses-everything") as client, stream(client) as events:
        response = events.get_final_response()
    assert response.id == "resp_rec" and response.status == "completed" and response.model == "some-model"
    assert response.output_text == "Hello, wörld \U0001F600\n"
    assert [item.type for item in response.output] == ["reasoning", "message", "function_call", "custom_tool_call"]
    reasoning, message, call, custom = response.output
    assert reasoning.summary[0].text == "Let me think."
    assert message.content[0].annotations[0].url == "https://example.com"
    assert message.content[0].logprobs[0].token == "Hello"
    assert (call.call_id, call.name, call.arguments) == ("call_a", "get_weather", '{"city":"Rome"}')
    assert (custom.call_id, custom.name, custom.input) == ("call_b", "run", "print(1)")
    usage = response.usage
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (30, 12, 42)
    assert usage.input_tokens_details.cached_tokens == 20 and usage.output_tokens_details.reasoning_tokens == 4
    assert response.instructions == "be brief" and response.temperature == 0.5 and response.metadata == {"team": "a"}
    assert [tool.name for tool in response.tools] == ["get_weather", "run"] and response.text.verbosity == "low"


def test_the_whole_answer_is_the_streamed_one():
    with replaying("responses-whole") as client:
        whole = client.responses.create(model="m", input="hi")
    Response.model_validate(whole.to_dict())
    with replaying("responses-everything") as client:
        streamed = list(client.responses.create(model="m", input="hi", stream=True))[-1].response
    assert whole.to_dict() == streamed.to_dict()


def test_a_broken_stream_is_never_a_final_response():
    for name in ("responses-failed", "responses-failed-early"):
        with replaying(name) as client, stream(client) as events:
            with pytest.raises(RuntimeError):
                events.get_final_response()
    with replaying("responses-failed") as client:
        last = list(client.responses.create(model="m", input="hi", stream=True))[-1].response
    assert last.status == "failed" and "stopped before" in last.error.message
    assert [item.status for item in last.output] == ["completed", "incomplete"]


def test_an_incomplete_answer_says_why():
    with replaying("responses-incomplete") as client:
        last = list(client.responses.create(model="m", input="hi", stream=True))[-1].response
    assert last.status == "incomplete" and last.incomplete_details.reason == "max_output_tokens"
    assert last.output[0].status == "incomplete" and last.output_text == "cut"
