"""What becomes of requests when the gateway stops: they finish in time, or end with an error in their own protocol."""

import json
import re
import signal
import socket
import sqlite3
import time
from dataclasses import dataclass

import anthropic
import openai
import pytest
from google import genai

from harness.clients import sdk
from harness.configuration import KEY, backend, configuration
from harness.dialects import FRONTENDS, Refused, ask
from harness.processes import Lip, run, until
from harness.raw import RawClient, chat
from harness.records import recorded

CODE = "gateway_shutting_down"
WORDS = "the gateway is shutting down"
#: By when lip has ended after a second signal: half a second for the clients, and what a busy machine needs.
END_MAX = 2.0
SURFACES = {
    "chat": ("/v1/chat/completions", lambda model: chat(model)),
    "completions": ("/v1/completions", lambda model: {"model": model, "prompt": "Hello"}),
    "responses": ("/v1/responses", lambda model: {"model": model, "input": "Hello"}),
    "messages": ("/v1/messages", lambda model: {
        "model": model, "max_tokens": 100, "messages": [{"role": "user", "content": "Hello"}]}),
    "gemini": (None, lambda model: {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}),
    "gemini-array": (None, lambda model: {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}),
}
SURFACE = pytest.mark.parametrize("surface", SURFACES)
#: Backends of each provider protocol: what a client speaks is carried by one and translated by the others.
KINDS = {"openai-chat": ("openai-legacy", "/v1"), "openai-responses": ("openai-responses", "/v1"),
         "anthropic-messages": ("anthropic", ""), "gemini": ("gemini", "")}
CARRIED = {"chat": "openai-chat", "responses": "openai-responses", "messages": "anthropic-messages", "gemini": "gemini",
           "gemini-array": "gemini"}
HOW = pytest.mark.parametrize("how", ["second interrupt", "shutdown_timeout"])


def request(surface, model, stream):
    """Path and body of a request."""
    path, body = SURFACES[surface][0], SURFACES[surface][1](model)
    if "gemini" in surface:
        if not stream:
            return f"/v1beta/models/{model}:generateContent", body
        return f"/v1beta/models/{model}:streamGenerateContent{'?alt=sse' if surface == 'gemini' else ''}", body
    return path, {**body, "stream": True} if stream else body


@pytest.fixture
def start(tmp_path, mock):
    """Starts gateways that a test ends itself."""
    started = []

    def start_one(how="second interrupt", server="", rest="", backends=()):
        rows = [f'  - {{ id: {name}, kind: {kind}, base_url: "{mock.url}{path}", api_key: "{KEY}" }}\n'
                for name, (kind, path) in KINDS.items()]
        if how == "shutdown_timeout":
            server += "  shutdown_timeout: 200ms\n"
        lip = Lip(tmp_path / f"lip{len(started)}", configuration(
            [*rows, *backends], "openai-chat:m", server=server,
            rest="  health:\n    circuit_breaker: { failure_threshold: 1, open_for: 20s }\n"
                 f'continuity: {{ store: sqlite, sqlite_path: "{tmp_path}/lineage.db" }}\n'
                 "logging: { access_log: true }\n" + rest))
        started.append(lip)
        return lip

    yield start_one
    for lip in started:
        lip.kill()


def refuses_connections(lip):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", lip.port)) != 0


def drain(lip):
    """The first signal."""
    lip.signal(signal.SIGINT)
    until(lambda: refuses_connections(lip), "new connections are refused")


def cut(lip, how):
    """Has lip end what runs; by now each request must be where the test wants it."""
    drain(lip)
    if how == "second interrupt":
        assert lip.popen.poll() is None, "the first signal waits"
        lip.signal(signal.SIGINT)


def ended(lip):
    """Waits for lip's end, which no client may delay."""
    started = time.monotonic()
    assert lip.wait() == 0
    assert time.monotonic() - started < END_MAX
    assert '"msg":"server.requests_cut"' in lip.output and "breaker." not in lip.output


def access(lip):
    """The access log's lines of model requests."""
    lines = [json.loads(line) for line in lip.stdout_path.read_text().splitlines()]
    return [line for line in lines if line["msg"] == "http.access" and "backend" in line]


