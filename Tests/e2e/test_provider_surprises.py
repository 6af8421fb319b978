"""What providers do that no specification foresees: the gateway neither falls, nor waits, nor tells what it must not."""

import gzip
import json
import socket
import threading
import time

import pytest

from harness.configuration import backend, configuration
from harness.processes import PATIENCE, get, until
from harness.provider import DONE, END, STREAM, WHOLE, answer, chunk, delta
from harness.raw import chat, text_of
from harness.records import total as metric


@pytest.fixture
def before(start_lip, provider):
    """Starts a gateway before a provider with this script; returns both."""

    def start(script, key="sk-lip-own-key-0123456789abcdef", server="", **more):
        one = provider(script)
        server = "  loops: 1\n" + server
        return start_lip(configuration([backend("p", one.url, key=key, **more)], "p:m", server=server)), one

    return start


def stream_of(lip, connect):
    response = connect(lip).post(chat("p:m", stream=True))
    return response, list(response.events())


# --- Figures ---


def test_absurd_token_counts_do_not_bring_the_gateway_down(before, connect):
    usage = ',"usage":{"prompt_tokens":9223372036854775807,"completion_tokens":9223372036854775807,"total_tokens":1}'
    lip, _ = before(lambda request: request.send(answer(200, WHOLE % usage)))
    for _ in range(4):
        assert connect(lip).post(chat("p:m")).status == 200
    assert metric(lip, "lip_tokens_total") > 0


@pytest.mark.parametrize("value", [
    "Fri, 31 Dec 9999 23:59:59 GMT", "999999999", "-5", "1e400", "nan", "soon", "99999999999999999999"])
def test_an_absurd_retry_after_does_not_bring_the_gateway_down(before, connect, value):
    lip, _ = before(lambda request: request.send(
        answer(400, '{"error":{"message":"no"}}', {"retry-after": value})))
    for stream in (False, True):
        response = connect(lip).post(chat("p:m", stream=stream))
        assert response.status == 400
        assert response.json()["error"]["message"] == "no"
        assert int(response.headers.get("retry-after", "0")) >= 0


# --- Bounds ---


def test_a_stream_that_never_begins_to_answer_is_given_up_at_a_bound(before, connect):
    def endless(request):
        request.send(STREAM)
        events = chunk(delta("") * 1000)
        while True:
            request.send(events)

    lip, one = before(endless)
    response, _ = stream_of(lip, connect)
    assert response.status == 502
    assert metric(lip, "process_resident_memory_bytes") < 200 << 20


def test_the_body_of_an_error_is_not_waited_for_for_long(before, provider, start_lip, connect):
    def stalls(request):
        request.send("HTTP/1.1 503 Busy\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{")
        assert request.left()

    bad = provider(stalls)
    good = provider(lambda request: request.send(answer(200, WHOLE % "")))
    lip = start_lip(configuration([backend("bad", bad.url), backend("good", good.url)], "bad:m"))
    started = time.monotonic()
    assert connect(lip).post(chat("bad:m|good:m")).status == 200
    assert time.monotonic() - started < 10


def test_a_long_answer_with_log_probabilities_is_delivered(before, connect):
    token = (
        '{"token":" the","logprob":-0.1,"bytes":[32,116,104,101],"top_logprobs":['
        + ",".join(['{"token":" a","logprob":-2.5,"bytes":[32,97,98]}'] * 20) + "]}")
    body = WHOLE.replace(
        '"finish_reason"', '"logprobs":{"content":[' + ",".join([token] * 8000) + ']},"finish_reason"') % ""
    lip, _ = before(lambda request: request.send(answer(200, body)))
    response = connect(lip).post(chat("p:m", logprobs=True, top_logprobs=20))
    assert response.status == 200
    assert response.read() == body.encode()


# --- Secrets ---


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
@pytest.mark.parametrize("status", [400, 401, 500])
def test_a_key_that_a_provider_echoes_is_cut_out(before, connect, status, stream):
    key = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    body = json.dumps({"error": {"message": f"The key {key} is odd.", "code": key, "param": f"key {key}"}})
    lip, one = before(lambda request: request.send(answer(status, body)), key=key)
    response = connect(lip).post(chat("p:m", stream=stream))
    text = response.read().decode()
    assert "is odd" in text
    assert key not in text
    assert key not in lip.output
    assert one.requests[0].head["authorization"] == f"Bearer {key}"


def test_a_key_that_a_stream_echoes_is_cut_out(before, connect):
    key = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    error = 'data: {"error":{"message":"The key %s is odd.","code":500}}\n\n' % key
    lip, _ = before(lambda request: request.send(STREAM, chunk(delta("Hi") + error), END), key=key)
    response = connect(lip).post(chat("p:m", stream=True))
    text = response.read().decode()
    assert "is odd" in text and key not in text
    assert key not in lip.output


# --- The end of a stream ---


