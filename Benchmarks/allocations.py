#!/usr/bin/env python3
"""How many heap allocations a request and a streamed chunk cost lip; fails when they grow.

    make allocations                            # compare with Benchmarks/allocations.json
    Benchmarks/allocations.py --update          # a deliberate change: write the new figures there

The figures are counts, not times: they are nearly the same on every machine and under any load. A figure may exceed the
recorded one by the tolerance before it counts as grown, and an improvement should be recorded.
"""

import argparse
import http.client
import json
import mmap
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import KEY, ROOT, UNARY, Provider, start_lip, streamed

HERE = Path(__file__).resolve().parent
RECORDED = HERE / "allocations.json"
#: Share and count by which a figure may exceed the recorded one.
TOLERANCE, SLACK = 0.05, 2.0
WARM_UP, REQUESTS, STREAMS = 200, 500, 5
SHORT, LONG = 100, 500


class Counter:
    def __init__(self, directory):
        self.path = directory / "counter"
        self.path.write_bytes(bytes(8))
        library = directory / "allocation_counter.so"
        compiler = os.environ.get("CC", "cc")
        subprocess.run(
            [compiler, "-O2", "-shared", "-fPIC", "-o", library, HERE / "allocation_counter.c"], check=True)
        os.environ["LIP_ALLOCATION_COUNTER"], self.library = str(self.path), str(library)
        with open(self.path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 8)

    def __int__(self):
        return struct.unpack("Q", self.memory[:8])[0]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--lip", default=ROOT / ".build/release/lip", type=Path)
    options.add_argument("--lipmock", default=ROOT / ".build/release/lipmock", type=Path)
    options.add_argument("--update", action="store_true", help="record what was measured")
    arguments = options.parse_args()

    with tempfile.TemporaryDirectory(prefix="lip-allocations-") as name:
        directory = Path(name)
        counter = Counter(directory)
        provider = Provider(arguments.lipmock)
        os.environ["LD_PRELOAD"] = counter.library
        lip, _ = start_lip(directory, arguments.lip, provider)
        del os.environ["LD_PRELOAD"]
        connection = http.client.HTTPConnection("127.0.0.1", lip.port, timeout=30)

        def ask(body, times):
            """Allocations for each of so many requests, one after the other on one connection."""
            before = int(counter)
            for _ in range(times):
                connection.request(
                    "POST", "/v1/chat/completions", json.dumps(body),
                    {"content-type": "application/json", "authorization": f"Bearer {KEY}"})
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    sys.exit(f"allocations: the answer was {answer.status}")
            return (int(counter) - before) / times

        try:
            ask(UNARY, WARM_UP)
            unary = ask(UNARY, REQUESTS)
            ask(streamed(f"n{LONG}-g1"), 1)
            # Chunks a millisecond apart: each goes its way alone, as a model's do.
            short, long = (ask(streamed(f"n{count}-g1"), STREAMS) for count in (SHORT, LONG))
        finally:
            connection.close()
            lip.stop()
            provider.stop()

    chunk = (long - short) / (LONG - SHORT)
    figures = {
        "unary_request": round(unary, 1), "stream_request": round(short - SHORT * chunk, 1),
        "stream_chunk": round(chunk, 2)}
    recorded = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}
    grown = []
    for name, value in figures.items():
        before = recorded.get(name)
        slack = SLACK if name != "stream_chunk" else 0.2
        if before is None or value > before * (1 + TOLERANCE) + slack:
            grown.append(name)
        print(f"{name:<16}{value:>9}   recorded {before}{'   GROWN' if name in grown else ''}")
    if arguments.update:
        RECORDED.write_text(json.dumps(figures, indent=1) + "\n")
        return 0
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