def causes(tmp_path):
    """Outcome and cause of each attempt, from the file that the process left."""
    with sqlite3.connect(tmp_path / "lineage.db") as file:
        return file.execute("SELECT outcome, cancellation_cause FROM attempts ORDER BY rowid").fetchall()


CUT = ("cancelled", "shut_down")


def check_error(surface, body):
    """An error object is the gateway's, in the words of its protocol."""
    error = body["error"]
    assert WORDS in error["message"]
    if surface == "messages":
        assert body["type"] == "error" and error["type"] == "overloaded_error"
        assert error["details"] == {"error_code": CODE}
    elif "gemini" in surface:
        assert (error["code"], error["status"]) == (503, "UNAVAILABLE")
        assert error["details"][0]["reason"] == CODE
    else:
        assert (error["code"], error["type"]) == (CODE, "api_error")


def check_stream(surface, response, text):
    """The rest of a stream: what its provider sent, then the protocol's own error as the last, and no other ending."""
    if surface == "gemini-array":
        chunks = json.loads(response.read())
        assert text in json.dumps(chunks[:-1])
        check_error(surface, chunks[-1])
        events = chunks
    else:
        blocks = list(response.blocks())
        last = blocks[-1].strip()
        if surface == "gemini":
            # Google's own errors are no events either: the SDK knows them by their first member.
            assert last.startswith('{"error"')
            check_error(surface, json.loads(last))
            events = blocks[:-1]
        else:
            event = json.loads(next(line[6:] for line in last.splitlines() if line.startswith("data: ")))
            if surface == "responses":
                assert event["type"] == "response.failed" and event["response"]["status"] == "failed"
                assert event["response"]["error"]["code"] == CODE
                numbers = [int(number) for block in blocks for number in re.findall(r'"sequence_number": ?(\d+)', block)]
                assert numbers == list(range(len(numbers))), "the error has its place in the order"
            else:
                check_error(surface, event)
            events = blocks
        assert text in "".join(events)
    said = json.dumps(events)
    for ending in ("[DONE]", "message_stop", "response.completed", '\\"finish_reason\\":\\"', "finishReason"):
        assert ending not in said, "it must not look finished"


@HOW
@pytest.mark.parametrize("surface, provider", [
    *CARRIED.items(), *((surface, "openai-chat" if surface == "messages" else "anthropic-messages") for surface in SURFACES)])
def test_a_stream_ends_with_its_protocols_error(start, mock, connect, tmp_path, surface, provider, how):
    mock.script(mock.on("stuck", text=["Once ", "upon ", "a"], fault={"kind": "stall", "after": 2}))
    lip = start(how)
    path, body = request(surface, f"{provider}:stuck", stream=True)
    connection = connect(lip)
    response = connection.post(body, path=path)
    assert response.status == 200
    mock.wait("chunk", 2, model="stuck")
    cut(lip, how)
    check_stream(surface, response, "Once")
    assert response.complete and connection.ends(), "the connection is closed after it"
    mock.wait("disconnect", model="stuck")
    ended(lip)
    assert causes(tmp_path) == [CUT]
    (line,) = access(lip)
    assert (line["status"], line["outcome"], line["error_kind"]) == (200, "cancelled", "unavailable")
    assert WORDS in line["error"]


@SURFACE
def test_a_stream_of_keep_alives_ends_with_its_protocols_error(start, mock, connect, tmp_path, surface):
    mock.script(mock.on("stuck", fault={"kind": "stall", "after": 0}))
    lip = start(server="  stream_head_timeout: 20ms\n")
    path, body = request(surface, "openai-chat:stuck", stream=True)
    connection = connect(lip)
    connection.post_without_reading(body, path=path)
    response = connection.response()
    assert response.status == 200
    cut(lip, "second interrupt")
    check_stream(surface, response, "")
    assert response.complete and connection.ends()
    ended(lip)
    assert causes(tmp_path) == [CUT]


