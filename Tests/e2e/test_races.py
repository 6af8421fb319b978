"""A race: several legs at once, the first with output serves, nobody hears of the others again."""

import asyncio
import json
import os
import re

import pytest

from harness.configuration import backend, configuration
from harness.processes import get, until
from harness.raw import RawClient, chat, text_of

STREAMED = pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])


def attempts(lip, response):
    """{model: its record} of the answer's A-leg."""
    return {row["EffectiveModel"]: row for row in rows(lip, response)}


def rows(lip, response):
    url = f"{lip.url}/admin/attempts?a_leg_id={response.headers['x-lip-a-leg-id']}"
    return json.loads(until(lambda: get(url)[2] if get(url)[0] == 200 else None, "the request is on record"))


def level(lip, name):
    """The sum of a metric's samples."""
    text = get(lip.url + "/metrics")[2].decode()
    return sum(float(line.split()[-1]) for line in text.splitlines() if re.match(rf"{name}[{{ ]", line))


def answer(response):
    """The text of an answer, streamed or not."""
    if response.headers["content-type"].startswith("text/event-stream"):
        events = list(response.events())
        assert events[-1] == "[DONE]", events
        return text_of(events)
    return response.json()["choices"][0]["message"]["content"]


def outcomes(records):
    return {model: (row["Outcome"], row.get("CancellationCause")) for model, row in records.items()}


@STREAMED
def test_the_first_leg_with_output_serves_and_the_others_are_hung_up_on(lip, mock, connect, stream):
    mock.script(mock.on("slow", gate="never", text="slow"), mock.on("fast", text=["Hel", "lo"]),
                mock.on("silent", fault="silent"))
    response = connect(lip).post(chat("mock:slow!mock:fast!mock:silent", stream=stream))
    assert response.status == 200
    assert answer(response) == "Hello"
    assert response.headers["x-lip-b-leg"].startswith("backend=mock; model=fast;")
    mock.wait("disconnect", count=2)
    assert outcomes(attempts(lip, response)) == {
        "slow": ("cancelled", "lost_race"), "silent": ("cancelled", "lost_race"), "fast": ("success", None)}


@STREAMED
def test_blank_output_does_not_win(lip, mock, connect, stream):
    mock.script(mock.on("blank", text=["  ", "\n", "late"], fault={"kind": "stall", "after": 2}),
                mock.on("real", gate="go", text="real"))
    connection = connect(lip)
    connection.post_without_reading(chat("mock:blank!mock:real", stream=stream))
    mock.wait("chunk", count=2, model="blank")
    mock.release("go")
    response = connection.response()
    assert answer(response) == "real"
    assert outcomes(attempts(lip, response)) == {"blank": ("cancelled", "lost_race"), "real": ("success", None)}


@STREAMED
def test_what_the_winner_said_before_it_won_is_delivered_too(lip, mock, connect, stream):
    mock.script(mock.on("blank", text=[" ", "\n", "x"]), mock.on("silent", fault="silent"))
    response = connect(lip).post(chat("mock:blank!mock:silent", stream=stream))
    assert answer(response) == " \nx"


@STREAMED
def test_a_tool_call_wins(lip, mock, connect, stream):
    mock.script(mock.on("tool", tool_calls=[{"id": "call_1", "name": "f", "arguments": "{}"}]),
                mock.on("silent", fault="silent"))
    response = connect(lip).post(chat("mock:silent!mock:tool", stream=stream))
    body = list(response.events()) if stream else response.json()
    assert "call_1" in json.dumps(body)
    assert outcomes(attempts(lip, response))["tool"] == ("success", None)


@STREAMED
def test_legs_that_fail_only_leave_the_race(lip, mock, connect, stream):
    mock.script(mock.on("bad", error={"status": 400}), mock.on("down", error={"status": 503}),
                mock.on("cut", fault="close_before_head"), mock.on("good", gate="go", text="good"))
    connection = connect(lip)
    connection.post_without_reading(chat("mock:bad!mock:down!mock:cut!mock:good", stream=stream))
    until(lambda: level(lip, "lip_attempts_in_flight") == 1, "the others have failed")
    mock.release("go")
    response = connection.response()
    assert answer(response) == "good"
    records = attempts(lip, response)
    assert {model: row["Outcome"] for model, row in records.items()} == {
        "bad": "swallowed_failure", "down": "swallowed_failure", "cut": "swallowed_failure", "good": "success"}
    assert (records["bad"]["ProviderStatus"], records["down"]["ProviderStatus"]) == (400, 503)


