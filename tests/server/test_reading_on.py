"""A large log of TensorBoard is shown while it is read, and asked for again until all is there."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from bathyscope.importers.tensorboard import cache, records, source
from bathyscope.importers.tensorboard.follow import Follower
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


def write_log(path: Path) -> None:
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        writer = record_writer.RecordWriter(file)
        for step in range(N_POINTS):
            event = event_pb2.Event(step=step, wall_time=1.0)
            event.summary.value.add(tag="loss", simple_value=step / 7)
            writer.write(event.SerializeToString())
        writer.flush()
    os.utime(path, (1e9, 1e9))  # nobody writes it any more


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a log, to be read two kilobytes at a time."""
    monkeypatch.setenv(cache.FOLDER_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(records, "BLOCK", 1 << 11)
    monkeypatch.setattr(source, "TURN_SECS", 0.0)
    write_log(tmp_path / "logs" / "one" / "events.out.tfevents.1")
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
        known.due = 0
        assert not catalog.look(budget=60), "no more of it was read since"
    before = known.version
    run.read_all()  # and nobody looks meanwhile: its files look the same before and after
    known.due = 0
    assert catalog.look(budget=60).runs == {known.id: known.version}
    assert known.version > before
    assert rooms.describe(known)["reading"] is None
    assert len(run.scalars("loss")) == N_POINTS
    known.due = 0
    assert not catalog.look(budget=60), "it is told once"


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
    _read_values(catalog, [known])
    assert known.row["last"]["loss"] == pytest.approx((N_POINTS - 1) / 7, rel=1e-6)


@pytest.fixture
def most_at_once(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Count how many logs are read at the same time, beyond what is read before an answer."""
    found = {"now": 0, "most": 0, "turns": 0}
    lock, turn = threading.Lock(), TensorBoardRun._read_turn
    refresh = Follower.refresh
    in_turn = threading.local()

    def counted_turn(run: TensorBoardRun) -> None:
        in_turn.is_so = True
        turn(run)
        in_turn.is_so = False

    def counted(follower: Follower, **options: float) -> bool:
        if not getattr(in_turn, "is_so", False):
            return refresh(follower, **options)
        with lock:
            found["now"] += 1
            found["turns"] += 1
            found["most"] = max(found["most"], found["now"])
        done = refresh(follower, **options)
        with lock:
            found["now"] -= 1
        return done

    monkeypatch.setattr(TensorBoardRun, "_read_turn", counted_turn)
    monkeypatch.setattr(Follower, "refresh", counted)
    return found


def test_many_logs_are_listed_one_after_another(logs: Path, most_at_once: dict[str, int]) -> None:
    for number in range(5):
        write_log(logs / f"more{number}" / "events.out.tfevents.1")
    opened = OpenedRuns(logs)
    catalog = Catalog(logs, opened)
    runs = [catalog.get(run) for run in catalog.look(budget=60).runs]
    assert len(runs) == 6
    catalog.read(budget=60)
    assert all(known.row and not known.has_values for known in runs)
    assert most_at_once["turns"] == 0, "all are listed before the rest of any is read"
    wanted = [opened.get(known) for known in runs[:3]]  # each is read by a thread of its own
    for run in wanted:
        run.status  # noqa: B018 (it begins to be read)
    _read_values(catalog, runs)
    for run in wanted:
        run.read_all()
    _read_values(catalog, runs)  # of what was read of these since
    assert all(known.row["last_step"] == N_POINTS - 1 for known in runs)
    assert most_at_once["turns"] > 6 and most_at_once["most"] == 1


def _read_values(catalog: Catalog, runs: list[Known]) -> None:
    for known in runs:
        known.due = 0
    catalog.look(budget=60)
    while catalog._to_read:
        for known in runs:
            known.readable = 0
        catalog.read(budget=60)