@HOW
@SURFACE
@pytest.mark.parametrize("stream", [False, True], ids=["unary", "held back"])
def test_what_has_no_answer_yet_is_answered_503(start, mock, connect, tmp_path, surface, stream, how):
    mock.script(mock.on("stuck", fault={"kind": "stall", "after": 0}))
    lip = start(how)
    path, body = request(surface, "openai-chat:stuck", stream)
    connection = connect(lip)
    connection.post_without_reading(body, path=path)
    mock.wait("answer", model="stuck")
    cut(lip, how)
    response = connection.response()
    assert (response.status, response.headers["connection"]) == (503, "close")
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-request-id"] and response.headers["x-lip-a-leg-id"]
    # Nobody here knows when there will be another process.
    assert "retry-after" not in response.headers
    check_error(surface, response.json())
    assert connection.ends()
    ended(lip)
    assert causes(tmp_path) == [CUT]
    (line,) = access(lip)
    assert (line["status"], line["outcome"], line["error_kind"]) == (503, "cancelled", "unavailable")


@dataclass(frozen=True)
class Phase:
    """Where a request is when it is cut."""

    name: str
    replies: dict
    #: What the provider has to have done, and how often.
    event: tuple
    selector: str
    attempts: list


SILENT = {"fault": "silent"}
PHASES = [
    Phase("before the head", {"m": SILENT}, ("request", 1), "openai-chat:m", [CUT]),
    Phase("in the body of an error", {"m": {"status": 503, "body": 400 * "sorry ", "fault": "stall"}}, ("answer", 1),
          "openai-chat:m", [CUT]),
    Phase("at the second leg", {"bad": {"error": {"status": 408}}, "m": SILENT}, ("request", 2),
          "openai-chat:bad|openai-chat:m", [("swallowed_failure", ""), CUT]),
    Phase("between two tries", {"m": {"error": {"status": 408}, "headers": {"retry-after": "5"}}}, ("completed", 1),
          "openai-chat:m", [("swallowed_failure", "")]),
    Phase("while racing", {"m": SILENT, "n": {"fault": {"kind": "stall", "after": 0}}}, ("request", 2),
          "openai-chat:m!openai-chat:n", [CUT, CUT]),
    Phase("before a handicapped leg", {"m": SILENT, "n": {}}, ("request", 1),
          "[handicap=60]openai-chat:m!openai-chat:n", [CUT]),
]


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.name)
def test_every_phase_before_output_is_answered_503(start, mock, connect, tmp_path, phase, stream):
    mock.script(*(mock.on(model, **reply) for model, reply in phase.replies.items()))
    lip = start()
    connection = connect(lip)
    connection.post_without_reading(chat(phase.selector, stream=stream))
    mock.wait(*phase.event)
    if phase.name == "between two tries":
        until(lambda: '"next":"wait"' in lip.output, "lip waits for the provider to have time")
    cut(lip, "second interrupt")
    response = connection.response()
    assert response.status == 503
    check_error("chat", response.json())
    assert len(mock.requests()) == phase.event[1], "nothing more is tried"
    ended(lip)
    assert causes(tmp_path) == phase.attempts


def test_other_operations_are_answered_503(start, mock, connect):
    mock.script(mock.on("m", **SILENT))
    lip = start()
    asked = {"/v1/embeddings": {"model": "openai-chat:m", "input": "Hello"},
             "/v1/messages/count_tokens": SURFACES["messages"][1]("anthropic-messages:m"),
             "/v1beta/models/gemini:m:countTokens": SURFACES["gemini"][1]("m")}
    connections = []
    for path, body in asked.items():
        connections.append(connect(lip))
        connections[-1].post_without_reading(body, path=path)
    mock.wait("request", 3)
    cut(lip, "second interrupt")
    for connection, surface in zip(connections, ("chat", "messages", "gemini")):
        response = connection.response()
        assert response.status == 503
        check_error(surface, response.json())
    ended(lip)


def test_requests_about_kept_responses_end_with_an_error(start, mock, connect):
    lip = start()
    kept = connect(lip).post(request("responses", "openai-responses:m", False)[1], path="/v1/responses").json()["id"]
    created = (f'event: response.created\ndata: {{"type":"response.created","sequence_number":7,'
               f'"response":{{"id":"{kept}"}}}}\n\n')
    mock.script(
        {"match": {"path": f"/v1/responses/{kept}"}, "times": 1,
         "reply": {"frames": [created, created], "fault": {"kind": "stall", "after": 1}}},
        {"match": {"path": f"/v1/responses/{kept}"}, "reply": SILENT})
    streamed, waiting = connect(lip), connect(lip)
    streamed.send(f"GET /v1/responses/{kept}?stream=true HTTP/1.1\r\nhost: x\r\n\r\n")
    response = streamed.response()
    events = response.events()
    assert next(events)["type"] == "response.created"
    waiting.send(f"GET /v1/responses/{kept} HTTP/1.1\r\nhost: x\r\n\r\n")
    mock.wait("request", 3)
    cut(lip, "second interrupt")
    (error,) = events
    assert (error["type"], error["code"], error["sequence_number"]) == ("error", CODE, 8)
    answer = waiting.response()
    assert (answer.status, answer.json()["error"]["code"]) == (503, CODE)
    ended(lip)