@STREAMED
def test_a_lost_race_moves_on_to_the_next_arm(lip, mock, connect, stream):
    mock.script(mock.on("down", error={"status": 503}), mock.on("cut", fault="reset_before_head"),
                mock.on("next", text="next"))
    response = connect(lip).post(chat("mock:down!mock:cut|mock:next", stream=stream))
    assert answer(response) == "next"
    assert response.headers["x-lip-b-leg"] == "backend=mock; model=next; attempt=3"


@STREAMED
def test_an_answer_without_output_does_not_win(lip, mock, connect, stream):
    mock.script(mock.on("empty", text="", finish_reason="stop"), mock.on("blank", text="  "),
                mock.on("next", text="next"))
    response = connect(lip).post(chat("mock:empty!mock:blank|mock:next", stream=stream))
    assert answer(response) == "next"


@STREAMED
def test_a_malformed_request_is_the_answer_when_nobody_wins(lip, mock, connect, stream):
    mock.script(mock.on("bad", error={"status": 400, "message": "no such field"}),
                mock.on("down", error={"status": 503}), mock.on("next", text="next"))
    response = connect(lip).post(chat("mock:bad!mock:down|mock:next", stream=stream))
    assert response.status == 400
    assert response.json()["error"]["message"] == "no such field"
    assert mock.requests("next") == []


@STREAMED
def test_a_head_start_that_is_used_leaves_the_others_out(lip, mock, connect, stream):
    mock.script(mock.on("first", text="first"), mock.on("second", text="second"))
    response = connect(lip).post(chat("[handicap=30]mock:first!mock:second", stream=stream))
    assert answer(response) == "first"
    assert mock.requests("second") == []
    assert outcomes(attempts(lip, response)) == {"first": ("success", None)}


@STREAMED
def test_a_leg_with_a_head_start_that_fails_lets_the_others_start(lip, mock, connect, stream):
    mock.script(mock.on("first", error={"status": 500}), mock.on("second", text="second"))
    response = connect(lip).post(chat("[handicap=30]mock:first!mock:second", stream=stream))
    assert answer(response) == "second"


def test_the_others_start_after_the_head_start(lip, mock, connect):
    mock.script(mock.on("first", fault="silent"), mock.on("second", fault="silent"), mock.on("third", text="third"))
    response = connect(lip).post(
        chat("[handicap=300ms]mock:first![handicap=100ms]mock:second!mock:third", stream=True))
    assert answer(response) == "third"
    started = {row["EffectiveModel"]: row["StartedAt"] for row in rows(lip, response)}
    assert sorted(started, key=started.get) == ["first", "second", "third"]
    by_model = {request["model"]: request["arrived_ns"] for request in mock.requests()}
    assert by_model["second"] - by_model["first"] >= 195e6 and by_model["third"] - by_model["first"] >= 295e6


@STREAMED
def test_the_time_to_output_of_one_leg_ends_that_leg_alone(lip, mock, connect, stream):
    mock.script(mock.on("silent", fault="silent"), mock.on("good", gate="go", text="good"))
    connection = connect(lip)
    connection.post_without_reading(chat("[ttft_timeout=100ms]mock:silent!mock:good", stream=stream))
    mock.wait("disconnect", model="silent")
    mock.release("go")
    response = connection.response()
    assert answer(response) == "good"
    assert "ttft_timeout" in attempts(lip, response)["silent"]["Reason"]


@STREAMED
def test_the_time_to_output_of_the_route_ends_the_race(lip, mock, connect, stream):
    mock.script(mock.on("one", fault="silent"), mock.on("two", fault="silent"), mock.on("next", text="next"))
    response = connect(lip).post(
        chat("{ttft_timeout=200ms}mock:one!mock:two!mock:two?x=1|mock:next", stream=stream))
    assert response.status == 504
    mock.wait("disconnect", count=3)
    assert mock.requests("next") == []
    assert {row["Outcome"] for row in rows(lip, response)} == {"surfaced_failure"}


