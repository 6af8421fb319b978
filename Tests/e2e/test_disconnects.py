"""A client that leaves takes its upstream requests with it, at once, in whatever phase they are; no leg is blamed for it."""

import json
import select
import socket
import struct
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.clients import sdk
from harness.configuration import backend, configuration
from harness.processes import PATIENCE, until
from harness.raw import chat
from harness.records import latest, metric

#: From the client's hang-up to the provider's seeing it; on loopback it takes about a millisecond.
HANG_UP_MAX = 0.5
#: A client that left, and an attempt that had failed before.
LEFT = ("cancelled", "client_left")
FAILED = ("swallowed_failure", None)
#: One that had failed, and that no other followed, since the client left first.
GIVEN_UP = ("surfaced_failure", "client_left")


def close(connection):
    connection.close()


def reset(connection):
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def half_close(connection):
    """No more requests will come; who waits for an answer all the same is taken for gone, as nginx does."""
    connection.sock.shutdown(socket.SHUT_WR)


@dataclass(frozen=True)
class Phase:
    """Where a request is when its client leaves."""

    name: str
    #: What providers answer, by model.
    replies: dict
    #: By when it is there: called with the provider and the client's connection.
    reached: object
    #: Outcome and cause of each attempt.
    attempts: tuple = (LEFT,)
    selector: str = "p:m"
    streams: tuple[bool, ...] = (False, True)
    server: str = ""


def event(name, count=1):
    return lambda mock, connection: mock.wait(name, count)


def client_has_read(count):
    """The client has read so many blocks of its stream."""
    def reached(mock, connection):
        blocks = connection.response().blocks()
        for _ in range(count):
            next(blocks)

    return reached


def held_back(mock):
    """Whether the provider can send no more, since nobody reads."""
    sent = mock.requests("m")[0]["bytes_sent"]
    for _ in range(20):
        mock.state()
    return sent > 0 and mock.requests("m")[0]["bytes_sent"] == sent


def provider_is_held_back(mock, connection):
    """The client has not read for so long that the provider can send no more."""
    mock.wait("answer")
    until(lambda: held_back(mock), "the provider is held back")


SILENT = {"fault": "silent"}
STALLS = {"fault": {"kind": "stall", "after": 0}}
#: Moves on, and does not count as a failure of the leg.
TIMES_OUT = {"error": {"status": 408}}

PHASES = [
    Phase("before the head", {"m": SILENT}, event("request")),
    Phase("in the body", {"m": {"fault": "stall"}}, event("answer"), streams=(False,)),
    Phase("in the body of an error", {"m": {"status": 503, "body": 400 * "sorry ", "fault": "stall"}}, event("answer")),
    Phase("while held back", {"m": STALLS}, event("answer"), streams=(True,)),
    Phase("while held back behind keep-alives", {"m": STALLS}, client_has_read(1), streams=(True,),
          server="  stream_head_timeout: 20ms\n"),
    Phase("with a deadline", {"m": STALLS}, event("answer"), selector="[ttft_timeout=20s]p:m"),
    Phase("in mid-stream", {"m": {"fault": {"kind": "stall", "after": 3}}}, client_has_read(4), streams=(True,)),
    Phase("while it reads too slowly", {"m": {"text": 200 * [100_000 * "x"]}}, provider_is_held_back, streams=(True,)),
    Phase("at the second leg", {"bad": TIMES_OUT, "m": SILENT}, event("request", 2),
          attempts=(FAILED, LEFT), selector="p:bad|p:m"),
    # Nobody is asked while it waits, so no attempt was called off.
    Phase("between two tries", {"m": {**TIMES_OUT, "headers": {"retry-after": "5"}}}, event("completed"),
          attempts=(GIVEN_UP,)),
    # One leg failed by itself, and the race went on.
    Phase("while racing on", {"m": SILENT, "bad": TIMES_OUT}, lambda mock, _: mock.wait("completed") and mock.wait("request", 2),
          attempts=(LEFT, FAILED), selector="p:m!p:bad"),
    Phase("while racing", {"m": SILENT, "n": STALLS}, event("request", 2), attempts=(LEFT, LEFT),
          selector="p:m!p:n"),
]
ROWS = [
    pytest.param(phase, stream, id=f"{phase.name}-{'stream' if stream else 'unary'}")
    for phase in PHASES for stream in phase.streams]


def start(start_lip, url, server=""):
    """A gateway whose breakers open at the first failure."""
    return start_lip(configuration(
        [backend("p", url)], "p:m", server=server,
        rest="  health:\n    circuit_breaker: { failure_threshold: 1, open_for: 20s }\n"))


def check_record(lip, expected):
    """The attempts are recorded as expected, and no leg is blamed."""
    found = latest(lip, len(expected))
    assert [(record["Outcome"], record.get("CancellationCause")) for record in found] == list(expected)
    assert metric(lip, "lip_breaker_transitions_total", backend="p", to="open") == 0
    until(lambda: metric(lip, "lip_client_cancellations_total") == 1, "the client is counted")
    assert metric(lip, "lip_attempts_in_flight", backend="p") == 0