# The real libraries.


@HOW
@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
@pytest.mark.parametrize("frontend", FRONTENDS)
def test_the_sdks_raise_an_error(start, mock, frontend, stream, how):
    fault = {"kind": "stall", "after": 2} if stream else "silent"
    mock.script(mock.on("stuck", text=["Once ", "upon ", "a"], fault=fault))
    lip = start(how)
    client = FRONTENDS[frontend](lip)
    raised = []

    def call():
        with pytest.raises(Refused) as error:
            client.ask("openai-chat:stuck", ask(), stream)
        raised.append(error.value)

    in_background = in_thread(call)
    mock.wait("chunk" if stream else "request", 2 if stream else 1, model="stuck")
    cut(lip, how)
    in_background()
    assert WORDS in raised[0].message
    if not stream:
        assert raised[0].status == 503
    ended(lip)


def test_the_sdks_raise_their_own_errors(start, mock):
    """By type: what an application catches."""
    mock.script(mock.on("stuck", text=["Once ", "upon ", "a"], fault={"kind": "stall", "after": 2}),
                mock.on("silent", fault="silent"))
    lip = start()
    messages = [{"role": "user", "content": "Hi"}]
    claude = anthropic.Anthropic(api_key="k", base_url=lip.url, max_retries=0)
    google = genai.Client(api_key="k", http_options=genai.types.HttpOptions(base_url=lip.url))
    with sdk(lip) as client:
        calls = [
            (openai.InternalServerError, lambda: client.chat.completions.create(
                model="openai-chat:silent", messages=messages)),
            (openai.APIError, lambda: list(client.chat.completions.create(
                model="openai-chat:stuck", messages=messages, stream=True))),
            (openai.APIError, lambda: list(client.completions.create(
                model="openai-chat:stuck", prompt="Hi", stream=True))),
            (anthropic.InternalServerError, lambda: claude.messages.create(
                model="openai-chat:silent", max_tokens=9, messages=messages)),
            (anthropic.APIStatusError, lambda: list(claude.messages.create(
                model="openai-chat:stuck", max_tokens=9, messages=messages, stream=True))),
            (genai.errors.ServerError, lambda: google.models.generate_content(
                model="openai-chat:silent", contents="Hi")),
            (genai.errors.APIError, lambda: list(google.models.generate_content_stream(
                model="openai-chat:stuck", contents="Hi"))),
        ]

        def catch(kind, call):
            with pytest.raises(kind, match=WORDS):
                call()

        waiting = [in_thread(lambda kind=kind, call=call: catch(kind, call)) for kind, call in calls]
        mock.wait("request", 3, model="silent")
        mock.wait("request", 4, model="stuck")
        until(lambda: all(one["chunks_sent"] >= 2 for one in mock.requests("stuck")), "the streams have begun")
        cut(lip, "second interrupt")
        for wait in waiting:
            wait()
    ended(lip)


def in_thread(work):
    """Runs work beside the test; what it returns waits for the end, and raises what the work raised."""
    from concurrent.futures import ThreadPoolExecutor

    executor = ThreadPoolExecutor(1)
    future = executor.submit(work)

    def wait():
        try:
            return future.result(30)
        finally:
            executor.shutdown()

    return wait


# Nobody holds the process.


