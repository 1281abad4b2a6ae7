"""``docs/run-format.md`` says what is so: its code reads real runs, its names are the real ones."""

from __future__ import annotations

import math
import re
import shutil
import zlib
from pathlib import Path

import numpy as np
import pytest

from bathyscope.runs import Run, RunWriter, describe_run

DOCUMENT = Path(__file__).parents[2] / "docs" / "run-format.md"


@pytest.fixture(scope="module")
def documented():
    """The functions the document defines."""
    text = DOCUMENT.read_text(encoding="utf-8")
    functions: dict[str, object] = {}
    for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(code, str(DOCUMENT), "exec"), functions)
    return functions


@pytest.fixture
def journal(writer):
    for step in range(30):
        values = {"loss": 1 / (step + 1), "nan": math.nan, "中": -math.inf}
        writer.log_scalars(values if step % 2 else {"loss": step}, step=5 - step, time=step)
    (path,) = (writer.path / "scalars").iterdir()
    return path


def test_the_documented_reader_reads_a_real_journal(documented, journal, run):
    points, damaged = documented["read_journal"](journal)
    assert damaged == []
    for name in run.scalar_names():
        series = run.scalars_all(name)
        mine = sorted((step, time / 1e6, repr(v)) for n, step, time, v in points if n == name)
        theirs = zip(series.steps.tolist(), series.times.tolist(), series.values, strict=True)
        assert mine == sorted((step, time, repr(float(v))) for step, time, v in theirs)


def test_the_documented_reader_goes_on_after_damage(documented, journal, run):
    data = bytearray(journal.read_bytes())
    places = (200, 700, len(data) - 3)
    for at in places:
        data[at] ^= 0xFF
    journal.write_bytes(data)
    points, damaged = documented["read_journal"](journal)
    assert len(damaged) == 3
    for at, (start, end) in zip(places, damaged, strict=True):
        assert start <= at < end
    assert len(run.faults()) == 3
    for name in run.scalar_names():
        series = run.scalars_all(name)
        mine = sorted((step, repr(v)) for n, step, _, v in points if n == name)
        assert mine == sorted(
            (step, repr(float(v)))
            for step, v in zip(series.steps.tolist(), series.values, strict=True)
        )


def test_the_documented_reader_merges_sessions_as_ours_does(documented, run_path, tmp_path):
    with RunWriter(run_path) as first:
        for step in range(10):
            first.log_scalars({"x": 1.0, "y": 0.0}, step=step)
    second = RunWriter(run_path, resume=True)
    for step in range(5, 15):
        second.log_scalars({"x": 2.0}, step=step)
        second.log_scalars({"x": 2.0 + step}, step=step)
    (journal,) = (run_path / "scalars").glob("*.journal")
    shutil.copy(journal, tmp_path / "kept")
    run = Run(run_path)
    for attempt in range(3):
        series = run.scalars("x")
        expected = dict(zip(series.steps.tolist(), series.values.tolist(), strict=True))
        assert documented["read_metric"](run_path, "x") == expected
        second.finish()
        if attempt == 1:  # sealing was cut short
            shutil.copy(tmp_path / "kept", journal)
    np.testing.assert_array_equal(series.steps, np.arange(15))


def test_the_documented_event_carries_the_right_checksum():
    text = DOCUMENT.read_text(encoding="utf-8")
    (line,) = re.findall(r"```json\n(.*crc32.*)\n```", text)
    body, _, rest = line.partition(',"crc32"')
    assert rest == f':"{zlib.crc32(body.encode()):08x}"}}'


def test_the_documented_change_is_what_we_read(run_path):
    text = DOCUMENT.read_text(encoding="utf-8")
    (line,) = re.findall(r"```json\n(.*\"tags\".*)\n```", text)
    RunWriter(run_path).finish()
    (run_path / "about").mkdir()
    data = line.encode()
    (run_path / "about" / f"0001-7-9f3a1c05.{zlib.crc32(data):08x}.json").write_bytes(data)
    assert (Run(run_path).name, Run(run_path).tags) == ("baseline", ("paper",))
    assert Run(run_path).faults() == ()


def test_every_file_of_a_run_is_of_a_documented_kind(run_path):
    with RunWriter(run_path) as writer:
        writer.log_scalars({"x": 1.0}, step=0)
        writer.log_table("predictions/test", {"a": [1]}, step=12)
        writer.log_arrays("parameters", {"a": [1]}, step=12)
    RunWriter(run_path, resume=True).log_scalars({"x": 1.0}, step=0)
    describe_run(run_path, note="seen")
    one, crc = r"\d{4,}-\d+-[0-9a-f]{8}", "[0-9a-f]{8}"
    kinds = [
        r"run\.json",
        rf"scalars/{one}-\d+\.journal",
        rf"scalars/{one}-\d+\.{crc}\.parquet",
        rf"tables/predictions%2ftest/000000000012-{one}-\d+\.{crc}\.parquet",
        rf"arrays/parameters/000000000012-{one}-\d+\.{crc}\.safetensors",
        rf"events/{one}\.jsonl",
        rf"about/{one}\.{crc}\.json",
    ]
    files = [p.relative_to(run_path).as_posix() for p in run_path.rglob("*") if p.is_file()]
    assert all(any(re.fullmatch(kind, file) for kind in kinds) for file in files), files
    assert all(any(re.fullmatch(kind, file) for file in files) for kind in kinds), files
