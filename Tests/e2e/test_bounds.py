"""How much goes to one backend at once, and how much of it may be retries."""

import json

import pytest

from harness.configuration import backend, configuration
from harness.processes import get, until
from harness.raw import RawClient, chat

#: Enough that the share of the budget, a fifth, exceeds its minimum of ten.
CLIENTS = 100
KEYS = [f"key-{number}-0123456789" for number in range(1, 9)]
NO_WAIT = "  retry_wait_max: 0s\n"


def metric(lip, name, **labels):
    text = ",".join(f'{key}="{value}"' for key, value in labels.items())
    for line in get(lip.url + "/metrics")[2].decode().splitlines():
        if line.startswith(f"{name}{{{text}}} "):
            return float(line.split()[-1])
    raise AssertionError(f"no sample {name}{{{text}}}")


def ask(connect, lip, model, **more):
    client = connect(lip)
    client.post_without_reading(chat(model, **more))
    return client


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
@pytest.mark.parametrize("bound", [
    {"max_in_flight": 2}, {"models": "[{ name: m, max_in_flight: 2 }]"},
    {"max_in_flight": 50, "models": "[{ name: m, max_in_flight: 2 }]"}],
    ids=["backend", "model", "both"])
def test_a_leg_takes_so_many_requests_at_once(start_lip, mock, connect, bound, stream):
    lip = start_lip(configuration([backend("mock", mock.url, **bound)], "mock:m"))
    mock.script(mock.on("m", gate="held", text="Hello"))
    held = [ask(connect, lip, "mock:m", stream=stream) for _ in range(2)]
    mock.wait("gate", count=2)
    refused = connect(lip).post(chat("mock:m", stream=stream))
    assert refused.status == 503
    assert refused.json()["error"]["code"] == "no_leg_available"
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert metric(lip, "lip_busy_refusals_total", backend="mock") == 1
    mock.release("held")
    assert [client.response().status for client in held] == [200, 200]
    assert len(mock.requests()) == 2
    assert connect(lip).post(chat("mock:m", stream=stream)).status == 200


def test_a_backends_bound_holds_for_all_of_its_models_and_a_models_for_itself(start_lip, mock, connect):
    models = "[{ name: small, max_in_flight: 1 }, other]"
    lip = start_lip(configuration([backend("mock", mock.url, max_in_flight=2, models=models)], "mock:other"))
    mock.script(mock.on("*", gate="held", text="Hello"))
    held = [ask(connect, lip, "mock:small")]
    mock.wait("gate")
    assert connect(lip).post(chat("mock:small")).status == 503
    held.append(ask(connect, lip, "mock:other"))
    mock.wait("gate", count=2)
    assert connect(lip).post(chat("mock:third")).status == 503
    mock.release("held")
    assert [client.response().status for client in held] == [200, 200]


def test_a_busy_leg_is_passed_over_without_using_up_an_attempt(start_lip, mock, second_mock, connect):
    rest = "  max_attempts: 1\n"
    lip = start_lip(configuration(
        [backend("one", mock.url, max_in_flight=1), backend("two", second_mock.url)], "one:m|two:m", rest=rest))
    mock.script(mock.on("m", gate="held", text="One"))
    second_mock.script(second_mock.on("m", text="Two"))
    held = ask(connect, lip, "one:m")
    mock.wait("gate")
    answer = connect(lip).post(chat("one:m|two:m"))
    assert answer.json()["choices"][0]["message"]["content"] == "Two"
    mock.release("held")
    assert held.response().status == 200


def test_a_client_that_leaves_makes_room(start_lip, mock, connect):
    lip = start_lip(configuration([backend("mock", mock.url, max_in_flight=1)], "mock:m"))
    mock.script({"match": {"model": "m"}, "times": 1, "reply": {"gate": "held"}}, mock.on("m", text="Hello"))
    leaving = ask(connect, lip, "mock:m")
    mock.wait("gate")
    assert connect(lip).post(chat("mock:m")).status == 503
    leaving.close()
    until(lambda: connect(lip).post(chat("mock:m")).status == 200, "there is room again")


def limited(mock):
    """Each key is limited: the first after one gate, the others after another."""
    mock.script(
        {"match": {"headers": {"authorization": f"Bearer {KEYS[0]}"}},
         "reply": {"gate": "first", "error": {"status": 429}}},
        mock.on("*", gate="again", error={"status": 429}))


def keyed(name, url):
    return backend(name, url, api_key=None, api_keys=f"[{', '.join(KEYS)}]")


def flood(connect, lip, mock, model):
    clients = [ask(connect, lip, model) for _ in range(CLIENTS)]
    mock.wait("gate", count=CLIENTS)
    return clients


