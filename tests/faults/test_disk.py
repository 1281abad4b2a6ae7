"""A disk that is full, and comes back; a folder that may not be written; systems without locks."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
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


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="needs users")
def test_a_folder_made_read_only_costs_no_scalar(run_python, open_folder):
    assert run_python(READ_ONLY, open_folder / "run") == "3\n"
    run = Run(open_folder / "run")
    np.testing.assert_array_equal(run.scalars("x").values, np.arange(100))
    assert run.scalars("n99").values.tolist() == [99]
    assert run.status == "finished"
    assert run.faults() == ()


#: A file system without locks, links and a way to wait for the disk, below one folder: all that a
#: process asks of it goes through these functions, whatever language asks.
NO_LOCKS = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REAL(name, ...) ((int (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name))

static int is_there(const char *path)
{
    const char *folder = getenv("NO_LOCKS");
    return folder && !strncmp(path, folder, strlen(folder));
}

static int is_open_there(int file)
{
    char link[64], path[4096] = {0};
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    return readlink(link, path, sizeof path - 1) > 0 && is_there(path);
}

static int refuse(const char *what, int why)
{
    FILE *said = fopen(getenv("REFUSED"), "a");
    fprintf(said, "%s\n", what);
    fclose(said);
    errno = why;
    return -1;
}

int flock(int file, int what)
{
    return is_open_there(file) ? refuse("lock", ENOLCK) : REAL("flock", int, int)(file, what);
}

static int pass(const char *name, int file, int what, void *argument)
{
    int is_lock = what == F_SETLK || what == F_SETLKW || what == F_GETLK || what == F_OFD_SETLK
        || what == F_OFD_SETLKW || what == F_OFD_GETLK || what == F_SETLEASE;
    if (is_lock && is_open_there(file))
        return refuse("lock", ENOLCK);
    return REAL(name, int, int, ...)(file, what, argument);
}

int fcntl(int file, int what, ...)
{
    va_list more;
    va_start(more, what);
    int found = pass("fcntl", file, what, va_arg(more, void *));
    va_end(more);
    return found;
}

int fcntl64(int file, int what, ...)
{
    va_list more;
    va_start(more, what);
    int found = pass("fcntl64", file, what, va_arg(more, void *));
    va_end(more);
    return found;
}

int link(const char *from, const char *to)
{
    return is_there(to) ? refuse("link", EPERM)
                        : REAL("link", const char *, const char *)(from, to);
}

int linkat(int a, const char *from, int b, const char *to, int flags)
{
    return is_there(to)
        ? refuse("link", EPERM)
        : REAL("linkat", int, const char *, int, const char *, int)(a, from, b, to, flags);
}

int fsync(int file)
{
    return is_open_there(file) ? refuse("fsync", EINVAL) : REAL("fsync", int)(file);
}
"""

WITHOUT_LOCKS = """
    import errno, fcntl, os, sys

    # That nothing can be locked or linked is really so.
    probe = sys.argv[1] + ".probe"
    with open(probe, "w") as file:
        for ask in (
            lambda: fcntl.flock(file, fcntl.LOCK_EX),
            lambda: fcntl.lockf(file, fcntl.LOCK_EX),
            lambda: os.link(probe, probe + ".link"),
            lambda: os.fsync(file),
        ):
            try:
                ask()
            except OSError as error:
                assert error.errno in (errno.ENOLCK, errno.EPERM, errno.EINVAL)
            else:
                raise AssertionError("it was granted")

    from bathyscope.runs import Run, RunWriter

    for session in range(2):
        with RunWriter(sys.argv[1], resume=True) as writer:
            for step in range(100 * session, 100 * session + 100):
                writer.log_scalars({"x": step}, step=step)
            writer.log_table("t" * 300, {"a": [session]}, step=session)
            writer.log_table("long", {"a": range(100_000)}, step=session)  # by DuckDB
            writer.log_arrays("g", {"w": [session]}, step=session)
    run = Run(sys.argv[1])
    assert run.scalars("x").values.tolist() == list(range(200))
    assert run.table_steps("t" * 300) == run.array_steps("g") == (0, 1)
    assert run.table("long", step=1)["a"].tolist() == list(range(100_000))
    assert run.sql("SELECT count(*) AS n FROM scalars")["n"].tolist() == [200]
    assert run.faults() == ()
"""


@pytest.fixture(scope="session")
def no_locks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile what stands between the system and a process."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if sys.platform != "linux" or compiler is None:
        pytest.skip("needs Linux and a C compiler")
    folder = tmp_path_factory.mktemp("locks")
    source, library = folder / "no_locks.c", folder / "no_locks.so"
    source.write_text(NO_LOCKS)
    command = [compiler, "-shared", "-fPIC", "-w", str(source), "-o", str(library), "-ldl"]
    subprocess.run(command, check=True, capture_output=True)
    return library


@pytest.mark.parametrize("pure", ["0", "1"])
def test_a_file_system_without_locks_and_links_will_do(
    run_python, run_path, no_locks, monkeypatch, pure
):
    """DuckDB asks for locks: where it gets none, it writes elsewhere, and bytes are copied."""
    run_path.parent.mkdir()
    monkeypatch.setenv("LD_PRELOAD", str(no_locks))
    monkeypatch.setenv("NO_LOCKS", str(run_path.parent))
    monkeypatch.setenv("REFUSED", str(run_path.parent.parent / "refused"))
    monkeypatch.setenv("BATHYSCOPE_PURE", pure)
    run_python(WITHOUT_LOCKS, run_path)
    monkeypatch.undo()
    refused = (run_path.parent.parent / "refused").read_text().split()
    assert refused[:4] == ["lock", "lock", "link", "fsync"]
    assert set(refused[4:]) == {"lock", "link", "fsync"}, "all of it was asked for again"
    assert Run(run_path).status == "finished"


def test_the_run_store_asks_for_no_lock_of_files():
    import bathyscope.runs

    for source in Path(bathyscope.runs.__file__).parent.glob("*.py"):
        text = source.read_text(encoding="utf-8")
        assert not any(word in text for word in ("fcntl", "flock", "lockf", "msvcrt", "sqlite"))
