"""Connections to providers: what one that is dead costs, and what happens where none can be opened."""

import json

import pytest

from harness.configuration import backend, configuration
from harness.processes import get, until
from harness.provider import WHOLE, Provider, answer
from harness.raw import chat
from harness.records import metric, recorded

ONE_LOOP = "  loops: 1\n"
NO_WAIT = "  retry_wait_max: 0s\n"
LOG = "logging: { access_log: true }\n"


@pytest.fixture
def provider():
    """Makes providers that end with the test."""
    made = []

    def make(script):
        made.append(Provider(script))
        return made[-1]

    yield make
    for one in made:
        one.close()


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
