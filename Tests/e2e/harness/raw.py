"""HTTP over plain sockets, where a client library would be too well behaved."""

import json
import re
import socket

from .processes import PATIENCE

CHAT = "/v1/chat/completions"


class RawResponse:
    """One HTTP/1.1 answer, read as it arrives."""

    def __init__(self, connection, bodiless=False):
        self.connection = connection
        head = self._until(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers[name.strip().lower()] = value.strip()
        self.chunked = self.headers.get("transfer-encoding", "").lower() == "chunked"
        self.ended = bodiless
        #: Whether the body came to its proper end, rather than the connection to its.
        self.complete = False
        self._body = b""
        self._left = int(self.headers["content-length"]) if "content-length" in self.headers else None

    @property
    def buffer(self):
        return self.connection.buffer

    @buffer.setter
    def buffer(self, value):
        self.connection.buffer = value

    def _fill(self):
        return self.connection.fill()

    def _until(self, mark):
        while mark not in self.buffer:
            if not self._fill():
                raise ConnectionError(f"the connection ended within a head: {self.buffer!r}")
        part, _, self.buffer = self.buffer.partition(mark)
        return part

    def _more(self):
        """Reads one more piece of the body; returns whether there was one."""
        if self.ended:
            return False
        if self.chunked:
            try:
                size = int(self._until(b"\r\n").split(b";")[0], 16)
                while len(self.buffer) < size + 2:
                    if not self._fill():
                        raise ConnectionError
            except ConnectionError:
                self.ended = True
                return False
            piece, self.buffer = self.buffer[:size], self.buffer[size + 2:]
            if size == 0:
                self.ended = self.complete = True
                return False
            self._body += piece
            return True
        if not self.buffer and not (self._left == 0) and not self._fill():
            self.ended, self.complete = True, self._left is None
            return False
        take = len(self.buffer) if self._left is None else min(self._left, len(self.buffer))
        self._body += self.buffer[:take]
        self.buffer = self.buffer[take:]
        if self._left is not None:
            self._left -= take
            if self._left == 0:
                self.ended = self.complete = True
        return True

    def read(self):
        """The rest of the body."""
        while self._more():
            pass
        body, self._body = self._body, b""
        return body

    def json(self):
        return json.loads(self.read())

    def blocks(self):
        """The SSE blocks of the body, comments included, as they arrive."""
        while True:
            match = re.search(rb"(?:\r\n|\n|\r(?!\n)){2}", self._body)
            if match:
                block, self._body = self._body[:match.start()], self._body[match.end():]
                yield block.decode()
            elif not self._more():
                if self._body.strip():
                    yield self._body.decode()
                return

    def events(self):
        """The data of the SSE events as they arrive: parsed, or the text `[DONE]`."""
        for block in self.blocks():
            data = "\n".join(
                line[5:].removeprefix(" ") for line in block.splitlines() if line.startswith("data:"))
            if data:
                yield data if data == "[DONE]" else json.loads(data)


class RawClient:
    """One connection to a server."""

    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        #: What has arrived and belongs to no answer yet.
        self.buffer = b""

    def fill(self):
        """Waits for more bytes; returns whether any came."""
        try:
            data = self.sock.recv(65536)
        except ConnectionResetError:
            return False
        self.buffer += data
        return bool(data)

    def send(self, data):
        self.sock.sendall(data if isinstance(data, bytes) else data.encode())
        return self

    def post(self, body, path=CHAT, headers=None):
        body = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
        fields = {
            "host": "127.0.0.1", "content-type": "application/json", "authorization": "Bearer sk-client-key",
            "content-length": str(len(body)), **(headers or {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
        self.send(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
        return self.response()

    def response(self, bodiless=False):
        """The next answer; one to HEAD, or an interim one, has no body."""
        return RawResponse(self, bodiless)

    def post_without_reading(self, body, path=CHAT, headers=None):
        body = json.dumps(body).encode()
        more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        self.send(
            f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n{more}"
            f"content-length: {len(body)}\r\n\r\n".encode() + body)

    def ends(self):
        """Whether the server ends the connection, read to that end."""
        try:
            while self.sock.recv(65536):
                pass
        except ConnectionResetError:
            pass
        except TimeoutError:
            return False
        return True

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def chat(model, stream=False, content="Hello", **more):
    """The body of a chat request."""
    body = {"model": model, "messages": [{"role": "user", "content": content}], **more}
    if stream:
        body["stream"] = True
    return body


def text_of(events):
    """The text of a stream's chunks."""
    return "".join(
        choice["delta"].get("content") or ""
        for event in events if isinstance(event, dict) for choice in event.get("choices", []))
