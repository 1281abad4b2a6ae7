"""The two appenders do the same, byte for byte and refusal for refusal."""

from __future__ import annotations

import importlib.util
import os
import resource
import signal
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bathyscope import _native
from bathyscope.runs.appending import PLAIN, PureAppender
from bathyscope.runs.journal import JournalWriter
from bathyscope.runs.replay import Replay

COMPILED = _native.load("_journal", interface=1)
APPENDERS = [
    PureAppender,
    pytest.param(
        getattr(COMPILED, "Appender", None),
        marks=pytest.mark.skipif(COMPILED is None, reason="was not compiled here"),
    ),
]
NAMES = st.one_of(st.sampled_from(["loss", "a", "b/c", "", "損失"]), st.integers(), st.text())
NUMBERS = st.one_of(
    st.floats(),
    st.integers(),
    st.booleans(),
    st.floats().map(np.float64),
    st.floats(width=32).map(np.float32),
    st.sampled_from(["x", None, 1j, [1.0], np.ones(1), np.float16(2), np.int8(3), 10**400]),
)
STEPS = st.one_of(st.integers(-(2**64), 2**64), st.sampled_from([True, 1.5, None, np.int64(3)]))
CALLS = st.lists(
    st.tuples(
        st.one_of(st.dictionaries(NAMES, NUMBERS, max_size=4), st.none(), st.lists(NUMBERS)),
        STEPS,
        st.integers(-(2**64), 2**64),
    ),
    max_size=20,
)


def _open(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)


@pytest.mark.skipif(COMPILED is None, reason="was not compiled here")
@given(calls=CALLS)
@settings(deadline=None, max_examples=300)
def test_both_write_the_same_bytes_and_leave_the_same_to_others(calls):
    assert COMPILED is not None
    numbers = {"loss": 0, "a": 7, "b/c": 2**32 - 1, "損失": 3}
    written, answers = [], []
    with tempfile.TemporaryDirectory() as folder:
        for appender in (PureAppender, COMPILED.Appender):
            path = Path(folder) / appender.__module__
            one = appender(_open(path), numbers, PLAIN)
            answers.append([one.append_values(*call) for call in calls])
            os.close(one.detach())
            written.append(path.read_bytes())
    assert answers[0] == answers[1]
    assert written[0] == written[1]


@pytest.mark.parametrize("appender", APPENDERS)
@pytest.mark.parametrize("count", [1, 2, 64, 65, 3000])
def test_any_number_of_values_is_one_record_that_is_read_back(tmp_path, appender, count):
    journal = JournalWriter(tmp_path / "j.journal", appender=appender)
    values = {f"m{k}": k / 3 for k in range(count)}
    journal.append(values, 0, 0)
    before = journal.size()
    assert journal.quick(values, 1, None) is True
    assert journal.size() - before == 32 + 12 * count
    replay = Replay(journal.path)
    replay.refresh()
    assert replay.faults() == []
    for name, value in values.items():
        assert replay.points(name).values.tolist() == [value, value]


@pytest.mark.parametrize("appender", APPENDERS)
def test_names_that_get_a_number_later_are_known_then(tmp_path, appender):
    numbers = {"a": 0}
    one = appender(_open(tmp_path / "x"), numbers, PLAIN)
    assert not one.append_values({"a": 1.0, "b": 2.0}, 0, 0)
    numbers["b"] = 1
    assert one.append_values({"a": 1.0, "b": 2.0}, 0, 0)


@pytest.mark.parametrize("appender", APPENDERS)
def test_once_closed_nothing_is_written(tmp_path, appender):
    descriptor = _open(tmp_path / "x")
    one = appender(descriptor, {"a": 0}, PLAIN)
    assert one.append(b"first")
    assert one.detach() == descriptor
    assert one.detach() == -1
    assert not one.append(b"later")
    assert not one.append_values({"a": 1.0}, 0, 0)
    os.close(descriptor)
    assert (tmp_path / "x").read_bytes() == b"first"


@pytest.mark.parametrize("appender", APPENDERS)
def test_a_refused_record_leaves_nothing_behind(tmp_path, appender):
    """A disk that has room for a part of the record: a real limit of the size of files."""
    one = appender(_open(tmp_path / "x"), {"a": 0}, PLAIN)
    assert one.append(bytes(90))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            one.append_values({"a": 1.0}, 0, 0)
        with pytest.raises(OSError, match="File too large"):
            one.append(bytes(40))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (tmp_path / "x").stat().st_size == 90
    assert one.append_values({"a": 1.0}, 0, 0)
    assert (tmp_path / "x").stat().st_size == 90 + 44


@pytest.mark.parametrize("appender", APPENDERS)
def test_interrupted_by_a_signal_that_logs_both_records_are_whole(tmp_path, appender):
    """A pipe that is full blocks, so that the signal comes in the midst of the write."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    filled = 0
    with pytest.raises(BlockingIOError):
        while True:
            filled += os.write(writing, bytes(4096))
    os.set_blocking(writing, True)
    one = appender(writing, {"a": 0, "b": 1}, PLAIN)
    got = bytearray()

    def read_all() -> None:
        while len(got) < filled + 44 + 44:
            got.extend(os.read(reading, 4096))

    reader = threading.Thread(target=read_all)

    def on_alarm(*_: object) -> None:
        reader.start()
        assert one.append_values({"b": 2.0}, 2, 0)

    before = signal.signal(signal.SIGALRM, on_alarm)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        assert one.append_values({"a": 1.0}, 1, 0)
    finally:
        signal.signal(signal.SIGALRM, before)
    reader.join()
    expected = tmp_path / "x"
    twin = PureAppender(_open(expected), {"a": 0, "b": 1}, PLAIN)
    assert twin.append_values({"b": 2.0}, 2, 0)
    assert twin.append_values({"a": 1.0}, 1, 0)
    assert bytes(got[filled:]) == expected.read_bytes()
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize("appender", APPENDERS)
def test_threads_leave_whole_records(tmp_path, appender):
    journal = JournalWriter(tmp_path / "j.journal", appender=appender)
    journal.append({f"t{k}": 0.0 for k in range(4)}, 0, 0)

    def log(thread: int) -> None:
        for step in range(1, 3000):
            assert journal.quick({f"t{thread}": float(step)}, step, None)

    threads = [threading.Thread(target=log, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    replay = Replay(journal.path)
    replay.refresh()
    assert replay.faults() == []
    for k in range(4):
        np.testing.assert_array_equal(replay.points(f"t{k}").values, np.arange(3000.0))


def test_the_twin_is_used_where_it_is_asked_for(monkeypatch):
    monkeypatch.setenv("BATHYSCOPE_PURE", "1")
    assert _native.load("_journal", interface=1) is None
    monkeypatch.setenv("BATHYSCOPE_PURE", "0")
    is_there = importlib.util.find_spec("bathyscope._native._journal") is not None
    assert (_native.load("_journal", interface=1) is not None) == is_there
    assert _native.load("_journal", interface=-1) is None
    assert _native.load("_no_such_module", interface=1) is None


@pytest.mark.skipif(COMPILED is None, reason="was not compiled here")
def test_appenders_are_freed_with_what_they_hold(tmp_path):
    import sys

    assert COMPILED is not None
    numbers: dict[str, int] = {}
    before = sys.getrefcount(numbers)
    descriptor = _open(tmp_path / "x")
    for _ in range(100):
        COMPILED.Appender(descriptor, numbers, PLAIN)
    os.close(descriptor)
    assert sys.getrefcount(numbers) == before
