"""Metrics are read once, and kept within bounds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bathyscope._errors import NotRecorded
from bathyscope.runs import RunWriter
from bathyscope.server import rooms as rooms_module
from bathyscope.server.catalog import Catalog
from bathyscope.server.opened import OpenedRuns
from bathyscope.server.rooms import Rooms
from bathyscope.server.scalars import MOST_POINTS
from bathyscope.server.series import SeriesCache


def test_a_metric_is_read_once_for_all_pictures_of_it(tmp_path: Path, record: Any) -> None:
    record(tmp_path, "one")
    opened = OpenedRuns(tmp_path)
    catalog = Catalog(tmp_path, opened)
    catalog.look(budget=60)
    (row,) = _rows(catalog)
    known = catalog.get(row["id"])
    run = opened.get(known)
    asked: list[str] = []

    class Counting:
        def __getattr__(self, name: str) -> Any:
            return getattr(run, name)

        def scalars_of(self, names: Any) -> Any:
            asked.extend(names)
            return run.scalars_of(names)

        def scalars(self, name: str) -> Any:
            asked.append(name)
            return run.scalars(name)

    opened._runs[known.id] = Counting()
    series = SeriesCache(opened)
    rooms = Rooms(opened, series)
    for name in rooms.entries(known):
        rooms.figure(known, name, None)
    assert len(asked) == len(set(asked))
    assert "loss" in asked
    kept = series.get(known, "loss").series
    with pytest.raises(ValueError, match="read-only"):
        kept.values[0] = 9.0


def _rows(catalog: Catalog) -> list[dict[str, Any]]:
    while catalog.listing()["pending"] or catalog.has_unread:
        catalog.read(budget=60)
    return catalog.listing()["runs"]


def test_no_more_is_kept_than_there_is_room_for(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "long")
    at = np.arange(1000)
    writer.log_scalar_columns({f"m{k}": (at, at + float(k)) for k in range(8)})
    writer.finish()
    opened = OpenedRuns(tmp_path)
    catalog = Catalog(tmp_path, opened)
    catalog.look(budget=60)
    known = catalog.get(_rows(catalog)[0]["id"])
    room = 3 * 24_000 + 100
    series = SeriesCache(opened, most_bytes=room)
    for turn in range(2):
        for k in range(8):
            assert series.get(known, f"m{k}").series.values[turn] == k + turn
            series.get(known, f"m{k}")
            assert series.n_bytes == min(k + 1 + 8 * turn, 3) * 24_000


def test_several_are_those_that_are_kept_and_those_that_are_read(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "some")
    at = np.arange(50)
    writer.log_scalar_columns({name: (at, at * float(k)) for k, name in enumerate("abc")})
    writer.finish()
    opened = OpenedRuns(tmp_path)
    catalog = Catalog(tmp_path, opened)
    catalog.look(budget=60)
    known = catalog.get(_rows(catalog)[0]["id"])
    series = SeriesCache(opened)
    first = series.get(known, "b")
    found = series.get_many(known, ["c", "b", "a"])
    assert list(found) == ["c", "b", "a"]
    assert found["b"] is first
    for k, name in enumerate("abc"):
        assert np.array_equal(found[name].series.values, at * float(k))
    with pytest.raises(NotRecorded):
        series.get_many(known, ["a", "d"])
    # Whoever failed is in nobody's way.
    with ThreadPoolExecutor(4) as threads:
        names = list("abcabcabc")
        together = list(threads.map(lambda name: series.get(known, name), names))
    assert [one is found[name] for one, name in zip(together, names, strict=True)] == [True] * 9


@pytest.mark.parametrize("count", [50, MOST_POINTS + 1])
def test_who_is_told_of_points_is_given_them_before_anybody_looked_again(
    count: int, tmp_path: Path
) -> None:
    """The catalog looks now and then; a page that asks for what is new is told at once."""
    writer = RunWriter(tmp_path / "growing")
    at = np.arange(count)
    writer.log_scalar_columns({"loss": (at, np.cos(at / 50))})
    opened = OpenedRuns(tmp_path)
    catalog = Catalog(tmp_path, opened)
    catalog.look(budget=60)
    known = catalog.get(_rows(catalog)[0]["id"])
    series = SeriesCache(opened)
    assert len(series.glance(known, "loss")) == count
    writer.log_scalars({"loss": 7.0}, step=count)
    assert len(series.glance(known, "loss")) == count + 1
    assert series.get(known, "loss").series.values[-1] == 7.0
    again = series.get(known, "loss")
    assert again is series.get(known, "loss")
    writer.finish()


@pytest.mark.parametrize("count", [0, 7, 10, 1_000, 9_999])
def test_of_many_epochs_some_are_told_as_they_were_recorded(count, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(rooms_module, "MOST_EPOCHS", 10)
    writer = RunWriter(tmp_path / "run")
    steps = 3 * np.arange(count)
    epochs = steps / 100
    epochs[::2][1:-1] = np.nan
    writer.log_scalar_columns({"loss": (np.arange(5), np.ones(5))})
    if count:
        writer.log_scalar_columns({"epoch": (steps, epochs)})
    writer.finish()
    opened = OpenedRuns(tmp_path)
    catalog = Catalog(tmp_path, opened)
    catalog.look(budget=60)
    known = catalog.get(_rows(catalog)[0]["id"])
    told = Rooms(opened, SeriesCache(opened)).describe(known)["epochs"]
    recorded = dict(zip(steps[np.isfinite(epochs)], epochs[np.isfinite(epochs)], strict=True))
    assert dict(told).items() <= recorded.items()
    assert len(told) == min(len(recorded), 10)
    if told:
        assert [told[0][0], told[-1][0]] == [min(recorded), max(recorded)]
