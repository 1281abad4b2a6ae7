"""How quick the dashboard is, and what it costs the training beside it.

A server is started as `bathyscope view` starts it; runs are written by processes of their own.

- logged: from `run.log` until the event has arrived, and until the point has.
- clients: the same with 200 pages that listen, and what the server then takes of a processor.
- training: steps per second of a loop in another process while pages listen, in turns with the
  same loop while none does and no server runs; the ratio is of neighbours in time. On a machine
  with nothing to spare every process takes time from the others: steps per second of processor
  time tell what is left of that where there is.
- curve: a metric of 10 million points, first asked for, asked for again, and zoomed into.
- list: a folder of 10,000 runs: until the first answer, until all are read, memory.

    python benchmarks/server.py [--quick]
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import re
import selectors
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from bathyscope.runs import RunWriter

LOOP = """
import sys, time
import numpy as np
import bathyscope as bs
seconds, folder = float(sys.argv[1]), sys.argv[2]
run = bs.record("loop", runs_dir=folder)
rng = np.random.default_rng(0)
a = rng.normal(size=(160, 160))
for turn in sys.stdin:
    n, ends, cpu = 0, time.perf_counter() + seconds, time.process_time()
    while time.perf_counter() < ends:
        a = np.tanh(a @ a * 0.01 + 0.1)
        n += 1
        if n % 10 == 0:
            run.log({"loss": float(a[0, 0]), "norm": float(a[1, 1])})
    print(n / seconds, n / (time.process_time() - cpu), flush=True)