def test_clients_that_do_not_read_hold_nobody(start, mock, connect, tmp_path):
    mock.script(mock.on("flood", text=200 * [100_000 * "x"]),
                mock.on("stuck", fault={"kind": "stall", "after": 2}))
    lip = start()
    deaf, other = connect(lip), connect(lip)
    deaf.post_without_reading(chat("openai-chat:flood", stream=True))
    response = other.post(chat("openai-chat:stuck", stream=True))
    events = response.events()
    next(events)

    def stands_still():
        sent = mock.requests("flood")[0]["bytes_sent"]
        for _ in range(20):
            mock.state()
        return sent > 0 and mock.requests("flood")[0]["bytes_sent"] == sent

    mock.wait("answer", model="flood")
    until(stands_still, "the provider is held back")
    cut(lip, "second interrupt")
    assert list(events)[-1]["error"]["code"] == CODE
    ended(lip)
    assert causes(tmp_path) == [CUT, CUT]
    assert b"[DONE]" not in deaf.response().read()


def test_a_client_that_reads_on_gets_all_that_was_ready_and_the_error(start, mock, connect):
    mock.script(mock.on("flood", text=200 * [100_000 * "x"]))
    lip = start()
    connection = connect(lip)
    connection.post_without_reading(chat("openai-chat:flood", stream=True))
    mock.wait("answer", model="flood")
    response = connection.response()
    next(response.blocks())
    cut(lip, "second interrupt")
    events = list(response.events())
    assert events[-1]["error"]["code"] == CODE and response.complete
    ended(lip)


def test_a_third_signal_ends_it_at_once(start, mock, connect):
    mock.script(mock.on("flood", text=200 * [100_000 * "x"]))
    lip = start()
    deaf = connect(lip)
    deaf.post_without_reading(chat("openai-chat:flood", stream=True))
    mock.wait("answer", model="flood")
    cut(lip, "second interrupt")
    mock.wait("disconnect", model="flood")
    lip.signal(signal.SIGTERM)
    ended(lip)


def test_a_third_signal_does_not_wait_for_a_file_that_is_locked(start, mock, connect, tmp_path):
    mock.script(mock.on("stuck", fault={"kind": "stall", "after": 2}))
    lip = start()
    response = connect(lip).post(chat("openai-chat:stuck", stream=True))
    next(response.events())
    with sqlite3.connect(tmp_path / "lineage.db", isolation_level=None) as file:
        file.execute("BEGIN EXCLUSIVE")
        cut(lip, "second interrupt")
        response.read()
        until(lambda: "server.stopped" in lip.output, "only the lineage is left to be written")
        lip.signal(signal.SIGINT)
        started = time.monotonic()
        assert lip.wait() == 1 and time.monotonic() - started < END_MAX
        file.execute("ROLLBACK")
    assert "gave up waiting" in lip.output


def test_without_a_shutdown_timeout_running_requests_end_with_an_error_at_once(start, mock, connect):
    mock.script(mock.on("stuck", fault={"kind": "stall", "after": 2}))
    lip = start(server="  shutdown_timeout: 0s\n")
    response = connect(lip).post(chat("openai-chat:stuck", stream=True))
    events = response.events()
    next(events)
    lip.signal(signal.SIGTERM)
    assert list(events)[-1]["error"]["code"] == CODE
    ended(lip)


def test_requests_of_every_loop_are_told(start, mock, connect, tmp_path):
    mock.script(mock.on("stuck", fault={"kind": "stall", "after": 2}), mock.on("silent", fault="silent"))
    lip = start(server="  loops: 4\n")
    streams = [connect(lip).post(chat("openai-chat:stuck", stream=True)) for _ in range(12)]
    unary = [connect(lip) for _ in range(12)]
    for connection in unary:
        connection.post_without_reading(chat("openai-chat:silent"))
    mock.wait("request", 12, model="silent")
    cut(lip, "second interrupt")
    assert [list(stream.events())[-1]["error"]["code"] for stream in streams] == 12 * [CODE]
    assert [connection.response().status for connection in unary] == 12 * [503]
    ended(lip)
    assert causes(tmp_path) == 24 * [CUT]


def test_the_lineage_tells_it(start, mock, connect):
    mock.script(mock.on("stuck", fault={"kind": "stall", "after": 2}))
    first = start()
    response = connect(first).post(chat("openai-chat:stuck", stream=True))
    a_leg = response.headers["x-lip-a-leg-id"]
    cut(first, "second interrupt")
    response.read()
    ended(first)
    second = start()
    (attempt,) = recorded(second, a_leg)
    assert (attempt["Outcome"], attempt["CancellationCause"]) == CUT
    tree = run("lineage", "--url", second.url, a_leg)
    assert tree.returncode == 0 and "cancelled" in tree.stdout and "shut_down" in tree.stdout
    second.stop()


