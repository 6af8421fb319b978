"""A leg that keeps failing is left alone, and found out about by one request at a time."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.configuration import backend, configuration
from harness.processes import PATIENCE, get, until
from harness.raw import RawClient, chat, text_of
from harness.records import latest, metric

#: Long enough that no test sees its end.
LONG = "20s"
#: Short enough to wait for its end.
SHORT = "300ms"


def breaker(open_for, threshold=3, enabled="true", waits="0s"):
    """The part of `routing` about breakers; by default a request makes one attempt a leg."""
    return (
        f"  retry_wait_max: {waits}\n  health:\n    circuit_breaker: {{ enabled: {enabled}, "
        f"failure_threshold: {threshold}, open_for: {open_for} }}\n")


@pytest.fixture
def start(start_lip, mock):
    """A gateway before one provider, with a breaker as given."""
    return lambda *args, **more: start_lip(
        configuration([backend("mock", mock.url)], "mock:mock", rest=breaker(*args, **more)))


def legs(lip, state, backend="mock"):
    return metric(lip, "lip_breaker_legs", backend=backend, state=state)


def transitions(lip, to, backend="mock"):
    return metric(lip, "lip_breaker_transitions_total", backend=backend, to=to)


def post(lip, model, **more):
    """(status, headers) of a request on a connection of its own."""
    with RawClient(lip.port) as client:
        response = client.post(chat(model, **more))
        response.read()
        return response.status, response.headers


def open_breaker(lip, model="mock:flaky", failures=3):
    """Makes requests until the leg, whose provider fails, is left alone."""
    for _ in range(failures):
        assert post(lip, model)[0] == 502


def wait_for_half_open(lip):
    until(lambda: legs(lip, "half_open") == 1, "the open time is over")


def failing_first(mock, *later, count=3):
    """The provider fails so often, then does as told."""
    mock.script({"match": {"model": "flaky"}, "times": count, "reply": {"error": {"status": 500}}}, *later)


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_a_leg_that_keeps_failing_is_left_alone(start, mock, stream):
    lip = start(LONG)
    mock.script(mock.on("flaky", error={"status": 500}))
    for _ in range(3):
        assert post(lip, "mock:flaky", stream=stream)[0] == 502
    for _ in range(5):
        status, headers = post(lip, "mock:flaky", stream=stream)
        assert status == 503
        assert 1 <= int(headers["retry-after"]) <= 20
    assert len(mock.requests("flaky")) == 3, "the provider was asked while the breaker was open"
    assert legs(lip, "open") == 1
    assert (transitions(lip, "open"), transitions(lip, "closed")) == (1, 0)
    until(lambda: lip.output.count("breaker.opened") == 1, "the log tells of it, once")
    # Another model is another leg, and the gateway as such is as ready as before.
    assert post(lip, "mock:mock-n1")[0] == 200
    assert get(lip.url + "/readyz")[0] == 200


def test_a_request_does_not_hammer_the_leg_that_it_found_broken(start, mock):
    lip = start(LONG, threshold=2, waits="10s")
    mock.script(mock.on("flaky", error={"status": 500, "message": "kaputt"}))
    with RawClient(lip.port) as client:
        response = client.post(chat("mock:flaky"))
        assert response.status == 502
        assert response.json()["error"]["message"] == "kaputt"
        assert 1 <= int(response.headers["retry-after"]) <= 20
    assert len(mock.requests("flaky")) == 2


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_a_failure_that_nothing_follows_after_all_is_recorded_as_surfaced(start, mock, stream):
    lip = start(LONG, threshold=2, waits="10s")
    mock.script(mock.on("flaky", error={"status": 500, "message": "kaputt"}))
    assert post(lip, "mock:flaky", stream=stream)[0] == 502
    # Before the second a repeat was planned; during the wait before it the leg was left alone.
    assert [record["Outcome"] for record in latest(lip, 2)] == ["swallowed_failure", "surfaced_failure"]
    counted = {outcome: metric(lip, "lip_attempts_total", backend="mock", outcome=outcome)
               for outcome in ("swallowed_failure", "surfaced_failure")}
    assert counted == {"swallowed_failure": 1, "surfaced_failure": 1}
    assert metric(lip, "lip_attempts_in_flight", backend="mock") == 0


def test_a_failure_before_a_leg_that_is_left_alone_is_recorded_as_surfaced(start, mock):
    lip = start(LONG)
    mock.script(mock.on("flaky", error={"status": 500}), mock.on("bad", error={"status": 500, "message": "kaputt"}))
    open_breaker(lip)
    assert post(lip, "mock:bad|mock:flaky")[0] == 502
    record = latest(lip, 4)[-1]
    assert (record["EffectiveModel"], record["Outcome"]) == ("bad", "surfaced_failure")


def test_a_provider_that_comes_back_is_used_again(start, mock):
    lip = start(SHORT)
    failing_first(mock)
    open_breaker(lip)
    until(lambda: post(lip, "mock:flaky")[0] == 200, "the provider is used again")
    assert len(mock.requests("flaky")) == 4, "three failures and the probe"
    for _ in range(10):
        assert post(lip, "mock:flaky")[0] == 200
    assert legs(lip, "closed") == 1
    assert [transitions(lip, to) for to in ("open", "half_open", "closed")] == [1, 1, 1]
    assert lip.output.count("breaker.half_open") == lip.output.count("breaker.closed") == 1


def test_a_probe_that_fails_opens_it_again(start, mock):
    lip = start(SHORT)
    failing_first(mock, count=5)
    open_breaker(lip)
    until(lambda: post(lip, "mock:flaky")[0] == 200, "the provider is used again")
    assert len(mock.requests("flaky")) == 6, "three failures, two probes that failed, one that did not"
    assert [transitions(lip, to) for to in ("open", "half_open", "closed")] == [3, 3, 1]


def test_of_fifty_requests_at_once_one_finds_out(start, mock):
    lip = start(SHORT)
    failing_first(mock, mock.on("flaky", text="Back", gate="probe"))
    open_breaker(lip)
    wait_for_half_open(lip)
    with ThreadPoolExecutor(50) as pool:
        posts = [pool.submit(post, lip, "mock:flaky") for _ in range(50)]
        until(lambda: sum(one.done() for one in posts) == 49, "all but the probe are answered")
        assert len(mock.requests("flaky")) == 4, "one of them reached the provider"
        mock.release("probe")
        answers = [one.result() for one in posts]
    assert sorted(status for status, _ in answers) == [200] + [503] * 49
    assert all(int(headers["retry-after"]) == 1 for status, headers in answers if status == 503)


def test_a_client_that_leaves_gives_its_probe_back(start, mock):
    lip = start(SHORT)
    failing_first(mock, {"match": {"model": "flaky"}, "times": 1, "reply": {"gate": "never"}})
    open_breaker(lip)
    wait_for_half_open(lip)
    with RawClient(lip.port) as client:
        client.post_without_reading(chat("mock:flaky"))
        mock.wait("gate")
        assert post(lip, "mock:flaky")[0] == 503
    until(lambda: post(lip, "mock:flaky")[0] == 200, "the next one may probe")
    assert len(mock.requests("flaky")) == 5


def test_a_long_answer_to_a_probe_keeps_nobody_out(start, mock):
    lip = start(SHORT)
    failing_first(mock, {"match": {"model": "flaky", "stream": True}, "reply": {
        "text": ["Long ", "story"], "fault": {"kind": "gate", "gate": "end", "after": 1}}})
    open_breaker(lip)
    wait_for_half_open(lip)
    with RawClient(lip.port) as client:
        response = client.post(chat("mock:flaky", stream=True))
        assert response.status == 200
        until(lambda: legs(lip, "closed") == 1, "the first output closes the breaker")
        assert post(lip, "mock:flaky")[0] == 200
        mock.release("end")
        assert text_of(list(response.events())) == "Long story"


@pytest.mark.parametrize("status", [400, 404, 408, 422])
def test_what_the_request_brought_about_does_not_count(start, mock, status):
    lip = start(LONG, threshold=1)
    mock.script(mock.on("flaky", error={"status": status}))
    for _ in range(5):
        assert post(lip, "mock:flaky")[0] in (status, 504)
    assert len(mock.requests("flaky")) == 5
    assert transitions(lip, "open") == 0


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_the_routes_budget_does_not_count(start, mock, stream):
    lip = start(LONG, threshold=1)
    mock.script(mock.on("flaky", fault="silent"), mock.on("bad", error={"status": 408}))
    for route in ["mock:flaky", "mock:bad|mock:flaky", "[handicap=1ms]mock:flaky!mock:bad"]:
        assert post(lip, f"{{ttft_timeout=50ms}}{route}", stream=stream)[0] == 504
    assert len(mock.requests("flaky")) == 3
    assert transitions(lip, "open") == 0


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_a_budget_that_is_shorter_than_the_leg_usually_takes_does_not_count(start, mock, stream):
    lip = start(LONG, threshold=1)
    mock.script({"match": {"model": "flaky"}, "times": 1, "reply": {"text": "Slow", "delay_ms": 1500}},
                mock.on("flaky", fault="silent"))
    assert post(lip, "[ttft_timeout=20s]mock:flaky", stream=stream)[0] == 200
    for _ in range(3):
        assert post(lip, "[ttft_timeout=20ms]mock:flaky", stream=stream)[0] == 504
    assert transitions(lip, "open") == 0
    # Where nothing is known of how long the leg takes, it counts.
    mock.script(mock.on("new", fault="silent"))
    assert post(lip, "[ttft_timeout=20ms]mock:new", stream=stream)[0] == 504
    assert transitions(lip, "open") == 1


def test_a_client_that_leaves_does_not_count(start, mock):
    lip = start(LONG, threshold=1)
    mock.script({"match": {"model": "flaky"}, "times": 3, "reply": {"gate": "never"}})
    for count in (1, 2, 3):
        with RawClient(lip.port) as client:
            client.post_without_reading(chat("mock:flaky"))
            mock.wait("request", count)
        mock.wait("disconnect", count)
    assert post(lip, "mock:flaky")[0] == 200
    assert transitions(lip, "open") == 0


def test_streams_that_are_cut_count(start, mock):
    lip = start(LONG)
    mock.script(mock.on("flaky", text=["Once ", "upon "], fault={"kind": "close", "after": 1}))
    for _ in range(3):
        assert post(lip, "mock:flaky", stream=True)[0] == 200
    assert post(lip, "mock:flaky", stream=True)[0] == 503


@pytest.fixture(params=["refuses", "never accepts"])
def dead_url(request, closed_port):
    """A provider that is dead: nobody listens, or nobody takes what the kernel has queued."""
    if request.param == "refuses":
        yield closed_port.url
        return
    with socket.socket() as listener, socket.socket() as waits:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waits.connect(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_dead_provider_costs_two_hundred_requests_at_once_no_answer(start_lip, mock, dead_url):
    lip = start_lip(configuration(
        [backend("dead", dead_url, timeouts="{ connect: 500ms }"), backend("good", mock.url)], "good:m",
        rest=breaker(LONG, threshold=5)))
    route = "dead:any|good:mock-n2"
    together = threading.Barrier(200)

    def at_once(_):
        with RawClient(lip.port) as client:
            together.wait(PATIENCE)
            response = client.post(chat(route))
            response.read()
            return response.status

    def tried():
        return metric(lip, "lip_attempts_total", backend="dead", outcome="swallowed_failure")

    with ThreadPoolExecutor(200) as pool:
        assert list(pool.map(at_once, range(200))) == [200] * 200
        # Those that were under way together when it opened.
        before = tried()
        assert 5 <= before <= 200
        assert list(pool.map(at_once, range(200))) == [200] * 200
    assert len(mock.requests()) == 400
    assert tried() == before, "the dead provider was tried while its breaker was open"
    assert legs(lip, "open", "dead") == 1


def test_a_flapping_provider_is_used_again_within_the_longest_open_time(start_lip, mock):
    # A hundredth of the defaults, 10 s doubling to 30 s.
    lip = start_lip(configuration(
        [backend("mock", mock.url)], "mock:m", rest=breaker("100ms").replace(" }", ", open_for_max: 300ms }")))
    for _ in range(3):
        mock.script(mock.on("flaky", error={"status": 503}))
        opened = transitions(lip, "open")
        # Three failures and four failed probes: the open time is at its longest.
        until(lambda: post(lip, "mock:flaky")[0] in (502, 503) and transitions(lip, "open") >= opened + 5, "it is down")
        mock.script(mock.on("flaky", text="Well"))
        well = time.monotonic()
        until(lambda: post(lip, "mock:flaky")[0] == 200, "it is used again")
        assert time.monotonic() - well < 0.3 + 0.25
        assert [post(lip, "mock:flaky")[0] for _ in range(20)] == [200] * 20


def test_with_every_leg_left_alone_the_soonest_moment_is_told(start_lip, mock, second_mock):
    lip = start_lip(configuration(
        [backend("one", mock.url), backend("two", second_mock.url)], "one:flaky|two:flaky", rest=breaker(LONG)))
    for provider in (mock, second_mock):
        provider.script(provider.on("flaky", error={"status": 503}))
    for _ in range(3):
        assert post(lip, "one:flaky|two:flaky")[0] == 502
    status, headers = post(lip, "one:flaky|two:flaky")
    assert status == 503
    assert 1 <= int(headers["retry-after"]) <= 20
    assert len(mock.requests()) == len(second_mock.requests()) == 3


def test_without_a_breaker_the_provider_is_always_asked(start, mock):
    lip = start(LONG, enabled="false")
    mock.script(mock.on("flaky", error={"status": 500}))
    open_breaker(lip, failures=10)
    assert len(mock.requests("flaky")) == 10