@pytest.mark.parametrize("leave", [close, reset, half_close])
@pytest.mark.parametrize("phase, stream", ROWS)
def test_leaving(start_lip, mock, connect, phase, stream, leave):
    lip = start(start_lip, mock.url, phase.server)
    mock.script(*(mock.on(model, **reply) for model, reply in phase.replies.items()))
    connection = connect(lip)
    connection.post_without_reading(chat(phase.selector, stream=stream))
    phase.reached(mock, connection)
    asked = len(mock.requests())
    left = time.monotonic()
    leave(connection)
    if running := phase.attempts.count(LEFT):
        gone = [one for one in mock.wait("disconnect", running) if one["outcome"] == "client_gone"]
        assert len(gone) == running
        assert all(one["disconnected_ns"] / 1e9 - left < HANG_UP_MAX for one in gone)
    check_record(lip, phase.attempts)
    assert time.monotonic() - left < 2, "the record was waited for"
    assert len(mock.requests()) == asked, "a request whose client has left is not tried again"
    assert connect(lip).post(chat("p:mock-n1")).status == 200


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_leaving_before_the_provider_accepts(start_lip, connect, stream):
    # A listener whose queue is full: the kernel lets further connections wait.
    with socket.socket() as listener, socket.socket() as waits:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waits.connect(listener.getsockname())
        lip = start(start_lip, f"http://127.0.0.1:{listener.getsockname()[1]}")

        def connecting():
            """Whether a connection to the provider is being set up, from the kernel's tables (02: SYN_SENT)."""
            ends = [line.split()[2:4] for line in Path(f"/proc/{lip.pid}/net/tcp").read_text().splitlines()[1:]]
            return [f"0100007F:{listener.getsockname()[1]:04X}", "02"] in ends

        connection = connect(lip)
        connection.post_without_reading(chat("p:m", stream=stream))
        until(connecting, "the gateway connects")
        left = time.monotonic()
        connection.close()
        until(lambda: not connecting(), "the gateway has given up")
        assert time.monotonic() - left < HANG_UP_MAX
        check_record(lip, (LEFT,))


def test_the_sdk_closing_a_stream_hangs_up_on_the_provider(lip, mock):
    with sdk(lip) as client:
        stream = client.chat.completions.create(
            model="mock:mock-n100000-g5", messages=[{"role": "user", "content": "Hi"}], stream=True)
        next(iter(stream))
        stream.close()
    (request,) = mock.wait("disconnect", model="mock-n100000-g5")
    assert request["outcome"] == "client_gone"


def test_leaving_during_the_body_never_reaches_the_provider(lip, mock, connect):
    connection = connect(lip)
    connection.send(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        'content-length: 1000\r\n\r\n{"model":"mock:half"')
    connection.close()
    assert connect(lip).post(chat("mock:mock-n1")).status == 200
    assert mock.requests("half") == []


def test_streams_that_were_left_leave_nothing_behind(lip, mock, connect):
    mock.script(mock.on("endless", chunks=100000, gap_ms=1))
    for _ in range(50):
        connection = connect(lip)
        response = connection.post(chat("mock:endless", stream=True))
        next(response.events())
        connection.close()
    mock.wait("disconnect", count=50, model="endless", patience=PATIENCE)
    mock.wait("idle")


#: Ends clients that take nothing; long enough for a slow reader to take something in each quarter of it.
STALL_TIMEOUT = 1.0


def stalling_client(lip, model):
    """A client that has asked for a stream, and whose kernel takes next to nothing of it unless it reads."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(PATIENCE)
    client.connect(("127.0.0.1", lip.port))
    body = json.dumps(chat(model, stream=True)).encode()
    client.sendall(
        b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        b"content-length: %d\r\n\r\n" % len(body) + body)
    return client


def start_with_stall_timeout(start_lip, url):
    return start_lip(configuration(
        [backend("p", url, max_in_flight=1)], "p:m", server=f"  write_stall_timeout: {STALL_TIMEOUT}s\n",
        rest="  health:\n    circuit_breaker: { failure_threshold: 1, open_for: 20s }\n"))


def test_a_client_that_reads_nothing_is_cut_off_and_gives_its_leg_back(start_lip, mock, connect):
    lip = start_with_stall_timeout(start_lip, mock.url)
    mock.script(mock.on("m", chunks=200_000))
    with stalling_client(lip, "p:m") as client:
        mock.wait("answer")
        until(lambda: connect(lip).post(chat("p:mock-n1")).status == 200, "the leg is free again")
        check_record_of_the_stalled(lip)
        with pytest.raises(ConnectionResetError):
            while client.recv(65536):
                pass


def check_record_of_the_stalled(lip):
    records = {row["EffectiveModel"]: (row["Outcome"], row.get("CancellationCause")) for row in latest(lip, 2)}
    assert records["m"] == ("cancelled", "client_stalled")
    assert metric(lip, "lip_breaker_transitions_total", backend="p", to="open") == 0
    assert metric(lip, "lip_client_cancellations_total") == 1
    assert metric(lip, "lip_attempts_in_flight", backend="p") == 0


def test_a_client_that_reads_little_is_not_cut_off(start_lip, mock):
    lip = start_with_stall_timeout(start_lip, mock.url)
    mock.script(mock.on("m", chunks=200_000))
    with stalling_client(lip, "p:m") as client:
        mock.wait("answer")
        until(lambda: held_back(mock), "the provider is held back")
        end = time.monotonic() + 3 * STALL_TIMEOUT
        # Too little for the gateway's socket to ask for more.
        while time.monotonic() < end:
            assert client.recv(2048)
            select.select([], [], [], STALL_TIMEOUT / 20)
        assert metric(lip, "lip_attempts_in_flight", backend="p") == 1
        assert metric(lip, "lip_client_cancellations_total") == 0
