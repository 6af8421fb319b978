"""A provider on HTTP/2 that writes its frames itself, for what no server in good order sends (RFC 9113)."""

import socket
import ssl
import struct
import threading

from .processes import PATIENCE

DATA, HEADERS, RST_STREAM, SETTINGS = 0, 1, 3, 4
END_STREAM, END_HEADERS, ACK = 0x1, 0x4, 0x1
REFUSED_STREAM = 7
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


class HTTP2Provider:
    """Refuses the first so many streams, and answers each later one with `body`."""

    def __init__(self, certificate, refusals, body=""):
        self.refusals, self.body = refusals, body.encode()
        #: The connections of the requests, in the order of their arrival.
        self.requests = []
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*certificate)
        self._context.set_alpn_protocols(["h2"])
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets = []
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.settimeout(PATIENCE)
            self._sockets.append(sock)
            threading.Thread(target=self._serve, args=(sock, len(self._sockets)), daemon=True).start()

    def _serve(self, plain, number):
        try:
            with self._context.wrap_socket(plain, server_side=True) as sock, sock.makefile("rb") as stream:
                if stream.read(len(PREFACE)) != PREFACE:
                    return
                self._send(sock, SETTINGS)
                while len(head := stream.read(9)) == 9:
                    length, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
                    identifier = int.from_bytes(head[5:], "big")
                    stream.read(length)
                    if kind == SETTINGS and not flags & ACK:
                        self._send(sock, SETTINGS, ACK)
                    if kind in (HEADERS, DATA) and flags & END_STREAM:
                        self.requests.append(number)
                        self._answer(sock, identifier)
        except OSError:
            pass

    def _answer(self, sock, identifier):
        if len(self.requests) <= self.refusals:
            return self._send(sock, RST_STREAM, 0, identifier, struct.pack(">I", REFUSED_STREAM))
        # `:status: 200` of the static table, and a literal field (RFC 7541, 6.1 and 6.2.2).
        name, value = b"content-type", b"application/json"
        fields = b"\x88\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value
        self._send(sock, HEADERS, END_HEADERS, identifier, fields)
        self._send(sock, DATA, END_STREAM, identifier, self.body)

    @staticmethod
    def _send(sock, kind, flags=0, identifier=0, payload=b""):
        sock.sendall(len(payload).to_bytes(3, "big") + bytes([kind, flags]) + identifier.to_bytes(4, "big") + payload)

    def close(self):
        self._listener.close()
        for sock in self._sockets:
            sock.close()
