"""Arrays and tables of a run are read once for all pictures of them, and kept within bounds."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bathyscope.reports.parts import PartsCache
from bathyscope.runs import RunWriter
from bathyscope.server.catalog import Catalog
from bathyscope.server.opened import OpenedRuns
from bathyscope.server.rooms import Rooms
from bathyscope.server.series import SeriesCache
from bathyscope.views import _judged_views

EIGHTY_BYTES = np.zeros(10)


def test_what_is_kept_is_not_read_again_until_its_version_changes() -> None:
    cache, reads = PartsCache(), []

    def read() -> dict[str, Any]:
        reads.append(len(reads))
        return {"a": np.full(3, float(len(reads)))}

    assert [cache.get("key", version, read)["a"][0] for version in (1, 1, 2, 2)] == [1, 1, 2, 2]
    assert cache.get("other", 2, read)["a"][0] == 3


def test_nobody_can_write_into_what_others_see() -> None:
    cache = PartsCache()
    found = cache.get("key", 1, lambda: {"a": np.zeros(3)})
    with pytest.raises(ValueError, match="read-only"):
        found["a"][0] = 1
    del found["a"]  # a picture may take columns out of its own answer
    assert list(cache.get("key", 1, dict)) == ["a"]


def test_no_more_is_kept_than_there_is_room_for() -> None:
    cache, reads = PartsCache(most_bytes=200), []

    def read(name: str, size: int = 1) -> None:
        def make() -> dict[str, Any]:
            reads.append(name)
            return {"a": np.tile(EIGHTY_BYTES, size)}

        cache.get(name, 1, make)

    for name in ("one", "two", "one", "three", "one", "two"):
        read(name)
    assert reads == ["one", "two", "three", "two"]
    assert cache.n_bytes == 160
    read("large", 3)
    assert cache.n_bytes == 0
    read("large", 3)
    assert reads[-2:] == ["large", "large"]


def test_what_a_later_version_replaced_takes_no_room() -> None:
    cache = PartsCache(most_bytes=200)
    for version in range(10):
        cache.get("one", version, lambda: {"a": EIGHTY_BYTES.copy()})
        cache.get("other", 0, lambda: {"a": EIGHTY_BYTES.copy()})
    assert cache.n_bytes == 160

    def slow() -> dict[str, Any]:
        cache.get("one", 11, lambda: {"a": EIGHTY_BYTES.copy()})
        return {"a": np.zeros(1000)}

    assert cache.get("one", 10, slow)["a"].size == 1000
    assert cache.n_bytes == 160
    assert cache.get("one", 11, dict)["a"].size == 10


def test_what_cannot_be_read_is_tried_again() -> None:
    cache = PartsCache()

    def fail() -> dict[str, Any]:
        raise OSError("not now")

    with pytest.raises(OSError, match="not now"):
        cache.get("key", 1, fail)
    assert cache.get("key", 1, lambda: {"a": EIGHTY_BYTES.copy()})["a"].size == 10


def test_who_asks_meanwhile_waits_for_the_one_that_reads() -> None:
    cache, reads = PartsCache(), []
    first_reads, may_end = threading.Event(), threading.Event()

    def read() -> dict[str, Any]:
        reads.append(1)
        first_reads.set()
        assert may_end.wait(60)
        return {"a": np.zeros(1)}

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(cache.get, "key", 1, read)]
        assert first_reads.wait(60)
        asked += [pool.submit(cache.get, "key", 1, read) for _ in range(3)]
        may_end.set()
        assert all(list(one.result()) == ["a"] for one in asked)
    assert len(reads) == 1


def only_run_of(root: Path) -> tuple[OpenedRuns, Catalog]:
    opened = OpenedRuns(root)
    catalog = Catalog(root, opened)
    catalog.look(budget=60)
    while catalog.listing()["pending"] or catalog.has_unread:
        catalog.read(budget=60)
    return opened, catalog


def test_two_pictures_share_a_ranking_until_what_was_ranked_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    ids, scores = np.arange(60), rng.dirichlet(np.ones(3), 60)
    rankings: list[Any] = []
    measured = _judged_views.measured

    def noted(judged: Any) -> Any:
        rankings.append(measured(judged))
        return rankings[-1]

    monkeypatch.setattr(_judged_views, "measured", noted)
    with RunWriter(tmp_path / "one") as writer:
        writer.log_arrays("scores/test", {"scores": scores, "sample": ids}, step=1)
        columns = {"sample": ids, "true": ids % 3, "predicted": scores.argmax(axis=1)}
        writer.log_table("predictions/test", columns, step=1)
    opened, catalog = only_run_of(tmp_path)
    known = catalog.get(catalog.listing()["runs"][0]["id"])
    rooms = Rooms(opened, SeriesCache(opened))
    curves = ("roc-curves-test", "precision-recall-test")
    for name in (*curves, *curves):
        rooms.figure(known, name, 1)
    assert len(rankings) == 1
    with RunWriter(tmp_path / "one", resume=True) as writer:
        columns["true"] = scores.argmax(axis=1)
        writer.log_table("predictions/test", columns, step=1)
    catalog.look(budget=60)
    for name in curves:
        rooms.figure(known, name, 1)
    assert len(rankings) == 2
    assert (rankings[1]["area"] > rankings[0]["area"]).all()


def test_pictures_of_a_run_read_each_of_its_files_once(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "one")
    vectors = np.random.default_rng(0).normal(size=(40, 5))
    writer.log_arrays("features/test", {"hidden": vectors, "sample": np.arange(40)}, step=1)
    writer.log_table(
        "predictions/test",
        {"sample": np.arange(40), "true": np.arange(40) % 3, "predicted": np.arange(40) % 3},
        step=1,
    )
    writer.finish()
    opened, catalog = only_run_of(tmp_path)
    known = catalog.get(catalog.listing()["runs"][0]["id"])
    run, reads = opened.get(known), []

    class Counting:
        def __getattr__(self, name: str) -> Any:
            return getattr(run, name)

        def arrays(self, group: str, *, step: int = -1) -> Any:
            reads.append((group, step))
            return run.arrays(group, step=step)

        def table(self, name: str, *, step: int = -1) -> Any:
            reads.append((name, step))
            return run.table(name, step=step)

    opened._runs[known.id] = Counting()
    rooms = Rooms(opened, SeriesCache(opened))
    for name in rooms.entries(known):
        rooms.figure(known, name, None)
    assert len(reads) == len(set(reads))
    assert {("features/test", 1), ("predictions/test", 1)} <= set(reads)