def test_retries_at_a_limited_backend_stay_within_the_budget(start_lip, mock, connect):
    lip = start_lip(configuration([keyed("mock", mock.url)], "mock:m", rest=NO_WAIT))
    limited(mock)
    clients = flood(connect, lip, mock, "mock:m")
    mock.release("first")
    # A fifth of a hundred calls goes on with the second key; the others are refused at once.
    until(lambda: metric(lip, "lip_retries_total", backend="mock", result="refused") == 80, "80 are refused")
    mock.wait("request", count=CLIENTS + 20)
    assert metric(lip, "lip_retries_in_flight", backend="mock") == 20
    assert len(mock.requests()) == CLIENTS + 20
    mock.release("again")
    assert {client.response().status for client in clients} == {429}
    # Each of the twenty tries what keys are left, which is one retry.
    assert metric(lip, "lip_retries_total", backend="mock", result="allowed") == 20
    assert len(mock.requests()) <= CLIENTS + 20 * (len(KEYS) - 1)
    until(lambda: metric(lip, "lip_retries_in_flight", backend="mock") == 0, "every retry was given back")


def test_another_backend_is_never_refused_for_the_budget(start_lip, mock, second_mock, connect):
    lip = start_lip(configuration(
        [keyed("one", mock.url), backend("two", second_mock.url)], "one:m", rest=NO_WAIT))
    limited(mock)
    second_mock.script(second_mock.on("*", text="Two"))
    clients = flood(connect, lip, mock, "one:m|two:m")
    mock.release("first")
    second_mock.wait("request", count=CLIENTS - 20)
    mock.release("again")
    assert {client.response().status for client in clients} == {200}
    assert len(second_mock.requests()) == CLIENTS


def test_the_budget_can_be_set(start_lip, mock, connect):
    rest = NO_WAIT + "  retry_budget: { share: 0.05, min: 3 }\n"
    lip = start_lip(configuration([keyed("mock", mock.url)], "mock:m", rest=rest))
    limited(mock)
    clients = flood(connect, lip, mock, "mock:m")
    mock.release("first")
    until(lambda: metric(lip, "lip_retries_total", backend="mock", result="refused") == 95, "95 are refused")
    mock.release("again")
    assert {client.response().status for client in clients} == {429}


def test_below_the_minimum_every_key_is_tried(start_lip, mock):
    lip = start_lip(configuration([keyed("mock", mock.url)], "mock:m", rest=NO_WAIT))
    last = {"match": {"headers": {"authorization": f"Bearer {KEYS[-1]}"}}, "reply": {"text": "Hello"}}
    mock.script(last, mock.on("*", error={"status": 429}))
    with RawClient(lip.port) as client:
        assert client.post(chat("mock:m")).status == 200
    assert len(mock.requests()) == len(KEYS)


def idle(lip):
    """Whether every attempt and every retry has been given back."""
    backends = json.loads(get(lip.url + "/admin/legs")[2])["backends"]
    return all(row["in_flight"] == 0 and row["retries"]["in_flight"] == 0 for row in backends)


def test_a_busy_leg_takes_no_part_in_a_race(start_lip, mock, second_mock, connect):
    lip = start_lip(configuration([backend("one", mock.url, max_in_flight=1), backend("two", second_mock.url)], "one:m"))
    mock.script(mock.on("m", gate="held", text="One"))
    second_mock.script(second_mock.on("m", text="Two"))
    held = ask(connect, lip, "one:m")
    mock.wait("gate")
    # Its head start would be waited for if it took part.
    answer = connect(lip).post(chat("[handicap=1m]one:m!two:m"))
    assert answer.json()["choices"][0]["message"]["content"] == "Two"
    assert len(mock.requests()) == 1
    mock.release("held")
    assert held.response().status == 200
    until(lambda: idle(lip), "everything was given back")


def test_of_two_legs_of_a_race_at_a_backend_with_room_for_one_one_runs(start_lip, mock, connect):
    lip = start_lip(configuration([backend("one", mock.url, max_in_flight=1)], "one:m"))
    mock.script(mock.on("*", text="One"))
    assert connect(lip).post(chat("one:m!one:n")).status == 200
    assert len(mock.requests()) == 1
    until(lambda: idle(lip), "everything was given back")


def test_the_legs_of_a_race_are_no_retries_of_each_other(start_lip, mock, connect):
    rest = NO_WAIT + "  retry_budget: { min: 0 }\n"
    lip = start_lip(configuration([backend("one", mock.url)], "one:m", rest=rest))
    mock.script(mock.on("*", error={"status": 500}))
    assert connect(lip).post(chat("one:m!one:n|one:o")).status == 502
    assert sorted(request["model"] for request in mock.requests()) == ["m", "n"]
    assert metric(lip, "lip_retries_total", backend="one", result="refused") == 1
    until(lambda: idle(lip), "everything was given back")


def test_what_loses_a_race_on_its_second_key_gives_its_retry_back(start_lip, mock, second_mock, connect):
    lip = start_lip(configuration([keyed("one", mock.url), backend("two", second_mock.url)], "one:m", rest=NO_WAIT))
    mock.script(
        {"match": {"headers": {"authorization": f"Bearer {KEYS[0]}"}}, "reply": {"error": {"status": 429}}},
        mock.on("*", gate="never"))
    second_mock.script(second_mock.on("*", gate="later", text="Two"))
    client = ask(connect, lip, "one:m!two:m")
    mock.wait("gate")
    assert metric(lip, "lip_retries_in_flight", backend="one") == 1
    second_mock.release("later")
    assert client.response().status == 200
    mock.wait("disconnect")
    until(lambda: idle(lip), "everything was given back")
