"""A disk that is full, and comes back; a folder that may not be written; systems without locks."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import numpy as np
import pytest

from bathyscope.runs import Run

FULL = """
    import os, resource, sys
    from bathyscope import RunError
    from bathyscope.runs import RunWriter

    writer = RunWriter(sys.argv[1])
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    writer.log_scalars({"x": 0.0}, step=0)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, most))
    refused = 0
    for step in range(1, 300):
        try:
            writer.log_scalars({"x": float(step), f"name{step // 50}": 1.0}, step=step)
        except RunError as error:
            assert "must be writable" in str(error), error
            refused += 1
        else:
            os.write(1, b"%d " % step)
        if step == 200:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert refused > 50
    writer.finish()
"""


def test_a_full_disk_is_an_error_and_recording_goes_on_when_there_is_room(run_python, run_path):
    acknowledged = [0, *(int(step) for step in run_python(FULL, run_path).split())]
    assert acknowledged[-1] == 299
    run = Run(run_path)
    assert run.scalars("x").steps.tolist() == acknowledged
    assert run.scalars("x").values.tolist() == acknowledged
    named = [
        step
        for k in range(6)
        if f"name{k}" in run.scalar_names()
        for step in run.scalars(f"name{k}").steps.tolist()
    ]
    assert named == acknowledged[1:]


def test_what_a_full_disk_cost_is_reported(run_python, run_path):
    acknowledged = {0, *(int(step) for step in run_python(FULL, run_path).split())}
    lost = sorted(set(range(300)) - acknowledged)
    run = Run(run_path)
    (gap,) = run.events("gap")
    assert (gap["calls"], gap["first_step"], gap["last_step"]) == (len(lost), lost[0], lost[-1])
    (fault,) = run.faults()
    assert f"{len(lost)} logging calls between step {lost[0]} and step {lost[-1]}" in fault
    assert "File too large" in fault
    assert run.status == "finished"


SMALL_DISK = """
    import os, shutil, sys
    from pathlib import Path
    from bathyscope import RunError
    from bathyscope.runs import Run, RunWriter, compact
    from bathyscope.runs.parquet import connect

    connect()
    disk, kept = map(Path, sys.argv[1:])
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(300_000))
    writer = RunWriter(disk / "run")
    said, refused, step = [], 0, 0

    def log():
        global refused, step
        try:
            writer.log_scalars({"x": float(step), f"name{step // 1000}": -1.0}, step=step)
        except RunError as error:
            assert "No space left on device" in str(error), error
            refused += 1
        else:
            said.append(step)
        step += 1

    while refused < 100:
        log()
    for record in (lambda: writer.log_table("t", {"a": [0] * 100}, step=0), writer.finish):
        try:
            record()
        except RunError as error:
            assert "No space left on device" in str(error), error
            refused += 1
    assert refused == 102
    shutil.copytree(disk / "run", kept / "full")
    assert Run(disk / "run").scalars("x").steps.tolist() == said
    ballast.unlink()
    writer = RunWriter(disk / "run", resume=True)
    for _ in range(100):
        log()
    writer.finish()
    compact(disk / "run")
    shutil.copytree(disk / "run", kept / "after")
    print(*said)
"""


def _on_a_small_disk(code: str, place: Path, kept: Path) -> str:
    """Run a script on a disk of 600 kB that only it sees."""
    script = place / "script.py"
    script.write_text(textwrap.dedent(code))
    disk = place / "disk"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size=600k tmpfs {shlex.quote(str(disk))}"
    inside = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    try:
        subprocess.run([*inside, mount], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no disk can be made here: this needs user namespaces")
    command = shlex.join([sys.executable, str(script), str(disk), str(kept)])
    done = subprocess.run(
        [*inside, f"{mount} && exec {command}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_disk_that_is_really_full_loses_nothing_it_took(tmp_path):
    said = [int(step) for step in _on_a_small_disk(SMALL_DISK, tmp_path, tmp_path).split()]
    assert said[-1] - said[-101] > 100, "some were refused in between"
    full, after = Run(tmp_path / "full"), Run(tmp_path / "after")
    np.testing.assert_array_equal(full.scalars("x").steps, said[:-100])
    np.testing.assert_array_equal(after.scalars("x").steps, said)
    np.testing.assert_array_equal(after.scalars("x").values, said)
    assert after.status == "finished"
    assert not list((after.path / "scalars").glob("*.journal"))
    assert full.table_names() == ()


TRAINING = """
    import os, resource, sys, warnings
    os.environ["BATHYSCOPE_STRICT"] = ""
    import bathyscope as bs

    run = bs.record("full", runs_dir=sys.argv[1])
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for step in range(1, 1001):
            if step == 200:
                resource.setrlimit(resource.RLIMIT_FSIZE, (2000, most))
            if step == 800:
                resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
            run.log({"loss": 1 / step})
        run.finish()
    print(step, len(caught))
