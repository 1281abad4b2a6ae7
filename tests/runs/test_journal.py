from __future__ import annotations

import math
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bathyscope.runs.frames import HEADER, header
from bathyscope.runs.journal import JournalWriter
from bathyscope.runs.replay import Replay
from bathyscope.runs.sealing import seal

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
STEPS = st.integers(-(2**63), 2**63 - 1)
LOGS = st.lists(st.tuples(STEPS, st.dictionaries(NAMES, st.floats(), max_size=5)), max_size=12)


def _replay(path: Path) -> Replay:
    replay = Replay(path)
    replay.refresh()
    return replay


def _shown(replay: Replay) -> dict[str, list[tuple[int, float, int]]]:
    found = {}
    for name in replay.names():
        points = replay.points(name)
        columns = (points.steps.tolist(), points.values.tolist(), points.times_us.tolist())
        found[name] = list(zip(*columns, strict=True))
    return found


@given(LOGS)
@settings(deadline=None, max_examples=60)
def test_any_number_of_any_name_at_any_step_comes_back(logs):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "0001-1-00000000-0.journal"
        writer = JournalWriter(path)
        expected: dict[str, list[tuple[int, float, int]]] = {}
        for time, (step, values) in enumerate(logs):
            writer.append(values, step, time)
            for name, value in values.items():
                expected.setdefault(name, []).append((step, value, time))
        replay = _replay(path)
        assert replay.faults() == []
        # repr tells NaN, -0.0 and every bit of a double.
        assert repr(dict(sorted(_shown(replay).items()))) == repr(dict(sorted(expected.items())))


@given(logs=LOGS.filter(lambda logs: any(values for _, values in logs)))
@settings(deadline=None, max_examples=25)
def test_a_sealed_file_read_by_duckdb_alone_holds_the_same(logs):
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "0001-1-00000000-0.journal"
        writer = JournalWriter(path)
        expected = []
        for record, (step, values) in enumerate((s, v) for s, v in logs if v):
            writer.append(values, step, record * 10)
            expected += [(name, step, value, record * 10, record) for name, value in values.items()]
        writer.close()
        sealed = seal(path)
        rows = duckdb.sql(f"SELECT metric, step, value, time_us, record FROM '{sealed}'").fetchall()
        expected.sort(key=lambda row: (row[0].encode(), row[1], row[4]))
        assert repr(rows) == repr(expected)


@pytest.fixture
def small(tmp_path):
    """A small journal, the sizes it had after each call, and what was in it."""
    path = tmp_path / "0001-1-00000000-0.journal"
    writer = JournalWriter(path)
    sizes, logs = [], []
    for step in range(6):
        values = {"loss": 1 / (step + 1), "précision/中": math.nan if step == 3 else step * 0.1}
        if step == 4:
            values["late"] = -math.inf
        writer.append(values, step, 1000 + step)
        sizes.append(path.stat().st_size)
        logs.append(values)
    writer.close()
    return path, sizes, logs


def _check_shown(replay: Replay, logs: list[dict[str, float]]) -> int:
    """Check that nothing wrong is shown; give how many values are missing."""
    shown = _shown(replay)
    truth = {(n, s, repr(v), 1000 + s) for s, values in enumerate(logs) for n, v in values.items()}
    found = {(n, s, repr(v), time) for n, rows in shown.items() for s, v, time in rows}
    assert found <= truth
    assert sum(len(rows) for rows in shown.values()) == len(found)
    return len(truth) - len(found)


@pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
def test_a_flipped_byte_anywhere_is_named_and_costs_one_record_at_most(small, tmp_path, flip):
    path, _, logs = small
    good = path.read_bytes()
    damaged = tmp_path / "damaged.journal"
    for at in range(len(good)):
        data = bytearray(good)
        data[at] ^= flip
        damaged.write_bytes(data)
        replay = _replay(damaged)
        assert replay.faults(), f"byte {at} was flipped and nobody says so"
        assert _check_shown(replay, logs) <= 3, f"byte {at}"


def test_two_damaged_places_leave_the_records_between(small, tmp_path):
    path, sizes, _logs = small
    data = bytearray(path.read_bytes())
    data[sizes[0] + 6] ^= 0xFF
    data[sizes[2] + 40] ^= 0xFF
    path.write_bytes(data)
    replay = _replay(path)
    assert replay.points("loss").steps.tolist() == [0, 2, 4, 5]
    first, second = replay.faults()
    assert first == f"bytes {sizes[0]} to {sizes[1] - 1} are damaged and were skipped"
    assert second.startswith(f"bytes {sizes[2]} to ")


