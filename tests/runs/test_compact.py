from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zlib

import numpy as np
import pytest

from bathyscope import RunError
from bathyscope.runs import Run, RunWriter, compact

DYING = """
    import os, sys
    from bathyscope.runs import RunWriter

    writer = RunWriter(sys.argv[1], resume=True)
    for step in range(300):
        writer.log_scalars({"x": step, "y": -step}, step=step)
    os._exit(1)
"""


@pytest.fixture
def dead(start_python, run_path):
    """A run whose process died without a word."""
    start_python(DYING, run_path).wait()
    return run_path


def _endings(path) -> list[str]:
    return sorted(file.suffix for file in (path / "scalars").iterdir())


def test_a_dead_run_is_sealed_and_reads_as_before(dead):
    before = Run(dead).scalars_all("x")
    done = compact(dead)
    assert _endings(dead) == [".parquet"]
    assert [path.suffix for path in done.sealed] == [".parquet"]
    assert done.kept == {}
    after = Run(dead).scalars_all("x")
    np.testing.assert_array_equal(after.steps, before.steps)
    np.testing.assert_array_equal(after.values, np.arange(300))
    np.testing.assert_array_equal(after.times, before.times)
    assert Run(dead).faults() == ()
    again = compact(dead)
    assert (again.sealed, again.kept) == ([], {})


def test_a_run_that_is_written_is_refused(dead):
    living = RunWriter(dead, resume=True)
    living.log_scalars({"x": 5.0}, step=1)
    with pytest.raises(RunError, match=f"living process to be compacted; {living.writer}"):
        compact(dead)
    assert _endings(dead) == [".journal", ".journal"]
    done = compact(dead, only_finished=True)
    assert len(done.sealed) == 1
    assert list(done.kept.values()) == ["its writer is running"]
    living.log_scalars({"x": 6.0}, step=2)
    assert Run(dead).scalars("x").values[:4].tolist() == [0, 5, 6, 3]


def test_another_host_can_not_be_asked(dead):
    (path,) = (dead / "events").iterdir()
    event = json.loads(path.read_text().splitlines()[0])
    del event["crc32"]
    event["process"]["host"] = "elsewhere"
    body = json.dumps(event, separators=(",", ":")).encode()[:-1]
    path.write_bytes(body + f',"crc32":"{zlib.crc32(body):08x}"}}\n'.encode())
    with pytest.raises(RunError, match="ran on another host, which alone can tell"):
        compact(dead)
    assert _endings(dead) == [".journal"]
    assert len(compact(dead, others_are_dead=True).sealed) == 1


def test_what_sealing_left_behind_is_removed(dead, tmp_path):
    (journal,) = (dead / "scalars").iterdir()
    shutil.copy(journal, tmp_path / "kept")
    compact(dead)
    shutil.copy(tmp_path / "kept", journal)
    (dead / "scalars" / f".{journal.stem}.0123abcd.tmp").write_bytes(b"PAR1 half")
    assert compact(dead).sealed == []
    assert _endings(dead) == [".parquet"]


def test_a_damaged_sealed_file_does_not_cost_its_journal(dead, tmp_path):
    (journal,) = (dead / "scalars").iterdir()
    shutil.copy(journal, tmp_path / "kept")
    (sealed,) = compact(dead).sealed
    shutil.copy(tmp_path / "kept", journal)
    data = bytearray(sealed.read_bytes())
    data[50] ^= 1
    sealed.write_bytes(data)
    (again,) = compact(dead).sealed
    assert again == sealed, "the same points give the same file"
    assert Run(dead).faults() == ()
    assert len(Run(dead).scalars("x")) == 300


def test_a_damaged_journal_is_kept(dead):
    (journal,) = (dead / "scalars").iterdir()
    data = bytearray(journal.read_bytes())
    data[2000] ^= 1
    journal.write_bytes(data)
    assert compact(dead).kept == {journal: "it is damaged, and kept as it is"}
    assert journal.read_bytes() == bytes(data)


@pytest.mark.parametrize("attempt", range(3))
def test_two_that_compact_at_once_lose_nothing(dead, start_python, attempt):
    code = """
        import sys
        from bathyscope import RunError
        from bathyscope.runs import compact

        try:
            compact(sys.argv[1])
        except RunError:
            pass
    """
    both = [start_python(code, dead) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    np.testing.assert_array_equal(Run(dead).scalars_all("x").values, np.arange(300))
    assert Run(dead).faults() == ()


def test_the_command_says_what_it_did(dead):
    def bathyscope(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bathyscope", "compact", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
        )

    living = RunWriter(dead, resume=True)
    living.log_scalars({"x": 1.0}, step=0)
    refused = bathyscope(dead)
    assert refused.returncode == 1
    assert "must not be written by a living process" in refused.stderr
    done = bathyscope(dead, "--only-finished")
    assert done.stdout.count("Sealed ") == 1
    assert "its writer is running" in done.stdout
    living.finish()
    assert bathyscope(dead).stdout == "There was nothing to seal.\n"
