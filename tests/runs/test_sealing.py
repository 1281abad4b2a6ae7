from __future__ import annotations

import gc
import os
import shutil
import zlib

import duckdb
import numpy as np
import pytest

from bathyscope import DamagedFile, RunError
from bathyscope.runs import Run, RunWriter, parquet_points, sealing
from bathyscope.runs.journal import JournalWriter


@pytest.fixture
def both(run_path, tmp_path):
    """A run killed between naming the sealed file and removing its journal."""
    writer = RunWriter(run_path)
    for step in range(20):
        writer.log_scalars({"x": step / 7, "y": -step}, step=step)
    (journal,) = (run_path / "scalars").iterdir()
    kept = tmp_path / "kept.journal"
    shutil.copy(journal, kept)
    writer.finish()
    shutil.copy(kept, journal)
    return run_path


def test_the_sealed_file_is_sorted_and_all_that_is_left(writer, run):
    for step in (3, 1, 2, 1):
        writer.log_scalars({"b": step, "a": -step}, step=step, time=step + 0.000001)
    writer.finish()
    (sealed,) = (writer.path / "scalars").iterdir()
    rows = duckdb.sql(f"SELECT metric, step, value, time_us, record FROM '{sealed}'").fetchall()
    assert rows == [
        ("a", 1, -1.0, 1_000_001, 1),
        ("a", 1, -1.0, 1_000_001, 3),
        ("a", 2, -2.0, 2_000_001, 2),
        ("a", 3, -3.0, 3_000_001, 0),
        ("b", 1, 1.0, 1_000_001, 1),
        ("b", 1, 1.0, 1_000_001, 3),
        ("b", 2, 2.0, 2_000_001, 2),
        ("b", 3, 3.0, 3_000_001, 0),
    ]
    codec = duckdb.sql(f"SELECT DISTINCT compression FROM parquet_metadata('{sealed}')").fetchall()
    assert codec == [("ZSTD" if parquet_points.COMPILED is None else "SNAPPY",)]
    assert run.scalars("a").times.tolist() == [1.000001, 2.000001, 3.000001]


def test_sealing_takes_nothing_away(writer, run):
    rng = np.random.default_rng(5)
    for step in rng.integers(-1000, 1000, 500):
        writer.log_scalars({f"m{step % 5}": rng.normal()}, step=step)
    names = run.scalar_names()
    before = {name: run.scalars_all(name) for name in names}
    writer.finish()
    assert run.scalar_names() == names
    for name in names:
        after = run.scalars_all(name)
        np.testing.assert_array_equal(after.steps, before[name].steps)
        np.testing.assert_array_equal(after.values, before[name].values)
        np.testing.assert_array_equal(after.times, before[name].times)


def test_a_journal_beside_its_sealed_file_is_not_counted_twice(both):
    assert len(list((both / "scalars").iterdir())) == 2
    run = Run(both)
    assert run.scalars_all("x").steps.tolist() == list(range(20))
    assert run.scalars("x").values.tolist() == [step / 7 for step in range(20)]
    assert run.faults() == ()


def test_a_listing_that_missed_a_file_being_renamed_is_not_believed(both, monkeypatch):
    """While a folder is listed, the journal may go and its sealed file come: one sees neither."""
    (journal,) = (both / "scalars").glob("*.journal")
    journal.unlink()
    listings = [[], [path.name for path in (both / "scalars").iterdir()]]
    monkeypatch.setattr(
        "bathyscope.runs.scalars.list_names",
        lambda _: listings.pop(0) if len(listings) > 1 else listings[0],
    )
    assert Run(both).scalars_all("x").steps.tolist() == list(range(20))


def test_a_journal_sealed_after_it_was_listed_is_looked_up_again(both, monkeypatch):
    (journal,) = (both / "scalars").glob("*.journal")
    journal.unlink()
    listings = [[journal.name], [journal.name], [p.name for p in (both / "scalars").iterdir()]]
    monkeypatch.setattr(
        "bathyscope.runs.scalars.list_names",
        lambda _: listings.pop(0) if len(listings) > 1 else listings[0],
    )
    assert Run(both).scalars_all("x").steps.tolist() == list(range(20))


def test_a_damaged_sealed_file_is_named_and_its_journal_read_instead(both):
    (sealed,) = (both / "scalars").glob("*.parquet")
    data = bytearray(sealed.read_bytes())
    data[20] ^= 1
    sealed.write_bytes(data)
    run = Run(both)
    assert run.scalars_all("x").values.tolist() == [step / 7 for step in range(20)]
    (fault,) = run.faults()
    assert fault.startswith(f"scalars/{sealed.name}: its bytes are not those that were written")


