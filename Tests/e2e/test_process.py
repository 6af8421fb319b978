"""The gateway as a process: start, stop, ports and what it writes about itself."""

import json
import os
import re
import signal
import socket
import subprocess
import time

import openai
import pytest

from harness.clients import sdk
from harness.configuration import KEY, backend, configuration
from harness.processes import LIP, Lip, Process, get, listening_ports, until
from harness.raw import RawClient, chat, text_of


def refuses_connections(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def free_default_port():
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", 8080))
        except OSError:
            return False
    return True


def test_without_file_and_keys_the_stub_answers(start_lip):
    if not free_default_port():
        pytest.skip("something else listens on the default port 8080")
    lip = start_lip()
    assert lip.port == 8080
    with sdk(lip) as client:
        answer = client.chat.completions.create(model="anything", messages=[{"role": "user", "content": "Hi"}])
        assert "stub" in answer.choices[0].message.content
        stream = client.chat.completions.create(
            model="anything", messages=[{"role": "user", "content": "Hi"}], stream=True)
        text = "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
        assert text == answer.choices[0].message.content


def test_a_start_is_quick(start_lip, mock):
    started = time.monotonic()
    lip = start_lip(configuration([backend("mock", mock.url)], "mock:mock"))
    assert get(f"{lip.url}/healthz")[0] == 200
    # The target is 150 ms; a loaded test machine gets some more.
    assert time.monotonic() - started < 1.5


def test_sigterm_lets_a_stream_finish(tmp_path, mock):
    mock.script(mock.on("gated", text=["one ", "two ", "three"], fault={"kind": "gate", "after": 1, "gate": "go"}))
    lip = Lip(tmp_path, configuration([backend("mock", mock.url)], "mock:mock"))
    try:
        connection, idle = RawClient(lip.port), RawClient(lip.port)
        response = connection.post(chat("mock:gated", stream=True))
        events = response.events()
        got = [next(events), next(events)]
        lip.signal(signal.SIGTERM)
        until(lambda: refuses_connections(lip.port), "new connections are refused")
        drained = time.monotonic()
        assert idle.ends() and time.monotonic() - drained < 2, "a connection without a request is closed at once"
        mock.release("go")
        got += list(events)
        assert text_of(got) == "one two three"
        assert got[-1] == "[DONE]" and response.complete
        # Though the client keeps its connection, as clients with a pool do.
        assert lip.wait(patience=5) == 0
        connection.close()
        idle.close()
    finally:
        lip.kill()


def test_sigterm_ends_an_idle_gateway_at_once(tmp_path, mock):
    lip = Lip(tmp_path, configuration([backend("mock", mock.url)], "mock:mock"))
    started = time.monotonic()
    lip.signal(signal.SIGTERM)
    assert lip.wait() == 0
    assert time.monotonic() - started < 2


def test_the_drain_has_an_end(tmp_path, mock):
    mock.script(mock.on("stuck", fault={"kind": "stall", "after": 1}))
    lip = Lip(tmp_path, configuration(
        [backend("mock", mock.url)], "mock:mock", server="  shutdown_timeout: 300ms\n"))
    try:
        connection = RawClient(lip.port)
        response = connection.post(chat("mock:stuck", stream=True))
        events = response.events()
        got = [next(events), next(events)]
        lip.signal(signal.SIGTERM)
        got += list(events)
        assert "[DONE]" not in got, "a stream that was cut must not look finished"
        lip.wait()
        mock.wait("disconnect", model="stuck")
        connection.close()
    finally:
        lip.kill()


def test_a_second_interrupt_forces_the_end(tmp_path, mock):
    mock.script(mock.on("stuck", fault={"kind": "stall", "after": 1}))
    lip = Lip(tmp_path, configuration([backend("mock", mock.url)], "mock:mock"))
    try:
        connection = RawClient(lip.port)
        response = connection.post(chat("mock:stuck", stream=True))
        next(response.events())
        lip.signal(signal.SIGINT)
        until(lambda: refuses_connections(lip.port), "new connections are refused")
        assert lip.popen.poll() is None, "the first one waits for the stream"
        lip.signal(signal.SIGINT)
        started = time.monotonic()
        lip.wait()
        assert time.monotonic() - started < 3
        assert b"[DONE]" not in response.read()
        connection.close()
    finally:
        lip.kill()


@pytest.mark.parametrize("stream, status", [(False, 503), (True, 200)], ids=["unary", "stream"])
@pytest.mark.parametrize("how", ["second interrupt", "shutdown_timeout"])
def test_the_access_log_does_not_blame_the_client_for_the_end_of_the_process(tmp_path, mock, stream, status, how):
    mock.script(mock.on("stuck", fault={"kind": "stall", "after": 1}))
    timeout = "  shutdown_timeout: 300ms\n" if how == "shutdown_timeout" else ""
    lip = Lip(tmp_path, configuration(
        [backend("mock", mock.url)], "mock:mock", server=timeout, rest="logging:\n  access_log: true\n"))
    try:
        connection = RawClient(lip.port)
        if stream:
            next(connection.post(chat("mock:stuck", stream=True)).events())
        else:
            connection.post_without_reading(chat("mock:stuck"))
            mock.wait("request", model="stuck")
        lip.signal(signal.SIGINT)
        if not timeout:
            until(lambda: refuses_connections(lip.port), "new connections are refused")
            lip.signal(signal.SIGINT)
        lip.wait()
        line = next(line for line in map(json.loads, lip.output.splitlines())
                    if line.get("event", line.get("msg")) == "http.access" and line.get("backend_model") == "stuck")
        assert (line["status"], line["outcome"], line["error_kind"]) == (status, "cancelled", "unavailable")
        assert line["error"].startswith("the gateway is shutting down")
        connection.close()
    finally:
        lip.kill()


def test_two_gateways_on_one_port_is_a_clear_error(start_lip, tmp_path, mock):
    first = start_lip(configuration([backend("mock", mock.url)], "mock:mock"))
    config = configuration([backend("mock", mock.url)], "mock:mock").replace("127.0.0.1:0", f"127.0.0.1:{first.port}")
    path = tmp_path / "second.yaml"
    path.write_text(config)
    second = Process([LIP, "serve", "--config", path], tmp_path / "second")
    assert second.wait() == 1
    assert f"127.0.0.1:{first.port}" in second.output and "in use" in second.output.lower()
    assert get(f"{first.url}/healthz")[0] == 200


def test_a_configuration_that_is_wrong_keeps_it_from_starting(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text("server:\n  adress: 127.0.0.1:0\n")
    process = Process([LIP, "serve", "--config", path], tmp_path / "lip")
    assert process.wait() == 1
    assert "adress" in process.output and "address" in process.output


def test_a_file_that_is_not_there_is_a_clear_error(tmp_path):
    process = Process([LIP, "serve", "--config", tmp_path / "nothing.yaml"], tmp_path / "lip")
    assert process.wait() == 1
    assert "nothing.yaml" in process.output


def test_keys_never_show(start_lip, mock, closed_port):
    secrets = [KEY, "sk-client-key", "sk-house-key-0123456789", "sk-in-message-0123456789"]
    lip = start_lip(configuration(
        [backend("mock", mock.url), backend("dead", closed_port.url)], "mock:mock",
        server=f'  api_keys: ["{secrets[2]}"]\n', rest="logging: { level: debug, access_log: true }\n"))
    mock.script(
        mock.on("leaks", error={"status": 400, "message": f"the key {KEY} is not allowed here"}),
        mock.on("resets", fault={"kind": "reset", "after": 1}), mock.on("keys", error={"status": 401}))
    shown = []
    with sdk(lip, api_key=secrets[2]) as client:
        for model in ("mock:mock-n2", "mock:leaks", "mock:resets", "dead:m", "nobody:m", "mock:keys"):
            for stream in (False, True):
                try:
                    answer = client.chat.completions.create(
                        model=model, messages=[{"role": "user", "content": "Hi"}], stream=stream)
                    shown += [str(chunk) for chunk in answer] if stream else [str(answer)]
                except openai.APIError as error:
                    shown.append(str(error) + str(getattr(error, "body", "")))
    with sdk(lip) as client, pytest.raises(openai.AuthenticationError) as raised:
        client.models.list()
    shown.append(str(raised.value))
    shown.append(get(f"{lip.url}/metrics", {"authorization": f"Bearer {secrets[2]}"})[2].decode())
    assert "access" in lip.output or "/v1/chat/completions" in lip.output
    for secret in secrets:
        assert secret not in lip.output, "a key in the log"
        assert secret not in "".join(shown), "a key in an answer"
        assert secret not in open(f"/proc/{lip.pid}/cmdline").read()


def test_logs_are_one_json_object_a_line(start_lip, mock, connect):
    lip = start_lip(configuration(
        [backend("mock", mock.url)], "mock:mock", rest="logging: { level: debug, access_log: true }\n"))
    connect(lip).post(chat("mock:mock-n1")).read()
    until(lambda: "/v1/chat/completions" in lip.output, "the request is in the access log")
    for line in lip.output.splitlines():
        assert isinstance(json.loads(line), dict), line


def test_without_standard_streams_no_socket_takes_their_place(tmp_path, mock):
    path = tmp_path / "config.yaml"
    path.write_text(configuration([backend("mock", mock.url)], "mock:mock", rest="logging: { access_log: true }\n"))
    lip = Process(["sh", "-c", f'exec "{LIP}" serve --config "{path}" <&- >&- 2>&-'], tmp_path / "lip")
    try:
        port = until(lambda: next(iter(listening_ports(lip.pid)), None), "lip listens")
        assert [os.readlink(f"/proc/{lip.pid}/fd/{number}") for number in range(3)] == ["/dev/null"] * 3
        assert get(f"http://127.0.0.1:{port}/healthz")[0] == 200
    finally:
        lip.stop()


def test_a_log_that_nobody_reads_any_more_does_no_harm(tmp_path, mock):
    path = tmp_path / "config.yaml"
    path.write_text(configuration([backend("mock", mock.url)], "mock:mock", rest="logging: { access_log: true }\n"))
    lip = subprocess.Popen([LIP, "serve", "--config", path], stdout=subprocess.PIPE, env={"PATH": os.environ["PATH"]})
    try:
        line = json.loads(lip.stdout.readline())
        lip.stdout.close()
        for _ in range(3):
            assert get(f"http://{line['address']}/healthz")[0] == 200
        lip.send_signal(signal.SIGTERM)
        assert lip.wait(10) == 0
    finally:
        lip.kill()
        lip.wait()


def test_an_idle_gateway_sleeps(start_lip, mock, connect):
    lip = start_lip(configuration([backend("mock", mock.url)], "mock:mock"))
    connect(lip).post(chat("mock:mock-n2", stream=True)).read()

    def ticks():
        fields = open(f"/proc/{lip.pid}/stat").read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    before = ticks()
    time.sleep(1)
    assert ticks() - before <= 2, "an idle process must not spin"


def test_the_resident_memory_is_small(start_lip, mock, connect):
    lip = start_lip(configuration([backend("mock", mock.url)], "mock:mock"))
    connect(lip).post(chat("mock:mock-n2")).read()
    resident = int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{lip.pid}/status").read()).group(1)) / 1024
    assert resident <= 30
