"""The system shows an append page by page: half a record at a page's end is not yet damage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bathyscope.runs import Run, RunWriter

PAGE = 4096


@pytest.fixture(params=["scalars/*.journal", "events/*.jsonl"])
def torn(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, bytes]:
    """A run whose journal, or log of events, ends within a record at the end of a page."""
    writer = RunWriter(tmp_path / "run")
    for step in range(200):
        writer.log_scalars({"loss": float(step)}, step=step)
        writer.log_event("remark", text="x" * 101)
    (path,) = writer.path.glob(request.param)
    content = path.read_bytes()
    assert len(content) > PAGE
    path.write_bytes(content[:PAGE])
    return path, content[PAGE:]


def torn_faults(run: Run) -> list[str]:
    return [fault for fault in run.faults() if "being written" in fault]


def test_the_rest_of_a_write_is_waited_for(
    torn: tuple[Path, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, rest = torn
    pauses: list[float] = []

    def append(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 4:
            with path.open("ab") as file:
                file.write(rest)

    sleep: Callable[[float], None] = append
    monkeypatch.setattr("bathyscope.runs.files.time.sleep", sleep)
    run = Run(path.parents[1])
    assert torn_faults(run) == []
    assert len(pauses) == 4
    assert len(run.scalars("loss")) == 200
    assert len(run.events("remark")) == 200


def test_a_record_without_a_rest_is_named(torn: tuple[Path, bytes]) -> None:
    path, _ = torn
    (fault,) = torn_faults(Run(path.parents[1]))
    assert path.name in fault


def test_elsewhere_than_at_the_end_of_a_page_nothing_is_waited_for(
    torn: tuple[Path, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = torn
    path.write_bytes(path.read_bytes()[: PAGE - 1])

    def refuse(seconds: float) -> None:
        raise AssertionError("a reader waited")

    sleep: Callable[[float], None] = refuse
    monkeypatch.setattr("bathyscope.runs.files.time.sleep", sleep)
    assert len(torn_faults(Run(path.parents[1]))) == 1
