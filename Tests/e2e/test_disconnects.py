"""A client that leaves takes its upstream request with it, at once."""

import time

import pytest

from harness.clients import sdk
from harness.processes import PATIENCE
from harness.raw import chat

#: From the client's hang-up to the provider's seeing it; on loopback it takes about a millisecond.
HANG_UP_MAX = 0.5


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_leaving_while_waiting_hangs_up_on_the_provider(lip, mock, connect, stream):
    mock.script(mock.on("silent", fault="silent"))
    connection = connect(lip)
    connection.post_without_reading(chat("mock:silent", stream=stream))
    mock.wait("request", model="silent")
    left = time.monotonic()
    connection.close()
    (request,) = mock.wait("disconnect", model="silent")
    assert request["disconnected_ns"] / 1e9 - left < HANG_UP_MAX
    assert len(mock.requests("silent")) == 1, "a request whose client has left is not tried again"


def test_leaving_in_mid_stream_hangs_up_on_the_provider(lip, mock, connect):
    mock.script(mock.on("endless", chunks=1000, fault={"kind": "stall", "after": 3}))
    connection = connect(lip)
    response = connection.post(chat("mock:endless", stream=True))
    events = response.events()
    assert [next(events)["choices"][0]["delta"].get("content") for _ in range(4)] == ["", " the", " quick", " brown"]
    left = time.monotonic()
    connection.close()
    (request,) = mock.wait("disconnect", model="endless")
    assert request["disconnected_ns"] / 1e9 - left < HANG_UP_MAX
    assert request["chunks_sent"] == 3


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


def test_leaving_during_a_retry_wait_ends_the_request(start_lip, mock, connect):
    from harness.configuration import backend, configuration

    lip = start_lip(configuration([backend("mock", mock.url)], "mock:mock"))
    mock.script(mock.on("busy", error={"status": 503}, headers={"retry-after": "2"}))
    connection = connect(lip)
    connection.post_without_reading(chat("mock:busy"))
    mock.wait("completed", model="busy")
    connection.close()
    # While the wait would last, the gateway serves others; the provider is not asked a second time.
    started = time.monotonic()
    while time.monotonic() - started < 2.5:
        assert connect(lip).post(chat("mock:mock-n1-t100")).status == 200
    assert len(mock.requests("busy")) == 1


def test_streams_that_were_left_leave_nothing_behind(lip, mock, connect):
    mock.script(mock.on("endless", chunks=100000, gap_ms=1))
    for _ in range(50):
        connection = connect(lip)
        response = connection.post(chat("mock:endless", stream=True))
        next(response.events())
        connection.close()
    mock.wait("disconnect", count=50, model="endless", patience=PATIENCE)
    mock.wait("idle")
