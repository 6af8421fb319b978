"""Requests of one conversation share an A-leg, and only its own client goes on with it."""

import json
import re
import sqlite3
import threading
import time
from collections import Counter

import openai
import pytest

from harness.clients import sdk
from harness.configuration import backend, configuration
from harness.processes import get, until
from harness.raw import RawClient, chat

KEYS = ["sk-first-client-of-lip", "sk-second-client-of-lip"]
IDLE_TIMEOUT = 0.3


def attempts(lip, a_leg, headers=None):
    status, _, body = get(f"{lip.url}/admin/attempts?a_leg_id={a_leg}", headers)
    assert status == 200, body
    return json.loads(body)


def bearer(key):
    return {"authorization": f"Bearer {key}"}


def resuming(response):
    """The headers with which a later request goes on with the session that this answer began."""
    return {
        "x-lip-session-id": response.headers["x-lip-session-id"],
        "x-lip-resume-token": response.headers["x-lip-resume-token"]}


def serve(client, body, headers=None):
    response = client.post(body, headers=headers)
    response.read()
    return response


def with_sessions(mock, sessions="{ max: 10000 }", server="", rest="", routing=""):
    return configuration(
        [backend("mock", mock.url)], "mock:mock", server=server, rest=f"{routing}sessions: {sessions}\n{rest}")


@pytest.fixture
def two_clients(start_lip, mock):
    keys = ", ".join(f'"{key}"' for key in KEYS)
    return start_lip(with_sessions(mock, server=f"  api_keys: [{keys}]\n", rest="access: { mode: multi_user }\n"))


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_a_session_begins_on_request_and_is_resumed(lip, mock, connect, stream):
    client = connect(lip)
    body = chat("mock:mock-n1", stream=stream)
    first = serve(client, body, {"x-lip-session-id": "new"})
    assert re.fullmatch(r"s_[0-9a-f]{32}", first.headers["x-lip-session-id"])
    assert re.fullmatch(r"[A-Za-z0-9_-]{64}", first.headers["x-lip-resume-token"])
    again = serve(client, body, resuming(first))
    third = serve(client, body, {"x-lip-resume-token": first.headers["x-lip-resume-token"]})
    for response in (again, third):
        assert response.status == 200
        assert "x-lip-resume-token" not in response.headers, "the token is told once"
        for name in ("x-lip-session-id", "x-lip-a-leg-id"):
            assert response.headers[name] == first.headers[name]
    assert [row["Seq"] for row in attempts(lip, first.headers["x-lip-a-leg-id"])] == [1, 2, 3]


def test_a_request_that_names_no_session_has_none(lip, connect):
    client = connect(lip)
    legs = set()
    for headers in (None, {"x-lip-session-id": ""}, {"x-lip-session-id": "", "x-lip-resume-token": ""}):
        response = serve(client, chat("mock:mock-n1"), headers)
        assert response.status == 200
        assert "x-lip-session-id" not in response.headers and "x-lip-resume-token" not in response.headers
        legs.add(response.headers["x-lip-a-leg-id"])
    assert len(legs) == 3


def test_attempts_are_numbered_on_over_failovers(lip, mock, connect):
    mock.script(mock.on("busy", error={"status": 503}))
    client = connect(lip)
    first = serve(client, chat("mock:busy|mock:mock-n1"), {"x-lip-session-id": "new"})
    second = serve(client, chat("mock:busy|mock:mock-n2"), resuming(first))
    assert second.headers["x-lip-b-leg"] == "backend=mock; model=mock-n2; attempt=2"
    rows = attempts(lip, first.headers["x-lip-a-leg-id"])
    assert [(row["Seq"], row["EffectiveModel"]) for row in rows] == [
        (1, "busy"), (2, "mock-n1"), (3, "busy"), (4, "mock-n2")]
    assert len({row["BLegID"] for row in rows}) == 4


def test_a_request_that_fails_still_tells_of_its_session(lip, mock, connect):
    mock.script(mock.on("bad", error={"status": 400}))
    client = connect(lip)
    failed = serve(client, chat("mock:bad"), {"x-lip-session-id": "new"})
    assert failed.status == 400
    resumed = serve(client, chat("mock:mock-n1"), resuming(failed))
    assert resumed.headers["x-lip-a-leg-id"] == failed.headers["x-lip-a-leg-id"]


