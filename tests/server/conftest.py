"""A real server in a process of its own, and real runs for it to show."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bathyscope as bs


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
    extra: dict[str, str] = field(default_factory=dict)

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
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = {"Cookie": self.cookie} if is_in and self.cookie else {}
        content = json.dumps(body) if isinstance(body, dict) else body
        connection.request(method, path, body=content, headers=sent | (headers or {}))
        answer = connection.getresponse()
        found = Answer(answer.status, dict(answer.getheaders()), answer.read())
        connection.close()
        return found

    def change(self, run: str, change: Any, **headers: str) -> Answer:
        """Send a change as the page does."""
        own = {"Origin": f"http://127.0.0.1:{self.port}", "X-Bathyscope": "1"}
        path = f"/api/runs/{run}"
        return self.ask(path, method="POST", body=change, headers=own | headers)

    def runs(self) -> dict[str, dict[str, Any]]:
        """Rows by name, when all are read."""
        while (listing := self.ask("/api/runs").json)["pending"]:
            time.sleep(0.02)
        return {row["name"]: row for row in listing["runs"]}

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
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


@pytest.fixture
def wait_for() -> Any:
    """Ask until the answer is right, or for a long time; give the last answer."""

    def wait(ask: Any, is_right: Any, *, seconds: float = 20) -> Any:
        until = time.monotonic() + seconds
        while True:
            found = ask()
            if is_right(found) or time.monotonic() > until:
                return found
            time.sleep(0.05)

    return wait


def record(root: Path, name: str, *, seed: int = 0, finish: bool = True, **more: Any) -> Any:
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
    record(folder, "first", tags=["kept"])
    record(folder, "second", seed=1)
    return folder


@pytest.fixture(scope="session")
def server(serve: Any, root: Path) -> Server:
    """A server of a folder that no test changes."""
    return serve(root)


@pytest.fixture
def own(serve: Any, tmp_path: Path) -> tuple[Server, Path]:
    """A server of an empty folder of the test's own."""
    folder = tmp_path / "runs"
    folder.mkdir()
    return serve(folder), folder
