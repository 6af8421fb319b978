"""What a running gateway tells of its legs and of its decisions."""

import json

import pytest

from harness.configuration import backend, configuration
from harness.processes import get, run, until
from harness.raw import chat

CLIENT_KEY = "client-key-0123456789"
BREAKER = "  retry_wait_max: 0s\n  health: { circuit_breaker: { failure_threshold: 1, open_for: 20s } }\n"


@pytest.fixture
def two(start_lip, mock, second_mock):
    mock.script(mock.on("*", text="One"))
    second_mock.script(second_mock.on("*", text="Two"))
    return start_lip(configuration(
        [backend("one", mock.url, models="[m, { name: bare, capabilities: [] }]"), backend("two", second_mock.url)],
        "one:m", rest=BREAKER))


def legs(lip, **headers):
    status, head, body = get(lip.url + "/admin/legs", headers)
    assert status == 200 and head["content-type"] == "application/json"
    document = json.loads(body)
    return {leg["leg"]: leg for leg in document["legs"]}, {row["id"]: row for row in document["backends"]}


def trace(lip, query=""):
    status, _, body = get(lip.url + "/debug/route_trace" + query)
    assert status == 200
    return json.loads(body)


def decisions(lip, query=""):
    return [(row["decision"], row.get("leg")) for row in trace(lip, query)]


def ask(connect, lip, model, request_id="r-1", **more):
    client = connect(lip)
    return client.post(chat(model, **more), headers={"X-Request-Id": request_id})


def test_each_leg_tells_how_it_fares(two, mock, connect):
    assert legs(two) == ({}, legs(two)[1])
    mock.script(mock.on("bad", error={"status": 500}), mock.on("m", gate="held", text="One"))
    assert ask(connect, two, "one:bad|two:m", stream=True).status == 200
    held = connect(two)
    held.post_without_reading(chat("one:m"))
    mock.wait("gate")
    rows, backends = legs(two)
    assert list(rows) == ["one:bad", "one:m", "two:m"]
    assert rows["one:bad"]["breaker"]["state"] == "open"
    assert 0 < rows["one:bad"]["breaker"]["seconds"] <= 20
    assert rows["one:bad"]["counters"]["failed"] == 1
    assert rows["one:m"]["in_flight"] == 1 and rows["one:m"]["breaker"] == {"state": "closed"}
    assert rows["two:m"]["counters"]["succeeded"] == 1 and rows["two:m"]["in_flight"] == 0
    assert rows["two:m"]["first_output_ms"]["p50"] > 0 and rows["two:m"]["duration_ms"]["p99"] > 0
    assert rows["two:m"]["keys"] == [{"key": 1, "state": "usable"}]
    assert backends["one"]["in_flight"] == 1
    assert "sk-" not in json.dumps([rows, backends])
    mock.release("held")
    assert held.response().status == 200


def test_a_limited_and_a_refused_key_are_told_without_their_text(start_lip, mock, connect):
    keys = "[key-one-0123456789, key-two-0123456789]"
    lip = start_lip(configuration([backend("one", mock.url, api_key=None, api_keys=keys)], "one:m", rest=BREAKER))
    mock.script({"match": {"nth": 1}, "reply": {"error": {"status": 401}}},
                mock.on("*", error={"status": 429}, headers={"retry-after": "30"}))
    assert ask(connect, lip, "one:m").status == 429
    row = legs(lip)[0]["one:m"]
    first, second = row["keys"]
    assert first == {"key": 1, "state": "refused"}
    assert second["state"] == "resting" and second["stated_by_provider"] is True and 25 < second["seconds"] <= 30
    assert row["counters"]["key_changes"] == 1 and row["counters"]["rate_limited"] == 1
    assert "0123456789" not in json.dumps(row)