def test_a_half_written_sealed_file_is_not_looked_at(writer, run):
    writer.log_scalars({"x": 1.0}, step=0)
    (journal,) = (writer.path / "scalars").iterdir()
    (journal.parent / f".{journal.stem}.tmp").write_bytes(b"PAR1 half")
    assert run.scalars_all("x").values.tolist() == [1.0]
    assert run.faults() == ()
    writer.finish()
    assert run.scalars_all("x").values.tolist() == [1.0]
    assert sorted(path.suffix for path in journal.parent.iterdir()) == [".parquet", ".tmp"]


def test_every_flipped_byte_of_a_sealed_file_is_noticed(writer):
    for step in range(5):
        writer.log_scalars({"x": step}, step=step)
    writer.finish()
    (sealed,) = (writer.path / "scalars").iterdir()
    good = sealed.read_bytes()
    run = Run(writer.path)
    for at in range(0, len(good), 7):
        data = bytearray(good)
        data[at] ^= 0x10
        sealed.write_bytes(data)
        assert run.scalar_names() == ()
        assert len(run.faults()) == 1
        assert sealed.name in run.faults()[0]
    sealed.write_bytes(good)
    assert run.scalars("x").values.tolist() == [0, 1, 2, 3, 4]
    assert run.faults() == ()


def test_a_damaged_journal_is_kept_as_it_is(writer, run):
    for step in range(5):
        writer.log_scalars({"x": step}, step=step)
    (journal,) = (writer.path / "scalars").iterdir()
    with journal.open("r+b") as file:
        file.seek(90)
        file.write(b"\xaa\xaa\xaa")
    damaged = journal.read_bytes()
    writer.finish()
    assert journal.read_bytes() == damaged
    assert 3 <= len(run.scalars("x")) < 5
    assert len(run.faults()) == 1


def test_a_newer_sealed_file_is_named(tmp_path, writer, monkeypatch):
    monkeypatch.setattr("bathyscope.runs.parquet.VERSION", 9)
    writer.log_scalars({"x": 1.0}, step=0)
    writer.finish()
    monkeypatch.undo()
    run = Run(writer.path)
    assert run.scalar_names() == ()
    assert "it has format version 9, and this bathyscope reads up to 1" in run.faults()[0]


def test_a_disk_too_full_to_seal_leaves_the_journal(writer, run, monkeypatch):
    writer.log_scalars({"x": 1.0}, step=0)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bathyscope.runs.sealing.write_part", full)
    with pytest.raises(RunError, match="No space left on device"):
        writer.finish()
    assert run.scalars("x").values.tolist() == [1.0]
    assert run.status == "finished"
    assert run.faults() == ()


@pytest.mark.parametrize("is_damaged", [False, True])
def test_what_is_left_is_on_the_disk_when_a_run_is_finished(writer, monkeypatch, is_damaged):
    """Each file that is left must be, and nothing that is removed needs to be waited for."""
    writer.log_scalars({"x": 1.0}, step=0)
    (journal,) = (writer.path / "scalars").iterdir()
    if is_damaged:
        with journal.open("r+b") as file:
            file.write(b"?")
    synced: set[int] = set()
    sync = os.fsync

    def note(descriptor: int) -> None:
        sync(descriptor)
        synced.add(os.fstat(descriptor).st_ino)

    monkeypatch.setattr(os, "fsync", note)
    number = journal.stat().st_ino
    writer.finish()
    left = [*(writer.path / "scalars").iterdir(), *(writer.path / "events").iterdir()]
    assert {path.stat().st_ino for path in left} <= synced
    assert (number in synced) == is_damaged == journal.exists()


def test_steps_whose_difference_does_not_fit_are_sorted(writer, run):
    for step in (2**63 - 1, -(2**63)):
        writer.log_scalars({"x": step / 2}, step=step)
    for _ in range(2):
        assert run.scalars("x").steps.tolist() == [-(2**63), 2**63 - 1]
        assert run.summaries()["x"].first_step == -(2**63)
        writer.finish()


