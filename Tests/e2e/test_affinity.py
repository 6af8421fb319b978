"""Sticky routes: what has served a session or a client serves it again, for as long as it can."""

import json
import re
import time
from collections import Counter

import pytest

from harness.configuration import backend, configuration
from harness.processes import get, run, until
from harness.raw import chat

KEYS = ["sk-first-client-of-lip", "sk-second-client-of-lip"]


def bearer(key):
    return {"authorization": f"Bearer {key}"}


def two_backends(mock, second_mock, routing="", server="", rest="", default="a:mock-n1"):
    return configuration(
        [backend("a", mock.url), backend("b", second_mock.url)], default, server=server,
        rest=f"{routing}{rest}")


@pytest.fixture
def lip(start_lip, mock, second_mock):
    return start_lip(two_backends(mock, second_mock))


def serve(client, route, headers=None, stream=False):
    """(the backend that served, the answer)"""
    response = client.post(chat("m", stream=stream), headers={"x-lip-route": route, **(headers or {})})
    response.read()
    assert response.status == 200, response.status
    return re.match("backend=(.)", response.headers["x-lip-b-leg"])[1], response


def name(session):
    return {"x-lip-session-id": session}


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_a_session_stays_where_its_first_request_was_drawn_to(lip, connect, stream):
    client = connect(lip)
    route = "{affinity=session}a:mock-n1^b:mock-n1"
    firsts = Counter()
    for number in range(40):
        served = {serve(client, route, name(f"{stream}{number}"), stream)[0] for _ in range(4)}
        assert len(served) == 1
        firsts.update(served)
    assert firsts["a"] and firsts["b"], "the draw itself is fair"


def test_a_session_with_a_token_is_as_sticky_as_a_named_one(lip, connect):
    client = connect(lip)
    served, first = serve(client, "{affinity=session}b:mock-n1", name("new"))
    resume = {field: first.headers[field] for field in ("x-lip-session-id", "x-lip-resume-token")}
    assert served == "b"
    assert serve(client, "{affinity=session}a:mock-n1|b:mock-n1", resume)[0] == "b"


def test_without_affinity_nothing_sticks(lip, connect):
    client = connect(lip)
    assert serve(client, "b:mock-n1", name("free"))[0] == "b"
    assert serve(client, "a:mock-n1|b:mock-n1", name("free"))[0] == "a"
    assert serve(client, "{affinity=session}a:mock-n1|b:mock-n1", name("free"))[0] == "a", "nothing was bound"


def test_the_bound_leg_is_taken_out_of_a_race(lip, mock, connect):
    client = connect(lip)
    assert serve(client, "{affinity=session}b:mock-n1", name("race"))[0] == "b"
    mock.reset()
    assert serve(client, "{affinity=session}[handicap=60]a:mock-n2!b:mock-n2", name("race"))[0] == "b"
    assert mock.requests() == [], "the others are not even asked"


def test_the_winner_of_a_race_is_bound(lip, mock, second_mock, connect):
    client = connect(lip)
    mock.script(mock.on("contender", gate="late"))
    route = "{affinity=session}a:contender!b:contender"
    for stream in (False, True):
        session = name(f"winner {stream}")
        assert serve(client, route, session, stream)[0] == "b"
        asked = len(mock.requests())
        assert serve(client, route, session, stream)[0] == "b"
        assert len(mock.requests()) == asked


def test_a_bound_backend_that_fails_is_left_for_good(lip, mock, second_mock, connect):
    client = connect(lip)
    route = "{affinity=session}a:m1|b:m1"
    assert serve(client, route, name("moved"))[0] == "a"
    mock.script(mock.on("m1", error={"status": 503}))
    assert serve(client, route, name("moved"))[0] == "b"
    mock.script()
    assert serve(client, route, name("moved"))[0] == "b", "bound anew, to what has served"
    assert serve(client, route, name("another"))[0] == "a"


def test_a_refused_request_and_a_late_failure_keep_the_binding(lip, mock, second_mock, connect):
    client = connect(lip)
    route = "{affinity=session}a:m1|b:m1"
    assert serve(client, "{affinity=session}b:m1", name("kept"))[0] == "b"
    second_mock.script({**second_mock.on("m1", error={"status": 400}), "times": 1})
    refused = client.post(chat("m"), headers={"x-lip-route": route, **name("kept")})
    assert refused.status == 400
    refused.read()
    second_mock.script({**second_mock.on("m1", fault={"kind": "reset", "after": 3}), "times": 1})
    client.post(chat("m", stream=True), headers={"x-lip-route": route, **name("kept")}).read()
    second_mock.script()
    assert serve(client, route, name("kept"))[0] == "b"


def test_a_bound_backend_that_rests_is_passed_over(start_lip, mock, second_mock, connect):
    routing = "  health: { circuit_breaker: { failure_threshold: 1, open_for: 60s, open_for_max: 60s } }\n"
    client = connect(start_lip(two_backends(mock, second_mock, routing)))
    route = "{affinity=session}a:m1|b:m1"
    assert serve(client, route, name("resting"))[0] == "a"
    mock.script(mock.on("m1", error={"status": 503}))
    assert serve(client, "a:m1|b:m1")[0] == "b", "its breaker is open now"
    asked = len(mock.requests())
    assert serve(client, route, name("resting"))[0] == "b"
    assert len(mock.requests()) == asked


