"""The mock itself: what the other tests lean on must be so."""

import gzip
import json

import pytest

from harness.processes import get
from harness.raw import CHAT, chat, text_of


def test_model_names_direct_the_answer(mock, connect):
    response = connect(mock).post(chat("mock-n4-g1-t1", stream=True))
    events = list(response.events())
    assert text_of(events) == " the quick brown fox" and events[-1] == "[DONE]" and response.complete
    assert connect(mock).post(chat("mock-s418")).status == 418
    response = connect(mock).post(chat("mock-n9-x2", stream=True))
    assert text_of(list(response.events())) == " the quick" and not response.complete


@pytest.mark.parametrize("body, status, parameter", [
    (b"{", 400, None), ({"messages": []}, 400, "model"), ({"model": "m"}, 400, "messages"),
    ({"model": "m", "messages": [{"role": "king", "content": "Hi"}]}, 400, "messages[0].role"),
    ({**chat("m"), "stream_options": {"include_usage": True}}, 400, "stream_options"),
    ({"model": "m", "messages": [{"role": "tool", "tool_call_id": "x", "content": "Hi"}]}, 400,
     "messages[0].tool_call_id")], ids=str)
def test_it_refuses_what_the_provider_refuses(mock, connect, body, status, parameter):
    response = connect(mock).post(body)
    assert response.status == status
    assert response.json()["error"]["param"] == parameter


def test_it_asks_for_a_key_and_a_content_type(mock, connect):
    assert connect(mock).post(chat("m"), headers={"authorization": None}).status == 401
    assert connect(mock).post(chat("m"), headers={"content-type": "text/plain"}).status == 415
    assert connect(mock).post(chat("m"), path="/v1/other").status == 404
    assert get(f"{mock.url}{CHAT}", {"authorization": "Bearer k"})[0] == 405


def test_a_rule_serves_the_requests_it_names(mock, connect):
    mock.script(
        {"name": "second", "match": {"model": "m", "nth": 2}, "reply": {"text": "two"}},
        {"name": "vip", "match": {"headers": {"x-vip": "*"}}, "reply": {"text": "vip"}, "times": 1},
        {"name": "streams", "match": {"stream": True}, "reply": {"text": "stream"}})
    texts = [connect(mock).post(chat("m")).json()["choices"][0]["message"]["content"] for _ in range(3)]
    assert texts[1] == "two" and texts[0] == texts[2] != "two"
    texts = [
        connect(mock).post(chat("o"), headers={"x-vip": "1"}).json()["choices"][0]["message"]["content"]
        for _ in range(2)]
    assert texts[0] == "vip" != texts[1]
    assert text_of(list(connect(mock).post(chat("o", stream=True)).events())) == "stream"
    assert [request["rule"] for request in mock.requests()] == [None, "second", None, "vip", None, "streams"]


def test_a_script_with_a_mistake_is_refused(mock):
    with pytest.raises(AssertionError, match=r"\[0\].reply.txet: unknown member"):
        mock.script({"reply": {"txet": "x"}})


def test_it_remembers_what_it_received(mock, connect):
    connect(mock).post(chat("remembered"), headers={"x-odd": "Value"}).read()
    (request,) = mock.requests("remembered")
    assert (request["method"], request["path"], request["outcome"]) == ("POST", CHAT, "completed")
    assert ["x-odd", "Value"] in request["headers"]
    assert json.loads(request["body"]) == chat("remembered")
    assert request["arrived_ns"] <= request["answered_ns"] <= request["ended_ns"]


def test_it_notices_when_the_other_side_hangs_up(mock, connect):
    mock.script(mock.on("stuck", fault={"kind": "stall", "after": 2}))
    connection = connect(mock)
    events = connection.post(chat("stuck", stream=True)).events()
    assert len([next(events), next(events), next(events)]) == 3
    connection.close()
    (request,) = mock.wait("disconnect", model="stuck")
    assert request["outcome"] == "client_gone" and request["chunks_sent"] == 2 and request["disconnected_ns"]


def test_a_wait_that_is_not_met_ends(mock):
    with pytest.raises(AssertionError, match="not met"):
        mock.wait("request", count=99, patience=0.05)


@pytest.mark.parametrize("fault, expected", [
    ("close_before_head", "end"), ("reset_before_head", "end"), ("cut_head", "end"), ("garbage_head", "garbage")])
