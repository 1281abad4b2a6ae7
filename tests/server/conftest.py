"""A real server in a process of its own, and real runs for it to show."""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bathyscope as bs

#: A first request imports and computes much, and machines may be busy: nobody waits for less.
PATIENCE_S = 600


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def head(self) -> Any:
        """The JSON of an envelope."""
        length = int.from_bytes(self.body[:4], "little")
        return json.loads(self.body[4 : 4 + length])


@dataclass
class Server:
    """A server that was started by the command line, and how to ask it."""

    process: subprocess.Popen[str]
    printed: list[str]
    port: int
    token: str
    cookie: str = ""
    #: Folder whose runs alone count.
    within: str = ""

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        body: Any = None,
        headers: dict[str, str] | None = None,
        is_in: bool = True,
    ) -> Answer:
        """Send one request; `is_in` sends the cookie, as the page would."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        sent = {"Cookie": self.cookie} if is_in and self.cookie else {}
        content = json.dumps(body) if isinstance(body, dict) else body
        connection.request(method, path, body=content, headers=sent | (headers or {}))
        answer = connection.getresponse()
        found = Answer(answer.status, dict(answer.getheaders()), answer.read())
        connection.close()
        return found

    def change(self, run: str, change: Any, **headers: str) -> Answer:
        """Send a change as the page does."""
        return self.post(f"/api/runs/{run}", change, **headers)

    def change_trashed(self, deletion: str, change: Any) -> Answer:
        """Send what to do with something deleted as the page does."""
        return self.post(f"/api/trash/{deletion}", change)

    def post(self, path: str, change: Any, **headers: str) -> Answer:
        """Send what the page may send."""
        own = {"Origin": f"http://127.0.0.1:{self.port}", "X-Bathyscope": "1"}
        return self.ask(path, method="POST", body=change, headers=own | headers)

    def runs(self) -> dict[str, dict[str, Any]]:
        """Rows by name, when all are read."""
        while (listing := self.ask("/api/runs").json)["pending"]:
            time.sleep(0.02)
        mine = (row for row in listing["runs"] if row["path"].startswith(self.within))
        return {row["name"]: row for row in mine}

    def settle(self) -> int:
        """Wait until all that was recorded is seen; give the version of the list."""
        before: Any = None
        while True:
            listing = self.ask("/api/runs").json
            is_read = all(
                row["n_metrics"] is not None for row in listing["runs"] if not row["fault"]
            )
            if is_read and not listing["pending"] and listing["version"] == before:
                return listing["version"]
            before = listing["version"]
            time.sleep(0.8)

    def enter(self) -> None:
        """Turn the token into the cookie."""
        answer = self.ask(f"/?token={self.token}", is_in=False)
        assert answer.status == 303
        self.cookie = answer.headers["set-cookie"].partition(";")[0]


@pytest.fixture(scope="session")
def serve() -> Iterator[Any]:
    """Start servers; end them by Ctrl-C."""
    started: list[subprocess.Popen[str]] = []

    def start(root: Path, *options: str) -> Server:
        process = subprocess.Popen(
            [sys.executable, "-m", "bathyscope", "view", str(root), "--no-browser", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )
        started.append(process)
        printed = [process.stdout.readline() for _ in range(3)]
        found = re.search(r"http://[^/]+:(\d+)/\?token=(\S+)", printed[1])
        assert found, (printed, process.stderr.read())
        server = Server(process, printed, int(found[1]), found[2])
        if not any(option == "--host" for option in options):
            server.enter()
        return server

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
    for process in started:
        try:
            process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


@pytest.fixture
def wait_for() -> Any:
    """Ask until the answer is right, or for a long time; give the last answer."""

    def wait(ask: Any, is_right: Any) -> Any:
        until = time.monotonic() + PATIENCE_S
        while True:
            found = ask()
            if is_right(found) or time.monotonic() > until:
                return found
            time.sleep(0.05)

    return wait


def record_run(root: Path, name: str, *, seed: int = 0, finish: bool = True, **more: Any) -> Any:
    """Record a small run: two metrics, weights at three steps, predictions."""
    rng = np.random.default_rng(seed)
    run = bs.record(name, runs_dir=root, config={"lr": 0.1, "deep": {"er": [1, 2]}}, **more)
    for step in range(30):
        run.log({"loss": 1 / (step + 1 + seed), "accuracy": step / 30}, step=step)
    scores = rng.dirichlet(np.ones(3), size=60)
    run.evaluate_scores(scores, rng.integers(0, 3, 60), classes=["a", "b", "c"])
    if finish:
        run.finish()
    return run


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two runs."""
    folder = tmp_path_factory.mktemp("shown") / "runs"
    record_run(folder, "first", tags=["kept"])
    record_run(folder, "second", seed=1)
    return folder


