"""The commands as a person types them, in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from bathyscope.runs import RunWriter


def bathyscope(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bathyscope", *map(str, arguments)],
        capture_output=True, text=True, timeout=300, check=False, cwd=cwd,
        env={**os.environ, "COLUMNS": "120", "NO_COLOR": "1"},
    )  # fmt: skip


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    writer = RunWriter(tmp_path / "runs" / "first", config={"rate": 0.1}, tags=("baseline",))
    for step in range(5):
        writer.log_scalars({"loss": 1.0 / (step + 1)}, step=step)
    writer.finish()
    return writer.path


@pytest.mark.parametrize(
    "command", [(), ("demo",), ("inspect",), ("report",), ("list",), ("sql",), ("compact",)]
)
def test_help_shows_examples(command: tuple[str, ...]) -> None:
    done = bathyscope(*command, "--help")
    assert done.returncode == 0
    assert "Examples:" in done.stdout
    assert f"bathyscope {command[0] if command else 'demo'}" in done.stdout


def test_version() -> None:
    assert "0.1.0" in bathyscope("--version").stdout


def test_list_shows_runs_with_their_state(run_folder: Path) -> None:
    done = bathyscope("list", run_folder.parent)
    assert "first" in done.stdout
    assert "finished" in done.stdout
    assert "baseline" in done.stdout
    assert str(datetime.now().year) in done.stdout


def test_no_name_commands_the_terminal(tmp_path: Path) -> None:
    name = "\x1b[2J\x9b31m 漢字\u3000[bold]"
    with RunWriter(tmp_path / "run", name=name, tags=[name]) as writer:
        writer.log_scalars({name: 1.0}, step=1)
        writer.log_table(name, {"text": [name]}, step=1)
    for command in (
        ("list", tmp_path),
        ("inspect", writer.path),
        ("sql", writer.path, "select metric as m from scalars"),
    ):
        done = bathyscope(*command)
        assert done.returncode == 0
        assert "\ufffd[2J\ufffd31m 漢字\u3000[bold]" in done.stdout
        assert not {"\x1b", "\x9b"} & set(done.stdout)


def test_list_of_a_folder_without_runs_shows_what_lies_deeper(run_folder: Path) -> None:
    log = run_folder.parents[1] / "log.csv"
    log.write_text("epoch,loss,val_loss\n0,0.5,0.6\n", encoding="utf-8")
    lines = bathyscope("list", run_folder.parents[1]).stdout.splitlines()
    place = run_folder.relative_to(run_folder.parents[1]).as_posix()
    assert any(line.split()[:3] == [place, "run", "finished"] for line in lines)
    assert any(line.startswith("log.csv") for line in lines)


def test_list_of_an_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    assert "bathyscope demo" in bathyscope("list", tmp_path).stdout


def test_report_writes_one_file_and_pictures(run_folder: Path, tmp_path: Path) -> None:
    page, pictures = tmp_path / "page.html", tmp_path / "pictures"
    done = bathyscope("report", run_folder, "-o", page, "--pictures", pictures)
    assert done.returncode == 0, done.stderr
    assert page.exists()
    assert list(pictures.glob("*.png"))


def test_inspect_shows_the_parameters_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    save_file({"head.weight": np.full((3, 4), 2.0, dtype=np.float32)}, path)
    done = bathyscope("inspect", path, "--html", tmp_path / "net.html")
    assert done.returncode == 0, done.stderr
    assert "head" in done.stdout
    assert "12 parameters" in done.stdout
    assert (tmp_path / "net.html").exists()


def test_inspect_shows_what_a_run_holds(run_folder: Path) -> None:
    done = bathyscope("inspect", run_folder)
    assert "loss" in done.stdout
    assert "finished" in done.stdout
    assert "0.2" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("report", "no-such-run"), "no-such-run"),
        (("inspect", "no-such-file.keras"), "no-such-file.keras"),
        (("inspect", "notes.txt"), ".safetensors"),
        (("demo", "--model", "rnn"), "mlp"),
        (("demo", "--epochs", "0"), "0"),
        (("launch",), "launch"),
    ],
)
def test_errors_are_told_without_a_traceback(
    arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("not a model")
    done = bathyscope(*arguments, cwd=tmp_path)
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("Error")]
    assert len(errors) == 1


def test_an_unknown_layer_offers_the_nearest_names(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    save_file({"encoder.weight": np.ones((2, 2), dtype=np.float32)}, path)
    done = bathyscope("inspect", path, "--layer", "encodr")
    assert done.returncode == 1
    assert "`encoder`" in done.stderr