@pytest.mark.skipif(parquet_points.COMPILED is None, reason="was not compiled here")
@pytest.mark.parametrize("few", [0, 1 << 20])
def test_duckdb_gives_of_our_files_what_we_do(writer, monkeypatch, few):
    monkeypatch.setattr("bathyscope.runs.sealed._FEW_ROWS", few)
    for step in range(300):
        values = {f"m{k}": step / (k + 1) for k in range(step % 5)}
        writer.log_scalars({"ü": float("nan"), **values}, step=step // 2)
    writer.finish()

    def answers() -> list[object]:
        run = Run(writer.path)
        names = run.scalar_names()
        news, cursor = run.new_scalars()
        some, _ = run.new_scalars({part: count - 7 for part, count in cursor.items()})
        found: list[object] = [names, cursor, repr(run.summaries())]
        for columns in (news, some):
            found += [columns.metrics.tolist(), columns.steps.tolist(), columns.values.tobytes()]
        series = [run.scalars_all(name) for name in names]
        series += [*run.scalars_of().values(), *run.scalars_of(["m1", "m2", "ü"]).values()]
        for one in series:
            found += [one.name, one.steps.tolist(), one.values.tobytes(), one.times.tolist()]
        return found

    own = answers()
    monkeypatch.setattr(parquet_points, "COMPILED", None)
    assert answers() == own


@pytest.mark.parametrize("few", [0, 1 << 20])
def test_large_files_are_read_metric_by_metric(tmp_path, monkeypatch, few):
    monkeypatch.setattr("bathyscope.runs.sealed._FEW_ROWS", few)
    with RunWriter(tmp_path / "r") as writer:
        for step in range(100):
            writer.log_scalars({f"m'{k}": step * k for k in range(4)}, step=99 - step)
    run = Run(tmp_path / "r")
    for k in range(4):
        series = run.scalars(f"m'{k}")
        np.testing.assert_array_equal(series.steps, np.arange(100))
        np.testing.assert_array_equal(series.values, (99 - np.arange(100)) * k)


@pytest.mark.parametrize("rows_each", [1, 100, 1 << 20])
def test_parts_are_read_side_by_side_in_their_order(tmp_path, monkeypatch, rows_each):
    monkeypatch.setattr("bathyscope.runs.sealed._FEW_ROWS", 0)
    monkeypatch.setattr("bathyscope.runs.sealed._ROWS_EACH", rows_each)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    rng = np.random.default_rng(4)
    expected, value = {}, 0
    for session in range(7):
        with RunWriter(tmp_path / "r", resume=True) as writer:
            for step in rng.integers(0, 300, 0 if session == 2 else rng.integers(1, 200)).tolist():
                value += 1
                writer.log_scalars({"x": value, **({} if step % 2 else {"y": -value})}, step=step)
                expected[step] = value
    run = Run(tmp_path / "r")
    steps = sorted(expected)
    series = run.scalars("x")
    np.testing.assert_array_equal(series.steps, steps)
    np.testing.assert_array_equal(series.values, [expected[step] for step in steps])
    even = [step for step in steps if step % 2 == 0]
    np.testing.assert_array_equal(run.scalars("y").values, [-expected[step] for step in even])
    assert len(run.scalars_all("x")) == value


def test_a_regular_series_takes_less_than_six_bytes_a_value(tmp_path):
    """The format can meet what is asked of it later: float32 losses at times a step apart."""
    rng = np.random.default_rng(0)
    path = tmp_path / "0001-1-00000000-0.journal"
    writer = JournalWriter(path)
    time = 1_790_000_000_000_000
    for step in range(20_000):
        time += int(rng.normal(10_000, 200))
        writer.append({"loss": np.float32(rng.random())}, step, time)
    writer.close()
    sealed = sealing.seal(path)
    assert sealed.stat().st_size / 20_000 < 6


@pytest.mark.parametrize("name", ["a[b]", "q?*", "it's", 'a"b', "{x}", "dots..", "%41", "é 中"])
def test_the_run_folder_may_have_any_name(tmp_path, name):
    path = tmp_path / name / "run"
    with RunWriter(path) as writer:
        writer.log_scalars({"x": 1.0}, step=0)
        writer.log_table("t", {"a": [1]}, step=0)
        writer.log_arrays("g", {"a": [1]}, step=0)
    run = Run(path)
    assert run.scalars("x").values.tolist() == [1.0]
    assert run.table("t")["a"].tolist() == [1]
    assert run.arrays("g")["a"].tolist() == [1]
    assert run.faults() == ()


def test_what_was_sealed_is_let_go_at_once(tmp_path):
    """A training may have switched the collector of circles off, and seals for days."""
    path = tmp_path / "0001-1-00000000-0.journal"
    writer = JournalWriter(path)
    for step in range(1000):
        writer.append({"loss": 1.0, "other": 2.0}, step, step)
    writer.close()
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        sealing.seal(path)
        gc.collect()
        left = [thing for thing in gc.garbage if type(thing).__module__.startswith("bathyscope")]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert left == []


def test_pages_that_are_not_what_the_file_says_are_named(writer, run):
    """Another program wrote them: the checksum in the file's name is that of its bytes."""
    if parquet_points.COMPILED is None:
        pytest.skip("needs the compiled reader")
    for step in range(100):
        writer.log_scalars({"x": step}, step=step)
    writer.finish()
    (path,) = (writer.path / "scalars").glob("*.parquet")
    data = bytearray(path.read_bytes())
    start = data.index(b"x") + 1  # behind the dictionary of names: the first page of numbers
    data[start : start + 100] = b"\xff" * 100
    path.unlink()
    path = path.with_name(f"{path.name.split('.')[0]}.{zlib.crc32(data):08x}.parquet")
    path.write_bytes(data)
    for ask in (lambda: run.scalars("x"), run.summaries, run.new_scalars):
        with pytest.raises(DamagedFile, match=f"{path.name}` must be whole to be read"):
            ask()
