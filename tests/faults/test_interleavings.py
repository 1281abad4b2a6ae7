"""Copies whose files are each of a different moment: they open, and say nothing wrong.

A tool that synchronizes folders (rsync, a client of an object store) lists the files first, and
copies one after the other while the run goes on: journals grow, are sealed and vanish. Every
interleaving of writing and copying that `hypothesis` can think of is tried, on real files.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bathyscope import DamagedFile
from bathyscope.runs import Run, RunWriter, compact, describe_run
from bathyscope.runs.layout import looks_like_run
from bathyscope.runs.sealing import seal

EXAMPLES = 1000 if os.environ.get("BATHYSCOPE_FULL_FAULTS") else 40
#: What may be said of a copy: what is not there yet, or only in part. Never that a number is wrong.
HARMLESS = (
    "still being written, or cut off",
    "its bytes are not those that were written",
    "run.json: it is missing",
    "run.json: it cannot be read",
    "header is damaged",
)


class Source:
    """A run that is written step by step, by one session after the other."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.said: list[int] = []
        self.tables = 0
        self.full: list[Path] = []
        self.writer = RunWriter(path, resume=True)

    def log(self) -> None:
        for step in range(len(self.said), len(self.said) + 7):
            self.writer.log_scalars({"x": step, "y": -step}, step=step)
            self.said.append(step)

    def log_columns(self) -> None:
        steps = np.arange(len(self.said), len(self.said) + 5)
        self.writer.log_scalar_columns({"x": (steps, steps), "y": (steps, -steps)})
        self.said += steps.tolist()

    def log_table(self) -> None:
        self.writer.log_table("t", {"a": np.full(50, self.tables)}, step=self.tables)
        self.writer.log_arrays("g", {"a": np.full(50, self.tables)}, step=self.tables)
        self.tables += 1

    def begin_part(self) -> None:
        if (journal := self.writer._next_full()) is not None:
            self.full.append(journal)

    def seal(self) -> None:
        if self.full:
            seal(self.full.pop())

    def describe(self) -> None:
        describe_run(self.path, note=f"{len(self.said)}")

    def finish(self) -> None:
        self.writer.finish()
        self.full = []
        self.writer = RunWriter(self.path, resume=True)

    def crash(self) -> None:
        """Leave a session as it is, as a killed process does."""
        self.writer._journal = self.writer._events = self.writer._sealer = None
        self.writer._is_finished = True
        self.full = []
        self.writer = RunWriter(self.path, resume=True)

    def compact(self) -> None:
        compact(self.path, only_finished=True)


class Copier:
    """Copies a folder file by file, in any order."""

    def __init__(self, source: Path, target: Path, random) -> None:
        self.source, self.target, self.random = source, target, random
        self.waiting: list[Path] = []
        self.begun: tuple[Path, bytes] | None = None

    def list(self) -> None:
        found = [path for path in self.source.rglob("*") if path.is_file()]
        self.waiting = [path.relative_to(self.source) for path in found]
        self.random.shuffle(self.waiting)

    def copy(self) -> None:
        """Copy the next file at once, as tools do that rename what they have written."""
        if (content := self._next()) is not None:
            self._put(*content)

    def copy_half(self) -> None:
        """Write the beginning of the next file, as ``rsync --inplace`` does."""
        if (content := self._next()) is not None:
            path, data = content
            self._put(path, data[: int(self.random.random() * (len(data) + 1))])
            self.begun = content

    def copy_rest(self) -> None:
        if self.begun is not None:
            self._put(*self.begun)
            self.begun = None

    def all(self) -> None:
        self.copy_rest()
        self.list()
        while self.waiting:
            self.copy()

    def _next(self) -> tuple[Path, bytes] | None:
        while self.waiting:
            path = self.waiting.pop()
            try:
                return path, (self.source / path).read_bytes()
            except FileNotFoundError:  # sealed meanwhile
                continue
        return None

    def _put(self, path: Path, data: bytes) -> None:
        place = self.target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def _check(copy: Path, source: Source) -> list[int]:
    """Check that a copy says nothing wrong; give the steps it has."""
    if not looks_like_run(copy):
        return []
    run = Run(copy)
    steps: list[int] = []
    for name, sign in (("x", 1), ("y", -1)):
        if name in run.scalar_names():
            series = run.scalars_all(name)
            steps = series.steps.tolist()
            np.testing.assert_array_equal(series.values, sign * series.steps)
            assert len(set(steps)) == len(steps), "a point is there twice"
            assert set(steps) <= set(source.said)
            assert run.summaries()[name].n_points == len(steps)
    points, _ = run.new_scalars()
    np.testing.assert_array_equal(np.abs(points.values), np.abs(points.steps))
    for names, steps_of, ask in (
        (run.table_names, run.table_steps, run.table),
        (run.array_groups, run.array_steps, run.arrays),
    ):
        for name in names():
            for step in steps_of(name):
                try:
                    np.testing.assert_array_equal(ask(name, step=step)["a"], np.full(50, step))
                except DamagedFile:  # half a file
                    continue
    assert all(any(words in fault for words in HARMLESS) for fault in run.faults()), run.faults()
    assert run.status in ("running", "finished", "interrupted", "unknown")
    return steps


WRITING = ("log", "log", "log_columns", "log_table", "begin_part", "begin_part", "seal", "seal",
           "describe", "finish", "crash", "compact")  # fmt: skip
COPYING = ("list", "copy", "copy", "copy", "copy", "copy_half", "copy_rest", "all")


@pytest.fixture
def by_hand(monkeypatch):
    """Parts are full at once, and sealed when the test says so."""
    monkeypatch.setattr("bathyscope.runs.background.INTERVAL", 10_000)
    monkeypatch.setattr("bathyscope.runs.writer.PART_BYTES", 1)


@given(
    acts=st.lists(st.sampled_from([*WRITING, *COPYING, "check"]), min_size=5, max_size=60),
    random=st.randoms(use_true_random=False),
)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_copy_of_many_moments_says_nothing_wrong_and_in_the_end_everything(by_hand, acts, random):
    with tempfile.TemporaryDirectory() as folder:
        source = Source(Path(folder) / "run")
        copier = Copier(source.path, Path(folder) / "copy", random)
        for act in acts:
            if act == "check":
                _check(copier.target, source)
            elif act in WRITING:
                getattr(source, act)()
            else:
                getattr(copier, act)()
        _check(copier.target, source)
        copier.all()
        assert _check(copier.target, source) == source.said
        copy, original = Run(copier.target), Run(source.path)
        if source.tables:
            assert copy.table_steps("t") == copy.array_steps("g") == original.table_steps("t")
        assert copy.about == original.about
        source.writer.finish()