"""


class Server:
    def __init__(self, root: Path) -> None:
        command = [sys.executable, "-m", "bathyscope", "view", str(root), "--no-browser"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        begun = time.perf_counter()
        lines = [self.process.stdout.readline() for _ in range(3)]
        self.started = time.perf_counter() - begun
        found = re.search(r":(\d+)/\?token=(\S+)", lines[1])
        self.port, self.token = int(found[1]), found[2]
        self.keep: http.client.HTTPConnection | None = None

    def get(self, path: str) -> bytes:
        if self.keep is None:
            self.keep = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        self.keep.request("GET", path, headers={"Authorization": f"Bearer {self.token}"})
        answer = self.keep.getresponse()
        body = answer.read()
        assert answer.status == 200, body[:300]
        return body

    def runs(self) -> dict[str, Any]:
        return json.loads(self.get("/api/runs"))

    def wait_for(self, name: str) -> str:
        while True:
            for row in self.runs()["runs"]:
                if row["name"] == name:
                    return row["id"]
            time.sleep(0.05)

    def cpu(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024

    def stop(self) -> None:
        self.process.send_signal(2)
        self.process.communicate(timeout=30)


class Page:
    """One page that listens to events; `heard` is set whenever one comes.

    All are read by one thread: what 200 pages do on their own machines must not count here.
    """

    _reader: selectors.BaseSelector | None = None

    def __init__(self, server: Server) -> None:
        self.heard = threading.Event()
        self.n = 0
        self._socket = socket.create_connection(("127.0.0.1", server.port))
        self._socket.sendall(
            f"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            f"Authorization: Bearer {server.token}\r\n\r\n".encode()
        )
        if Page._reader is None:
            Page._reader = selectors.DefaultSelector()
            threading.Thread(target=_read_pages, args=(Page._reader,), daemon=True).start()
        Page._reader.register(self._socket, selectors.EVENT_READ, self)

    def read(self) -> None:
        data = self._socket.recv(1 << 16)
        if b"event: run\n" in data:
            self.n += 1
            self.heard.set()

    def close(self) -> None:
        Page._reader.unregister(self._socket)
        self._socket.close()


def _read_pages(reader: selectors.BaseSelector) -> None:
    while True:
        for key, _ in reader.select(0.05):
            with contextlib.suppress(OSError):  # it was closed meanwhile
                key.data.read()


def logged(root: Path, *, pages: int, points: int) -> None:
    server = Server(root)
    writer = RunWriter(root / f"logged-{pages}")
    name = f"logged-{pages}"
    writer.log_scalars({"loss": 0.0}, step=0)
    run = server.wait_for(name)
    listening = [Page(server) for _ in range(pages)]
    time.sleep(1)
    cursor = _head(server.get(f"/api/runs/{run}/scalars"))["cursor"]
    events, arrived = [], []
    cpu, begun = server.cpu(), time.perf_counter()
    for step in range(1, points + 1):
        time.sleep(0.31)
        for page in listening:
            page.heard.clear()
        logged_at = time.perf_counter()
        writer.log_scalars({"loss": float(step)}, step=step)
        for page in listening:
            page.heard.wait(10)
        events.append(time.perf_counter() - logged_at)
        found = _head(server.get(f"/api/runs/{run}/scalars?metric=loss&after={cursor}"))
        cursor = found["cursor"]
        assert found["metrics"]["loss"]["step"]["shape"] == [1]
        arrived.append(time.perf_counter() - logged_at)
    share = (server.cpu() - cpu) / (time.perf_counter() - begun)
    print(f"  {pages:>4} pages: event at {'the last' if pages > 1 else 'the'} page "
          f"{_spread(events)} ms, point {_spread(arrived)} ms; "
          f"server takes {share:.1%} of a processor, {server.memory():.0f} MiB")  # fmt: skip
    for page in listening:
        page.close()
    writer.finish()
    server.stop()


def training(root: Path, *, pages: int, turns: int, seconds: float) -> None:
    loop = subprocess.Popen(
        [sys.executable, "-c", LOOP, str(seconds), str(root)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip

    def speed() -> tuple[float, float]:
        loop.stdin.write("go\n")
        loop.stdin.flush()
        return tuple(map(float, loop.stdout.readline().split()))

    speed()
    server = Server(root)
    server.wait_for("loop")
    alone, watched, shares = [], [], []
    for _ in range(turns):
        server.process.send_signal(19)  # stopped: as if it were not there
        alone.append(speed())
        server.process.send_signal(18)
        listening = [Page(server) for _ in range(pages)]
        time.sleep(0.5)
        cpu, begun = server.cpu(), time.perf_counter()
        watched.append(speed())
        shares.append((server.cpu() - cpu) / (time.perf_counter() - begun))
        for page in listening:
            page.close()
    print(f"  {pages} pages; server takes {statistics.median(shares):.1%} of a processor")
    for which, what in enumerate(("second", "second of processor time")):
        before, beside = ([turn[which] for turn in turns] for turns in (alone, watched))
        ratios = [w / a for w, a in zip(beside, before, strict=True)]
        print(f"    steps a {what:<26} {statistics.median(beside):,.0f} beside "
              f"{statistics.median(before):,.0f} alone: ratio {statistics.median(ratios):.3f} "
              f"({min(ratios):.3f} to {max(ratios):.3f}, {len(ratios)} pairs)")  # fmt: skip
    loop.stdin.close()
    loop.wait()
    server.stop()


def curve(root: Path, *, points: int) -> None:
    writer = RunWriter(root / "curve")
    steps = np.arange(points)
    for part in np.array_split(steps, max(1, points // 1_000_000)):
        writer.log_scalar_columns({"loss": (part, np.sin(part / 977.0))})
    writer.finish()
    server = Server(root)
    run = server.wait_for("curve")
    path = f"/api/runs/{run}/curve?metric=loss&width=1200"
    times = {}
    for what, query in (
        ("first", ""),
        ("again", ""),
        ("a tenth", f"&from={points * 0.4:.0f}&to={points * 0.5:.0f}"),
        ("raw", f"&from={points // 2}&to={points // 2 + 2000}"),
    ):
        begun = time.perf_counter()
        body = server.get(path + query)
        times[what] = time.perf_counter() - begun
    shown = ", ".join(f"{what} {seconds * 1e3:.0f} ms" for what, seconds in times.items())
    print(f"  {points:,} points: {shown}; {len(body):,} bytes at last, {server.memory():.0f} MiB")
    server.stop()


def listing(root: Path, *, runs: int) -> None:
    first = RunWriter(root / "run-00000", config={"lr": 0.1, "batch": 32})
    for step in range(100):
        first.log_scalars({"loss": 1 / (step + 1), "accuracy": step / 100}, step=step)
    first.finish()
    for number in range(1, runs):
        shutil.copytree(root / "run-00000", root / f"run-{number:05d}")
    server = Server(root)
    begun = time.perf_counter()
    body = server.get("/api/runs")
    answered = time.perf_counter() - begun
    while (found := json.loads(server.get("/api/runs")))["pending"]:
        time.sleep(0.2)
    listed = time.perf_counter() - begun
    while any(row["n_metrics"] is None for row in found["runs"]):
        time.sleep(0.5)
        found = json.loads(server.get("/api/runs"))
    read = time.perf_counter() - begun
    begun = time.perf_counter()
    body = server.get("/api/runs")
    whole = time.perf_counter() - begun
    page = Page(server)
    cpu, begun = server.cpu(), time.perf_counter()
    time.sleep(5)
    share = (server.cpu() - cpu) / (time.perf_counter() - begun)
    print(
        f"  {runs:,} runs: started in {server.started:.1f} s, first answer "
        f"{answered * 1e3:.0f} ms, all listed after {listed:.1f} s, all metrics read after "
        f"{read:.1f} s, list of {len(body) / 1e6:.1f} MB in {whole * 1e3:.0f} ms, "
        f"{server.memory():.0f} MiB, {share:.1%} of a processor at rest with a page"
    )
    page.close()
    server.stop()


def _head(body: bytes) -> dict[str, Any]:
    length = int.from_bytes(body[:4], "little")
    return json.loads(body[4 : 4 + length])


def _spread(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    middle, late = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]
    return f"{middle * 1e3:.0f} (95 %: {late * 1e3:.0f}, most: {ordered[-1] * 1e3:.0f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="less than a minute, rougher")
    parser.add_argument("--only", choices=["logged", "training", "curve", "list"])
    options = parser.parse_args()
    quick = options.quick
    work = {
        "logged": lambda root: [
            logged(root, pages=pages, points=10 if quick else 100) for pages in (1, 200)
        ],
        "training": lambda root: training(
            root, pages=200, turns=3 if quick else 12, seconds=1 if quick else 3
        ),
        "curve": lambda root: curve(root, points=500_000 if quick else 10_000_000),
        "list": lambda root: listing(root, runs=1_000 if quick else 10_000),
    }
    for name, do in work.items():
        if options.only in (None, name):
            print(name)
            with tempfile.TemporaryDirectory() as folder:
                root = Path(folder) / "runs"
                root.mkdir()
                do(root)


if __name__ == "__main__":
    main()