def test_sessions_are_shared_by_all_loops(start_lip, mock):
    lip = start_lip(with_sessions(mock, server="  loops: 4\n"))
    with RawClient(lip.port) as client:
        first = serve(client, chat("mock:mock-n1"), {"x-lip-session-id": "new"})
    legs, lock = Counter(), threading.Lock()

    def load():
        for _ in range(5):
            # Each connection comes to a loop of the kernel's choice.
            with RawClient(lip.port) as client:
                response = serve(client, chat("mock:mock-n1"), resuming(first))
            with lock:
                legs[response.headers.get("x-lip-a-leg-id")] += 1

    threads = [threading.Thread(target=load) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    a_leg = first.headers["x-lip-a-leg-id"]
    assert legs == {a_leg: 40}
    until(lambda: len(attempts(lip, a_leg)) == 41, "all are recorded")
    assert [row["Seq"] for row in attempts(lip, a_leg)] == list(range(1, 42))


UNKNOWN = ("session could not be resumed", "session_denied_invalid_authority")


def refusal(response):
    assert response.status == 400
    error = response.json()["error"]
    return error["message"], error["code"]


def test_nobody_else_resumes_a_session_nor_learns_of_it(two_clients, mock, connect):
    client = connect(two_clients)
    mine, theirs = map(bearer, KEYS)
    first = serve(client, chat("mock:mock-n1"), {**mine, "x-lip-session-id": "new"})
    session, token = first.headers["x-lip-session-id"], first.headers["x-lip-resume-token"]
    flipped = token[:-1] + ("A" if token[-1] != "A" else "B")
    for headers in (
            {**theirs, **resuming(first)}, {**mine, "x-lip-resume-token": flipped},
            {**mine, "x-lip-resume-token": "short"}, {**mine, "x-lip-resume-token": "A" * 64},
            {**mine, "x-lip-session-id": "s_" + "0" * 31 + "1", "x-lip-resume-token": token},
            {**mine, "x-lip-session-id": "other", "x-lip-resume-token": token}):
        response = client.post(chat("mock:mock-n1"), headers=headers)
        assert refusal(response) == UNKNOWN
        assert "x-lip-a-leg-id" not in response.headers and "x-lip-session-id" not in response.headers
    assert len(mock.requests()) == 1, "nothing went out"
    assert serve(client, chat("mock:mock-n1"), {**mine, **resuming(first)}).headers["x-lip-session-id"] == session


def test_an_expired_session_says_so_and_grows_no_older_while_it_is_used(start_lip, mock, connect):
    lip = start_lip(with_sessions(mock, f"{{ idle_timeout: {int(IDLE_TIMEOUT * 1000)}ms }}"))
    mock.script(mock.on("slow", gate="slow"))
    client, waiting = connect(lip), connect(lip)
    used, unused = [serve(client, chat("mock:mock-n1"), {"x-lip-session-id": "new"}) for _ in range(2)]
    waiting.post_without_reading(chat("mock:slow", metadata=session_in_body(used)))
    mock.wait("gate", model="slow")
    began = time.monotonic()
    until(lambda: time.monotonic() - began > IDLE_TIMEOUT, "the time has passed")
    for _ in range(2):
        assert refusal(client.post(chat("mock:mock-n1"), headers=resuming(unused))) == (
            "session can no longer be resumed", "session_denied_resume_expired")
    again = serve(client, chat("mock:mock-n1"), resuming(used))
    assert again.headers["x-lip-a-leg-id"] == used.headers["x-lip-a-leg-id"]
    mock.release("slow")
    assert waiting.response().status == 200


def session_in_body(response):
    return {
        "lip_session_id": response.headers["x-lip-session-id"],
        "lip_resume_token": response.headers["x-lip-resume-token"]}


def test_the_body_may_name_the_session_and_the_provider_never_sees_it(lip, mock, connect):
    client = connect(lip)
    first = serve(client, chat("mock:mock-n1", metadata={"lip_session_id": "new", "team": "blue"}))
    second = serve(client, chat("mock:mock-n2", metadata=session_in_body(first)))
    assert second.headers["x-lip-a-leg-id"] == first.headers["x-lip-a-leg-id"]
    # A header counts more.
    third = serve(
        client, chat("mock:mock-n3", metadata={"lip_session_id": "s_" + "0" * 31 + "1"}), headers=resuming(first))
    assert third.headers["x-lip-a-leg-id"] == first.headers["x-lip-a-leg-id"]
    for model, metadata in (("mock-n1", {"team": "blue"}), ("mock-n2", None), ("mock-n3", None)):
        (request,) = mock.requests(model)
        assert json.loads(request["body"]).get("metadata") == metadata
        assert first.headers["x-lip-resume-token"] not in json.dumps(request)
    assert client.post(chat("mock:mock-n1", metadata={"lip_session_id": 5})).json()["error"]["param"] == (
        "metadata.lip_session_id")


def test_tokens_are_not_logged(start_lip, mock, connect):
    lip = start_lip(with_sessions(mock, rest="logging: { access_log: true, level: debug }\n"))
    client = connect(lip)
    first = serve(client, chat("mock:mock-n1"), {"x-lip-session-id": "new"})
    serve(client, chat("mock:mock-n1", metadata=session_in_body(first)))
    client.post(chat("mock:mock-n1", metadata={"lip_session_id": [], **{"lip_resume_token": "x" * 64}})).read()
    until(lambda: lip.output.count('"http.access"') >= 3, "the requests are logged")
    assert first.headers["x-lip-resume-token"] not in lip.output


def test_a_client_may_name_its_conversations_itself(lip, connect):
    client = connect(lip)
    legs = [
        serve(client, chat("mock:mock-n1"), {"x-lip-session-id": name}).headers for name in ("chat 1", "chat 2", "chat 1")]
    assert [head["x-lip-session-id"] for head in legs] == ["chat%201", "chat%202", "chat%201"]
    assert all("x-lip-resume-token" not in head for head in legs)
    assert legs[0]["x-lip-a-leg-id"] == legs[2]["x-lip-a-leg-id"] != legs[1]["x-lip-a-leg-id"]
    assert [row["Seq"] for row in attempts(lip, legs[0]["x-lip-a-leg-id"])] == [1, 2]
    with sdk(lip, default_headers={"X-LIP-Session-Id": "chat 1"}) as agent:
        answer = agent.chat.completions.with_raw_response.create(
            model="mock:mock-n1", messages=[{"role": "user", "content": "Hi"}])
    assert answer.headers["x-lip-a-leg-id"] == legs[0]["x-lip-a-leg-id"]


@pytest.mark.parametrize("name", ["x" * 257, "s_" + "0" * 31 + "1"], ids=["too long", "issued"])
def test_a_name_that_cannot_be_chosen_is_refused(lip, connect, name):
    response = connect(lip).post(chat("mock:mock-n1"), headers={"x-lip-session-id": name})
    assert response.status == 400
    assert response.json()["error"]["param"] == "X-LIP-Session-Id"


def test_new_and_a_token_contradict_each_other(lip, connect):
    client = connect(lip)
    first = serve(client, chat("mock:mock-n1"), {"x-lip-session-id": "new"})
    response = client.post(chat("mock:mock-n1"), headers={**resuming(first), "x-lip-session-id": "new"})
    assert response.status == 400 and "one of them" in response.json()["error"]["message"]


def test_where_keys_may_be_shared_names_are_not_chosen(two_clients, connect):
    client = connect(two_clients)
    headers = {**bearer(KEYS[0]), "x-lip-session-id": "chat"}
    response = client.post(chat("mock:mock-n1"), headers=headers)
    assert response.status == 400
    assert response.json()["error"]["code"] == "missing_resume_token"


def test_where_it_is_allowed_each_client_has_names_of_its_own(start_lip, mock, connect):
    keys = ", ".join(f'"{key}"' for key in KEYS)
    lip = start_lip(with_sessions(
        mock, "{ client_chosen_ids: true }", server=f"  api_keys: [{keys}]\n", rest="access: { mode: multi_user }\n"))
    client = connect(lip)
    legs = [
        serve(client, chat("mock:mock-n1"), {**bearer(key), "x-lip-session-id": "chat"}).headers["x-lip-a-leg-id"]
        for key in (*KEYS, KEYS[0])]
    assert legs[0] == legs[2] != legs[1]


def test_sessions_may_begin_with_every_request(start_lip, mock, connect):
    client = connect(start_lip(with_sessions(mock, "{ issue: always }")))
    first = serve(client, chat("mock:mock-n1"))
    other = serve(client, chat("mock:mock-n1"))
    again = serve(client, chat("mock:mock-n1"), resuming(first))
    assert first.headers["x-lip-resume-token"] != other.headers["x-lip-resume-token"]
    assert again.headers["x-lip-a-leg-id"] == first.headers["x-lip-a-leg-id"] != other.headers["x-lip-a-leg-id"]


def test_the_session_unseen_for_longest_makes_room(start_lip, mock, connect):
    client = connect(start_lip(with_sessions(mock, "{ max: 2 }")))
    first, second, _ = [serve(client, chat("mock:mock-n1"), {"x-lip-session-id": "new"}) for _ in range(3)]
    assert refusal(client.post(chat("mock:mock-n1"), headers=resuming(first))) == UNKNOWN
    assert serve(client, chat("mock:mock-n1"), resuming(second)).status == 200


def test_a_restart_forgets_sessions_and_keeps_their_lineage(start_lip, mock, connect, tmp_path):
    rest = f'continuity: {{ store: sqlite, sqlite_path: "{tmp_path}/lip.db" }}\n'
    lip = start_lip(with_sessions(mock, rest=rest))
    client = connect(lip)
    first = serve(client, chat("mock:mock-n1"), {"x-lip-session-id": "new"})
    serve(client, chat("mock:mock-n1"), resuming(first))
    named = serve(client, chat("mock:mock-n1"), {"x-lip-session-id": "chat"})
    lip.stop()
    again = start_lip(with_sessions(mock, rest=rest))
    client = connect(again)
    assert refusal(client.post(chat("mock:mock-n1"), headers=resuming(first))) == UNKNOWN
    assert [row["Seq"] for row in attempts(again, first.headers["x-lip-a-leg-id"])] == [1, 2]
    renamed = serve(client, chat("mock:mock-n1"), {"x-lip-session-id": "chat"})
    assert renamed.headers["x-lip-a-leg-id"] != named.headers["x-lip-a-leg-id"]
    again.stop()
    with sqlite3.connect(tmp_path / "lip.db") as database:
        assert database.execute("SELECT count(*), sum(next_b_seq) FROM a_legs").fetchone() == (3, 4)


# The worked examples of `[first]`.

def test_the_first_turn_goes_to_the_first_branch_and_later_ones_are_drawn(lip, mock, connect):
    client = connect(lip)
    route = {"x-lip-route": "[first]mock:mock-n1^[weight=1000000]mock:mock-n2"}
    first = serve(client, chat("m"), {**route, "x-lip-session-id": "new"})
    later = [serve(client, chat("m"), {**route, **resuming(first)}) for _ in range(5)]
    assert "model=mock-n1;" in first.headers["x-lip-b-leg"]
    assert all("model=mock-n2;" in response.headers["x-lip-b-leg"] for response in later)
    # Without a session every request is a first one.
    assert "model=mock-n1;" in serve(client, chat("m"), route).headers["x-lip-b-leg"]


def test_a_first_branch_that_fails_is_used_up(lip, mock, connect):
    mock.script(mock.on("broken", error={"status": 503}))
    client = connect(lip)
    route = {"x-lip-route": "[first]mock:broken^[weight=1000000]mock:mock-n1"}
    first = serve(client, chat("m"), {**route, "x-lip-session-id": "new"})
    assert "model=mock-n1;" in first.headers["x-lip-b-leg"]
    assert [row["EffectiveModel"] for row in attempts(lip, first.headers["x-lip-a-leg-id"])] == ["broken", "mock-n1"]
    second = serve(client, chat("m"), {**route, **resuming(first)})
    assert "model=mock-n1; attempt=1" in second.headers["x-lip-b-leg"]


def test_a_first_branch_that_is_too_small_is_not_used_up(lip, mock, connect):
    client = connect(lip)
    route = {"x-lip-route": "[first,max_context=100]mock:mock-n1^[weight=1000000]mock:mock-n2"}
    first = serve(client, chat("m", content="x" * 1000), {**route, "x-lip-session-id": "new"})
    second = serve(client, chat("m"), {**route, **resuming(first)})
    third = serve(client, chat("m"), {**route, **resuming(first)})
    assert [re.search("mock-n.", r.headers["x-lip-b-leg"])[0] for r in (first, second, third)] == [
        "mock-n2", "mock-n1", "mock-n2"]


# Calling off.

def cancel(lip, a_leg, headers=None):
    with RawClient(lip.port) as client:
        response = client.post({}, path=f"/lip/v1/a-legs/{a_leg}/cancel", headers=headers)
        return response.status, response.json()


def cancelled(lip, a_leg, count=1):
    until(lambda: get(f"{lip.url}/admin/attempts?a_leg_id={a_leg}")[0] == 200, "the attempt is recorded")
    return [(row["Outcome"], row.get("CancellationCause")) for row in attempts(lip, a_leg)][-count:]


def test_a_stream_is_called_off_with_an_error(lip, mock, connect):
    mock.script(mock.on("endless", chunks=1000, fault={"kind": "stall", "after": 3}))
    client = connect(lip)
    response = client.post(chat("mock:endless", stream=True))
    events = response.events()
    next(events)
    a_leg = response.headers["x-lip-a-leg-id"]
    assert cancel(lip, a_leg) == (200, {"a_leg_id": a_leg, "status": "cancelled"})
    rest = list(events)
    assert rest[-1]["error"]["code"] == "request_cancelled" and "[DONE]" not in rest
    assert response.complete, "the connection goes on"
    mock.wait("disconnect", model="endless")
    assert cancelled(lip, a_leg) == [("cancelled", "explicit")]
    assert serve(client, chat("mock:mock-n1")).status == 200
    assert cancel(lip, a_leg)[0] == 404, "it runs no more"


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
@pytest.mark.parametrize("route", [
    "mock:silent", "[ttft_timeout=60]mock:silent|mock:mock-n1", "mock:silent!mock:silent2",
    "[handicap=60]mock:silent!mock:mock-n1"], ids=["single", "budget", "race", "handicap"])
def test_what_waits_for_a_provider_is_called_off(start_lip, mock, connect, route, stream):
    mock.script(mock.on("silent*", fault="silent"))
    lip = start_lip(with_sessions(mock))
    client = connect(lip)
    first = serve(client, chat("mock:mock-n1"), {"x-lip-session-id": "new"})
    a_leg = first.headers["x-lip-a-leg-id"]
    waiting = connect(lip)
    waiting.post_without_reading(chat(route, stream=stream, metadata=session_in_body(first)))
    mock.wait("request", model="silent")
    if "silent2" in route:
        mock.wait("request", model="silent2")
    assert cancel(lip, a_leg)[0] == 200
    response = waiting.response()
    assert response.status == 499
    assert response.json()["error"]["code"] == "request_cancelled"
    count = 2 if "silent2" in route else 1
    until(lambda: len(attempts(lip, a_leg)) == 1 + count, "the attempts are recorded")
    assert cancelled(lip, a_leg, count) == [("cancelled", "explicit")] * count
    for model in ["silent", "silent2"][:count]:
        mock.wait("disconnect", model=model)
    # The session itself goes on, and has nothing to call off.
    assert serve(client, chat("mock:mock-n1"), resuming(first)).headers["x-lip-a-leg-id"] == a_leg
    assert cancel(lip, a_leg)[0] == 200
    assert "lip_client_cancellations_total 0\n" in get(f"{lip.url}/metrics")[2].decode(), "no client has left"


def test_what_waits_for_another_try_is_called_off(start_lip, mock, connect):
    lip = start_lip(with_sessions(mock, routing="  retry_wait_max: 60s\n"))
    mock.script(mock.on("limited", error={"status": 429}, headers={"retry-after": "50"}))
    a_leg = serve(connect(lip), chat("mock:mock-n1"), {"x-lip-session-id": "chat"}).headers["x-lip-a-leg-id"]
    waiting = connect(lip)
    waiting.post_without_reading(chat("mock:limited", metadata={"lip_session_id": "chat"}))
    mock.wait("end", model="limited")
    until(lambda: '"next":"wait"' in lip.output, "lip waits for the provider to have time")
    assert cancel(lip, a_leg)[0] == 200
    response = waiting.response()
    assert (response.status, response.json()["error"]["code"]) == (499, "request_cancelled")
    assert len(mock.requests("limited")) == 1


def test_one_cancellation_reaches_requests_on_every_loop(start_lip, mock, connect):
    mock.script(mock.on("silent", fault="silent"))
    lip = start_lip(with_sessions(mock, server="  loops: 4\n"))
    first = serve(connect(lip), chat("mock:mock-n1"), {"x-lip-session-id": "new"})
    clients = [connect(lip) for _ in range(16)]
    for client in clients:
        client.post_without_reading(chat("mock:silent", metadata=session_in_body(first)))
    mock.wait("request", count=16, model="silent")
    assert cancel(lip, first.headers["x-lip-a-leg-id"])[0] == 200
    assert {client.response().status for client in clients} == {499}


def test_nobody_calls_off_what_is_not_theirs(two_clients, mock, connect):
    mock.script(mock.on("endless", chunks=1000, fault={"kind": "stall", "after": 3}))
    mine, theirs = map(bearer, KEYS)
    response = connect(two_clients).post(chat("mock:endless", stream=True), headers=mine)
    a_leg = response.headers["x-lip-a-leg-id"]
    assert cancel(two_clients, a_leg, theirs)[0] == 404
    assert cancel(two_clients, a_leg, {"authorization": None})[0] == 401
    assert cancel(two_clients, "a_" + "0" * 31 + "1", mine)[0] == 404
    assert cancel(two_clients, "nonsense", mine)[0] == 404
    assert mock.requests("endless")[0]["outcome"] != "client_gone"
    assert cancel(two_clients, a_leg, mine)[0] == 200


def test_the_sdk_raises_a_cancellation(lip, mock):
    mock.script(mock.on("endless", chunks=1000, fault={"kind": "stall", "after": 3}))
    with sdk(lip) as client:
        with client.chat.completions.with_streaming_response.create(
                model="mock:endless", messages=[{"role": "user", "content": "Hi"}], stream=True) as response:
            stream = response.parse()
            next(iter(stream))
            assert cancel(lip, response.headers["x-lip-a-leg-id"])[0] == 200
            with pytest.raises(openai.APIError, match="cancelled"):
                for _ in stream:
                    pass


# The other protocols.

OTHERS = {
    "responses": ("/v1/responses", {"model": "mock:endless", "input": "Hi", "stream": True}),
    "messages": ("/v1/messages", {
        "model": "mock:endless", "max_tokens": 100, "stream": True, "messages": [{"role": "user", "content": "Hi"}]}),
    "gemini": ("/v1beta/models/mock:endless:streamGenerateContent?alt=sse", {
        "contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}),
}


@pytest.mark.parametrize("protocol", OTHERS)
def test_every_protocol_has_sessions_and_can_be_called_off(lip, mock, connect, protocol):
    mock.script(mock.on("endless", chunks=1000, fault={"kind": "stall", "after": 3}))
    path, body = OTHERS[protocol]
    if "gemini" not in protocol:
        body = {**body, "metadata": {"lip_session_id": "new"}}
    first = connect(lip).post(body, path=path, headers={"x-lip-session-id": "new"})
    blocks = first.blocks()
    next(blocks)
    assert cancel(lip, first.headers["x-lip-a-leg-id"])[0] == 200
    # Gemini's own error is no event, but an object between them.
    assert "the request was cancelled" in list(blocks)[-1]
    headers = resuming(first) if "gemini" in protocol else None
    if headers is None:
        body["metadata"] = session_in_body(first)
    second = connect(lip).post(body, path=path, headers=headers)
    next(second.blocks())
    a_leg = second.headers["x-lip-a-leg-id"]
    assert a_leg == first.headers["x-lip-a-leg-id"]
    assert cancel(lip, a_leg)[0] == 200
    second.read()
    until(lambda: len(attempts(lip, a_leg)) == 2, "both are recorded")
    assert cancelled(lip, a_leg, 2) == [("cancelled", "explicit")] * 2
    assert all("lip_" not in request["body"] for request in mock.requests("endless"))


def test_a_stream_that_is_called_off_keeps_its_form(lip, mock, connect):
    mock.script(mock.on("endless", chunks=1000, fault={"kind": "stall", "after": 3}))
    path, body = OTHERS["responses"]
    response = connect(lip).post(body, path=path)
    events = response.events()
    read = [next(events)]
    assert cancel(lip, response.headers["x-lip-a-leg-id"])[0] == 200
    read += events
    assert read[-1]["type"] == "response.failed" and read[-1]["response"]["error"]["code"] == "request_cancelled"
    assert [event["sequence_number"] for event in read] == list(range(len(read)))
    path, body = OTHERS["gemini"]
    response = connect(lip).post(body, path=path.removesuffix("?alt=sse"))
    assert cancel(lip, response.headers["x-lip-a-leg-id"])[0] == 200
    chunks = json.loads(response.read())
    assert "candidates" in chunks[0] and chunks[-1]["error"]["status"] == "CANCELLED"
