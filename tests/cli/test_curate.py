"""What people say of runs, as they type it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bathyscope.runs import RunWriter, describe_run


def bathyscope(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bathyscope", *map(str, arguments)],
        capture_output=True, text=True, timeout=300, check=False, cwd=cwd,
        env={**os.environ, "COLUMNS": "120", "NO_COLOR": "1"},
    )  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in ("first", "second"):
        RunWriter(tmp_path / "runs" / name, tags=["old"]).finish()
    return tmp_path


def test_a_described_run_is_listed_by_its_new_name(place: Path) -> None:
    done = bathyscope("describe", "runs/first", "--name", "baseline [1]", "--tag", "paper",
                      "--tag", "b", "--note", "why\nso", cwd=place)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Name      baseline [1]" in done.stdout
    listed = bathyscope("list", cwd=place).stdout.splitlines()
    (row,) = [line for line in listed if "baseline [1]" in line]
    assert "first" in row
    assert "paper, b" in row
    assert row.rstrip().endswith("why")
    bathyscope("describe", "runs/first", "--name", "", "--no-tags", "--note", "", cwd=place)
    listed = bathyscope("list", cwd=place).stdout
    assert "baseline" not in listed
    assert listed.count("old") == 1
    assert "note" not in listed


def test_an_archived_run_is_listed_on_demand(place: Path) -> None:
    bathyscope("describe", "runs/first", "--archive", cwd=place)
    listed = bathyscope("list", cwd=place).stdout
    assert "first" not in listed
    assert "1 archived run is shown by --archived." in listed
    assert "finished, archived" in bathyscope("list", "--archived", cwd=place).stdout
    bathyscope("describe", "runs/first", "--unarchive", cwd=place)
    assert "first" in bathyscope("list", cwd=place).stdout


def test_a_deleted_run_is_restored(place: Path) -> None:
    describe_run(place / "runs" / "first", name="kept name")
    done = bathyscope("delete", "runs/first", "runs/second", cwd=place)
    assert done.stdout.count("Deleted   runs/") == 2
    assert "There is no run in runs" in bathyscope("list", cwd=place).stdout
    assert "runs/first" in bathyscope("restore", cwd=place).stdout
    assert bathyscope("restore", "runs/first", cwd=place).stdout.startswith("Restored")
    assert "kept name" in bathyscope("list", cwd=place).stdout
    moved = bathyscope("restore", "runs/second", "--to", "other", cwd=place)
    assert moved.returncode == 0
    assert (place / "other" / "run.json").exists()


def test_what_was_never_deleted_is_told_in_one_line(place: Path) -> None:
    done = bathyscope("restore", "runs/third", cwd=place)
    assert done.returncode == 1
    assert "must be a run that was deleted" in done.stderr
    done = bathyscope("delete", "runs/thrid", cwd=place)
    assert done.returncode == 1
    assert "Runs beside it" in done.stderr


def test_a_run_made_before_the_calendar_is_listed(place: Path) -> None:
    path = place / "runs" / "first" / "run.json"
    path.write_text(
        re.sub('"created": "[^"]*"', '"created": "0001-01-01T00:00:00"', path.read_text())
    )
    done = bathyscope("list", cwd=place)
    assert done.returncode == 0, done.stderr
    assert "first" in done.stdout and "0001" not in done.stdout
