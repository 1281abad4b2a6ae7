"""``bathyscope export`` as a person types it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bathyscope.runs import RunWriter


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bathyscope", "export", *map(str, arguments)],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "parquet", "json"])
def test_a_run_becomes_a_folder(tmp_path: Path, form: str) -> None:
    with RunWriter(tmp_path / "a") as run:
        run.log_scalars({"loss": 0.1}, step=3, time=9.5)
    done = command(tmp_path / "a", tmp_path / "out", *([] if form == "csv" else [f"--{form}"]))
    assert done.returncode == 0, done.stderr
    assert "(3 files, " in done.stdout
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written == {"run.json", "events.json", f"scalars.{form}"}
    if form == "csv":
        text = (tmp_path / "out" / "scalars.csv").read_text()
        assert text == "metric,step,value,time\nloss,3,0.1,9.5\n"


def test_what_cannot_be_done_is_one_line(tmp_path: Path) -> None:
    for arguments in ([tmp_path / "none", tmp_path / "out"], [tmp_path, tmp_path]):
        done = command(*arguments)
        assert done.returncode == 1
        assert done.stderr.startswith("Error: `")
        assert done.stderr.count("\n") == 1