# The first signal.

UPLOAD = chat("openai-chat:mock-n2", content=30_000 * "x")


def half_sent(connection):
    """Sends a request as far as the middle of its body; returns the rest."""
    body = json.dumps(UPLOAD).encode()
    connection.send(
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n".encode() + body[:10_000])
    return body[10_000:]


def test_an_upload_may_go_on_after_the_first_signal(start, mock, connect):
    lip = start()
    connection = connect(lip)
    assert connection.post(chat("openai-chat:mock-n1")).read()
    rest = half_sent(connection)
    until(lambda: "http.access" in lip.output, "the first request is over")
    drain(lip)
    connection.send(rest)
    response = connection.response()
    assert (response.status, response.headers["connection"]) == (200, "close")
    assert response.json()["choices"][0]["finish_reason"] == "stop"
    assert lip.wait() == 0


@pytest.mark.parametrize("expects", [False, True], ids=["unasked", "100-continue"])
def test_an_upload_is_cut_with_an_answer(start, connect, tmp_path, expects):
    lip = start()
    connection = connect(lip)
    if expects:
        connection.send("POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\nexpect: 100-continue\r\n\r\n")
        assert connection.response(bodiless=True).status == 100
    else:
        connection.send("POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{")
        until(lambda: metrics_in_flight(lip) == 2, "the upload has begun")
    cut(lip, "second interrupt")
    response = connection.response()
    assert (response.status, response.headers["connection"]) == (503, "close")
    check_error("messages", response.json())
    ended(lip)
    assert causes(tmp_path) == []


def metrics_in_flight(lip):
    with RawClient(lip.port) as client:
        client.send("GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n")
        text = client.response().read().decode()
    return int(re.search(r"^lip_http_requests_in_flight (\d+)", text, re.MULTILINE)[1])


def test_half_a_head_is_served_after_the_first_signal_and_refused_after_the_second(start, mock, connect):
    lip = start()
    patient, impatient = connect(lip), connect(lip)
    for connection in (patient, impatient):
        assert connection.post(chat("openai-chat:mock-n1")).read()
        connection.send("GET /healthz HTTP/1.1\r\nho")
        # Another connection's request comes after it on each loop.
    for _ in range(8):
        assert connect(lip).post(chat("openai-chat:mock-n1")).read()
    drain(lip)
    patient.send("st: x\r\n\r\n")
    response = patient.response()
    assert (response.status, response.headers["connection"]) == (200, "close")
    lip.signal(signal.SIGINT)
    response = impatient.response()
    assert (response.status, response.headers["connection"]) == (503, "close")
    assert b"shutting down" in response.read()
    ended(lip)


def test_requests_that_came_with_the_signal_are_served(start, mock, connect):
    lip = start(server="  loops: 2\n")
    connections = [connect(lip) for _ in range(16)]
    for connection in connections:
        assert connection.post(chat("openai-chat:mock-n1")).read()
    lip.signal(signal.SIGSTOP)
    until(lambda: state_of(lip) == "T", "lip stands still")
    for connection in connections:
        connection.post_without_reading(chat("openai-chat:mock-n2"))
    lip.signal(signal.SIGTERM)
    lip.signal(signal.SIGCONT)
    for connection in connections:
        response = connection.response()
        assert response.status == 200
        assert response.json()["choices"][0]["finish_reason"] == "stop"
        assert connection.ends()
    assert lip.wait() == 0


def state_of(lip):
    with open(f"/proc/{lip.pid}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()[0]


def test_the_request_behind_a_running_one_is_not_begun_after_the_signal(start, mock, connect):
    mock.script(mock.on("gated", gate="go"))
    lip = start()
    connection = connect(lip)
    connection.post_without_reading(chat("openai-chat:gated"))
    connection.post_without_reading(chat("openai-chat:mock-n1"))
    mock.wait("request", model="gated")
    drain(lip)
    mock.release("go")
    response = connection.response()
    assert (response.status, response.headers["connection"]) == (200, "close")
    assert response.json() and connection.ends()
    assert lip.wait() == 0
    assert mock.requests("mock-n1") == []