def test_cut_off_at_every_length_the_whole_records_are_shown(small, tmp_path):
    path, sizes, logs = small
    good = path.read_bytes()
    cut = tmp_path / "cut.journal"
    for length in range(len(good) + 1):
        cut.write_bytes(good[:length])
        replay = _replay(cut)
        whole = sum(size <= length for size in sizes)
        missing = _check_shown(replay, logs)
        assert missing == sum(len(values) for values in logs[whole:])
        if length in (0, *sizes):
            assert replay.faults() == []
        else:
            assert replay.faults() or _ends_with_definition(good, length, sizes)


def _ends_with_definition(good: bytes, length: int, sizes: list[int]) -> bool:
    """Tell a cut between the records of one call, which leaves only whole records."""
    return good[length : length + 4] == b"\xff\xfeBS" or length == len(header())


def test_a_record_inside_a_name_is_no_record(tmp_path):
    """A name that spells a record cannot be taken for one after damage: it is not UTF-8."""
    path = tmp_path / "j.journal"
    writer = JournalWriter(path)
    writer.append({"x": 1.0}, 7, 0)
    record = path.read_bytes()[-44:]
    with pytest.raises(UnicodeDecodeError):
        record.decode()


def test_a_name_survives_the_loss_of_one_of_its_definitions(small):
    path, _, _logs = small
    data = bytearray(path.read_bytes())
    at = data.index(b"loss")
    data[at] ^= 0x20
    path.write_bytes(data)
    replay = _replay(path)
    assert len(replay.points("loss").steps) == 6
    assert len(replay.faults()) == 1


def test_values_whose_name_is_lost_are_counted_and_not_shown(small):
    path, _, _logs = small
    path.write_bytes(path.read_bytes().replace(b"loss", b"lost"))
    replay = _replay(path)
    assert "loss" not in replay.names()
    assert "lost" not in replay.names()
    assert "6 values are of metrics whose names are damaged" in replay.faults()


def test_rubbish_is_no_journal_and_is_named(tmp_path):
    path = tmp_path / "j.journal"
    path.write_bytes(np.random.default_rng(0).bytes(10_000))
    replay = _replay(path)
    assert replay.names() == []
    assert len(replay.faults()) == 2
    with path.open("ab") as file:
        file.write(b"more")
    replay.refresh()
    assert len(replay.faults()) == 2


def test_a_newer_journal_is_named_and_not_guessed_at(small):
    import struct
    import zlib

    path, _, _logs = small
    start = struct.pack("<8sI", b"BSJOURNL", 2)
    newer = start + struct.pack("<I", zlib.crc32(start))
    path.write_bytes(newer + path.read_bytes()[HEADER.size :])
    replay = _replay(path)
    assert replay.names() == []
    assert replay.faults() == [
        "it has format version 2, and this bathyscope reads up to 1; use a newer one"
    ]


def test_reading_on_takes_only_what_is_new(tmp_path):
    path = tmp_path / "j.journal"
    writer = JournalWriter(path)
    replay = Replay(path)
    for step in range(40):
        writer.append({"x": step, f"only{step}": step}, step, step)
        replay.refresh()
        assert replay.points("x").steps.tolist() == list(range(step + 1))
        assert replay.points(f"only{step}").values.tolist() == [step]
    assert len(replay.names()) == 41


def test_a_torn_record_is_read_once_it_is_whole(small):
    path, sizes, logs = small
    good = path.read_bytes()
    path.write_bytes(good[: sizes[2] + 10])
    replay = _replay(path)
    assert "still being written, or cut off" in replay.faults()[0]
    with path.open("ab") as file:
        file.write(good[sizes[2] + 10 :])
    replay.refresh()
    assert replay.faults() == []
    assert _check_shown(replay, logs) == 0


def test_a_replaced_journal_is_read_anew(small, tmp_path):
    path, _, _logs = small
    replay = _replay(path)
    other = tmp_path / "other.journal"
    JournalWriter(other).append({"y": 1.0}, 0, 0)
    other.replace(path)
    replay.refresh()
    assert replay.names() == ["y"]


