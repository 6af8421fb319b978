#!/usr/bin/env python3
"""What lip costs, as a ratio to nginx's bare proxying in the same run.

    make bench                                  # build, install wrk and nginx if they are missing, measure
    Benchmarks/bench.py --json figures.json     # with the figures in a file as well
    Benchmarks/bench.py --translated            # lip's client speaks Anthropic Messages, nginx's the provider's own protocol

Three ways lead to the same provider (lipmock): straight, through nginx with proxy_pass, and through lip. Each is loaded in
turn, --rounds times, and the medians are compared. CPU is the process's own, user and system, from /proc: it counts what
was used, not how long it took. A figure of one machine means little; the ratio of one run does.

  unary    64 connections, one chat completion a request            CPU a request
  stream   200 streams at once, a chunk every 10 ms                 CPU a chunk that the provider sent
  added    one connection, unary                                    latency over the straight way, p50 and p99
  memory   resident: idle, with 1,000 streams open, and after them
  start    from the process's start to its first answer
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PATH = os.environ["PATH"] + ":/usr/sbin"
KEY = "sk-benchmark-0123456789"
TICKS = os.sysconf("SC_CLK_TCK")

#: The limits and aims of the project, for the verdicts beside the figures.
TARGETS = {
    "unary_ratio": (2.8, 2.0), "stream_ratio": (1.8, 1.3), "added_p50_us": (150, 100), "idle_mib": (30, 20),
    "stream_kib": (48, 48), "after_ratio": (1.2, 1.2), "start_ms": (150, 50)}

#: The same where lip translates: a client of Anthropic Messages before the provider of OpenAI Chat.
TRANSLATED_TARGETS = {**TARGETS, "unary_ratio": (3.2, 2.4), "stream_ratio": (2.2, 1.6)}

UNARY = {
    "model": "mock",
    "messages": [
        {"role": "system", "content": "You write for children. Be kind, be brief, and end well."},
        {"role": "user", "content": "A story of a hedgehog who learns to fly, please. " * 7}],
    "temperature": 0.7, "max_tokens": 300}


def streamed(directives):
    return {
        "model": f"mock-{directives}", "stream": True, "stream_options": {"include_usage": True},
        "messages": [{"role": "user", "content": "A story of a hedgehog, please."}]}


CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"


def in_anthropic(body):
    """A chat request as a client of Anthropic Messages sends it."""
    said = {"model": body["model"], "max_tokens": body.get("max_tokens", 300), "messages": []}
    for message in body["messages"]:
        if message["role"] == "system":
            said["system"] = message["content"]
        else:
            said["messages"].append(message)
    return {**said, **{name: body[name] for name in ("stream", "temperature") if name in body}}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition, what, seconds=20.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.002)
    sys.exit(f"bench: {what} did not happen within {seconds:.0f} s")


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """A process under measurement, with its children (nginx serves in one)."""

    def __init__(self, name, command, port=None, **settings):
        self.name = name
        self.popen = subprocess.Popen(
            [str(word) for word in command], stderr=subprocess.DEVNULL, env={**os.environ, "PATH": PATH},
            **{"stdout": subprocess.DEVNULL, **settings})
        self.port = port

    def pids(self):
        found, todo = [], [self.popen.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                todo += map(int, task.read_text().split())
        return found

    def cpu_seconds(self):
        total = 0
        for pid in self.pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def resident_mib(self):
        return sum(
            int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1))
            for pid in self.pids()) / 1024

    def stop(self):
        self.popen.terminate()
        try:
            self.popen.wait(10)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()


class Provider(Process):
    """lipmock."""

    def __init__(self, binary):
        super().__init__("provider", [binary, "--port", "0", "--remember", "0"], stdout=subprocess.PIPE)
        self.port = json.loads(self.popen.stdout.readline())["port"]

    def frames_sent(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_mock/totals") as answer:
            return json.load(answer)["frames"]


def start_nginx(directory, provider):
    port = free_port()
    temporary = "".join(
        f"  {kind}_temp_path {directory}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (directory / "nginx.conf").write_text(f"""\