def test_a_unary_winner_that_dies_gives_the_others_another_chance(lip, mock, connect):
    mock.script(mock.on("dies", gate="both_run", text=["Hel", "lo"], fault={"kind": "close", "after": 1}),
                {"match": {"model": "slow", "nth": 1}, "reply": {"fault": "silent"}}, mock.on("slow", text="slow"))
    connection = connect(lip)
    connection.post_without_reading(chat("mock:dies!mock:slow"))
    for model in ("dies", "slow"):
        mock.wait("request", model=model)
    mock.release("both_run")
    response = connection.response()
    assert answer(response) == "slow"
    assert [(row["EffectiveModel"], row["Outcome"]) for row in rows(lip, response)] == [
        ("dies", "swallowed_failure"), ("slow", "cancelled"), ("slow", "success")]


def test_a_rate_limited_key_gives_way_within_the_race(start_lip, mock, connect):
    lip = start_lip(configuration([backend("mock", mock.url, key=None, api_keys='["sk-one-of-two", "sk-two-of-two"]')], "mock:mock"))
    mock.script(
        {"match": {"model": "keyed", "headers": {"authorization": "Bearer sk-one-of-two"}},
         "reply": {"error": {"status": 401}}},
        mock.on("keyed", text="second key"), mock.on("silent", fault="silent"))
    response = connect(lip).post(chat("mock:silent!mock:keyed", stream=True))
    assert answer(response) == "second key"
    assert len(rows(lip, response)) == 2


@STREAMED
def test_leaving_while_racing_hangs_up_on_every_leg_and_moves_no_breaker(lip, mock, connect, stream):
    mock.script(mock.on("one", fault="silent"), mock.on("two", text=[" ", "x"], fault={"kind": "stall", "after": 1}))
    transitions = level(lip, "lip_breaker_transitions_total")
    connection = connect(lip)
    connection.post_without_reading(chat("mock:one!mock:two!mock:one?x=1", stream=stream))
    mock.wait("request", count=3)
    mock.wait("chunk", count=1, model="two")
    connection.close()
    mock.wait("disconnect", count=3)

    def recorded():
        page = json.loads(get(f"{lip.url}/admin/lineage?outcome=cancelled")[2])
        found = [row for row in page["attempts"] if row["Selector"].startswith("mock:one!mock:two")]
        return found if len(found) % 3 == 0 else None

    newest = until(recorded, "the legs are on record")
    assert {row["CancellationCause"] for row in newest} == {"client_left"}
    assert level(lip, "lip_breaker_transitions_total") == transitions


def test_a_leg_whose_breaker_is_open_is_left_out(start_lip, mock, connect):
    health = "  health:\n    circuit_breaker: { failure_threshold: 1, open_for: 30s }\n  retry_wait_max: 0s\n"
    lip = start_lip(configuration([backend("mock", mock.url)], "mock:mock", rest=health))
    mock.script(mock.on("down", error={"status": 500}), mock.on("good", text="good"))
    assert connect(lip).post(chat("mock:down")).status == 502
    # Its head start of half a minute is nobody's to wait for.
    response = connect(lip).post(chat("[handicap=30]mock:down!mock:good", stream=True))
    assert answer(response) == "good"
    assert len(mock.requests("down")) == 1


# MARK: Many at once

def test_every_leg_that_began_is_counted_and_recorded_once(start_lip, mock):
    lip = start_lip(configuration([backend("mock", mock.url)], "mock:mock"))
    mock.script(mock.on("*", text="Once"))

    async def run():
        for _ in range(10):
            await asyncio.gather(*(stream_of(lip.port, chat("mock:m!mock:n!mock:o", stream=True)) for _ in range(50)))

    asyncio.run(run())
    until(lambda: level(lip, "lip_attempts_in_flight") == 0, "no attempt is in flight")
    counters = [leg["counters"] for leg in json.loads(get(lip.url + "/admin/legs")[2])["legs"]]
    begun = sum(leg["begun"] for leg in counters)
    assert begun == level(lip, "lip_attempts_total")
    assert sum(leg["succeeded"] for leg in counters) == 500
    assert sum(leg["cancelled"] for leg in counters) == begun - 500
    records, cursor = [], ""
    while cursor is not None:
        page = json.loads(get(f"{lip.url}/admin/lineage?limit=500{cursor}")[2])
        records += page["attempts"]
        cursor = f"&cursor={page['next_cursor']}" if "next_cursor" in page else None
    assert len(records) == begun
    assert {(one["Outcome"], one.get("CancellationCause")) for one in records} == {
        ("success", None), ("cancelled", "lost_race")}