def test_ten_thousand_metrics_in_one_call_are_one_record(tmp_path):
    path = tmp_path / "j.journal"
    writer = JournalWriter(path)
    values = {f"m/{k}": k * 0.5 for k in range(10_000)}
    writer.append(values, 3, 0)
    before = path.stat().st_size
    writer.append(values, 4, 0)
    assert path.stat().st_size - before == 16 + 16 + 12 * 10_000
    replay = _replay(path)
    assert len(replay.names()) == 10_000
    assert replay.points("m/9999").values.tolist() == [4999.5, 4999.5]


@pytest.mark.parametrize("block", [64, 100, 1000, 4096])
def test_a_journal_is_read_block_by_block(tmp_path, monkeypatch, block):
    """Records longer than a block, and damage across its edges, change nothing."""
    path = tmp_path / "j.journal"
    writer = JournalWriter(path)
    for step in range(300):
        writer.append({"x": step, **({f"y{k}": k for k in range(20)} if step % 7 == 0 else {})},
                      step, step)  # fmt: skip
    whole = _replay(path)
    monkeypatch.setattr("bathyscope.runs.replay._BLOCK", block)
    in_blocks = _replay(path)
    assert _shown(in_blocks) == _shown(whole)
    assert in_blocks.faults() == []
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    data[len(data) // 3 : len(data) // 3 + 2500] = b"\xff\xfeBS" * 625
    path.write_bytes(data)
    damaged = _replay(path)
    monkeypatch.undo()
    assert damaged.faults() == _replay(path).faults()
    assert len(damaged.faults()) == 2
    assert _shown(damaged) == _shown(_replay(path))


def test_rubbish_longer_than_a_block_is_named_once(tmp_path, monkeypatch):
    monkeypatch.setattr("bathyscope.runs.replay._BLOCK", 256)
    path = tmp_path / "j.journal"
    path.write_bytes(np.random.default_rng(0).bytes(10_000))
    replay = _replay(path)
    assert len(replay.faults()) == 2
    assert "10000 bytes" in replay.faults()[1]


@pytest.mark.parametrize("mixture", [1, 2, 5])
def test_calls_of_different_metrics_stay_in_recorded_order(tmp_path, mixture):
    path = tmp_path / "j.journal"
    writer = JournalWriter(path)
    for call in range(2000):
        values = {"x": float(call), **{f"m{k}": 0.0 for k in range(call % mixture)}}
        writer.append(values, 0, call)
    assert _replay(path).points("x").values.tolist() == list(range(2000))
    writer.close()
    rows = _everything(path)
    assert [value for name, value, _ in rows if name == "x"] == list(range(2000))
    assert rows == sorted(rows, key=lambda row: (row[0].encode(), row[2]))


def _everything(path: Path) -> list[tuple[str, float, int]]:
    names, counts, points = _replay(path).everything()
    labels = np.repeat(np.array(names, dtype=object), counts).tolist()
    return list(zip(labels, points.values.tolist(), points.records.tolist(), strict=True))


@pytest.mark.parametrize("order", ["rising", "falling", "rising, then again"])
@pytest.mark.parametrize("block", [4096, 1 << 23])
def test_all_points_come_metric_by_metric_sorted_by_step(tmp_path, monkeypatch, order, block):
    """Read in many pieces or in one, put one behind the other or sorted."""
    path = tmp_path / "j.journal"
    writer = JournalWriter(path)
    steps = {"rising": range(3000), "falling": range(3000, 0, -1)}.get(
        order, [*range(2000), *range(500, 1500)]
    )
    expected: list[tuple[str, int, int, float]] = []
    for record, step in enumerate(steps):
        values = {"z": record / 3, "a/ü": -record / 7, **({"m": 1.0} if step % 3 else {})}
        writer.append(values, step, record)
        expected += [(name, step, record, value) for name, value in values.items()]
    monkeypatch.setattr("bathyscope.runs.replay._BLOCK", block)
    monkeypatch.setattr("bathyscope.runs.replay._LARGE", 1000)
    names, counts, points = _replay(path).everything()
    labels = np.repeat(np.array(names, dtype=object), counts).tolist()
    columns = (points.steps, points.records, points.values, points.times_us)
    found = list(zip(labels, *(column.tolist() for column in columns), strict=True))
    expected.sort(key=lambda row: (row[0].encode(), *row[1:3]))
    assert [row[:4] for row in found] == expected
    assert [row[4] for row in found] == [row[2] for row in expected]
