"""Providers behind TLS: certificates, HTTP/2 with many calls on one connection, HTTP/1.1, and connections that are given up."""

from concurrent.futures import ThreadPoolExecutor

import openai
import pytest

from harness.clients import sdk
from harness.configuration import backend, configuration
from harness.http2 import HTTP2Provider
from harness.provider import WHOLE
from harness.raw import RawClient, chat, text_of
from harness.records import metric, recorded
from harness.terminator import Authority, Terminator

HELLO = {"messages": [{"role": "user", "content": "Hi"}]}


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def start_terminator(mock, authority, tmp_path):
    started = []

    def start(name="127.0.0.1", **more):
        started.append(Terminator(tmp_path / f"nginx{len(started)}", mock, authority.issue(name), **more))
        return started[-1]

    yield start
    for process in started:
        process.stop()


def before(terminator, authority, host="127.0.0.1", more=None, server="", **fields):
    """The configuration of a gateway before a terminator; without an authority it trusts the system's alone."""
    trust = "" if authority is None else f'http_client: {{ ca_file: "{authority.path}" }}\n'
    rows = [backend("mock", terminator.url(host), **fields), *(more or [])]
    return configuration(rows, "mock:mock", server=server, rest=trust)


def text(response):
    events = list(response.events())
    assert events[-1] == "[DONE]"
    return text_of(events)


@pytest.mark.parametrize("http2", [True, False], ids=["HTTP/2", "HTTP/1.1"])
def test_calls_and_streams_come_whole_through_tls(start_lip, start_terminator, authority, mock, http2):
    words = [f"word{number} " for number in range(200)]
    mock.script(mock.on("m", text=words))
    terminator = start_terminator(http2=http2)
    lip = start_lip(before(terminator, authority))
    with sdk(lip) as client:
        answer = client.chat.completions.create(model="mock:m", **HELLO)
        stream = client.chat.completions.create(model="mock:m", stream=True, **HELLO)
        streamed = "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
    assert answer.choices[0].message.content == streamed == "".join(words)
    for protocol, tls, _, status in terminator.log(2):
        assert (protocol, tls, status) == ("HTTP/2.0" if http2 else "HTTP/1.1", "TLSv1.3", "200")


def test_many_streams_share_few_connections(start_lip, start_terminator, authority, mock):
    mock.script(mock.on("held", gate="all", text="Hello"))
    terminator = start_terminator()
    lip = start_lip(before(terminator, authority))

    def ask(_):
        connection = RawClient(lip.port)
        try:
            return text(connection.post(chat("mock:held", stream=True)))
        finally:
            connection.close()

    with ThreadPoolExecutor(40) as pool:
        answers = pool.map(ask, range(40))
        mock.wait("gate", count=40)
        mock.release("all")
        assert list(answers) == ["Hello"] * 40
    connections = {connection for _, _, connection, _ in terminator.log(40)}
    # One a loop.
    assert len(connections) <= 4, connections


def test_a_client_that_leaves_ends_its_own_stream_only(start_lip, start_terminator, authority, mock):
    mock.script(mock.on("left", text=["a", "b"], fault={"kind": "gate", "after": 1, "gate": "never"}),
                mock.on("kept", text=["Hel", "lo"], fault={"kind": "gate", "after": 1, "gate": "go"}))
    terminator = start_terminator()
    # One loop: both calls are on one connection.
    lip = start_lip(before(terminator, authority, server="  loops: 1\n"))
    leaving, staying = RawClient(lip.port), RawClient(lip.port)
    kept = staying.post(chat("mock:kept", stream=True))
    blocks = kept.blocks()
    next(blocks)
    left = leaving.post(chat("mock:left", stream=True))
    next(left.blocks())
    leaving.close()
    mock.wait("disconnect", count=1, model="left")
    mock.release("go")
    rest = list(blocks)
    assert rest[-1] == "data: [DONE]"
    assert "lo" in "".join(rest)
    staying.close()