@pytest.fixture(scope="session")
def server(serve: Any, root: Path) -> Server:
    """A server of a folder that no test changes."""
    return serve(root)


@pytest.fixture(scope="session")
def shared(serve: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Server, Path]:
    """A server of a folder in which each test has a folder of its own."""
    folder = tmp_path_factory.mktemp("own") / "all"
    folder.mkdir()
    return serve(folder), folder


@pytest.fixture
def own(shared: tuple[Server, Path], request: pytest.FixtureRequest) -> tuple[Server, Path]:
    """A server, and an empty folder of the test's own that it shows."""
    server, folder = shared
    mine = folder / request.node.name[:60]
    mine.mkdir()
    return replace(server, within=mine.name), mine


def read_arrays(body: bytes) -> Any:
    """Decode an envelope with NumPy alone: JSON with arrays in place of their descriptions."""
    length = int.from_bytes(body[:4], "little")
    head = json.loads(body[4 : 4 + length])
    assert (4 + length) % 8 == 0
    rest = body[4 + length :]

    def read(value: Any) -> Any:
        if isinstance(value, list):
            return [read(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "$number" in value:
            return float(value["$number"])
        if "$array" not in value:
            return {key: read(item) for key, item in value.items()}
        if "base64" in value:
            data = base64.b64decode(value["base64"])
        else:
            assert value["codec"] == "raw"
            offset, size = head["blobs"][value["blob"]]
            assert offset % 8 == 0
            data = rest[offset : offset + size]
        found = np.frombuffer(data, f"<{value['$array']}").astype(value["dtype"])
        return found.reshape(value["shape"])

    return read(head)


class Listener:
    """Listens to a server's events in a thread of its own; keeps when each came."""

    def __init__(self, server: Any, query: str = "", **headers: str) -> None:
        self.events: list[tuple[float, str, dict[str, Any], str]] = []
        self.is_ended = threading.Event()
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_S)
        sent = {"Cookie": server.cookie, **headers}
        self._connection.request("GET", f"/api/events{query}", headers=sent)
        answer = self._connection.getresponse()
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        self._answer = answer
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        held: dict[str, str] = {}
        try:
            while line := self._answer.readline().decode():
                field, _, value = line.rstrip("\n").partition(": ")
                if field:
                    held[field] = value
                elif "event" in held:
                    now = time.monotonic()
                    said = now, held["event"], json.loads(held["data"]), held["id"]
                    self.events.append(said)
                    held = {}
        except (OSError, ValueError, http.client.HTTPException):
            pass
        self.is_ended.set()

    def close(self) -> None:
        """Go away, as a closed page does."""
        if self._connection.sock is not None:
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._answer.close()
        self._connection.close()

    def told(self, event: str, run: str | None = None) -> list[dict[str, Any]]:
        """What was told of a kind, and of a run."""
        return [
            data
            for _, kind, data, _ in list(self.events)
            if kind == event and (run is None or data["id"] == run)
        ]


@pytest.fixture
def record() -> Any:
    """Record a small run."""
    return record_run


@pytest.fixture
def arrays() -> Any:
    """Decode an envelope."""
    return read_arrays


@pytest.fixture
def listen() -> Iterator[Any]:
    """Listen to a server's events, until the test is over."""
    started: list[Listener] = []

    def start(*arguments: Any, **headers: str) -> Listener:
        started.append(Listener(*arguments, **headers))
        return started[-1]

    yield start
    for listener in started:
        listener.close()


@pytest.fixture(scope="session")
def read_copy() -> Callable[[str], tuple[dict[str, Any], dict[str, bytes]]]:
    """Give what a saved page holds: its head, and its answers by address."""

    def read(page: str) -> tuple[dict[str, Any], dict[str, bytes]]:
        (text,) = re.findall(r'<script type="application/json" id="copy">(.*?)</script>', page)
        held = json.loads(text)
        blobs = dict(re.findall(r'<script type="[^"]+" id="blob-(\d+)">([^<]*)</script>', page))
        answers = {
            address: zlib.decompress(base64.b64decode(blobs[str(number)]), -zlib.MAX_WBITS)
            for address, number in held["answers"].items()
        }
        return held, answers

    return read