def test_faults_before_the_head(mock, connect, fault, expected):
    mock.script(mock.on("bad", fault=fault))
    connection = connect(mock)
    with pytest.raises((ConnectionError, ValueError, IndexError)):
        connection.post(chat("bad"))
    assert connection.ends()


@pytest.mark.parametrize("fault", ["error_event", {"kind": "error_event"}, {"kind": "error_event", "after": 0}])
@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_an_error_event_that_was_told_no_error_has_one(mock, connect, fault, stream):
    mock.script(mock.on("bad", text=["a", "b"], fault=fault))
    response = connect(mock).post(chat("bad", stream=stream))
    last = str(list(response.events())[-1]) if stream else response.read().decode()
    assert "mock failure" in last


@pytest.mark.parametrize("fault, complete, text", [
    ("reset", False, "ab"), ("close", False, "ab"), ("cut_chunk", False, "ab"), ("garbage_chunk", False, "ab"),
    ("end", True, "ab"), ("error_event", True, "ab")])
def test_faults_in_a_stream(mock, connect, fault, complete, text):
    mock.script(mock.on("bad", text=["a", "b", "c"], fault={"kind": fault, "after": 2, "error": {"message": "E"}}))
    connection = connect(mock)
    try:
        response = connection.post(chat("bad", stream=True))
        events = list(response.events())
    except ValueError:
        assert fault == "garbage_chunk"
        return
    assert text_of(events) == text and "[DONE]" not in events
    assert response.complete is complete
    assert ("error" in events[-1]) == (fault == "error_event")


def test_a_garbage_event_and_then_more(mock, connect):
    mock.script(mock.on("bad", text=["a", "b"], fault={"kind": "garbage_event", "after": 1}))
    blocks = list(connect(mock).post(chat("bad", stream=True)).blocks())
    with pytest.raises(ValueError):
        json.loads(blocks[2].removeprefix("data: "))
    assert json.loads(blocks[3].removeprefix("data: "))["choices"][0]["delta"]["content"] == "b"


def test_lengths_that_lie(mock, connect):
    mock.script(mock.on("long", fault="length_too_long"), mock.on("short", fault="length_too_short"))
    response = connect(mock).post(chat("long"))
    json.loads(response.read())
    assert not response.complete
    response = connect(mock).post(chat("short"))
    with pytest.raises(ValueError):
        response.json()


@pytest.mark.parametrize("stream", [False, True])
def test_gzip_is_gzip(mock, connect, stream):
    mock.script(mock.on("zip", text=["Grüße ", "🦊" * 40000], gzip=True))
    response = connect(mock).post(chat("zip", stream=stream))
    assert response.headers["content-encoding"] == "gzip"
    assert "🦊" in gzip.decompress(response.read()).decode()


def test_early_answers_leave_the_body_unread(mock, connect):
    mock.script({"match": {"path": CHAT}, "reply": {"before_body": True, "error": {"status": 413, "message": "no"}}})
    connection = connect(mock)
    connection.send(f"POST {CHAT} HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n")
    response = connection.response()
    assert response.status == 413 and response.json()["error"]["message"] == "no"
    assert connection.ends()


def test_malformed_requests_are_counted(mock, connect):
    connection = connect(mock)
    connection.send(f"POST {CHAT} HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n")
    assert connection.response().status == 400
    assert mock.state()["malformed"] == ["two lengths"]


def test_a_request_may_come_in_any_pieces(mock, connect):
    body = json.dumps(chat("mock-n1"))
    head = f"POST {CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer k\r\ncontent-type: application/json\r\n"
    connection = connect(mock)
    for byte in f"{head}content-length: {len(body)}\r\n\r\n{body}".encode():
        connection.send(bytes([byte]))
    assert connection.response().json()["choices"][0]["message"]["content"] == " the"
    half = len(body) // 2
    connection.send(f"{head}transfer-encoding: chunked\r\n\r\n{half:x}\r\n{body[:half]}\r\n")
    connection.send(f"{len(body) - half:x};x=y\r\n{body[half:]}\r\n0\r\ntrailer: 1\r\n\r\n")
    assert connection.response().json()["choices"][0]["message"]["content"] == " the"
