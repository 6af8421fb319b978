"""Every attempt leaves a record, which survives what the process does not."""

import json
import resource
import signal
import sqlite3
import threading
import time
import urllib.parse
from datetime import datetime

import pytest

from harness.configuration import backend, configuration
from harness.processes import get, run, until
from harness.raw import RawClient, chat
from harness.records import attempts, metric, recorded

#: A killed process loses at most what came in the last 100 ms.
LOST_MAX = 0.1
#: A query waits so long for the file at most, in seconds.
QUERY_MAX = 3
CLIENT_KEY = "sk-a-client-key-of-lip"


def with_sqlite(mock, path, **more):
    rest = f'continuity: {{ store: sqlite, sqlite_path: "{path}" }}\n'
    return configuration([backend("mock", mock.url)], "mock:mock", rest=rest, **more)


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_an_answer_names_its_legs(lip, mock, connect, stream):
    response = connect(lip).post(chat("mock:mock-n2", stream=stream))
    response.read()
    assert response.headers["x-lip-b-leg"] == "backend=mock; model=mock-n2; attempt=1"
    (attempt,) = attempts(lip, response.headers["x-lip-a-leg-id"])
    assert attempt["BackendID"] == "mock" and attempt["EffectiveModel"] == "mock-n2"
    assert attempt["Seq"] == 1 and attempt["Outcome"] == "success" and attempt["Reason"] == ""
    assert attempt["ALegID"] == response.headers["x-lip-a-leg-id"] and attempt["BLegID"].startswith("b_")
    assert attempt["StartedAt"] <= attempt["FirstOutputAt"] <= attempt["FinishedAt"]
    started = datetime.fromisoformat(attempt["StartedAt"][:26] + "+00:00").timestamp()
    assert abs(started - time.time()) < 60


def test_each_attempt_of_a_failover_is_told(lip, mock, connect):
    mock.script(mock.on("busy", error={"status": 503}))
    response = connect(lip).post(chat("mock:busy|mock:mock-n1"))
    response.read()
    assert response.headers["x-lip-b-leg"] == "backend=mock; model=mock-n1; attempt=2"
    first, second = attempts(lip, response.headers["x-lip-a-leg-id"])
    assert (first["Outcome"], first["ProviderStatus"]) == ("swallowed_failure", 503) and first["Reason"]
    assert (second["Outcome"], second["Seq"]) == ("success", 2)
    assert first["FinishedAt"] <= second["StartedAt"]
    assert first["Selector"] == "mock:busy|mock:mock-n1"


def test_a_collected_answer_has_the_time_of_its_first_output(start_lip, mock, connect):
    lip = start_lip(configuration([backend("mock", mock.url)], "mock:mock"))
    mock.script(mock.on("m", text=["Once ", "upon"], fault={"kind": "gate", "gate": "rest", "after": 1}))
    client = connect(lip)
    client.post_without_reading(chat("[ttft_timeout=20s]mock:m"))
    until(lambda: metric(lip, "lip_first_token_seconds_count", backend="mock") == 1, "the first output is counted")
    leg, = json.loads(get(lip.url + "/admin/legs")[2])["legs"]
    assert leg["first_output_ms"]["p50"] > 0 and not leg["counters"]["succeeded"]
    shown = time.time()
    mock.release("rest")
    response = client.response()
    assert response.json()["choices"][0]["message"]["content"] == "Once upon"
    record, = recorded(lip, response.headers["x-lip-a-leg-id"])
    assert datetime.fromisoformat(record["FirstOutputAt"]).timestamp() < shown
    assert datetime.fromisoformat(record["FinishedAt"]).timestamp() > shown
    assert metric(lip, "lip_first_token_seconds_count", backend="mock") == 1


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_what_an_answer_that_broke_off_consumed_is_told(start_lip, mock, connect, stream):
    lip = start_lip(configuration(
        [backend("mock", mock.url)], "mock:mock", rest="logging: { access_log: true }\n"))
    mock.script(
        mock.on("m", text=["Once ", "upon"], usage={"input": 11, "output": 7}, usage_placement="every",
                fault={"kind": "close", "after": 1}),
        mock.on("n", text="Twice", usage={"input": 3, "output": 2}))
    response = connect(lip).post(chat("[ttft_timeout=20s]mock:m|mock:n", stream=stream))
    response.read()
    broken, *others = recorded(lip, response.headers["x-lip-a-leg-id"])
    # A client that saw the beginning is told of the end; one that saw nothing has another answer.
    assert [one["Usage"]["InputTokens"] for one in others] == ([] if stream else [3])
    assert broken["Outcome"] == ("surfaced_failure" if stream else "swallowed_failure")
    assert broken["Usage"]["InputTokens"] == 11
    assert broken["FirstOutputAt"] <= broken["FinishedAt"]
    assert metric(lip, "lip_tokens_total", backend="mock", kind="input") == (11 if stream else 14)
    until(lambda: '"input_tokens"' in lip.output, "the request is logged")
    line = next(json.loads(line) for line in lip.output.splitlines() if '"input_tokens"' in line)
    assert line["input_tokens"] == (11 if stream else 3)