RACES = 1000


async def stream_of(port, body):
    """(headers, body) of a streamed answer read to its proper end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    data = json.dumps(body).encode()
    writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
                 b"content-length: %d\r\nconnection: close\r\n\r\n%s" % (len(data), data))
    whole = await reader.read()
    writer.close()
    head, _, rest = whole.partition(b"\r\n\r\n")
    pieces = []
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        pieces.append(rest[:length])
        rest = rest[length + 2:]
        if length == 0:
            return head.decode(), b"".join(pieces).decode()
    raise AssertionError(f"the answer was cut: {whole[-200:]!r}")


def race_of(number):
    """A race of three legs, and the model that must serve it, or those that may."""
    others = [("quiet", "quiet"), ("blank", "quiet"), ("down", "blank"), ("win", "win"), ("down", "win")][number % 5]
    models = [f"{kind}-{number}-{place}" for place, kind in enumerate(("win", *others))]
    order = [models[(place + number) % 3] for place in range(3)]
    return "!".join(f"mock:{model}" for model in order), [model for model in models if model.startswith("win")]


def test_a_thousand_races_at_once_leave_nothing_behind(start_lip, mock):
    text = [f"word{word} " for word in range(12)]
    mock.script(
        {"match": {"model": "win*"}, "reply": {"text": text}},
        {"match": {"model": "quiet*"}, "reply": {"fault": "silent"}},
        {"match": {"model": "blank*"}, "reply": {"text": [" ", "\n", "x"], "fault": {"kind": "stall", "after": 2}}},
        {"match": {"model": "down*"}, "reply": {"error": {"status": 500}}})
    lip = start_lip(configuration([backend("mock", mock.url)], "mock:mock"))
    with RawClient(lip.port) as client:
        client.post(chat("mock:win-first", stream=True)).read()
    descriptors = len(os.listdir(f"/proc/{lip.pid}/fd"))
    threads = len(os.listdir(f"/proc/{lip.pid}/task"))

    async def run():
        return await asyncio.gather(*(stream_of(lip.port, chat(race_of(number)[0], stream=True))
                                      for number in range(RACES)))

    answers = asyncio.run(run())
    for number, (head, body) in enumerate(answers):
        _, may_win = race_of(number)
        assert head.startswith("HTTP/1.1 200"), head + body
        served = re.search(r"x-lip-b-leg: backend=mock; model=([^;]+);", head, re.I).group(1)
        assert served in may_win
        events = [line.removeprefix("data: ") for line in body.split("\n\n") if line]
        assert events[-1] == "[DONE]"
        chunks = [json.loads(event) for event in events[:-1]]
        assert {chunk["model"] for chunk in chunks} == {served}, "every chunk is of the leg that serves"
        assert text_of(chunks) == "".join(text)

    mock.wait("idle")
    requests = mock.requests()
    for request in requests:
        if request["model"].startswith(("quiet", "blank")):
            assert request["outcome"] == "client_gone", request

    until(lambda: level(lip, "lip_http_requests_in_flight") == 1, "no request but this one is in flight")
    until(lambda: level(lip, "lip_attempts_in_flight") == 0, "no attempt is in flight")
    # A loser may have been called off before its request reached the provider.
    assert level(lip, "lip_attempts_total") >= len(requests)
    # What is left beside the first ones are the connections kept for the next requests.
    until(lambda: level(lip, "lip_upstream_transfers") == 0, "no transfer is under way")
    # Transfers that lie in their pool, up to 64 a loop, keep the timer that they had.
    until(lambda: level(lip, "lip_event_loop_timers") <= 64 * os.cpu_count() + 16, "no timer of a request is left")
    idle = level(lip, "lip_upstream_connections")
    until(lambda: len(os.listdir(f"/proc/{lip.pid}/fd")) <= descriptors + idle + 2, "no descriptor is left")
    assert len(os.listdir(f"/proc/{lip.pid}/task")) <= threads