def test_a_route_without_the_bound_backend_binds_anew(lip, connect):
    client = connect(lip)
    assert serve(client, "{affinity=session}a:m1|b:m1", name("elsewhere"))[0] == "a"
    assert serve(client, "{affinity=session}b:m1", name("elsewhere"))[0] == "b"
    assert serve(client, "{affinity=session}a:m1|b:m1", name("elsewhere"))[0] == "b"


def test_an_answer_that_never_came_binds_nothing(lip, mock, connect):
    client = connect(lip)
    mock.script(mock.on("m1", error={"status": 503}))
    assert serve(client, "{affinity=session}a:m1|b:m1", name("committed"))[0] == "b"
    mock.script()
    assert serve(client, "{affinity=session}a:m1|b:m1", name("committed"))[0] == "b"


def test_without_a_session_a_route_that_sticks_to_one_is_refused(lip, mock, second_mock, connect):
    response = connect(lip).post(chat("m"), headers={"x-lip-route": "{affinity=session}a:m1"})
    assert response.status == 400
    error = response.json()["error"]
    assert error["code"] == "affinity_identity_required"
    assert "X-LIP-Session-Id" in error["message"]
    assert mock.requests() == second_mock.requests() == []


def test_or_served_as_any_other_where_the_configuration_says_so(start_lip, mock, second_mock, connect):
    lip = start_lip(two_backends(mock, second_mock, "  affinity: { missing_identity: ignore }\n"))
    client = connect(lip)
    assert serve(client, "{affinity=session}a:m1|b:m1")[0] == "a"
    assert serve(client, "{affinity=session}b:m1", name("known"))[0] == "b"
    assert serve(client, "{affinity=session}a:m1|b:m1")[0] == "a"
    assert serve(client, "{affinity=session}a:m1|b:m1", name("known"))[0] == "b"


def test_clients_are_bound_by_their_keys(start_lip, mock, second_mock, connect):
    keys = ", ".join(f'"{key}"' for key in KEYS)
    client = connect(start_lip(two_backends(mock, second_mock, server=f"  api_keys: [{keys}]\n")))
    first, second = map(bearer, KEYS)
    assert serve(client, "{affinity=client}b:m1", first)[0] == "b"
    assert serve(client, "{affinity=client}a:m1|b:m1", first)[0] == "b"
    assert serve(client, "{client_sticky}a:m1|b:m1", second)[0] == "a"
    assert serve(client, "{affinity=client}b:m1|a:m1", second)[0] == "a"


def test_without_keys_everybody_is_one_client(lip, connect):
    assert serve(connect(lip), "{affinity=client}b:m1")[0] == "b"
    assert serve(connect(lip), "{affinity=client}a:m1|b:m1", {"authorization": "Bearer another"})[0] == "b"


def test_an_unused_binding_ends(start_lip, mock, second_mock, connect):
    lip = start_lip(two_backends(mock, second_mock, "  affinity: { ttl: 1s }\n"))
    client = connect(lip)
    assert serve(client, "{affinity=session}b:m1", name("old"))[0] == "b"
    began = time.monotonic()
    until(lambda: time.monotonic() - began > 1, "the time has passed")
    assert serve(client, "{affinity=session}a:m1|b:m1", name("old"))[0] == "a"


def test_the_oldest_bindings_make_room(start_lip, mock, second_mock, connect):
    client = connect(start_lip(two_backends(mock, second_mock, "  affinity: { max_bindings: 2 }\n")))
    for session in ("1", "2", "3"):
        assert serve(client, "{affinity=session}b:m1", name(session))[0] == "b"
    assert serve(client, "{affinity=session}a:m1|b:m1", name("3"))[0] == "b"
    assert serve(client, "{affinity=session}a:m1|b:m1", name("1"))[0] == "a"


def test_the_route_report_tells_of_affinity():
    result = run("routes", "{affinity=client}local-stub:m")
    assert result.returncode == 0 and "affinity by client" in result.stdout and "NOT SERVED" not in result.stdout


def test_the_route_trace_tells_of_bindings(lip, mock, connect):
    client = connect(lip)
    route = "{affinity=session}a:m1|b:m1"

    def decisions(request):
        serve(client, route, {**name("traced"), "x-request-id": request})
        rows = json.loads(get(f"{lip.url}/debug/route_trace?request_id={request}")[2])
        return [(row["decision"], row["leg"]) for row in rows if row["decision"].startswith("affinity")]

    assert decisions("first") == [("affinity_bind", "a:m1")]
    assert decisions("second") == [("affinity_hit", "a:m1")]
    mock.script(mock.on("m1", error={"status": 503}))
    assert decisions("third") == [("affinity_hit", "a:m1"), ("affinity_reset", "a:m1"), ("affinity_bind", "b:m1")]
