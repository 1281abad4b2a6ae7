from __future__ import annotations

import json
import os
import subprocess
import zlib
from pathlib import Path

import pytest

from bathyscope.runs import Run, RunWriter, liveness

STARTING = """
    import os, sys
    from bathyscope.runs import RunWriter

    writer = RunWriter(sys.argv[1], resume=True)
    writer.log_scalars({"x": 1.0}, step=0)
    os.write(1, b"started\\n")
    sys.stdin.read()
    ENDING
"""


@pytest.fixture
def change_start(run_path):
    """Rewrite what the first event of a run says of its process."""

    def change(**fields: object) -> None:
        (path,) = (run_path / "events").iterdir()
        event = json.loads(path.read_text().splitlines()[0])
        del event["crc32"]
        event["process"] |= fields
        body = json.dumps(event, separators=(",", ":")).encode()[:-1]
        path.write_bytes(body + f',"crc32":"{zlib.crc32(body):08x}"}}\n'.encode())

    return change


tells_processes_apart = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="this system does not say when a process started"
)


@tells_processes_apart
def test_a_run_is_running_while_its_process_lives(start_python, run_path):
    process = start_python(STARTING.replace("ENDING", ""), run_path, stdin=subprocess.PIPE)
    process.stdout.readline()
    run = Run(run_path)
    assert run.status == "running"
    process.kill()
    while not process_is_zombie(process.pid):
        pass
    assert run.status == "interrupted", "dead, though nobody has waited for it"
    process.wait()
    process.stdin.close()
    assert run.status == "interrupted"


def process_is_zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.parametrize(
    ("ending", "status"),
    [("writer.finish()", "finished"), ("writer.finish('failed')", "failed"), ("", "interrupted")],
)
def test_a_run_ended_as_its_writer_said(start_python, run_path, ending, status):
    process = start_python(STARTING.replace("ENDING", ending), run_path, stdin=subprocess.DEVNULL)
    assert process.wait() == 0
    assert Run(run_path).status == status


def test_the_last_session_counts(start_python, run_path):
    RunWriter(run_path).finish("failed")
    process = start_python(STARTING.replace("ENDING", ""), run_path, stdin=subprocess.DEVNULL)
    process.wait()
    assert Run(run_path).status == "interrupted"
    later = RunWriter(run_path, resume=True)
    assert Run(run_path).status == "running"
    later.finish()
    assert Run(run_path).status == "finished"


def test_on_another_host_it_cannot_be_told(writer, run, change_start):
    change_start(host="another-host")
    assert run.status == "unknown"
    writer.finish()
    assert run.status == "finished"


@tells_processes_apart
def test_another_process_of_the_same_id_is_not_taken_for_the_writer(writer, run, change_start):
    assert run.status == "running"
    change_start(process_started="1")
    assert run.status == "interrupted"


def test_a_boot_ago_is_dead(writer, run, change_start):
    change_start(boot="another boot")
    assert run.status == "interrupted"


def test_where_proc_is_missing_the_process_is_asked(writer, run, change_start, monkeypatch):
    monkeypatch.setattr(liveness, "_PROC", writer.path / "nowhere")
    change_start(boot="", process_started="")
    assert run.status == "running"
    change_start(pid=2**22 + 1)  # larger than any
    assert run.status == "interrupted"


def test_a_long_first_or_last_event_does_not_hide_the_status(run_path):
    writer = RunWriter(run_path)
    writer.log_event("model", layers=["dense"] * 5000)
    assert Run(run_path).status == "running"
    writer.finish()
    later = RunWriter(run_path, resume=True, config={"long": "x" * 20_000})
    assert Run(run_path).status == "running"
    later.finish("failed")
    assert Run(run_path).status == "failed"


def test_a_damaged_last_event_is_judged_by_the_process(writer, run):
    writer.finish()
    (path,) = (writer.path / "events").iterdir()
    path.write_bytes(path.read_bytes()[:-9])
    assert run.status == "running", "this test's process lives"
    assert len(run.faults()) == 1


def test_a_run_without_events_is_unknown(run_path):
    RunWriter(run_path)
    for path in (run_path / "events").iterdir():
        path.unlink()
    assert Run(run_path).status == "unknown"
    assert os.listdir(run_path / "events") == []  # noqa: PTH208