def test_a_key_that_is_limited_in_mid_stream_rests(start_lip, mock, connect):
    lip = start_lip(configuration([backend("mock", mock.url)], "mock:mock"))
    limit = {"message": "slow down", "type": "rate_limit_error", "code": "rate_limit_exceeded"}
    mock.script(mock.on("m", text=["Once ", "upon"], fault={"kind": "error_event", "after": 1, "error": limit}))
    assert list(connect(lip).post(chat("mock:m", stream=True)).events())[-1]["error"]["message"] == "slow down"
    leg, = json.loads(get(lip.url + "/admin/legs")[2])["legs"]
    assert leg["counters"]["rate_limited"] == 1
    key, = leg["keys"]
    assert key["state"] == "resting" and key["stated_by_provider"] is False and 50 < key["seconds"] <= 60


@pytest.mark.parametrize("path", ["/admin/legs", "/debug/route_trace"])
def test_the_paths_ask_for_a_key_where_clients_must_have_one(start_lip, mock, path):
    lip = start_lip(configuration(
        [backend("mock", mock.url)], "mock:mock", server=f'  api_keys: ["{CLIENT_KEY}"]\n'))
    assert get(lip.url + path)[0] == 401
    assert get(lip.url + path, {"Authorization": f"Bearer {CLIENT_KEY}"})[0] == 200


def test_the_decisions_about_a_request_are_told_in_order(two, mock, connect):
    mock.script(mock.on("m", error={"status": 500, "message": "no luck"}))
    route = "[max_context=1]one:m?temperature=0|one:m|two:m"
    assert ask(connect, two, route, "r-1").status == 200
    assert ask(connect, two, "one:m|two:m", "r-2").status == 200
    assert decisions(two, "?request_id=r-1") == [
        ("skip", "one:m"), ("plan_candidate", "one:m"), ("plan_candidate", "two:m"), ("attempt", "one:m"),
        ("fail", "one:m"), ("attempt", "two:m"), ("win", "two:m")]
    rows = trace(two, "?request_id=r-1")
    assert "max_context" in rows[0]["detail"]
    assert "status 500" in rows[4]["detail"] and "no luck" in rows[4]["detail"]
    assert {row["selector"] for row in rows} == {route}
    assert [row.get("attempt") for row in rows] == [None, None, None, 1, 1, 2, 2]
    assert decisions(two, "?request_id=r-2") == [
        ("plan_candidate", "one:m"), ("plan_candidate", "two:m"), ("skip", "one:m"), ("attempt", "two:m"),
        ("win", "two:m")]
    assert trace(two, "?request_id=r-2")[2]["detail"] == "the breaker is open"
    assert decisions(two, "?limit=2") == [("attempt", "two:m"), ("win", "two:m")]
    assert len(trace(two)) == 12


def test_a_refused_request_tells_why(two, mock, connect):
    tools = [{"type": "function", "function": {"name": "f"}}]
    assert ask(connect, two, "one:bare", "lacks", tools=tools).status == 400
    rows = trace(two, "?request_id=lacks")
    assert [(row["decision"], row.get("detail")) for row in rows] == [
        ("skip", "lacks tools"), ("exhausted", "400: missing required capabilities: tools")]
    mock.script(mock.on("*", error={"status": 400, "message": "bad tool"}))
    assert ask(connect, two, "one:m|two:m", "surfaces").status == 400
    assert decisions(two, "?request_id=surfaces")[-2:] == [("fail", "one:m"), ("surface", None)]
    mock.script(mock.on("*", error={"status": 500}))
    assert ask(connect, two, "one:m", "fails").status == 502
    assert ask(connect, two, "one:m", "open").status == 503
    assert decisions(two, "?request_id=fails")[-2:] == [("fail", "one:m"), ("exhausted", None)]
    assert decisions(two, "?request_id=open")[-2:] == [("skip", "one:m"), ("exhausted", None)]


def test_a_race_tells_who_won_and_who_lost(two, mock, second_mock, connect):
    mock.script(mock.on("*", fault="silent"))
    assert ask(connect, two, "one:m!two:m", "race").status == 200
    mock.wait("disconnect")
    found = until(lambda: (rows := decisions(two, "?request_id=race")) and len(rows) == 6 and rows, "the race is told")
    assert set(found[2:4]) == {("attempt", "one:m"), ("attempt", "two:m")}
    assert set(found[4:]) == {("win", "two:m"), ("lose", "one:m")}
    assert "another leg won" in json.dumps(trace(two, "?request_id=race"))


