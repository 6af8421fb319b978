"""A provider whose every byte the test writes, for what lipmock is too well behaved to send."""

import socket
import threading

from .processes import PATIENCE


class Request:
    """One request as it was received, and the connection to answer it on."""

    def __init__(self, connection, sock, head, body):
        self.connection = connection
        self.sock = sock
        self.head = head
        self.body = body

    def send(self, *pieces):
        for piece in pieces:
            self.sock.sendall(piece if isinstance(piece, bytes) else piece.encode())

    def left(self):
        """Waits until the gateway has ended the connection; returns whether it has."""
        try:
            while self.sock.recv(65536):
                pass
        except ConnectionError:
            pass
        except TimeoutError:
            return False
        return True


class Provider:
    """Serves each request with `script(request)`, on one thread a connection; it may raise `ConnectionError`."""

    def __init__(self, script):
        self.script = script
        self.requests = []
        self._sockets = []
        self._threads = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def connections(self):
        return len(self._sockets)

    def _start(self, target, *arguments):
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.settimeout(PATIENCE)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets.append(sock)
            self._start(self._serve, sock, len(self._sockets))

    def _serve(self, sock, number):
        try:
            with sock, sock.makefile("rb") as stream:
                while True:
                    if not stream.readline():
                        return
                    fields = {}
                    while (line := stream.readline().decode("latin-1").strip()):
                        name, _, value = line.partition(":")
                        fields[name.lower()] = value.strip()
                    body = stream.read(int(fields.get("content-length", 0)))
                    request = Request(number, sock, fields, body)
                    self.requests.append(request)
                    self.script(request)
        except OSError:
            pass

    def close(self):
        self._listener.close()
        for sock in self._sockets:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in self._threads[1:]:
            thread.join(PATIENCE)


def answer(status, body=b"", headers=None, reason="Whatever"):
    """A whole answer with its length."""
    body = body if isinstance(body, bytes) else body.encode()
    fields = {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
    return f"HTTP/1.1 {status} {reason}\r\n{lines}\r\n".encode() + body


def chunk(data):
    """One chunk of a chunked body."""
    data = data if isinstance(data, bytes) else data.encode()
    return b"%x\r\n%s\r\n" % (len(data), data)


#: The head of a chunked event stream, and the end of its body.
STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def delta(text, finish=None):
    """A content chunk as an event."""
    reason = "null" if finish is None else f'"{finish}"'
    return (
        'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,'
        f'"delta":{{"content":"{text}"}},"finish_reason":{reason}}}]}}\n\n')


DONE = "data: [DONE]\n\n"
WHOLE = (
    '{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":'
    '{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]%s}')