"""


def test_a_full_disk_warns_once_and_the_training_goes_on(run_python, tmp_path):
    steps, warned = map(int, run_python(TRAINING, tmp_path).split())
    assert (steps, warned) == (1000, 1)
    run = Run(tmp_path / "full")
    (gap,) = run.events("gap")
    series = run.scalars("loss")
    expected = [step for step in range(1, 1001)
                if not gap["first_step"] <= step <= gap["last_step"]]  # fmt: skip
    assert gap["calls"] == 1000 - len(series)
    assert series.steps.tolist() == expected, "steps were counted on while nothing was written"
    np.testing.assert_array_equal(series.values, 1 / series.steps)


READ_ONLY = """
    import os, sys
    from pathlib import Path
    from bathyscope import RunError
    from bathyscope.runs import RunWriter
    from bathyscope.runs.parquet import connect

    connect()  # what is imported later may not be readable any more
    import numpy, safetensors.numpy
    if os.getuid() == 0:  # root may write anywhere
        os.setgid(65534)
        os.setuid(65534)
    path = Path(sys.argv[1])
    writer = RunWriter(path)
    writer.log_scalars({"x": 0}, step=0)
    for folder in (path, path / "scalars", path / "events"):
        folder.chmod(0o555)
    for step in range(1, 100):
        writer.log_scalars({"x": step, f"n{step}": step}, step=step)
    refused = 0
    for record in (lambda: writer.log_table("t", {"a": [1]}, step=0),
                   lambda: writer.log_arrays("g", {"a": [1]}, step=0), writer.finish):
        try:
            record()
        except RunError as error:
            assert "Permission denied" in str(error), error
            refused += 1
    for folder in (path, path / "scalars", path / "events"):
        folder.chmod(0o755)
    print(refused)
"""


@pytest.fixture
def open_folder():
    """A folder that every user may reach."""
    place = Path(tempfile.mkdtemp(prefix="bathyscope-"))
    place.chmod(0o777)
    yield place
    shutil.rmtree(place)


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="needs users")
def test_a_folder_made_read_only_costs_no_scalar(run_python, open_folder):
    assert run_python(READ_ONLY, open_folder / "run") == "3\n"
    run = Run(open_folder / "run")
    np.testing.assert_array_equal(run.scalars("x").values, np.arange(100))
    assert run.scalars("n99").values.tolist() == [99]
    assert run.status == "finished"
    assert run.faults() == ()


WITHOUT_LOCKS = """
    import fcntl, os, pathlib, sys

    def refuse(*_, **__):
        raise OSError(95, "Operation not supported")

    fcntl.flock = fcntl.lockf = fcntl.fcntl = os.link = os.symlink = refuse
    os.mkfifo = os.fsync = pathlib.Path.hardlink_to = refuse
    from bathyscope.runs import Run, RunWriter

    for session in range(2):
        with RunWriter(sys.argv[1], resume=True) as writer:
            writer.log_scalars({"x": session}, step=session)
            writer.log_table("t" * 300, {"a": [session]}, step=session)
    run = Run(sys.argv[1])
    assert run.scalars("x").values.tolist() == [0, 1]
    assert run.table_steps("t" * 300) == (0, 1)
    assert run.faults() == ()
"""


def test_a_file_system_without_locks_and_links_will_do(run_python, run_path):
    run_python(WITHOUT_LOCKS, run_path)
    assert Run(run_path).status == "finished"


def test_the_run_store_asks_for_no_lock_of_files():
    import bathyscope.runs

    for source in Path(bathyscope.runs.__file__).parent.glob("*.py"):
        text = source.read_text(encoding="utf-8")
        assert not any(word in text for word in ("fcntl", "flock", "lockf", "msvcrt", "sqlite"))
