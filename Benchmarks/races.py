#!/usr/bin/env python3
"""How long losers of a race live on: from the winner's output at the provider to the hang-up on each loser.

    make build && python3 Benchmarks/races.py [--races 1000] [--json figures.json]

So many races of three legs run at once against lipmock on the same machine: one leg answers, one is silent, one has sent
blanks and stalled. The winners answer spread over a second. Both moments are taken at the provider, so that the figure holds the way of the winner's output to lip,
lip's decision, and the way of the hang-up back.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Tests/e2e"))

from harness.configuration import backend, configuration  # noqa: E402
from harness.processes import Lip, Mock  # noqa: E402


async def race(port, number):
    models = [f"silent-{number}", f"blank-{number}", f"fast{number % 10}-{number}"]
    body = json.dumps({
        "model": "!".join(f"mock:{model}" for model in models), "stream": True,
        "messages": [{"role": "user", "content": "Hello"}]}).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
                 b"content-length: %d\r\nconnection: close\r\n\r\n%s" % (len(body), body))
    answer = await reader.read()
    writer.close()
    assert b"[DONE]" in answer, answer


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--races", type=int, default=1000)
    arguments.add_argument("--json", type=Path)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        mock = Mock(Path(directory) / "mock")
        lip = Lip(Path(directory) / "lip", configuration([backend("mock", mock.url)], "mock:mock"))
        try:
            mock.script(
                *({"match": {"model": f"fast{tenth}*"},
                   "reply": {"text": ["one", " two"], "delay_ms": 500 + 100 * tenth}} for tenth in range(10)),
                {"match": {"model": "silent*"}, "reply": {"fault": "silent"}},
                {"match": {"model": "blank*"}, "reply": {"text": [" ", "x"], "fault": {"kind": "stall", "after": 1}}})

            async def run():
                await asyncio.gather(*(race(lip.port, number) for number in range(options.races)))

            asyncio.run(run())
            mock.wait("idle")
            won, lost = {}, []
            for request in mock.requests():
                kind, number = request["model"].split("-")
                if kind.startswith("fast"):
                    won[number] = request["answered_ns"]
                else:
                    lost.append((number, request["disconnected_ns"]))
        finally:
            lip.stop()
            mock.kill()
    times = sorted((end - won[number]) / 1e6 for number, end in lost)
    figures = {
        "races": options.races, "losers": len(times), "p50_ms": round(statistics.median(times), 2),
        "p99_ms": round(times[int(len(times) * 0.99)], 2), "max_ms": round(times[-1], 2)}
    print("\n".join(f"{name:8} {value}" for name, value in figures.items()))
    if options.json:
        options.json.write_text(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
