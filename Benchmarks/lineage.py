#!/usr/bin/env python3
"""What lineage in a file costs: lip's CPU a request with `continuity.store: sqlite`, as a ratio to `memory`.

    Benchmarks/lineage.py                       # after `make build`; --check exits with 1 beyond 1.10

Two gateways stand before the same provider (lipmock), which takes its time so that the same number of connections makes
about 1,000 requests a second whatever the gateway costs. They are loaded in turns, --rounds times. CPU is the process's own,
user and system, all threads; the ratio is that of the medians. The file lies in --directory: one on a disk shows what the
disk costs, too.
"""

import argparse
import contextlib
import json
import os
import sqlite3
import statistics
import sys
import tempfile
from pathlib import Path

import bench

RATIO_MAX = 1.10
CONNECTIONS = 64
#: The provider's delay in milliseconds: 64 connections ask about 1,000 times a second.
DELAY = 63


def start(directory, binary, provider, name, continuity):
    port = bench.free_port()
    path = directory / f"{name}.yaml"
    path.write_text(
        f'server: {{ address: "127.0.0.1:{port}" }}\nbackends:\n  - {{ id: mock, kind: openai-legacy, '
        f'base_url: "http://127.0.0.1:{provider.port}/v1", api_key: {bench.KEY} }}\n'
        f'routing: {{ default_route: "mock:mock" }}\ncontinuity: {continuity}\n')
    process = bench.Process(name, [binary, "serve", "--config", path], port)
    bench.until(lambda: process.popen.poll() is None and bench.accepts(port) and bench.ask(port), f"{name} answers")
    return process


def threads(process):
    """CPU seconds of each thread by name."""
    found = {}
    for task in Path(f"/proc/{process.popen.pid}/task").iterdir():
        name, _, rest = (task / "stat").read_text().partition("(")[2].rpartition(")")
        fields = rest.split()
        found[name] = found.get(name, 0) + (int(fields[11]) + int(fields[12])) / bench.TICKS
    return found


def measure(process, seconds):
    """One round: CPU microseconds a request, requests a second, and the share of the store's threads."""
    before, parts = process.cpu_seconds(), threads(process)
    load = bench.Load(process.port, {**bench.UNARY, "model": f"mock-n64-t{DELAY}"}, CONNECTIONS, seconds).wait()
    used, after = process.cpu_seconds() - before, threads(process)
    requests = max(load["requests"], 1)
    store = sum(used - parts.get(name, 0) for name, used in after.items() if name.startswith("lip-lineage"))
    return {"us": used / requests * 1e6, "store_us": store / requests * 1e6, "rate": load["rate"], "bad": load["bad"]}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--lip", default=bench.ROOT / ".build/release/lip", type=Path)
    options.add_argument("--lipmock", default=bench.ROOT / ".build/release/lipmock", type=Path)
    options.add_argument("--seconds", type=int, default=5, help="of load for each gateway and round")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--directory", type=Path, help="where the file lies; a temporary one")
    options.add_argument("--json", type=Path, help="where to write the figures")
    options.add_argument("--check", action="store_true", help="exit with 1 when the ratio is over its limit")
    arguments = options.parse_args()

    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=arguments.directory)))
        provider = bench.Provider(arguments.lipmock)
        stack.callback(provider.stop)
        stores = {"memory": "{ store: memory }", "sqlite": f'{{ store: sqlite, sqlite_path: "{directory}/lip.db" }}'}
        gateways = {}
        for name, continuity in stores.items():
            gateways[name] = start(directory, arguments.lip, provider, name, continuity)
            stack.callback(gateways[name].stop)
        rounds = {name: [] for name in stores}
        for _ in range(arguments.rounds):
            for name, process in gateways.items():
                rounds[name].append(measure(process, arguments.seconds))
        gateways["sqlite"].stop()
        with sqlite3.connect(directory / "lip.db") as database:
            kept = database.execute("SELECT count(*) FROM attempts").fetchone()[0]
            size = os.path.getsize(directory / "lip.db") / 1024 / max(kept, 1)

    figures = {
        f"{name}_{key}": statistics.median(each[key] for each in rounds[name])
        for name in stores for key in ("us", "rate", "store_us")}
    figures["ratio"] = figures["sqlite_us"] / figures["memory_us"]
    bad = sum(each["bad"] for name in stores for each in rounds[name])
    verdict = "within the limit" if figures["ratio"] <= RATIO_MAX else f"OVER THE LIMIT of {RATIO_MAX:g}"
    print(f"{'figure':<34}{'memory':>10}{'sqlite':>10}{'ratio':>8}")
    print(f"{'CPU us a request':<34}{figures['memory_us']:>10.1f}{figures['sqlite_us']:>10.1f}"
          f"{figures['ratio']:>8.3f}  {verdict}")
    print(f"{'  of these the threads of the store':<34}{'':>10}{figures['sqlite_store_us']:>10.1f}")
    print(f"{'requests a second':<34}{figures['memory_rate']:>10.0f}{figures['sqlite_rate']:>10.0f}")
    print(f"{'attempts kept, KiB each':<34}{kept:>20}{size:>8.2f}")
    print(f"{'failed requests':<34}{bad:>10}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 1 if bad or (arguments.check and figures["ratio"] > RATIO_MAX) else 0


if __name__ == "__main__":
    sys.exit(main())
