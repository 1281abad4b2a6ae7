"""A large log of TensorBoard is shown while it is read, and asked for again until all is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bathyscope.importers.tensorboard import cache, records, source
from bathyscope.importers.tensorboard.source import TensorBoardRun
from bathyscope.server import exports
from bathyscope.server.catalog import Catalog
from bathyscope.server.known import Known
from bathyscope.server.opened import OpenedRuns
from bathyscope.server.rooms import Rooms
from bathyscope.server.series import SeriesCache

event_pb2 = pytest.importorskip("tensorboard.compat.proto.event_pb2")
record_writer = pytest.importorskip("tensorboard.summary.writer.record_writer")
N_POINTS = 500


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a log, to be read two kilobytes at a time."""
    monkeypatch.setenv(cache.FOLDER_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(records, "BLOCK", 1 << 11)
    monkeypatch.setattr(source, "TURN_SECS", 0.0)
    path = tmp_path / "logs" / "one" / "events.out.tfevents.1"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        writer = record_writer.RecordWriter(file)
        for step in range(N_POINTS):
            event = event_pb2.Event(step=step, wall_time=1.0)
            event.summary.value.add(tag="loss", simple_value=step / 7)
            writer.write(event.SerializeToString())
        writer.flush()
    os.utime(path, (1e9, 1e9))  # nobody writes it any more
    return tmp_path / "logs"


@pytest.fixture
def opened(logs: Path) -> OpenedRuns:
    return OpenedRuns(logs)


@pytest.fixture
def catalog(logs: Path, opened: OpenedRuns) -> Catalog:
    return Catalog(logs, opened)


@pytest.fixture
def known(catalog: Catalog) -> Known:
    (run,) = catalog.look(budget=60).runs
    return catalog.get(run)


@pytest.fixture
def run(opened: OpenedRuns, known: Known) -> TensorBoardRun:
    """Open the log; while `_lock` is held, nothing more of it is read."""
    found = opened.get(known)
    assert isinstance(found, TensorBoardRun)
    return found


@pytest.fixture
def rooms(opened: OpenedRuns) -> Rooms:
    return Rooms(opened, SeriesCache(opened))


def test_what_was_read_is_described_and_told_until_all_is_there(
    rooms: Rooms, catalog: Catalog, known: Known, run: TensorBoardRun
) -> None:
    with run._lock:
        rooms.describe(known)  # opens it
        done, total = rooms.describe(known)["reading"]
        assert 0 < done < total == (known.place.path / "events.out.tfevents.1").stat().st_size
        assert rooms.figure(known, next(iter(rooms.entries(known))), None).panels
        before = known.version
        known.due = 0
        assert catalog.look(budget=60).runs == {known.id: known.version}
        assert known.version > before
    run.read_all()
    before = known.version
    known.due = 0
    assert catalog.look(budget=60).runs == {known.id: known.version}
    assert known.version > before
    assert rooms.describe(known)["reading"] is None
    assert len(run.scalars("loss")) == N_POINTS


def test_a_log_is_read_once_however_many_ask(
    opened: OpenedRuns, known: Known, run: TensorBoardRun
) -> None:
    assert opened.open_anew(known) is run
    assert opened.get(known) is run


def test_a_file_to_take_away_holds_all(rooms: Rooms, known: Known) -> None:
    rooms.describe(known)
    (name,) = (name for name, entry in rooms.entries(known).items() if entry.room == "loss")
    content = exports.export_picture(rooms, known, name, ".csv", step=None, theme="light")
    assert len(content.decode().splitlines()) == N_POINTS + 1


def test_the_list_shows_the_last_value(catalog: Catalog, known: Known) -> None:
    while not known.has_values:
        known.readable = 0
        catalog.read(budget=60)
    assert known.row["last"]["loss"] == pytest.approx((N_POINTS - 1) / 7, rel=1e-6)
