"""A run that several ranks write at once, as the page is told of it: real processes, live."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bathyscope.runs import Run, RunWriter
from bathyscope.runs.sharded import Place, Shard
from bathyscope.server import scalars
from bathyscope.server.ranks import new_scalars

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

    row = wait_for(server.runs, lambda rows: "together" in rows)["together"]
    url = f"/api/runs/{row['id']}"

    def told() -> Any:
        return server.ask(url).json

    def by_rank(about: Any) -> list[Any]:
        return [entry for entry in about["entries"] if entry["view"] == "RankMetrics"]

    def curves() -> dict[str, list[float]]:
        (entry,) = by_rank(told())
        figure = arrays(server.ask(f"{url}/figures/{entry['id']}").body)["content"]
        return {mark["label"]: mark["y"].tolist() for mark in figure["panels"][0]["marks"]}

    about = wait_for(told, by_rank)
    assert [entry["title"] for entry in by_rank(about)] == ["loss by rank"]
    facts = {label: value for label, value, *_ in about["facts"]}
    assert (facts["status"], facts["ranks"]) == ("running", "2")
    assert about["facts"][0][2] == "step 1, rank 1"
    assert curves() == {"rank 0": [1], "rank 1": [11]}
    second.log(2)
    assert wait_for(curves, lambda found: len(found["rank 1"]) == 2) == {
        "rank 0": [1], "rank 1": [11, 12],
    }  # fmt: skip

    second.process.kill()
    first.process.communicate()
    assert first.process.returncode == 0
    about = wait_for(told, lambda about: about["status"] == "interrupted")
    facts = wait_for(
        lambda: {label: value for label, value, *_ in told()["facts"]},
        lambda facts: "interrupted ranks" in facts,
    )
    assert (facts["status"], facts["interrupted ranks"]) == ("interrupted", "1")


@pytest.fixture
def writers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[RunWriter]:
    """Open one run as three ranks do."""
    opened: list[RunWriter] = []
    for rank in range(3):
        with monkeypatch.context() as as_rank:
            as_rank.setenv("RANK", str(rank))
            as_rank.setenv("WORLD_SIZE", "3")
            opened.append(RunWriter(tmp_path / "run", resume=rank > 0))
    return opened


def test_what_a_page_is_told_bit_by_bit_is_what_it_reads_at_once(
    writers: list[RunWriter], arrays: Any
) -> None:
    """Whichever rank comes first to a step, and whatever was told before."""
    run = Run(writers[0].path)
    rng = np.random.default_rng(0)
    order = [(rank, step) for step in range(40) for rank in rng.permutation(3).tolist()]
    told: dict[int, float] = {}
    cursor = base64.urlsafe_b64encode(b"{}").decode()
    for rank, step in order:
        writers[rank].log_scalars({"loss": 100.0 * rank + step, "other": 0.0}, step=step)
        if rng.random() < 0.7:
            answer = arrays(scalars.new_points(run, ["loss"], cursor))
            cursor = answer["cursor"]
            if found := answer["metrics"].get("loss"):
                told.update(zip(found["step"].tolist(), found["value"].tolist(), strict=True))
                at_once = run.scalars("loss")
                read = dict(zip(at_once.steps.tolist(), at_once.values.tolist(), strict=True))
                assert told == {step: read[step] for step in told} == read
    for writer in writers:
        writer.finish()


def test_of_one_process_nothing_comes_twice(tmp_path: Path) -> None:
    with RunWriter(tmp_path / "run") as writer:
        writer.log_scalars({"loss": 1.0}, step=1)
        run = Run(writer.path)
        _, cursor = run.new_scalars()
        writer.log_scalars({"loss": 2.0}, step=1)
        assert new_scalars(run, cursor)[0].values.tolist() == [2.0]
        assert len(new_scalars(run, new_scalars(run, cursor)[1])[0].steps) == 0


def test_parameters_appear_once_every_rank_has_written_its_part(own, wait_for, monkeypatch) -> None:
    server, folder = own
    whole = np.arange(12.0).reshape(4, 3)
    writers: list[RunWriter] = []
    for rank in range(2):
        monkeypatch.setenv("RANK", str(rank))
        monkeypatch.setenv("WORLD_SIZE", "2")
        writers.append(RunWriter(folder / "in shards", resume=True))

    def log(rank: int) -> None:
        part = Shard(rank, 2, {"layer.weight": Place((2 * rank, 0), whole.shape)})
        values = {"layer.weight": whole[2 * rank : 2 * rank + 2]}
        writers[rank].log_arrays("parameters", values, step=0, shard=part)

    log(0)
    writers[0].log_scalars({"loss": 1.0}, step=0)
    rows = wait_for(server.runs, lambda rows: "in shards" in rows)
    url = f"/api/runs/{rows['in shards']['id']}"

    def views() -> set[str]:
        return {entry["view"] for entry in server.ask(url).json["entries"]}

    assert "Metrics" in wait_for(views, lambda known: "Metrics" in known)
    assert "Weights" not in views(), "half of them is not shown"
    log(1)
    assert "Weights" in wait_for(views, lambda known: "Weights" in known)
    for writer in writers:
        writer.finish()
