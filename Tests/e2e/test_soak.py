"""Thousands of requests that go well and wrong in every way at once, after which nothing must be left of them."""

import json
import os
import random
import re
import signal
import socket
import struct
import threading
import time

from harness.configuration import backend, configuration
from harness.processes import PATIENCE, ClosedPort, Lip, Mock, get, until
from harness.raw import CHAT, RawClient, RawResponse, chat, text_of

SEED = int(os.environ.get("SOAK_SEED", "20251"))
REQUESTS = int(os.environ.get("SOAK_REQUESTS", "3000"))
SECONDS = float(os.environ.get("SOAK_SECONDS", "16"))
CLIENTS = 40
#: A sanitizer's bookkeeping grows with what it has seen.
MEASURES_MEMORY = "LIP_SANITIZED" not in os.environ
MEMORY_MAX = 96 << 20

WORDS = [" the", " quick", " brown", " fox", " jumps", " over", " a", " lazy", " dog"]


def words(count):
    return "".join(WORDS[index % len(WORDS)] for index in range(count))


#: Models of the provider that is well, and what they say.
WELL = {"mock-n1": words(1), "mock-n9": words(9), "mock-n20-g2": words(20), "mock-n6-t30": words(6), "big": words(800)}
#: Models of the provider for trouble.
TROUBLE = {
    "resets-early": {"fault": "reset_before_head"},
    "closes-early": {"fault": "close_before_head"},
    "garbage-head": {"fault": "garbage_head"},
    "cut-head": {"fault": "cut_head"},
    "resets": {"chunks": 9, "fault": {"kind": "reset", "after": 3}},
    "closes": {"chunks": 9, "fault": {"kind": "close", "after": 3}},
    "cuts": {"chunks": 9, "fault": {"kind": "cut_chunk", "after": 3}},
    "garbage-chunk": {"chunks": 9, "fault": {"kind": "garbage_chunk", "after": 3}},
    "garbage-event": {"chunks": 9, "fault": {"kind": "garbage_event", "after": 3}},
    "error-event": {"chunks": 9, "fault": {"kind": "error_event", "after": 3, "error": {"message": "kaputt"}}},
    "ends": {"chunks": 9, "fault": {"kind": "end", "after": 3}},
    "ends-early": {"fault": {"kind": "end", "after": 0}},
    "too-long": {"fault": "length_too_long"},
    "400": {"error": {"status": 400, "message": "not like this"}},
    "403": {"error": {"status": 403}},
    "500": {"error": {"status": 500}},
    "503": {"error": {"status": 503}},
    "html": {"body": "<html>Sorry</html>", "headers": {"content-type": "text/html"}},
    "empty": {"body": ""},
    "plain": {"frames": ["data: [DONE]\n\n"]},
    "trickle": {"chunks": 4, "trickle": {"bytes": 40, "every_ms": 1}},
    "gzip": {"chunks": 9, "gzip": True},
}
#: Models that never come to an end by themselves: for clients that leave.
ENDLESS = {
    "silent": {"fault": "silent"},
    "stalls": {"chunks": 9, "fault": {"kind": "stall", "after": 2}},
    "drips": {"chunks": 100000, "gap_ms": 2},
    "floods": {"chunks": 1000000},
}
STATUSES = {400, 401, 403, 404, 408, 413, 422, 429, 500, 501, 502, 503, 504}


def whole_body(response, piece=65536):
    """The body of an answer whose head was read, or None if it was cut; quicker than `RawResponse.read`."""
    connection = response.connection
    data, position, body = bytearray(connection.buffer), 0, bytearray()
    connection.buffer = b""

    def more():
        try:
            read = connection.sock.recv(piece)
        except ConnectionResetError:
            return False
        data.extend(read)
        return bool(read)

    def take(count):
        nonlocal position
        while len(data) < position + count:
            if not more():
                return None
        position += count
        return data[position - count:position]

    if not response.chunked:
        body = take(int(response.headers["content-length"]))
        connection.buffer = bytes(data[position:])
        return body
    while True:
        while (end := data.find(b"\r\n", position)) < 0:
            if not more():
                return None
        size = int(data[position:end], 16)
        position = end + 2
        part = take(size + 2)
        if part is None:
            return None
        body += part[:size]
        if size == 0:
            connection.buffer = bytes(data[position:])
            return body