def test_the_losers_of_a_race_on_one_connection_are_reset_and_the_winner_is_whole(
        start_lip, start_terminator, authority, mock, connect):
    mock.script(mock.on("slow", gate="never", text="slow"), mock.on("fast", text=["Hel", "lo"]))
    terminator = start_terminator()
    lip = start_lip(before(terminator, authority))
    response = connect(lip).post(chat("mock:slow!mock:fast", stream=True))
    assert text(response) == "Hello"
    mock.wait("disconnect", count=1, model="slow")


def test_a_connection_that_the_provider_retires_fails_nobody(start_lip, start_terminator, authority, mock):
    terminator = start_terminator(requests_per_connection=3)
    lip = start_lip(before(terminator, authority))
    with sdk(lip) as client:
        for _ in range(12):
            answer = client.chat.completions.create(model="mock:mock-n3", **HELLO)
            assert answer.choices[0].finish_reason == "stop"
    assert len({connection for _, _, connection, _ in terminator.log(12)}) >= 4
    assert len(mock.requests()) == 12


def test_an_untrusted_certificate_is_a_clear_error_and_another_backend_serves(
        start_lip, start_terminator, mock):
    terminator = start_terminator()
    lip = start_lip(before(terminator, None, more=[backend("plain", mock.url)]))
    with sdk(lip) as client:
        with pytest.raises(openai.APIStatusError) as failure:
            client.chat.completions.create(model="mock:m", **HELLO)
        assert failure.value.status_code == 502
        assert "the provider mock has a certificate that is not trusted" in failure.value.message
        answer = client.chat.completions.create(model="mock:m|plain:m", **HELLO)
        assert answer.choices[0].finish_reason == "stop"
    assert [request["model"] for request in mock.requests()] == ["m"]


def test_a_certificate_for_another_name_is_refused(start_lip, start_terminator, authority, mock):
    terminator = start_terminator(name="localhost")
    lip = start_lip(before(terminator, authority))
    with sdk(lip) as client:
        with pytest.raises(openai.APIStatusError) as failure:
            client.chat.completions.create(model="mock:m", **HELLO)
        assert failure.value.status_code == 502
        assert "the provider mock has a certificate that is not trusted" in failure.value.message
    assert mock.requests() == []
    lip = start_lip(before(terminator, authority, host="localhost"))
    with sdk(lip) as client:
        assert client.chat.completions.create(model="mock:m", **HELLO).choices[0].finish_reason == "stop"


def test_a_certificate_is_not_checked_where_the_backend_says_so(start_lip, start_terminator, mock):
    terminator = start_terminator()
    lip = start_lip(before(terminator, None, verify_tls="false"))
    with sdk(lip) as client:
        assert client.chat.completions.create(model="mock:m", **HELLO).choices[0].finish_reason == "stop"


@pytest.mark.parametrize("refusals, asked, status", [(0, 1, 200), (1, 2, 200), (9, 2, 502)])
def test_a_request_whose_stream_is_refused_goes_out_once_more_and_no_more(
        start_lip, authority, refusals, asked, status):
    provider = HTTP2Provider(authority.issue("127.0.0.1"), refusals, WHOLE % "")
    try:
        lip = start_lip(configuration(
            [backend("p", provider.url)], "p:m", server="  loops: 1\n",
            rest=f'  retry_wait_max: 0s\nhttp_client: {{ ca_file: "{authority.path}" }}\n'))
        with RawClient(lip.port) as client:
            response = client.post(chat("p:m"))
            assert response.status == status, response.read()
        assert len(provider.requests) == asked
        (attempt,) = recorded(lip, response.headers["x-lip-a-leg-id"])
        assert attempt.get("Resent", False) == (asked == 2)
        assert metric(lip, "lip_upstream_resends_total", backend="p") == asked - 1
    finally:
        provider.close()