worker_processes 1;
daemon off;
pid {directory}/nginx.pid;
error_log /dev/null;
events {{ worker_connections 16384; }}
http {{
  access_log off;
{temporary}  client_body_buffer_size 64k;
  keepalive_requests 1000000000;
  upstream provider {{ server 127.0.0.1:{provider.port}; keepalive 4096; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://provider;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }}
  }}
}}
""")
    process = Process("nginx", ["nginx", "-c", directory / "nginx.conf", "-p", directory], port)
    until(lambda: accepts(port), "nginx listening")
    return process


def start_lip(directory, binary, provider):
    """lip, and the milliseconds from its start to its first answer."""
    port = free_port()
    (directory / "lip.yaml").write_text(f"""\
server: {{ address: "127.0.0.1:{port}" }}
backends:
  - {{ id: mock, kind: openai-legacy, base_url: "http://127.0.0.1:{provider.port}/v1", api_key: {KEY} }}
routing: {{ default_route: "mock:mock" }}
""")
    began = time.monotonic()
    process = Process("lip", [binary, "serve", "--config", directory / "lip.yaml"], port)

    def answered():
        if process.popen.poll() is not None:
            sys.exit(f"bench: lip ended with {process.popen.returncode}")
        return accepts(port) and ask(port)

    until(answered, "lip answering")
    return process, (time.monotonic() - began) * 1000


def ask(port):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/chat/completions", data=json.dumps(UNARY).encode(),
        headers={"content-type": "application/json", "authorization": f"Bearer {KEY}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status == 200 and json.load(answer)


class Load:
    """wrk with one request to repeat; its figures after `wait`."""

    REPORT = """
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format("\\nfigures %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.status + e.connect + e.read + e.write + e.timeout))
end
"""

    def __init__(self, port, body, connections, seconds, path=CHAT):
        if path == MESSAGES:
            body = in_anthropic(body)
        script = tempfile.NamedTemporaryFile("w", suffix=".lua", delete=False)
        with script:
            script.write('wrk.method = "POST"\nwrk.headers["content-type"] = "application/json"\n')
            script.write(f'wrk.headers["authorization"] = "Bearer {KEY}"\n')
            script.write(f"wrk.body = {json.dumps(json.dumps(body))}\n{self.REPORT}")
        self.script = script.name
        self.popen = subprocess.Popen(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", self.script,
             f"http://127.0.0.1:{port}{path}"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def wait(self):
        output = self.popen.communicate()[0]
        os.unlink(self.script)
        found = re.search(r"figures (\d+) (\d+) (\d+) (\d+) (\d+)", output)
        if not found:
            sys.exit(f"bench: wrk failed:\n{output}")
        requests, microseconds, p50, p99, bad = map(int, found.groups())
        return {"requests": requests, "rate": requests / microseconds * 1e6, "p50": p50, "p99": p99, "bad": bad}


def measure(process, provider, seconds, path=CHAT):
    """One round through one process."""
    before = process.cpu_seconds()
    unary = Load(process.port, UNARY, 64, seconds, path).wait()
    figures = {
        "unary_us": (process.cpu_seconds() - before) / max(unary["requests"], 1) * 1e6, "rate": unary["rate"]}

    before, frames = process.cpu_seconds(), provider.frames_sent()
    stream = Load(process.port, streamed("n100-g10"), 200, seconds + 2, path).wait()
    # What was under way when the load ended has been sent, and paid for, too.
    time.sleep(0.2)
    figures["chunks"] = provider.frames_sent() - frames
    figures["stream_us"] = (process.cpu_seconds() - before) / max(figures["chunks"], 1) * 1e6

    single = Load(process.port, UNARY, 1, seconds, path).wait()
    figures.update(p50=single["p50"], p99=single["p99"], bad=unary["bad"] + stream["bad"] + single["bad"])
    return figures


def measure_memory(lip, streams=1000):
    load = Load(lip.port, streamed("n10-g500"), streams, 7)
    time.sleep(4)
    loaded = lip.resident_mib()
    load.wait()
    time.sleep(6)
    return loaded, lip.resident_mib()


def verdict(name, value, targets):
    limit, aim = targets[name]
    return "meets the aim" if value <= aim else "within the limit" if value <= limit else f"OVER THE LIMIT of {limit:g}"


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--lip", default=ROOT / ".build/release/lip", type=Path)
    options.add_argument("--lipmock", default=ROOT / ".build/release/lipmock", type=Path)
    options.add_argument("--seconds", type=int, default=4, help="of load for each figure and round")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--json", type=Path, help="where to write the figures")
    options.add_argument("--check", action="store_true", help="exit with 1 when a figure is over its limit")
    options.add_argument("--translated", action="store_true", help="lip's client speaks Anthropic Messages")
    arguments = options.parse_args()
    targets, path = (TRANSLATED_TARGETS, MESSAGES) if arguments.translated else (TARGETS, CHAT)
    for tool in ("wrk", "nginx"):
        if not shutil.which(tool, path=PATH):
            sys.exit(f"bench: {tool} is missing; `make bench` installs it")

    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lip-bench-")))

        def started(process):
            stack.callback(process.stop)
            return process

        provider = started(Provider(arguments.lipmock))
        nginx = started(start_nginx(directory, provider))
        lip, start_ms = start_lip(directory, arguments.lip, provider)
        started(lip)
        idle = lip.resident_mib()
        rounds = {process.name: [] for process in (provider, nginx, lip)}
        for _ in range(arguments.rounds):
            for process in (provider, nginx, lip):
                rounds[process.name].append(
                    measure(process, provider, arguments.seconds, path if process is lip else CHAT))
        loaded, after = measure_memory(lip)

    straight, proxied, ours = (
        {name: statistics.median(figures[name] for figures in rounds[way]) for name in rounds[way][0]}
        for way in ("provider", "nginx", "lip"))
    bad = sum(figures["bad"] for figures in rounds["lip"])
    result = {
        "unary_cpu_us": ours["unary_us"], "unary_cpu_us_nginx": proxied["unary_us"],
        "unary_ratio": ours["unary_us"] / proxied["unary_us"],
        "stream_cpu_us": ours["stream_us"], "stream_cpu_us_nginx": proxied["stream_us"],
        "stream_ratio": ours["stream_us"] / proxied["stream_us"],
        "requests_per_second": ours["rate"], "requests_per_second_nginx": proxied["rate"],
        "added_p50_us": ours["p50"] - straight["p50"], "added_p99_us": ours["p99"] - straight["p99"],
        "added_p50_us_nginx": proxied["p50"] - straight["p50"], "added_p99_us_nginx": proxied["p99"] - straight["p99"],
        "idle_mib": idle, "loaded_mib": loaded, "after_mib": after,
        "stream_kib": (loaded - idle) * 1024 / 1000, "after_ratio": after / idle, "start_ms": start_ms, "failed": bad}

    print(f"{'figure':<28}{'lip':>10}{'nginx':>10}{'ratio':>8}")
    print(f"{'unary, CPU us a request':<28}{ours['unary_us']:>10.1f}{proxied['unary_us']:>10.1f}"
          f"{result['unary_ratio']:>8.2f}  {verdict('unary_ratio', result['unary_ratio'], targets)}")
    print(f"{'stream, CPU us a chunk':<28}{ours['stream_us']:>10.2f}{proxied['stream_us']:>10.2f}"
          f"{result['stream_ratio']:>8.2f}  {verdict('stream_ratio', result['stream_ratio'], targets)}")
    print(f"{'requests a second':<28}{ours['rate']:>10.0f}{proxied['rate']:>10.0f}")
    print(f"{'added latency p50, us':<28}{result['added_p50_us']:>10.0f}{result['added_p50_us_nginx']:>10.0f}"
          f"{'':>8}  {verdict('added_p50_us', result['added_p50_us'], targets)}")
    print(f"{'added latency p99, us':<28}{result['added_p99_us']:>10.0f}{result['added_p99_us_nginx']:>10.0f}")
    print(f"{'memory idle, MiB':<28}{idle:>10.1f}{'':>18}  {verdict('idle_mib', idle, targets)}")
    print(f"{'  with 1,000 streams, MiB':<28}{loaded:>10.1f}{'':>18}  {result['stream_kib']:.0f} KiB a stream: "
          f"{verdict('stream_kib', result['stream_kib'], targets)}")
    print(f"{'  after them, MiB':<28}{after:>10.1f}{result['after_ratio']:>18.2f}  "
          f"{verdict('after_ratio', result['after_ratio'], targets)}")
    print(f"{'start to first answer, ms':<28}{start_ms:>10.0f}{'':>18}  {verdict('start_ms', start_ms, targets)}")
    print(f"{'failed requests':<28}{bad:>10.0f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")
    over = [name for name, (limit, _) in targets.items() if result[name] > limit]
    return 1 if bad or (arguments.check and over) else 0


if __name__ == "__main__":
    sys.exit(main())
