from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path

import pytest

from bathyscope.integrations.guard import Guard, RecordingWarning, is_strict_environment
from bathyscope.integrations.recording import Recording
from bathyscope.runs import Run


@pytest.fixture
def lenient(tmp_path):
    run = Recording("run", runs_dir=tmp_path, strict=False)
    yield run
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RecordingWarning)
        run.finish()


def run_program(source: str, *arguments: str, **options) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "BATHYSCOPE_STRICT": "", **options.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def test_a_fault_warns_once_per_call_site_and_is_written_down(lenient):
    with pytest.warns(RecordingWarning) as caught:
        for _ in range(3):
            lenient.log({"loss": "high"})
        lenient.log({"loss": "low"})
    assert len(caught) == 2
    assert all(warning.filename == __file__ for warning in caught)
    assert "`log` failed and training goes on" in str(caught[0].message)
    faults = Run(lenient.path).events("fault")
    assert [fault["operation"] for fault in faults] == ["log", "log"]
    assert "got str 'high'" in faults[0]["message"]


def test_what_comes_after_a_fault_is_recorded(lenient):
    with pytest.warns(RecordingWarning):
        lenient.log({"loss": None}, step=1)
    lenient.log({"loss": 0.5}, step=2)
    series = Run(lenient.path).scalars("loss")
    assert series.steps.tolist() == [2]


def test_strict_raises(tmp_path, monkeypatch):
    with (
        Recording("a", runs_dir=tmp_path, strict=True) as run,
        pytest.raises(TypeError, match="`loss` must be one real number"),
    ):
        run.log({"loss": "high"})
    monkeypatch.setenv("BATHYSCOPE_STRICT", "1")
    with Recording("b", runs_dir=tmp_path) as run, pytest.raises(TypeError):
        run.log({"loss": "high"})


@pytest.mark.parametrize(
    ("value", "strict"), [("", False), ("0", False), ("no", False), ("1", True)]
)
def test_the_environment_says_whether_to_be_strict(monkeypatch, value, strict):
    monkeypatch.setenv("BATHYSCOPE_STRICT", value)
    assert is_strict_environment() is strict


def test_a_keyboard_interrupt_is_no_fault():
    guard = Guard(strict=False, report=lambda operation, fault: None)
    with pytest.raises(KeyboardInterrupt), guard("anything"):
        raise KeyboardInterrupt
    assert guard.count == 0


def test_a_folder_that_becomes_a_file_stops_nothing(tmp_path):
    run = Recording("run", runs_dir=tmp_path, strict=False)
    run.log({"loss": 1})
    shutil.rmtree(run.path)
    run.path.write_text("not a run any more")
    with pytest.warns(RecordingWarning, match="`log_arrays` failed"):
        run.log_arrays("weights", {"w": [1.0]})
    with pytest.warns(RecordingWarning, match="`log_table` failed"):
        run.log_table("t", {"a": [1]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RecordingWarning)
        run.finish()


def test_a_full_disk_stops_nothing(tmp_path):
    """A limit on the size of files makes writing fail as a full disk does."""
    program = """
        import resource, signal, sys
        from bathyscope.integrations.recording import Recording
        run = Recording("run", runs_dir=sys.argv[1])
        run.log({"loss": 1.0}, step=1)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        for step in range(2, 2000):
            run.log({"loss": 1.0 / step, "accuracy": 0.5}, step=step)
        run.log_arrays("weights", {"w": [0.0] * 100_000})
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        run.log({"loss": 7.0}, step=5000)
        print("trained to the end")
    """
    done = run_program(program, str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "trained to the end" in done.stdout
    assert done.stderr.count("`log` failed") == 1
    assert done.stderr.count("`log_arrays` failed") == 1
    series = Run(tmp_path / "run").scalars("loss")
    assert series.steps[0] == 1
    assert series.values[-1] == 7.0
    kept = series.steps[:-1]
    assert series.values[:-1].tolist() == [1.0 / step for step in kept]
    assert 10 < len(kept) < 1999


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user without rights")
def test_a_folder_made_read_only_stops_nothing(tmp_path):
    program = """
        import os, sys
        from bathyscope.integrations.recording import Recording
        import numpy, duckdb, safetensors.numpy
        run = Recording("run", runs_dir=sys.argv[1])
        run.log({"loss": 1.0}, step=1)
        os.setgid(65534); os.setuid(65534)
        run.log_arrays("weights", {"w": [1.0]})
        run.log({"loss": 2.0}, step=2)
        print("trained to the end")
    """
    done = run_program(program, str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "trained to the end" in done.stdout
    assert "`log_arrays` failed" in done.stderr
    assert Run(tmp_path / "run").scalars("loss").values.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    "unheard",
    [
        "import warnings; warnings.simplefilter('error')",
        "import warnings; warnings.showwarning = None",
        "sys.stderr.close()",
        "sys.stderr = None",
        "ends = os.pipe(); os.close(ends[0]); os.dup2(ends[1], 2)",
    ],
)
def test_a_warning_that_cannot_be_given_stops_nothing(tmp_path, unheard):
    """Warnings made errors, and no place to write them: a daemon has none."""
    program = f"""
        import os, sys
        from bathyscope.integrations.recording import Recording
        run = Recording("run", runs_dir=sys.argv[1])
        {unheard}
        run.log({{"loss": "high", "rate": 0.5}}, step=1)
        run.finish()
        print("trained to the end")
    """
    done = run_program(program, str(tmp_path))
    assert done.stdout == "trained to the end\n", done.stderr
    assert ("`log` failed" in done.stderr) == ("simplefilter" in unheard or "show" in unheard)
    run = Run(tmp_path / "run")
    assert run.scalars("rate").values.tolist() == [0.5]
    assert len(run.events("fault")) == 1
    assert run.status == "finished"


def test_the_limit_on_files_is_this_programs_own():
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_a_run_that_cannot_begin_says_so(tmp_path):
    Path(tmp_path / "runs").write_text("a file, not a folder")
    with pytest.raises(OSError, match="runs"):
        Recording("a", runs_dir=tmp_path / "runs", strict=False)
