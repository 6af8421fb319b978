"""Connections to providers: what one that is dead costs, and what happens where none can be opened."""

import json
import os
import resource

import pytest

from harness.configuration import backend, configuration
from harness.processes import LIP, Process, get, until
from harness.provider import WHOLE, answer
from harness.raw import chat
from harness.records import metric, recorded

ONE_LOOP = "  loops: 1\n"
NO_WAIT = "  retry_wait_max: 0s\n"
LOG = "logging: { access_log: true }\n"


def lines(lip, event):
    entries = [json.loads(line) for line in lip.output.splitlines() if line.startswith("{")]
    return [entry for entry in entries if entry["msg"] == event]


def first_line(lip, event):
    """Its first line, once it is written."""
    return until(lambda: lines(lip, event), f"the log has {event}")[0]


def decisions(lip, response):
    status, _, body = get(f"{lip.url}/debug/route_trace?request_id={response.headers['x-request-id']}")
    assert status == 200
    return [entry["decision"] for entry in json.loads(body)]


def test_connections_that_die_under_requests_never_add_up_to_a_failure(start_lip, provider, connect):
    """Each connection serves one request, and is closed when the next one has arrived on it."""
    served = set()

    def script(request):
        if request.connection in served:
            raise ConnectionError
        served.add(request.connection)
        request.send(answer(200, WHOLE % ""))

    one = provider(script)
    lip = start_lip(configuration([backend("p", one.url)], "p:m", server=ONE_LOOP, rest=NO_WAIT + LOG))
    client, rounds = connect(lip), 30
    for number in range(rounds):
        response = client.post(chat("p:m"))
        assert response.status == 200, response.read()
        response.read()
        (attempt,) = recorded(lip, response.headers["x-lip-a-leg-id"])
        assert attempt["Outcome"] == "success"
        assert attempt.get("Resent", False) == (number > 0)
        sent = ["attempt", "resend", "win"] if number else ["attempt", "win"]
        assert decisions(lip, response) == sent
    assert len(one.requests) == 2 * rounds - 1
    assert metric(lip, "lip_upstream_resends_total", backend="p") == rounds - 1
    assert metric(lip, "lip_attempts_total", backend="p", outcome="success") == rounds

    def logged():
        served = [line for line in lines(lip, "http.access") if line["route"] == "/v1/chat/completions"]
        return served if len(served) == rounds else None

    served = until(logged, "each request is in the log")
    assert [line.get("resent", False) for line in served] == [False] + [True] * (rounds - 1)


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
@pytest.mark.parametrize("fault, asked", [
    ("close_before_head", 2), ("reset_before_head", 2), ("cut_head", 1), ("garbage_head", 1),
    ("silent", 1)])
def test_a_request_on_a_warm_connection_goes_out_once_more_where_no_byte_of_an_answer_came(
        start_lip, mock, second_mock, connect, fault, asked, stream):
    lip = start_lip(configuration(
        [backend("bad", mock.url, timeouts="{ response_head: 1s }"), backend("good", second_mock.url)], "bad:m",
        server=ONE_LOOP, rest=NO_WAIT))
    second_mock.script(second_mock.on("m", text="Well"))
    mock.script(mock.on("warm", text="Warm"), mock.on("m", fault=fault))

    def warm():
        assert connect(lip).post(chat("bad:warm", stream=stream)).read()
        mock.wait("completed", model="warm")

    # The new connection fails as the first did: what follows is what follows on a connection that was new at first.
    warm()
    response = connect(lip).post(chat("bad:m|good:m", stream=stream))
    assert response.status == 200 and b"Well" in response.read()
    first, second = recorded(lip, response.headers["x-lip-a-leg-id"])
    assert (first["Outcome"], second["Outcome"]) == ("swallowed_failure", "success")
    assert first.get("Resent", False) == (asked == 2) and "Resent" not in second
    assert len(mock.requests("m")) == asked
    assert first_line(lip, "attempt.failed").get("resent", False) == (asked == 2)
    assert metric(lip, "lip_upstream_resends_total", backend="bad") == asked - 1
    assert metric(lip, "lip_upstream_resends_total", backend="good") == 0

    # The new connection serves.
    if asked == 2:
        mock.reset()
        mock.script(mock.on("warm", text="Warm"),
                    {"match": {"model": "m"}, "times": 1, "reply": {"fault": fault}}, mock.on("m", text="Again"))
        warm()
        response = connect(lip).post(chat("bad:m|good:m", stream=stream))
        assert response.status == 200 and b"Again" in response.read()
        (attempt,) = recorded(lip, response.headers["x-lip-a-leg-id"])
        assert attempt["Outcome"] == "success" and attempt["Resent"]
        assert len(mock.requests("m")) == 2


def test_a_connection_that_the_provider_closed_while_it_was_idle_is_not_used_again(start_lip, provider, connect):
    def script(request):
        request.send(answer(200, WHOLE % ""))
        raise ConnectionError

    one = provider(script)
    lip = start_lip(configuration([backend("p", one.url)], "p:m", server=ONE_LOOP, rest=NO_WAIT))
    client = connect(lip)
    for number in range(1, 9):
        response = client.post(chat("p:m"))
        assert response.status == 200
        response.read()
        # The thread that served the connection has closed it when it is over.
        until(lambda: not one._threads[number].is_alive(), "the provider has closed the connection")
    assert len(one.requests) == 8
    assert metric(lip, "lip_upstream_resends_total", backend="p") == 0


MESSAGES = {"model": "a:m|b:m", "max_tokens": 10, "messages": [{"role": "user", "content": "Hello"}]}
GEMINI = {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}