class Soak:
    """What the clients share: where to, what has gone wrong, how much is still to do."""

    def __init__(self, lip):
        self.lip = lip
        self.problems = []
        self.done = {}
        self._left = REQUESTS
        self._end = time.monotonic() + SECONDS
        self._lock = threading.Lock()

    def more(self):
        with self._lock:
            self._left -= 1
            return self._left >= 0 and time.monotonic() < self._end and len(self.problems) < 5

    def note(self, kind):
        with self._lock:
            self.done[kind] = self.done.get(kind, 0) + 1


class Client(threading.Thread):
    """One client after the other on a thread, each with its own way to behave; decided by a seed alone."""

    def __init__(self, soak, number):
        super().__init__(daemon=True)
        self.soak = soak
        self.random = random.Random(SEED * 1000 + number)
        self.connection = None

    def run(self):
        kinds = [
            (self.well, 30), (self.troubled, 30), (self.rescued, 15), (self.racing, 15), (self.limited, 5),
            (self.refused, 5), (self.pipelining, 4), (self.leaving_in_the_request, 6), (self.leaving_while_waiting, 8),
            (self.leaving_in_the_answer, 10), (self.slow_reader, 2)]
        while self.soak.more():
            (kind,) = self.random.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])
            try:
                kind()
                self.soak.note(kind.__name__)
            except Exception as error:  # noqa: BLE001: whatever it is, the test is to tell it
                self.soak.problems.append(f"{kind.__name__}: {type(error).__name__}: {error}")
                self.close()
        self.close()

    # Connections

    def connect(self):
        """The connection of the last request, mostly."""
        if self.connection is not None and self.random.random() < 0.2:
            self.close()
        if self.connection is None:
            self.connection = RawClient(self.soak.lip.port)
        return self.connection

    def close(self, reset=False):
        if self.connection is None:
            return
        if reset:
            self.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.connection = None

    def ask(self, model, stream, **more):
        response = self.connect().post(chat(model, stream=stream, content="x" * self.random.choice([1, 100, 20000]), **more))
        result = self.take(response, stream)
        if response.headers.get("connection", "").lower() == "close":
            self.close()
        return result

    def take(self, response, stream):
        """(status, text or error, whole?); fails for an answer that is neither whole nor a proper error."""
        body = whole_body(response)
        assert body is not None, f"the answer {response.status} was cut"
        if response.status != 200:
            assert response.status in STATUSES, response.status
            return response.status, json.loads(body)["error"]["message"], False
        if not stream:
            (choice,) = json.loads(body)["choices"]
            assert choice["finish_reason"]
            return 200, choice["message"]["content"], True
        blocks = [block for block in re.split(rb"\r\n\r\n|\n\n|\r\r", body) if block and not block.startswith(b":")]
        events = [block[6:] for block in blocks]
        parsed = [json.loads(event) for event in events if event != b"[DONE]"]
        errors = [event["error"]["message"] for event in parsed if "error" in event]
        assert events.count(b"[DONE]") + len(errors) == 1, f"no end, or two: {body[-300:]}"
        assert events[-1] == b"[DONE]" or "error" in parsed[-1], f"something follows the end: {body[-300:]}"
        return 200, errors[0] if errors else text_of(parsed), not errors

    # Ways to behave

    def well(self):
        model = self.random.choice(list(WELL))
        status, text, whole = self.ask(f"well:{model}", self.random.random() < 0.6)
        assert (status, text, whole) == (200, WELL[model], True), (model, status, text[:100])

    def troubled(self):
        model = self.random.choice(list(TROUBLE))
        route = self.random.choice([f"trouble:{model}", f"dead:x|trouble:{model}"])
        stream = self.random.random() < 0.6
        status, text, whole = self.ask(route, stream)
        if whole:
            assert text in (words(4), words(9), words(64)), (model, text[:100])

    def rescued(self):
        early = ["resets-early", "closes-early", "garbage-head", "cut-head", "ends-early", "500", "503", "html", "empty"]
        route = self.random.choice([f"trouble:{self.random.choice(early)}", "dead:x"])
        model = self.random.choice(list(WELL))
        status, text, whole = self.ask(f"{route}|well:{model}", self.random.random() < 0.5)
        assert (status, text, whole) == (200, WELL[model], True), (route, model, status, text[:100])

    def racing(self):
        """Legs that fail or say nothing, beside one that serves."""
        others = self.random.choices(
            ["trouble:silent", "trouble:resets-early", "trouble:503", "trouble:empty", "dead:x", "trouble:html"], k=2)
        model = self.random.choice(list(WELL))
        legs = [*others, self.random.choice(["", "[handicap=5ms]", "[ttft_timeout=20]"]) + f"well:{model}"]
        self.random.shuffle(legs)
        status, text, whole = self.ask("!".join(legs), self.random.random() < 0.5)
        assert (status, text, whole) == (200, WELL[model], True), (legs, status, text[:100])

    def limited(self):
        """A provider that limits or refuses all keys but one, before another."""
        model = self.random.choice(["limits", "refuses"])
        status, text, whole = self.ask(f"{model}:{model}|well:mock-n9", self.random.random() < 0.5)
        assert status == 200 and whole, (status, text)

    def refused(self):
        body, status = self.random.choice([
            ("{", 400), ("[]", 400), ('{"model":"well:x"}', 400), ("\xff", 400),
            (json.dumps(chat("well:x|")), 400), (json.dumps(chat("well:x!")), 400)])
        response = self.connect().post(body)
        got = self.take(response, False)
        assert got[0] == status, (body, got)
        if response.headers.get("connection", "").lower() == "close":
            self.close()

    def pipelining(self):
        self.close()
        connection = self.connect()
        models = self.random.choices(["mock-n1", "mock-n9"], k=3)
        for model in models:
            connection.post_without_reading(chat(f"well:{model}", stream=True))
        for model in models:
            assert self.take(connection.response(), True) == (200, WELL[model], True)
        self.close()

    def leaving_in_the_request(self):
        self.close()
        body = json.dumps(chat("well:mock-n9")).encode()
        whole = f"POST {CHAT} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body
        self.connect().send(whole[:self.random.randrange(1, len(whole))])
        self.close(reset=self.random.random() < 0.5)

    def leaving_while_waiting(self):
        self.close()
        model = self.random.choice(["trouble:silent", "well:mock-n6-t30", "trouble:503", "dead:x", "trouble:big"])
        self.connect().post_without_reading(chat(model, stream=self.random.random() < 0.5))
        if self.random.random() < 0.5:
            # Half closed counts as gone: the answer is an end, or a reset.
            self.connection.sock.shutdown(socket.SHUT_WR)
            assert self.connection.ends()
        self.close(reset=self.random.random() < 0.3)

    def leaving_in_the_answer(self):
        self.close()
        model = self.random.choice(["trouble:stalls", "trouble:drips", "trouble:floods", "well:big"])
        response = self.connect().post(chat(model, stream=True))
        assert response.status == 200
        events = response.events()
        for _ in range(self.random.randrange(1, 3)):
            next(events)
        self.close(reset=self.random.random() < 0.5)

    def slow_reader(self):
        """Takes a big answer in small pieces through a small window."""
        self.close()
        connection = RawClient.__new__(RawClient)
        connection.buffer = b""
        connection.sock = socket.socket()
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sock.settimeout(PATIENCE)
        connection.sock.connect(("127.0.0.1", self.soak.lip.port))
        self.connection = connection
        connection.post_without_reading(chat("well:huge", stream=True))
        body = whole_body(RawResponse(connection), 8192)
        assert body is not None and body.count(b"data: {") == 20002 and body.endswith(b"data: [DONE]\n\n")
        self.close()


