"""How fast TensorBoard logs are read: ours beside TensorBoard's own readers, on one log.

    python benchmarks/reading.py --quick     # 1e6 scalars in 100 tags, twice each
    python benchmarks/reading.py             # 1e7 scalars

Each reader runs in a process of its own, one after the other, in turns. Imports are not counted.
Processor time is compared, which other work on the machine disturbs least; wall time is shown.
TensorBoard's data server, which is written in Rust, is measured until it says that it has loaded
everything, every point kept; asking it for them is not counted.

Then how long one waits for what one looks at: the first chart of a large log, in a program (every
point) and in `bathyscope view` (of what was read until then, and until all is there), the same when
it is opened a second time, and a list of many runs with the last value of every metric.
"""

from __future__ import annotations

import argparse
import http.client
import importlib.util
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import types
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bathyscope.importers.tensorboard.crc32c import crc32c, masked

N_TAGS = 100


def write_log(path: Path, n_scalars: int) -> None:
    """Write events of one scalar each, tag after tag at every step, as PyTorch's writer does."""
    tags = [f"layer_{tag // 10}/metric_{tag:02d}".encode() for tag in range(N_TAGS)]
    values = np.random.default_rng(0).normal(size=n_scalars).astype(np.float32)
    with path.open("wb") as file:
        file.write(_framed([b"\x09" + bytes(8) + b"\x1a\x0dbrain.Event:2"]))
        for first in range(0, n_scalars, N_TAGS * 1000):
            rows = range(first, min(first + N_TAGS * 1000, n_scalars))
            payloads = [_event(tags[i % N_TAGS], i // N_TAGS, 1.7e9 + i, values[i]) for i in rows]
            file.write(_framed(payloads))


def _event(tag: bytes, step: int, moment: float, number: float) -> bytes:
    value = b"\x0a" + bytes([len(tag)]) + tag + b"\x15" + struct.pack("<f", number)
    summary = b"\x0a" + bytes([len(value)]) + value
    head = b"\x09" + struct.pack("<d", moment) + (b"\x10" + _varint(step) if step else b"")
    return head + b"\x2a" + bytes([len(summary)]) + summary


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _framed(payloads: list[bytes]) -> bytes:
    heads = [struct.pack("<Q", len(payload)) for payload in payloads]
    pairs = zip(_checks(heads), _checks(payloads), heads, payloads, strict=True)
    return b"".join(head + first + payload + last for first, last, head, payload in pairs)


def _checks(pieces: list[bytes]) -> list[bytes]:
    lengths = np.array([len(piece) for piece in pieces], np.int64)
    buffer = np.frombuffer(b"".join(pieces), np.uint8)
    checks = masked(crc32c(buffer, np.cumsum(lengths) - lengths, lengths))
    return [check.tobytes() for check in checks.astype("<u4")]


def _ours(folder: Path) -> Callable[[], Any]:
    from bathyscope.importers.tensorboard import read

    return lambda: sum(len(column) for column in read(folder)["."].scalars.values())


def _accumulator(folder: Path) -> Callable[[], Any]:
    from tensorboard.backend.event_processing import event_accumulator
    from tensorboard.compat import tf

    assert tf.__version__

    def run() -> int:
        sizes = event_accumulator.STORE_EVERYTHING_SIZE_GUIDANCE
        theirs = event_accumulator.EventAccumulator(str(folder), size_guidance=sizes).Reload()
        return sum(len(theirs.Scalars(tag)) for tag in theirs.Tags()["scalars"])

    return run


def _accumulator_alone(folder: Path) -> Callable[[], Any]:
    sys.modules["tensorboard.compat.notf"] = types.ModuleType("tensorboard.compat.notf")
    return _accumulator(folder)


def _tbparse(folder: Path) -> Callable[[], Any]:
    from tbparse import SummaryReader

    return lambda: len(SummaryReader(str(folder), extra_columns={"wall_time"}).scalars)


def _server_binary() -> Path:
    import tensorboard_data_server

    return Path(tensorboard_data_server.server_binary() or "")


def measure_server(folder: Path) -> dict[str, float]:
    """Let TensorBoard's data server load a log, and see what it took (Linux)."""
    with tempfile.TemporaryDirectory() as place:
        port = Path(place) / "port"
        command = [_server_binary(), "--logdir", folder, "--port", "0", "--port-file", port,
                   "--reload", "once", "--verbose", "--samples-per-plugin", "scalars=all",
                   "--die-after-stdin"]  # fmt: skip
        start = time.perf_counter()
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as server:
            assert server.stderr is not None
            while "Finished load cycle" not in server.stderr.readline():
                assert server.poll() is None, "the data server ended"
            wall = time.perf_counter() - start
            cpu = _processor_secs(server.pid)
            memory = _peak_kib(server.pid) / 1024
            count = _count_at(int(port.read_text()), folder)
            server.kill()
    return {"wall": wall, "cpu": cpu, "count": count, "memory_mib": memory}


def _count_at(port: int, folder: Path) -> int:
    """Ask the data server how many points one tag has, and how many tags there are."""
    import grpc
    from tensorboard.context import RequestContext
    from tensorboard.data import grpc_provider, provider
    from tensorboard.data.proto import data_provider_pb2_grpc

    most = [("grpc.max_receive_message_length", 1 << 30)]
    with grpc.insecure_channel(f"localhost:{port}", options=most) as channel:
        stub = data_provider_pb2_grpc.TensorBoardDataProviderStub(channel)
        asked = grpc_provider.GrpcDataProvider(f"localhost:{port}", stub)
        what: dict[str, Any] = {"experiment_id": "", "plugin_name": "scalars"}
        tags = asked.list_scalars(RequestContext(), **what)["."]
        one = provider.RunTagFilter(runs=["."], tags=[next(iter(tags))])
        points = asked.read_scalars(RequestContext(), **what, downsample=10**9, run_tag_filter=one)[
            "."
        ]
        return len(next(iter(points.values()))) * len(tags)


READERS: dict[str, tuple[str, Callable[[Path], Callable[[], Any]]]] = {
    "bathyscope": ("numpy", _ours),
    "EventAccumulator": ("tensorboard", _accumulator_alone),
    "EventAccumulator on TensorFlow": ("tensorflow", _accumulator),
    "tbparse": ("tbparse", _tbparse),
    "TensorBoard's data server (Rust)": ("tensorboard_data_server", _tbparse),
}
_SERVER = "TensorBoard's data server (Rust)"


def measure_here(name: str, folder: Path) -> dict[str, float]:
    if name == _SERVER:
        return measure_server(folder)
    read = READERS[name][1](folder)
    before = _peak_kib()
    wall, cpu = time.perf_counter(), time.process_time()
    count = read()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    grown = (_peak_kib() - before) / 1024
    return {"wall": wall, "cpu": cpu, "count": count, "memory_mib": grown}


def _peak_kib(process: int | str = "self") -> float:
    """Give the most memory a process held; `getrusage` would count its parent's (Linux)."""
    status = Path(f"/proc/{process}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return float(next((line.split()[1] for line in lines if line.startswith("VmHWM")), "nan"))


def measure(name: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--child", name, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


# What one waits for


def write_pictures(path: Path, n_bytes: int) -> None:
    """Write a log of the given size that is mostly images and histograms, as many are."""
    rng = np.random.default_rng(1)
    picture = b"\x22" + _varint(200_000) + rng.bytes(200_000)
    buckets = rng.normal(size=1000).astype("<f8").tobytes()
    histogram = b"\x32" + _varint(8000) + buckets + b"\x3a" + _varint(8000) + buckets
    with path.open("wb") as file:
        step = 0
        while file.tell() < n_bytes:
            payloads = [_event(b"loss", step + i, 1.7e9, 1 / (step + i + 1)) for i in range(100)]
            for number, held in ((4, picture), (5, histogram), (5, histogram)):
                value = b"\x0a\x03one" + bytes([number << 3 | 2]) + _varint(len(held)) + held
                summary = b"\x0a" + _varint(len(value)) + value
                payloads.append(b"\x10" + _varint(step) + b"\x2a" + _varint(len(summary)) + summary)
            file.write(_framed(payloads))
            step += 100


def write_runs(root: Path, n_runs: int, n_points: int = 20) -> None:
    """Write logs of 100 tags each, all alike."""
    for number in range(n_runs):
        path = root / f"run-{number:04d}" / "events.out.tfevents.1"
        path.parent.mkdir(parents=True)
        if number == 0:
            write_log(path, N_TAGS * n_points)
        else:
            shutil.copy(root / "run-0000" / path.name, path)


def first_chart(folder: Path) -> int:
    from bathyscope.sources import open_source

    run: Any = open_source(folder)
    return len(run.scalars(run.scalar_names()[0]))


def list_of_runs(root: Path) -> int:
    from bathyscope.sources import list_sources

    return sum(len(source.open().summaries()) for source in list_sources(root))


QUESTIONS: dict[str, Callable[[Path], int]] = {
    "chart": first_chart,
    "list": list_of_runs,
}


def ask(question: str, folder: Path) -> dict[str, float]:
    """Answer one question in this process."""
    importlib.import_module("bathyscope.sources")  # imports are not counted
    before, wall, cpu = _peak_kib(), time.perf_counter(), time.process_time()
    count = QUESTIONS[question](folder)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    memory = (_peak_kib() - before) / 1024
    return {"wall": wall, "cpu": cpu, "count": count, "memory_mib": memory}


def show_waits(folder: Path, *, quick: bool) -> None:
    """Print how long one waits, each question in a process of its own."""
    size, n_runs = (10**8, 100) if quick else (10**9, 1000)
    scalars, pictures, runs = (folder / name for name in ("scalars", "pictures", "runs"))
    for place in (scalars, pictures):
        place.mkdir()
    write_log(scalars / "events.out.tfevents.1", size * 10 // 568 // N_TAGS * N_TAGS)
    write_pictures(pictures / "events.out.tfevents.1", size)
    write_runs(runs, n_runs)
    named = f"{size / 1e9:g} GB"
    show_page(folder, {f"{named} of scalars": scalars, f"{named}, mostly images": pictures})
    shutil.rmtree(folder / "cache", ignore_errors=True)
    print(f"\n| {'':52}| processor s | wall s | memory MiB |")
    print("| --- | ---: | ---: | ---: |")
    for title, question, place in (
        (f"first chart of {size / 1e9:g} GB of scalars", "chart", scalars),
        ("the same, opened a second time", "chart", scalars),
        (f"first chart of {size / 1e9:g} GB, mostly images", "chart", pictures),
        ("the same, opened a second time", "chart", pictures),
        (f"last values of {n_runs} runs of {N_TAGS} metrics", "list", runs),
    ):
        answer = _in_a_process("--ask", question, place, cache=folder / "cache")
        print(f"| {title:52}| {answer['cpu']:11.2f} | {answer['wall']:6.2f} "
              f"| {answer['memory_mib']:10.0f} |")  # fmt: skip


# On the page


def show_page(folder: Path, places: dict[str, Path]) -> None:
    """Print how long the page of `bathyscope view` waits for a chart."""
    print("\n| `bathyscope view`, seconds from the first request | first chart | processor "
          "| all is there | processor |")  # fmt: skip
    print("| --- | ---: | ---: | ---: | ---: |")
    for title, place in places.items():
        answer = ask_page(place, cache=folder / "cache")
        print(f"| {title:52}| {answer['first']:8.2f} | {answer['first_cpu']:8.2f} "
              f"| {answer['all']:8.2f} | {answer['cpu']:8.2f} |")  # fmt: skip


def ask_page(place: Path, *, cache: Path) -> dict[str, float]:
    """Start a server, and ask it what the page asks for the first chart of the only log."""
    command = [sys.executable, "-m", "bathyscope", "view", str(place), "--no-browser",
               "--until-stdin-closes"]  # fmt: skip
    environment = {**os.environ, "BATHYSCOPE_CACHE": str(cache)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as server:
        assert server.stdout is not None
        found = next(m for line in server.stdout if (m := _ENTRANCE.search(line)))
        try:
            return _ask_chart(_Page(int(found[1]), found[2]), server.pid)
        finally:
            server.kill()


_ENTRANCE = re.compile(r"http://127\.0\.0\.1:(\d+)/\?token=(\S+)")


class _Page:
    """Asks one server over one connection, as a page does."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self._headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> Any:
        """Give the JSON of an answer."""
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body[:500]
        if answer.headers["content-type"] == "application/json":
            return json.loads(body)
        return json.loads(body[4 : 4 + int.from_bytes(body[:4], "little")])


def _ask_chart(page: _Page, server: int) -> dict[str, float]:
    start, before = time.perf_counter(), _processor_secs(server)
    while not (runs := page.get("/api/runs")["runs"]):
        time.sleep(0.01)
    path = f"/api/runs/{runs[0]['id']}"
    while not (metrics := page.get(path)["metrics"]):
        time.sleep(0.01)
    chart = f"{path}/curve?metric={urllib.parse.quote(metrics[0])}&width=1000"
    assert page.get(chart)["count"]
    first, first_cpu = time.perf_counter() - start, _processor_secs(server) - before
    while page.get(path)["reading"]:
        time.sleep(0.05)
    assert page.get(chart)["count"]
    whole = time.perf_counter() - start
    cpu = _processor_secs(server) - before
    return {"first": first, "first_cpu": first_cpu, "all": whole, "cpu": cpu}


def _processor_secs(process: int) -> float:
    numbers = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


def _in_a_process(what: str, name: str, folder: Path, *, cache: Path) -> dict[str, float]:
    command = [sys.executable, __file__, what, name, str(folder)]
    environment = {**os.environ, "BATHYSCOPE_CACHE": str(cache)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="1e6 scalars instead of 1e7")
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--only", nargs="*", help="names of readers; none: only the waits")
    parser.add_argument("--no-waits", action="store_true", help="compare readers, nothing else")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--ask", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    for call, given in ((measure_here, options.child), (ask, options.ask)):
        if given:
            print(json.dumps(call(given[0], Path(given[1]))))
            return
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        compare(folder / "log", options)
        if not options.no_waits:
            show_waits(folder, quick=options.quick)


def compare(folder: Path, options: argparse.Namespace) -> None:
    """Let every reader that is installed read one log, in turns."""
    n_scalars = 10**6 if options.quick else 10**7
    names = [name for name, (library, _) in READERS.items() if importlib.util.find_spec(library)]
    if options.only is not None:
        names = [name for name in names if name in options.only]
    if not names:
        return
    folder.mkdir()
    path = folder / "events.out.tfevents.1"
    write_log(path, n_scalars)
    print(f"{n_scalars} scalars in {N_TAGS} tags, {path.stat().st_size / 1e6:.1f} MB")
    cache = folder / "cache"
    runs = [
        (name, _in_a_process("--child", name, folder, cache=cache))
        for _ in range(options.turns)
        for name in names
    ]
    assert {run["count"] for _, run in runs} == {n_scalars}, runs
    show(names, runs)


def show(names: list[str], runs: list[tuple[str, dict[str, float]]]) -> None:
    best = {n: {k: min(run[k] for m, run in runs if m == n) for k in runs[0][1]} for n in names}
    print(f"| {'reader':33}| processor s | wall s | memory MiB | times ours |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, run in best.items():
        ratio = run["cpu"] / best["bathyscope"]["cpu"] if "bathyscope" in best else float("nan")
        print(f"| {name:33}| {run['cpu']:11.2f} | {run['wall']:6.2f} "
              f"| {run['memory_mib']:10.0f} | {ratio:10.1f} |")  # fmt: skip


if __name__ == "__main__":
    main()
