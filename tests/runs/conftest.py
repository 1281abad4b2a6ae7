from __future__ import annotations

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