def test_a_connection_is_used_again_when_its_body_ends_after_the_terminator(before, connect):
    delivered, ended = threading.Semaphore(0), threading.Semaphore(0)

    def script(request):
        request.send(STREAM, chunk(delta("Hi", "stop") + DONE))
        # The end of the body comes by itself, as servers that write their frames and their framing apart send it.
        delivered.acquire(timeout=PATIENCE)
        request.send(END)
        ended.release()

    lip, one = before(script)
    for number in range(5):
        response, events = stream_of(lip, connect)
        assert events[-1] == "[DONE]" and response.complete
        delivered.release()
        ended.acquire(timeout=PATIENCE)
        # Served by the same loop, after what the provider sent before.
        assert metric(lip, "lip_attempts_in_flight") == 0
    assert one.connections == 1


def test_an_answer_ends_with_its_terminator_though_the_provider_stays(before, connect):
    left = []

    def script(request):
        request.send(STREAM, chunk(delta("Hi", "stop") + DONE))
        left.append(request.left())

    lip, _ = before(script)
    started = time.monotonic()
    response, events = stream_of(lip, connect)
    assert text_of(events) == "Hi" and events[-1] == "[DONE]" and response.complete
    assert time.monotonic() - started < 1
    until(lambda: left == [True], "the provider is let go")


def test_what_comes_after_the_terminator_is_nobodys(before, connect):
    def script(request):
        request.send(STREAM, chunk(delta("Hi", "stop") + DONE + delta("more")))
        while True:
            request.send(chunk(delta("and more") * 100))

    lip, _ = before(script)
    response, events = stream_of(lip, connect)
    assert text_of(events) == "Hi" and events[-1] == "[DONE]" and response.complete
    assert metric(lip, "lip_attempts_in_flight") == 0


# --- Statuses and heads ---


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
@pytest.mark.parametrize("head", [
    "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 304 Not Modified\r\n\r\n",
    "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/x\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
    'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 26\r\n\r\n{"error":{"message":"no"}}',
    "HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
], ids=["204", "304", "302", "empty 200", "empty stream", "no choices", "error as 200", "999", "101"])
def test_what_is_no_answer_never_looks_like_one(before, connect, head, stream):
    def script(request):
        request.send(head)
        request.sock.shutdown(socket.SHUT_RDWR)

    lip, _ = before(script)
    response = connect(lip).post(chat("p:m", stream=stream))
    assert response.status == 502
    assert response.json()["error"]["message"]
    assert metric(lip, "lip_attempts_in_flight") == 0


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_interim_answers_are_passed_over(before, connect, stream):
    interim = "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\nx-ratelimit-early: 1\r\n\r\n"
    whole = (STREAM + chunk(delta("Hi", "stop") + DONE) + END) if stream else answer(200, WHOLE % "")
    lip, _ = before(lambda request: request.send("HTTP/1.1 100 Continue\r\n\r\n", interim, whole))
    response = connect(lip).post(chat("p:m", stream=stream))
    assert response.status == 200
    assert "x-ratelimit-early" not in response.headers
    if stream:
        assert text_of(list(response.events())) == "Hi"
    else:
        assert response.json()["choices"][0]["message"]["content"] == "Hi"


def test_a_plain_answer_to_a_stream_is_streamed(before, connect):
    lip, _ = before(lambda request: request.send(answer(200, WHOLE % "")))
    response, events = stream_of(lip, connect)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert text_of(events) == "Hi" and events[-1] == "[DONE]" and response.complete
    assert [c["finish_reason"] for e in events[:-1] for c in e["choices"] if c["finish_reason"]] == ["stop"]


def test_a_compressed_answer_is_unpacked(before, connect):
    packed = gzip.compress((WHOLE % "").encode())
    lip, one = before(lambda request: request.send(answer(200, packed, {"content-encoding": "gzip"})))
    response = connect(lip).post(chat("p:m"))
    assert "content-encoding" not in response.headers
    assert response.json()["choices"][0]["message"]["content"] == "Hi"


def test_a_plain_answer_that_unpacks_without_end_is_given_up_at_a_bound(before, connect):
    packed = gzip.compress(b" " * (200 << 20), 9)
    lip, _ = before(lambda request: request.send(answer(200, packed, {"content-encoding": "gzip"})))
    response = connect(lip).post(chat("p:m"))
    assert response.status == 502