def test_a_failed_answer_names_its_a_leg(lip, mock, connect):
    mock.script(mock.on("bad", error={"status": 400}))
    response = connect(lip).post(chat("mock:bad"))
    assert response.status == 400 and "x-lip-b-leg" not in response.headers
    response.read()
    (attempt,) = attempts(lip, response.headers["x-lip-a-leg-id"])
    assert attempt["Outcome"] == "surfaced_failure"


def test_a_request_without_attempts_has_no_a_leg(lip, connect):
    response = connect(lip).post(chat("m"), headers={"x-lip-route": "nosuch:m"})
    assert "x-lip-a-leg-id" not in response.headers


def test_a_client_that_leaves_is_told(lip, mock, connect):
    mock.script(mock.on("endless", chunks=1000, fault={"kind": "stall", "after": 3}))
    connection = connect(lip)
    response = connection.post(chat("mock:endless", stream=True))
    next(response.events())
    a_leg = response.headers["x-lip-a-leg-id"]
    assert get(f"{lip.url}/admin/attempts?a_leg_id={a_leg}")[0] == 404, "recorded once the request has ended"
    connection.close()
    until(lambda: get(f"{lip.url}/admin/attempts?a_leg_id={a_leg}")[0] == 200, "the attempt is recorded")
    (attempt,) = attempts(lip, a_leg)
    assert (attempt["Outcome"], attempt["CancellationCause"]) == ("cancelled", "client_left")


def test_a_model_cannot_write_a_header(lip, mock, connect):
    response = connect(lip).post(chat("mock:m\r\nx-evil: 1"))
    response.read()
    assert "x-evil" not in response.headers


def test_what_is_not_there_is_said(lip):
    assert get(f"{lip.url}/admin/attempts")[::2] == (400, b"missing a_leg_id\n")
    unknown = f"a_{'0' * 31}1"
    assert get(f"{lip.url}/admin/attempts?a_leg_id={unknown}")[::2] == (404, b"a-leg not found\n")
    assert get(f"{lip.url}/admin/lineage?limit=501")[0] == 400


def test_pages_hold_every_attempt_once(start_lip, mock, connect):
    lip = start_lip(configuration([backend("mock", mock.url)], "mock:mock"))
    client = connect(lip)
    legs = []
    for _ in range(25):
        response = client.post(chat("mock:mock-n1"))
        response.read()
        legs.append(response.headers["x-lip-a-leg-id"])
    found, cursor = [], None
    while True:
        query = {"limit": 10, "outcome": "success", **({"cursor": cursor} if cursor else {})}
        page = json.loads(get(f"{lip.url}/admin/lineage?{urllib.parse.urlencode(query)}")[2])
        found += [attempt["ALegID"] for attempt in page["attempts"]]
        cursor = page.get("next_cursor")
        if cursor is None:
            break
    assert found == legs[::-1]
    metrics = get(f"{lip.url}/metrics")[2].decode()
    assert "lip_lineage_requests_total 25" in metrics
    assert 'route="/admin/lineage"' in metrics


def test_lineage_asks_for_a_key_where_clients_must_have_one(start_lip, mock, connect):
    lip = start_lip(configuration(
        [backend("mock", mock.url)], "mock:mock", server=f'  api_keys: ["{CLIENT_KEY}"]\n'))
    headers = {"authorization": f"Bearer {CLIENT_KEY}"}
    response = connect(lip).post(chat("mock:mock-n1"), headers=headers)
    a_leg = response.headers["x-lip-a-leg-id"]
    for path in (f"attempts?a_leg_id={a_leg}", "lineage"):
        assert get(f"{lip.url}/admin/{path}")[0] == 401
        assert get(f"{lip.url}/admin/{path}", headers)[0] == 200
    refused = run("lineage", a_leg, "--url", lip.url)
    assert refused.returncode == 1 and "LIP_API_KEY" in refused.stderr
    shown = run("lineage", a_leg, "--url", lip.url, env={"LIP_API_KEY": CLIENT_KEY})
    assert shown.returncode == 0 and "mock:mock-n1" in shown.stdout and "success" in shown.stdout
    assert CLIENT_KEY not in shown.stdout + shown.stderr


def test_the_command_tells_when_nothing_answers(closed_port):
    result = run("lineage", "a_1", "--url", closed_port.url)
    assert result.returncode == 1 and "cannot ask" in result.stderr


def test_lineage_in_a_file_is_there_after_a_restart(start_lip, mock, connect, tmp_path):
    path = tmp_path / "lip.db"
    lip = start_lip(with_sqlite(mock, path))
    response = connect(lip).post(chat("mock:mock-n1"))
    response.read()
    before = attempts(lip, response.headers["x-lip-a-leg-id"])
    lip.stop()
    assert attempts(start_lip(with_sqlite(mock, path)), response.headers["x-lip-a-leg-id"]) == before