def use_up_descriptors(lip):
    """Lowers the limit below what is open, and returns it: nothing more can be opened, whatever is closed meanwhile."""
    limit = 8
    assert {str(number) for number in range(limit)} <= set(os.listdir(f"/proc/{lip.pid}/fd"))
    resource.prlimit(lip.pid, resource.RLIMIT_NOFILE, (limit, resource.prlimit(lip.pid, resource.RLIMIT_NOFILE)[1]))
    return limit


def give_descriptors_back(lip):
    hard = resource.prlimit(lip.pid, resource.RLIMIT_NOFILE)[1]
    resource.prlimit(lip.pid, resource.RLIMIT_NOFILE, (hard, hard))


@pytest.mark.parametrize("path, body, words", [
    ("/v1/chat/completions", chat("a:m|b:m"), lambda error: (error["type"], error["code"])),
    ("/v1/chat/completions", chat("a:m|b:m", stream=True), lambda error: (error["type"], error["code"])),
    ("/v1/chat/completions", chat("a:m!b:m"), lambda error: (error["type"], error["code"])),
    ("/v1/messages", MESSAGES, lambda error: error["type"]),
    ("/v1beta/models/a:m:generateContent", GEMINI, lambda error: error["status"]),
], ids=["unary", "stream", "race", "anthropic", "gemini"])
def test_without_a_free_descriptor_the_gateway_blames_itself_and_no_provider(
        start_lip, mock, second_mock, connect, path, body, words):
    lip = start_lip(configuration(
        [backend("a", mock.url), backend("b", second_mock.url)], "a:m", server=ONE_LOOP, rest=LOG))
    for one in (mock, second_mock):
        one.script(one.on("m", text="Well"))
    client = connect(lip)
    # Its connection stands before there are no more.
    client.send("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
    assert client.response().read() is not None
    limit = use_up_descriptors(lip)
    # More than open a breaker.
    count, legs = 12, []
    for _ in range(count):
        response = client.post(body, path=path)
        assert response.status == 503
        assert response.headers["retry-after"] == "1"
        error = response.json()["error"]
        assert words(error) in (("api_error", "gateway_exhausted"), "overloaded_error", "UNAVAILABLE")
        assert f"no file descriptor is free, the process may have {limit} open" in error["message"]
        assert "cannot be connected to" not in error["message"]
        legs.append(response.headers["x-lip-a-leg-id"])
    assert mock.requests() == second_mock.requests() == []

    give_descriptors_back(lip)
    asked = 2 if "a:m!b:m" in json.dumps(body) else 1
    for leg in legs:
        attempts = recorded(lip, leg)
        assert len(attempts) == asked, "no other leg is asked for what it would lack as well"
        assert attempts[0]["BackendID"] == "a"
        assert {attempt["Outcome"] for attempt in attempts} <= {"surfaced_failure", "swallowed_failure"}
        assert all("no file descriptor is free" in attempt["Reason"] for attempt in attempts)
    until(lambda: [line.get("error_kind") for line in lines(lip, "http.access")].count("exhausted") == count,
          "each request is in the log")
    assert lines(lip, "attempt.failed") == []
    (told, *more) = lines(lip, "gateway.exhausted")
    # One in ten seconds, however slow the machine is.
    assert len(more) < count and told["level"] == "error" and "no file descriptor is free" in told["error"]
    assert told["verdict"] == "gateway exhausted" and told["held_back"] == 0
    assert metric(lip, "lip_descriptor_shortages_total") == count * asked
    for name in ("a", "b"):
        assert metric(lip, "lip_breaker_transitions_total", backend=name, to="open") == 0
        assert metric(lip, "lip_breaker_legs", backend=name, state="open") == 0
    response = client.post(body, path=path)
    assert response.status == 200 and response.read()


def test_a_start_with_fewer_descriptors_than_connections_need_is_told_of(tmp_path, start_lip):
    path = tmp_path / "config.yaml"
    path.write_text(configuration([backend("p", "http://127.0.0.1:1")], "p:m", server="  max_connections: 300\n"))
    limited = Process(["sh", "-c", f"ulimit -n 500; exec {LIP} serve --config {path}"], tmp_path / "limited")
    try:
        until(lambda: "server.listening" in limited.output, "lip listens")
        told = first_line(limited, "server.few_descriptors")
    finally:
        limited.stop()
    assert (told["level"], told["limit"], told["needed"], told["max_connections"]) == ("warn", 500, 600, 300)
    assert lines(start_lip(path.read_text().replace("300", "200")), "server.few_descriptors") == []


@pytest.mark.parametrize("wish, waits", [
    ("99999999999", True), ("99999999999999999999", True), ("Fri, 31 Dec 9999 23:59:59 GMT", True),
    ("0x5", False), ("1e1", False), ("soon", False)])
def test_a_retry_after_that_is_very_long_is_heeded_and_one_that_is_none_is_not(start_lip, mock, connect, wish, waits):
    lip = start_lip(configuration([backend("p", mock.url)], "p:m"))
    mock.script({"match": {"model": "m"}, "times": 1,
                 "reply": {"error": {"status": 503}, "headers": {"retry-after": wish}}}, mock.on("m", text="Again"))
    response = connect(lip).post(chat("p:m"))
    assert len(mock.requests()) == (1 if waits else 2)
    if waits:
        assert response.status == 502 and int(response.headers["retry-after"]) > 9_000_000_000
    else:
        assert response.status == 200


def test_idle_connections_are_closed_though_no_request_follows(start_lip, mock, connect):
    lip = start_lip(configuration(
        [backend("p", mock.url)], "p:m", rest="http_client: { idle_connection_timeout: 1s }\n"))
    mock.script(mock.on("m", text="Well"))
    assert connect(lip).post(chat("p:m")).read()
    assert metric(lip, "lip_upstream_connections") == 1
    until(lambda: metric(lip, "lip_upstream_connections") == 0, "the connection is closed")