def test_what_a_provider_puts_into_its_head_cannot_break_out_of_a_field(before, connect):
    head = (
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-ratelimit-a: 1\rx-evil: 1\r\nx-ratelimit-b: \x01\x7f"
        b"\r\nset-cookie: a=b\r\nserver: secret-host\r\nx-request-id: their own\r\ncontent-length: %d\r\n\r\n")
    body = (WHOLE % "").encode()
    lip, _ = before(lambda request: request.send(head % len(body) + body))
    connection = connect(lip)
    connection.send(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % 64
        + json.dumps({"model": "p:m", "messages": [{"role": "user", "content": "x"}]}).ljust(64))
    while connection.fill():
        pass
    lines = connection.buffer.split(b"\r\n\r\n")[0].split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line or b"\x01" in line for line in lines)
    names = {line.split(b":")[0].lower() for line in lines[1:]}
    assert not names & {b"x-evil", b"set-cookie", b"server"}
    assert b"x-lip-upstream-request-id: their own" in [line.lower() for line in lines]


def test_the_clients_key_never_reaches_a_provider(before, connect):
    lip, one = before(lambda request: request.send(answer(200, WHOLE % "")))
    headers = {"authorization": "Bearer sk-client-secret", "x-api-key": "client-api-key", "cookie": "client-cookie"}
    assert connect(lip).post(chat("p:m"), headers=headers).status == 200
    text = repr(one.requests[0].head)
    assert "client" not in text


def test_a_stream_that_was_saved_after_its_head_went_out_can_still_fail(start_lip, provider, connect):
    gone = threading.Event()

    def late(request):
        gone.wait(PATIENCE)
        request.send(answer(503, "{}"))

    def fails(request):
        request.send(STREAM, chunk(delta("Almost")))
        request.sock.shutdown(socket.SHUT_RDWR)

    first, second = provider(late), provider(fails)
    lip = start_lip(configuration(
        [backend("late", first.url), backend("fails", second.url)], "late:m",
        server="  stream_head_timeout: 10ms\n"))
    response = connect(lip).post(chat("late:m|fails:m", stream=True))
    blocks = response.blocks()
    assert next(blocks).startswith(":")
    gone.set()
    events = [json.loads(block[6:]) for block in blocks if block.startswith("data: ")]
    assert text_of(events) == "Almost"
    assert events[-1]["error"]["message"] and len(events) == 2
    assert response.complete
    until(lambda: metric(lip, "lip_attempts_in_flight") == 0, "both attempts have ended")


# --- Slow clients ---


def test_nothing_follows_the_end_of_an_answer_that_a_slow_client_takes(before, connect):
    """The provider has long ended; its last bytes wait for the client, which is no silence to be filled."""
    # One event that no kernel buffers hold: its end and the terminator wait together.
    events = chunk(delta("x" * (14 << 20)) + delta("", "stop") + DONE)
    lip, _ = before(
        lambda request: request.send(STREAM, events, END), server="  stream_head_timeout: 10ms\n")
    connection = connect(lip)
    connection.post_without_reading(chat("p:m", stream=True))
    while len(connection.buffer) < 100 << 10:
        assert connection.fill()
    # The client takes nothing for a while in which keep-alives would be due.
    for _ in range(50):
        assert metric(lip, "lip_attempts_in_flight") == 1
    response = connection.response()
    body = b"\n\n".join(block.encode() for block in response.blocks())
    assert response.complete
    assert body.count(b"data: ") == 3 and body.endswith(b"data: [DONE]")


def test_a_fast_provider_waits_for_a_slow_client(before, connect):
    sent = []

    def floods(request):
        request.send(STREAM)
        piece = chunk(delta("x" * 1000) * 60)
        while True:
            request.send(piece)
            sent.append(len(piece))

    lip, _ = before(floods)
    connection = connect(lip)
    connection.post_without_reading(chat("p:m", stream=True))
    until(lambda: sent, "the provider has begun")

    def stands_still():
        had = len(sent)
        for _ in range(20):
            get(f"{lip.url}/healthz")
        return len(sent) == had

    until(stands_still, "the provider is held back")
    assert metric(lip, "process_resident_memory_bytes") < 100 << 20
    connection.close()
    until(lambda: metric(lip, "lip_attempts_in_flight") == 0, "the attempt has ended")


# --- Large requests ---


def test_a_body_of_twenty_megabytes_is_carried_byte_for_byte(before, connect):
    lip, one = before(lambda request: request.send(answer(200, WHOLE % "")))
    body = json.dumps(chat("p:m", content="x" * (20 << 20)))
    assert connect(lip).post(body).status == 200
    assert one.requests[0].body.decode() == body.replace('"p:m"', '"m"')
    assert metric(lip, "lip_http_requests_in_flight") == 1


def test_a_refused_client_is_not_let_to_send_its_body(start_lip, provider, connect):
    one = provider(lambda request: request.send(answer(200, WHOLE % "")))
    lip = start_lip(configuration(
        [backend("p", one.url)], "p:m", server='  api_keys: ["client-key-0123456789"]\n'))
    connection = connect(lip)
    connection.send(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer wrong\r\n"
        "expect: 100-continue\r\ncontent-length: 20000000\r\n\r\n")
    response = connection.response()
    assert response.status == 401
    assert response.headers["connection"] == "close"
    assert connection.ends()
    assert one.requests == []
