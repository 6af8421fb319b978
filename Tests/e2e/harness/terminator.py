"""A TLS terminator before a provider, as clouds have them: nginx, with a certificate of an authority of its own."""

import os
import socket
import subprocess
from pathlib import Path

from .processes import Process, until

PATH = os.environ["PATH"] + ":/usr/sbin"


def openssl(directory, *arguments):
    subprocess.run(["openssl", *map(str, arguments)], cwd=directory, check=True, capture_output=True)


class Authority:
    """Issues certificates that whoever trusts `path` trusts."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.path = self.directory / "ca.pem"
        openssl(self.directory, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Authority of the tests")

    def issue(self, name):
        """The paths of a certificate for a name, and of its key."""
        kind = "IP" if name[0].isdigit() else "DNS"
        (self.directory / f"{name}.ext").write_text(f"subjectAltName={kind}:{name}\n")
        openssl(self.directory, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        openssl(self.directory, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-out", f"{name}.pem", "-days", "2", "-extfile", f"{name}.ext")
        return self.directory / f"{name}.pem", self.directory / f"{name}.key"


class Terminator(Process):
    """nginx on a free port, which speaks TLS (and HTTP/2, if the client can) and passes everything on."""

    def __init__(self, directory, provider, certificate, http2=True, requests_per_connection=100_000):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        pem, key = certificate
        temporary = "".join(f"  {kind}_temp_path {self.directory}/{kind};\n"
                            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        self.port = self._free_port()
        (self.directory / "nginx.conf").write_text(f"""\
worker_processes 1;
daemon off;
pid {self.directory}/nginx.pid;
error_log {self.directory}/error.log;
events {{ worker_connections 1024; }}
http {{
  log_format protocols "$server_protocol $ssl_protocol $connection $status";
  access_log {self.directory}/access.log protocols;
{temporary}  keepalive_requests {requests_per_connection};
  server {{
    listen 127.0.0.1:{self.port} ssl{" http2" if http2 else ""};
    ssl_certificate {pem};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.2 TLSv1.3;
    location / {{
      proxy_pass {provider.url};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }}
  }}
}}
""")
        super().__init__(["nginx", "-c", self.directory / "nginx.conf", "-p", self.directory], self.directory,
                         env={"PATH": PATH})
        until(self._listens, "nginx listens")

    @staticmethod
    def _free_port():
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    def _listens(self):
        assert self.popen.poll() is None, f"nginx ended:\n{self.output}"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def url(self, host="127.0.0.1"):
        return f"https://{host}:{self.port}"

    def log(self, count):
        """(protocol, TLS version, number of the connection, status) of each request that ended, of at least so many."""
        def rows():
            path = self.directory / "access.log"
            found = [line.split(" ") for line in path.read_text().splitlines()] if path.exists() else []
            return found if len(found) >= count else None

        return until(rows, f"{count} requests are in nginx's log")
