from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from bathyscope.runs import Run, RunWriter


@pytest.fixture
def run_path(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "first"


@pytest.fixture
def writer(run_path: Path) -> RunWriter:
    return RunWriter(run_path)


@pytest.fixture
def run(writer: RunWriter) -> Run:
    return Run(writer.path)


@pytest.fixture
def start_python(tmp_path: Path):
    """Start real processes that run a script; end those still alive after the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(code: str, *arguments: object, **options: object) -> subprocess.Popen[bytes]:
        script = tmp_path / f"script{len(started)}.py"
        script.write_text(textwrap.dedent(code))
        process = subprocess.Popen(
            [sys.executable, str(script), *(str(one) for one in arguments)],
            stdout=subprocess.PIPE,
            cwd=tmp_path,
            **options,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def run_python(start_python) -> Callable[..., str]:
    """Run a script in a real process to its end; give what it printed."""

    def run_to_end(code: str, *arguments: object) -> str:
        process = start_python(code, *arguments)
        output = process.stdout.read()
        assert process.wait() == 0
        return output.decode()

    return run_to_end
