"""A run that several ranks write at once, as the page is told of it: real processes, live."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

#: Logs the steps it is told, says when it has, and ends when nothing more is said.
RANK = """
import os, sys
import bathyscope as bs
run = bs.record("together", runs_dir=sys.argv[1], strict=True)
print("begun", flush=True)
for line in sys.stdin:
    step = int(line)
    run.log({"loss": 10 * int(os.environ["RANK"]) + step}, step=step)
    print("logged", flush=True)
run.finish()
"""


class Rank:
    """One process of a launch of two."""

    def __init__(self, folder: Path, number: int) -> None:
        said = {"RANK": str(number), "WORLD_SIZE": "2", "MASTER_PORT": str(os.getpid())}
        self.process = subprocess.Popen(
            [sys.executable, "-c", RANK, str(folder)],
            env={**os.environ, **said}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "begun\n"

    def log(self, step: int) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{step}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "logged\n"


@pytest.fixture
def ranks() -> Iterator[Callable[[Path], list[Rank]]]:
    begun: list[Rank] = []

    def start(folder: Path) -> list[Rank]:
        begun.extend(Rank(folder, number) for number in range(2))
        return begun

    yield start
    for rank in begun:
        rank.process.kill()
        rank.process.communicate()


def test_ranks_are_told_apart_while_they_log(own, ranks, wait_for, arrays) -> None:
    server, folder = own
    first, second = ranks(folder)
    for rank in (first, second):
        rank.log(1)

    def until(ask: Any, is_right: Any) -> Any:
        return wait_for(ask, is_right, seconds=120)

    row = until(server.runs, lambda rows: "together" in rows)["together"]
    url = f"/api/runs/{row['id']}"

    def told() -> Any:
        return server.ask(url).json

    def by_rank(about: Any) -> list[Any]:
        return [entry for entry in about["entries"] if entry["view"] == "RankMetrics"]

    def curves() -> dict[str, list[float]]:
        (entry,) = by_rank(told())
        figure = arrays(server.ask(f"{url}/figures/{entry['id']}").body)["content"]
        return {mark["label"]: mark["y"].tolist() for mark in figure["panels"][0]["marks"]}

    about = until(told, by_rank)
    assert [entry["title"] for entry in by_rank(about)] == ["loss by rank"]
    facts = {label: value for label, value, *_ in about["facts"]}
    assert (facts["status"], facts["ranks"]) == ("running", "2")
    assert about["facts"][0][2] == "step 1, rank 1"
    assert curves() == {"rank 0": [1], "rank 1": [11]}
    second.log(2)
    assert until(curves, lambda found: len(found["rank 1"]) == 2) == {
        "rank 0": [1], "rank 1": [11, 12],
    }  # fmt: skip

    second.process.kill()
    first.process.communicate()
    assert first.process.returncode == 0
    about = until(told, lambda about: about["status"] == "interrupted")
    facts = until(
        lambda: {label: value for label, value, *_ in told()["facts"]},
        lambda facts: "interrupted ranks" in facts,
    )
    assert (facts["status"], facts["interrupted ranks"]) == ("interrupted", "1")
