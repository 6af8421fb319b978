"""The gateway as an HTTP server: bad bodies, bad requests, limits and its own pages."""

import json
import re

import openai
import pytest

from harness.clients import sdk
from harness.configuration import backend, configuration
from harness.processes import get
from harness.raw import CHAT, chat

USER = {"role": "user", "content": "Hi"}
BAD_BODIES = {
    "nothing": (b"", None),
    "not JSON": (b"hello", None),
    "cut JSON": (b'{"model":"mock:m","messages":[', None),
    "trailing data": (b'{"model":"mock:m","messages":[{"role":"user","content":"Hi"}]} x', None),
    "bad UTF-8": (b'{"model":"mock:m","messages":[{"role":"user","content":"\xff\xfe"}]}', None),
    "bad escape": (b'{"model":"mock:m","messages":[{"role":"user","content":"\\x"}]}', None),
    "too deep": (b'{"model":"mock:m","messages":' + b"[" * 5000 + b"]" * 5000 + b"}", None),
    "an array": (b"[]", None),
    "no model": ({"messages": [USER]}, "model"),
    "model of the wrong type": ({"model": 5, "messages": [USER]}, "model"),
    "empty model": ({"model": "", "messages": [USER]}, "model"),
    "no messages": ({"model": "mock:m"}, "messages"),
    "messages of the wrong type": ({"model": "mock:m", "messages": "Hi"}, "messages"),
    "empty messages": ({"model": "mock:m", "messages": []}, "messages"),
    "a message that is no object": ({"model": "mock:m", "messages": ["Hi"]}, "messages[0]"),
    "no role": ({"model": "mock:m", "messages": [USER, {"content": "Hi"}]}, "messages[1].role"),
    "content of the wrong type": ({"model": "mock:m", "messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
    "stream of the wrong type": ({"model": "mock:m", "messages": [USER], "stream": "yes"}, "stream"),
    "tools of the wrong type": ({"model": "mock:m", "messages": [USER], "tools": {}}, "tools"),
}
MALFORMED = {
    "no HTTP": b"hello\r\n\r\n",
    "no version": b"GET /healthz\r\n\r\n",
    "unknown version": b"GET /healthz HTTP/3.7\r\nhost: x\r\n\r\n",
    "no Host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "two Hosts": b"GET /healthz HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n",
    "a bare LF": b"GET /healthz HTTP/1.1\nhost: x\n\n",
    "a folded line": b"GET /healthz HTTP/1.1\r\nhost: x\r\na: b\r\n c\r\n\r\n",
    "a blank before the colon": b"GET /healthz HTTP/1.1\r\nhost: x\r\na : b\r\n\r\n",
    "a control byte in a field": b"GET /healthz HTTP/1.1\r\nhost: x\r\na: b\x01\r\n\r\n",
    "a NUL in a field": b"GET /healthz HTTP/1.1\r\nhost: x\r\na: b\x00\r\n\r\n",
    "two lengths": b"POST %s HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
    "a length and a coding":
        b"POST %s HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "an unknown coding": b"POST %s HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip\r\n\r\n",
    "a signed length": b"POST %s HTTP/1.1\r\nhost: x\r\ncontent-length: +2\r\n\r\n{}",
    "a bad chunk size": b"POST %s HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    "an overlong length": b"POST %s HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999999\r\n\r\n",
}


@pytest.mark.parametrize("case", BAD_BODIES)
def test_a_bad_body_is_refused_naming_the_field(lip, mock, connect, case):
    body, field = BAD_BODIES[case]
    connection = connect(lip)
    response = connection.post(body)
    assert response.status == 400
    assert response.headers["content-type"].startswith("application/json")
    error = response.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert error["message"]
    if field:
        assert error["param"] == field
        assert field.split(".")[-1].split("[")[0] in error["message"]
    assert mock.requests() == []
    assert connection.post(chat("mock:mock-n1")).status == 200, "the connection goes on"


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_http_is_refused_and_the_connection_closed(lip, mock, connect, case):
    connection = connect(lip)
    connection.send(MALFORMED[case].replace(b"%s", CHAT.encode()))
    response = connection.response()
    assert response.status in ((400, 501) if "coding" in case else (400, 505) if "version" in case else (400, 413))
    response.read()
    assert connection.ends()
    assert mock.requests() == []
    assert connect(lip).post(chat("mock:mock-n1")).status == 200, "the next client is served"


def test_a_head_that_is_too_long_is_refused(lip, connect):
    connection = connect(lip)
    try:
        connection.send(b"GET /healthz HTTP/1.1\r\nhost: x\r\n" + b"a: " + b"b" * 300_000 + b"\r\n\r\n")
    except (BrokenPipeError, ConnectionResetError):
        pass
    assert connection.response().status in (400, 431)
    assert get(f"{lip.url}/healthz")[0] == 200


def test_an_oversized_body_is_refused_before_it_is_sent(start_lip, mock, connect):
    lip = start_lip(configuration(
        [backend("mock", mock.url)], "mock:mock", server="  max_request_body_bytes: 64KiB\n"))
    connection = connect(lip)
    connection.send(
        f"POST {CHAT} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n")
    response = connection.response()
    assert response.status == 413
    assert response.json()["error"]["type"] == "invalid_request_error"
    assert connection.ends()
    assert connect(lip).post(chat("mock:mock-n1", content="x" * 60_000)).status == 200


def test_an_oversized_chunked_body_is_refused_in_its_middle(start_lip, mock, connect):
    lip = start_lip(configuration(
        [backend("mock", mock.url)], "mock:mock", server="  max_request_body_bytes: 64KiB\n"))
    connection = connect(lip)
    connection.send(f"POST {CHAT} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
    connection.send(b"11000\r\n" + b" " * 0x11000 + b"\r\n")
    response = connection.response()
    assert response.status == 413
    assert mock.requests() == []


def test_chunked_bodies_and_expectations_are_served(lip, connect):
    body = json.dumps(chat("mock:mock-n1")).encode()
    connection = connect(lip)
    connection.send(
        f"POST {CHAT} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n"
        "expect: 100-continue\r\n\r\n")
    assert connection.response(bodiless=True).status == 100
    for start in range(0, len(body), 7):
        piece = body[start:start + 7]
        connection.send(f"{len(piece):x};ext=1\r\n".encode() + piece + b"\r\n")
    connection.send("0\r\n\r\n")
    assert connection.response().json()["choices"][0]["message"]["content"] == " the"


def test_http_1_0_gets_a_stream_that_ends_with_the_connection(lip, connect):
    body = json.dumps(chat("mock:mock-n3", stream=True))
    connection = connect(lip)
    connection.send(
        f"POST {CHAT} HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n{body}")
    response = connection.response()
    assert "transfer-encoding" not in response.headers
    assert list(response.events())[-1] == "[DONE]"


@pytest.mark.parametrize("method, path, status", [
    ("GET", "/v1/chat/completions", 405), ("PUT", "/v1/chat/completions", 405), ("POST", "/v1/models", 405),
    ("GET", "/nowhere", 404), ("POST", "/v1/nowhere", 404), ("GET", "/../etc/passwd", 404)])
def test_unknown_paths_and_methods(lip, connect, method, path, status):
    connection = connect(lip)
    connection.send(f"{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n")
    response = connection.response()
    assert response.status == status
    assert response.json()["error"]["message"]
    if status == 405:
        assert response.headers["allow"]


def test_health_and_readiness(lip, connect):
    for path in ("/healthz", "/readyz"):
        assert get(f"{lip.url}{path}")[0] == 200
        connection = connect(lip)
        connection.send(f"HEAD {path} HTTP/1.1\r\nhost: x\r\n\r\nGET {path} HTTP/1.1\r\nhost: x\r\n\r\n")
        head = connection.response(bodiless=True)
        assert head.status == 200
        # No body follows a HEAD: what comes next is the next answer's head.
        assert connection.response().status == 200


def test_models_lists_what_the_configuration_knows(start_lip, mock):
    lip = start_lip(configuration(
        [backend("mock", mock.url, models="[small, large]")], "mock:small",
        rest='models:\n  house: "mock:large"\n'))
    with sdk(lip) as client:
        models = {model.id for model in client.models.list()}
    assert "house" in models
    assert {model.removeprefix("mock:") for model in models} >= {"small", "large", "house"}


def test_metrics_count_requests_and_attempts(start_lip, mock, connect):
    lip = start_lip(configuration([backend("mock", mock.url)], "mock:mock"))
    for stream in (False, True):
        connect(lip).post(chat("mock:mock-n2", stream=stream)).read()
    connect(lip).post(b"{}").read()
    status, headers, body = get(f"{lip.url}/metrics")
    assert status == 200 and headers["content-type"].startswith("text/plain")
    text = body.decode()
    names = set(re.findall(r"^# TYPE (\S+) ", text, re.M))
    assert names and all(name.startswith("lip_") or name.startswith("process_") for name in names)
    for line in text.splitlines():
        assert re.fullmatch(r'# (HELP|TYPE) .+|[a-z_:][a-z0-9_:]*(\{.*\})? [-+0-9.eEInfNa]+|', line), line
    assert re.search(r'^lip_http_requests_total\{[^}]*\} [1-9]', text, re.M)
    assert 'backend="mock"' in text


@pytest.mark.parametrize("sent, echoed", [
    ("req-42_A.b", True), ("a" * 64, True), ("with blank", False), ("ümlaut", False), ("x" * 5000, False)])
def test_request_identifiers(lip, connect, sent, echoed):
    connection = connect(lip)
    connection.send(b"GET /healthz HTTP/1.1\r\nhost: x\r\nx-request-id: " + sent.encode() + b"\r\n\r\n")
    response = connection.response()
    if response.status != 200:
        assert not echoed and response.status == 400
        return
    identifier = response.headers["x-request-id"]
    assert identifier and (identifier == sent) == echoed


def test_each_request_has_an_identifier_of_its_own(lip, connect):
    identifiers = [connect(lip).post(chat("mock:mock-n1")).headers["x-request-id"] for _ in range(3)]
    assert len(set(identifiers)) == 3


@pytest.mark.parametrize("selector, detail", [
    ("mock:a|", "empty failover alternative"), ("[weight=0]mock:a^mock:b", "weight must be a positive integer"),
    ("mock:a?x=%zz", "parse query"), ("[unknown=1]mock:a", "unsupported annotation key")])
def test_a_bad_selector_is_refused_with_its_detail(lip, connect, selector, detail):
    response = connect(lip).post(chat("mock:m"), headers={"x-lip-route": selector})
    assert response.status == 400
    assert detail in response.json()["error"]["message"]


def test_an_unknown_backend_is_refused(lip, connect):
    response = connect(lip).post(chat("m"), headers={"x-lip-route": "nobody:m"})
    assert response.status == 400
    assert "nobody" in response.json()["error"]["message"]


def test_clients_must_show_a_key_where_the_server_has_keys(start_lip, mock):
    lip = start_lip(configuration(
        [backend("mock", mock.url)], "mock:mock", server='  api_keys: ["sk-house-key-0123456789"]\n'))
    ask = {"model": "mock:mock-n1", "messages": [USER]}
    with sdk(lip, api_key="sk-wrong") as client, pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(**ask)
    assert mock.requests() == []
    with sdk(lip, api_key="sk-house-key-0123456789") as client:
        assert client.chat.completions.create(**ask).choices[0].message.content == " the"
