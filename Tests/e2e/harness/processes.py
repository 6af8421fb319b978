"""Starts the built binaries on ports of their own choosing, and stops them by pid."""

import json
import os
import select
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LIP = Path(os.environ.get("LIP_BIN", ROOT / ".build/release/lip")).resolve()
LIPMOCK = Path(os.environ.get("LIPMOCK_BIN", ROOT / ".build/release/lipmock")).resolve()

#: How long a condition may take before a test gives up on it, in seconds.
PATIENCE = 20.0


def until(condition, what, patience=PATIENCE):
    """Returns the condition's first true result; fails the test when none comes."""
    end = time.monotonic() + patience
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"after {patience:.0f} s still not: {what}")
        time.sleep(0.005)


def listening_ports(pid):
    """The TCP ports on which a process listens, from the kernel's tables."""
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(descriptor)
        except OSError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    ports = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                ports.add(int(fields[1].rsplit(":", 1)[1], 16))
    return ports


class Process:
    """A child process whose output goes to files."""

    def __init__(self, command, directory, env=None, cwd=None):
        directory = Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        self.stdout_path, self.stderr_path = directory / "stdout", directory / "stderr"
        clean = {"PATH": os.environ["PATH"], "HOME": str(directory), "LC_ALL": "C.UTF-8", **(env or {})}
        with open(self.stdout_path, "wb") as out, open(self.stderr_path, "wb") as err:
            self.popen = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=clean,
                cwd=cwd or directory)

    @property
    def pid(self):
        return self.popen.pid

    @property
    def output(self):
        return self.stdout_path.read_text(errors="replace") + self.stderr_path.read_text(errors="replace")

    def signal(self, number):
        self.popen.send_signal(number)

    def wait(self, patience=PATIENCE):
        try:
            return self.popen.wait(patience)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {patience:.0f} s:\n{self.output}") from None

    def stop(self):
        """Ends the process; a process that ended by a trap or does not heed SIGTERM fails the test."""
        if self.popen.poll() is None:
            self.signal(signal.SIGTERM)
            try:
                self.popen.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"did not end on SIGTERM:\n{self.output}") from None
        assert self.popen.returncode not in (-signal.SIGILL, -signal.SIGSEGV, -signal.SIGABRT, -signal.SIGTRAP), (
            f"crashed with {self.popen.returncode}:\n{self.output}")

    def kill(self):
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.wait()


class Lip(Process):
    """A running gateway."""

    def __init__(self, directory, config=None, arguments=(), env=None, ready=True):
        directory = Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        command = [LIP, "serve"]
        if config is not None:
            path = directory / "config.yaml"
            path.write_text(config)
            command += ["--config", path]
        super().__init__(command + list(arguments), directory, env=env)
        self.port = None
        if ready:
            self.wait_until_ready()

    def wait_until_ready(self):
        def port():
            assert self.popen.poll() is None, f"lip ended with {self.popen.returncode}:\n{self.output}"
            try:
                return next(iter(listening_ports(self.pid)), None)
            except FileNotFoundError:
                return None

        self.port = until(port, "lip listens")
        until(lambda: get(f"{self.url}/readyz")[0] == 200, "lip is ready")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"


def get(url, headers=None):
    """(status, headers, body) of a GET."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=PATIENCE) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


class Mock(Process):
    """A running lipmock and its control API (docs/lipmock.md)."""

    def __init__(self, directory, *arguments):
        super().__init__([LIPMOCK, *arguments], directory)

        def line():
            assert self.popen.poll() is None, f"lipmock ended:\n{self.output}"
            text = self.stdout_path.read_text()
            return json.loads(text) if text.endswith("\n") else None

        self.port = until(line, "lipmock listens")["port"]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def _call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_mock/{path}", data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE + 5) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise AssertionError(f"lipmock: {method} {path}: {error.read().decode()}") from None

    def script(self, *rules):
        self._call("POST", "script", list(rules))

    def on(self, model, **reply):
        """One rule: how every request for a model is answered."""
        return {"match": {"model": model}, "reply": reply}

    def reset(self):
        self._call("POST", "reset")

    def release(self, gate):
        self._call("POST", f"release?gate={gate}")

    def requests(self, model=None):
        return self._call("GET", "requests" + (f"?model={model}" if model else ""))["requests"]

    def state(self):
        return self._call("GET", "requests")

    def wait(self, event, count=1, model=None, patience=PATIENCE):
        path = f"wait?event={event}&count={count}&timeout_ms={int(patience * 1000)}"
        return self._call("GET", path + (f"&model={model}" if model else ""))["requests"]


class ClosedPort:
    """A port that refuses connections: bound, so that nobody else takes it, and never listened on."""

    def __init__(self):
        import socket

        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def close(self):
        self._socket.close()


def run(*arguments, stdin=None, env=None, cwd=None):
    """Runs `lip ARGUMENTS` to its end; returns the finished process with text output."""
    clean = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **(env or {})}
    return subprocess.run(
        [str(LIP), *map(str, arguments)], input=stdin or "", capture_output=True, text=True, env=clean, cwd=cwd,
        timeout=PATIENCE)


def readable(sock, seconds):
    """Whether a socket has something to read within a time."""
    return bool(select.select([sock], [], [], seconds)[0])
