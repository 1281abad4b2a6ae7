from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import subprocess
from pathlib import Path

import pytest

from bathyscope import record
from bathyscope.runs import Run, RunWriter, record_environment
from bathyscope.runs.environment import environment, git_state, packages


def test_packages_are_those_that_are_installed():
    found = packages()
    theirs = {}
    for one in importlib.metadata.distributions():
        name = re.sub(r"[-_.]+", "-", one.metadata["Name"]).lower()
        theirs.setdefault(name, one.version)
    assert found == dict(sorted(theirs.items()))


def _git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_the_state_of_the_code_is_told(tmp_path):
    assert git_state(tmp_path) is None
    _git(tmp_path, "init", "-q", "-b", "trunk")
    (tmp_path / "a.py").write_text("one\ntwo\n")
    _git(tmp_path, "add", "a.py")
    _git(tmp_path, "commit", "-q", "-m", "x")
    clean = {"files": 0, "insertions": 0, "deletions": 0}
    commit = _git(tmp_path, "rev-parse", "HEAD")
    assert git_state(tmp_path) == {
        "commit": commit, "branch": "trunk", "changed": clean, "untracked_files": 0,
    }  # fmt: skip
    (tmp_path / "a.py").write_text("one\nthree\nfour\n")
    (tmp_path / "b.py").write_text("new\n")
    state = git_state(tmp_path)
    assert state["changed"] == {"files": 1, "insertions": 2, "deletions": 1}
    assert state["untracked_files"] == 1


def test_a_recording_tells_its_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("MY_TOKEN", "s3cr3t-0f-mine")
    monkeypatch.setenv("PLAIN", "v4lue-0f-mine")
    with record("a", runs_dir=tmp_path) as run:
        run.log({"loss": 1.0})
    (event,) = Run(run.path).events("environment")
    assert event["python"] == f"CPython {platform.python_version()}"
    assert 1 <= event["cpus"] <= os.cpu_count()
    assert event["packages"] == packages()
    assert event.keys() - {"kind", "time", "writer", "crc32"} == environment().keys()
    written = b"".join(path.read_bytes() for path in run.path.rglob("*") if path.is_file())
    assert b"s3cr3t" not in written
    assert b"v4lue" not in written
    assert Run(run.path).status == "finished"


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="needs /proc")
def test_the_memory_is_that_of_the_machine():
    total = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())[1]) * 1024
    assert environment()["memory_bytes"] == pytest.approx(total, rel=0.01)


def test_without_git_there_is_no_state_of_the_code(monkeypatch):
    monkeypatch.setenv("PATH", os.devnull)
    assert git_state(Path.cwd()) is None


@pytest.mark.skipif(os.name == "nt", reason="a folder in use cannot be removed")
def test_a_working_folder_that_is_gone_is_no_fault(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert environment()["git"] is None


def test_runs_that_begin_together_ask_git_once(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr("bathyscope.runs.environment.git_state", asked.append)
    monkeypatch.setattr("time.monotonic", lambda: 1e6)
    monkeypatch.chdir(tmp_path)
    for _ in range(3):
        environment()
    assert asked == [tmp_path]
    monkeypatch.setattr("time.monotonic", lambda: 1e6 + 60)
    environment()
    assert asked == [tmp_path, tmp_path]


def test_a_run_that_is_over_takes_no_environment_and_nobody_minds(run_path):
    writer = RunWriter(run_path)
    writer.finish()
    thread = record_environment(writer)
    assert thread is not None
    thread.join()
    assert Run(run_path).events("environment") == []