def gauges(lip):
    """Every gauge and counter as name with labels → value."""
    lines = get(f"{lip.url}/metrics")[2].decode().splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


def test_nothing_is_left_of_thousands_of_requests_that_went_well_and_wrong(tmp_path):
    well, trouble, dead = Mock(tmp_path / "well"), Mock(tmp_path / "trouble"), ClosedPort()
    well.script(well.on("big", chunks=800), well.on("huge", chunks=20000))
    trouble.script(
        *(trouble.on(model, **reply) for model, reply in {**TROUBLE, **ENDLESS}.items()),
        *({"match": {"model": model, "headers": {"authorization": f"Bearer sk-bad-key-{n}"}},
           "reply": {"error": {"status": status}, "headers": {"retry-after": "1"}}}
          for model, status in (("limits", 429), ("refuses", 401)) for n in (1, 2)),
        trouble.on("big", chunks=20000))
    keys = '["sk-bad-key-1", "sk-bad-key-2", "sk-good-key-3"]'
    lip = Lip(tmp_path / "lip", configuration(
        [backend("well", well.url), backend("trouble", trouble.url), backend("dead", dead.url),
         *(backend(name, trouble.url, key=None, api_keys=keys) for name in ("limits", "refuses"))],
        "well:mock-n1", server="  stream_head_timeout: 20ms\n", rest="  max_attempts: 2\n"),
        env={name: os.environ[name] for name in ("ASAN_OPTIONS", "TSAN_OPTIONS") if name in os.environ})
    try:
        with RawClient(lip.port) as first:
            assert first.post(chat("well:mock-n1")).status == 200
        before, said = gauges(lip), lip.stderr_path.read_text()
        assert connections(well, trouble) == 1
        soak = Soak(lip)
        clients = [Client(soak, number) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join(SECONDS + 2 * PATIENCE)
        stuck = [client for client in clients if client.is_alive()]
        assert not soak.problems, "\n".join(soak.problems) + f"\nseed {SEED}, {soak.done}"
        assert not stuck, f"{len(stuck)} clients wait for ever; seed {SEED}, {soak.done}"
        assert lip.popen.poll() is None, f"lip ended with {lip.popen.returncode}: {lip.output[-4000:]}"
        check_baseline(lip, before, well, trouble)
        with RawClient(lip.port) as last:
            assert last.post(chat("well:mock-n9")).json()["choices"][0]["message"]["content"] == WELL["mock-n9"]
        started = time.monotonic()
        lip.signal(signal.SIGTERM)
        assert lip.wait() == 0
        assert time.monotonic() - started < 3
        # Where a sanitizer or a trap would report.
        assert lip.stderr_path.read_text() == said
        print(f"{sum(soak.done.values())} requests: {soak.done}")
    finally:
        for process in (lip, well, trouble):
            process.kill()
        dead.close()


def connections(*mocks):
    """Connections that providers have with the gateway."""
    return sum(mock.state()["connections"] for mock in mocks)


def check_baseline(lip, before, well, trouble):
    def at_rest():
        now = gauges(lip)
        # The request that asks is in flight itself.
        busy = {name: value for name, value in now.items() if "_in_flight" in name and value}
        return now if busy == {"lip_http_requests_in_flight": 1} else None

    after = until(at_rest, "no request and no attempt is in flight")
    for mock in (well, trouble):
        mock.wait("idle")

    # Idle connections to providers are kept. One that its provider has closed goes when its loop next makes a request.
    def no_more_descriptors():
        with RawClient(lip.port) as client:
            assert client.post(chat("well:mock-n1")).status == 200
        return gauges(lip)["process_open_fds"] <= before["process_open_fds"] + connections(well, trouble) - 1

    until(no_more_descriptors,
          "no more descriptors are open than before, and one for each idle connection to a provider")
    attempts = sum(value for name, value in after.items() if name.startswith("lip_attempts_total"))
    assert attempts > 0
    if MEASURES_MEMORY:
        until(lambda: gauges(lip)["process_resident_memory_bytes"] < MEMORY_MAX, "the memory is given back")