def test_a_wait_and_a_client_that_leaves_are_told(start_lip, mock, connect):
    lip = start_lip(configuration([backend("mock", mock.url)], "mock:m"))
    mock.script({"match": {"model": "m"}, "times": 1, "reply": {"error": {"status": 503}}}, mock.on("m", gate="held"))
    client = connect(lip)
    client.post_without_reading(chat("mock:m"), headers={"X-Request-Id": "leaves"})
    mock.wait("gate")
    client.close()
    until(lambda: ("lose", "mock:m") in decisions(lip, "?request_id=leaves"), "the leaving is told")
    assert [name for name, _ in decisions(lip, "?request_id=leaves")] == [
        "attempt", "fail", "wait", "attempt", "lose"]


def test_only_the_last_decisions_are_kept(two, connect):
    client = connect(two)
    for number in range(150):
        client.post(chat("one:m"), headers={"X-Request-Id": f"r-{number}"}).read()
    rows = trace(two)
    assert len(rows) == 256
    assert rows[-1]["request_id"] == "r-149" and trace(two, "?request_id=r-0") == []
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)


def test_a_query_that_makes_no_sense_is_refused(two):
    for query, words in [("?limit=0", b"limit"), ("?limit=x", b"limit"), ("?request=x", b"request_id")]:
        status, _, body = get(two.url + "/debug/route_trace" + query)
        assert status == 400 and words in body


def explain(lip, *arguments, **more):
    """`lip routes --explain` with the gateway's own configuration."""
    path = lip.stdout_path.parent / "config.yaml"
    return run("routes", "--config", path, "--explain", "--url", lip.url, *arguments, **more)


def test_the_command_tells_how_a_running_gateways_legs_stand(two, mock, connect):
    mock.script(mock.on("bad", error={"status": 500}), mock.on("*", text="One"))
    assert ask(connect, two, "one:bad|two:m").status == 200
    done = explain(two, "one:bad|two:m|two:other")
    assert done.returncode == 0, done.stderr
    states = [line.strip() for line in done.stdout.splitlines() if "now:" in line]
    assert states[0].startswith("now: breaker open for ")
    assert "1 of 1 attempts succeeded, whole answer " in states[1]
    assert states[2] == "now: not used yet"
    document = json.loads(explain(two, "--json", "one:bad|two:m").stdout)
    live = [arm["legs"][0]["live"] for arm in document["explain"]["arms"]]
    assert live[0]["breaker"]["state"] == "open" and live[1]["counters"]["succeeded"] == 1
    overview = explain(two)
    assert overview.returncode == 0 and "default route: one:m" in overview.stdout and "now: " in overview.stdout


def test_the_command_tells_why_it_cannot_ask(start_lip, mock, closed_port):
    lip = start_lip(configuration(
        [backend("mock", mock.url)], "mock:mock", server=f'  api_keys: ["{CLIENT_KEY}"]\n'))
    refused = explain(lip, "mock:m")
    assert refused.returncode == 1 and "LIP_API_KEY" in refused.stderr and refused.stdout == ""
    wrong = explain(lip, "--api-key", "another-key-0123456789", "mock:m")
    assert wrong.returncode == 1 and "does not know the client key" in wrong.stderr
    assert explain(lip, "--api-key", CLIENT_KEY, "mock:m").returncode == 0
    assert explain(lip, "mock:m", env={"LIP_API_KEY": CLIENT_KEY}).returncode == 0
    nobody = explain(lip, "--url", closed_port.url, "mock:m")
    assert nobody.returncode == 1 and f"cannot ask the gateway at {closed_port.url}" in nobody.stderr
    other = explain(lip, "--url", mock.url, "mock:m")
    assert other.returncode == 1 and other.stderr.startswith("lip: ") and other.stdout == ""