def test_a_file_that_cannot_be_opened_is_named(start_lip, mock, tmp_path):
    lip = start_lip(with_sqlite(mock, tmp_path / "missing" / "lip.db"), ready=False)
    assert lip.wait() == 1
    assert "continuity.sqlite_path" in lip.output


def test_kill_9_costs_the_last_moment_and_never_the_file(start_lip, mock, tmp_path):
    path = tmp_path / "lip.db"
    lip = start_lip(with_sqlite(mock, path))
    answered, lock, killed = {}, threading.Lock(), threading.Event()

    def load():
        with RawClient(lip.port) as client:
            while not killed.is_set():
                try:
                    response = client.post(chat("mock:mock-n1"))
                    response.read()
                except OSError:
                    return
                with lock:
                    answered[response.headers["x-lip-a-leg-id"]] = time.monotonic()

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    until(lambda: len(answered) > 500, "some load")
    began = time.monotonic()
    until(lambda: time.monotonic() - began > 5 * LOST_MAX, "older turns than may be lost")
    moment = time.monotonic()
    lip.signal(signal.SIGKILL)
    killed.set()
    for thread in threads:
        thread.join()
    lip.wait()
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        kept = {row[0] for row in database.execute("SELECT a_leg_id FROM attempts")}
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    lost = [at for leg, at in answered.items() if leg not in kept]
    assert all(moment - at < LOST_MAX for at in lost), f"{len(lost)} lost, the oldest {moment - min(lost):.3f} s old"
    # The next process goes on with the file.
    again = start_lip(with_sqlite(mock, path))
    oldest = min(answered, key=answered.get)
    assert attempts(again, oldest)[0]["Outcome"] == "success"


def test_a_file_that_somebody_else_has_locked_is_written_once_it_is_free(start_lip, mock, connect, tmp_path):
    path = tmp_path / "lip.db"
    lip = start_lip(with_sqlite(mock, path))
    client = connect(lip)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    legs = []

    def fails():
        # Served as fast as ever, whatever becomes of their record.
        response = client.post(chat("mock:mock-n1"))
        response.read()
        legs.append(response.headers["x-lip-a-leg-id"])
        return metric(lip, "lip_lineage_write_failures_total") > 0

    until(fails, "a write has waited in vain")
    until(lambda: lip.output.count("continuity.write_failed") == 1, "the log tells of it")
    # What waits is read like what is written.
    begun = time.monotonic()
    assert all(attempts(lip, leg) for leg in (legs[0], legs[-1]))
    assert get(f"{lip.url}/admin/attempts?a_leg_id=a_0123456789abcdef0123456789abcdef")[0] == 404
    shown = json.loads(get(f"{lip.url}/admin/lineage?limit=500")[2])["attempts"]
    assert {row["ALegID"] for row in shown} >= set(legs[-100:])
    assert "success" in run("lineage", legs[-1], "--url", lip.url).stdout
    assert time.monotonic() - begun < 5 * QUERY_MAX
    other.execute("ROLLBACK")
    other.close()
    until(lambda: metric(lip, "lip_lineage_requests_total") == len(legs), "all are recorded")
    until(lambda: lip.output.count("continuity.write_recovered") == 1, "the log tells of it")
    assert metric(lip, "lip_lineage_dropped_total") == 0
    assert all(attempts(lip, leg) for leg in legs)


def test_a_file_that_cannot_grow_is_written_once_it_can(start_lip, mock, connect, tmp_path):
    """As with a full disk: the limit on the size of files, which the kernel enforces by the same error paths."""
    path = tmp_path / "lip.db"
    lip = start_lip(with_sqlite(mock, path))
    client = connect(lip)
    legs = []

    def post():
        response = client.post(chat("mock:mock-n1"))
        response.read()
        legs.append(response.headers["x-lip-a-leg-id"])

    post()
    attempts(lip, legs[0])
    size = (tmp_path / "lip.db-wal").stat().st_size
    resource.prlimit(lip.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def fails():
        post()
        return metric(lip, "lip_lineage_write_failures_total") > 0

    until(fails, "a write has failed")
    assert all(attempts(lip, leg) for leg in legs)
    resource.prlimit(lip.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    until(lambda: metric(lip, "lip_lineage_requests_total") == len(legs), "all are recorded")
    assert metric(lip, "lip_lineage_dropped_total") == 0
    assert all(attempts(lip, leg) for leg in legs)
    lip.stop()
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_old_conversations_are_deleted_with_their_attempts(start_lip, mock, connect, tmp_path):
    path = tmp_path / "lip.db"
    rest = f'continuity: {{ store: sqlite, sqlite_path: "{path}", ttl: 1s }}\n'
    lip = start_lip(configuration([backend("mock", mock.url)], "mock:mock", rest=rest))
    response = connect(lip).post(chat("mock:mock-n1"))
    response.read()
    url = f"{lip.url}/admin/attempts?a_leg_id={response.headers['x-lip-a-leg-id']}"
    assert get(url)[0] == 200
    until(lambda: get(url)[0] == 404, "it is forgotten")
    with sqlite3.connect(path) as database:
        for table in ("a_legs", "b_legs", "attempts"):
            assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
