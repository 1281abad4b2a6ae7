from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import bathyscope as bs
from bathyscope import views
from bathyscope.views.happenings import Happenings


def examples() -> dict[str, views.View]:
    events: list[dict[str, Any]] = [
        {"kind": "started", "time": 1.7e9, "writer": "1"},
        {"kind": "note", "time": 1.7e9 + 5, "text": "Of 12 layers, 10 were recorded."},
        {"kind": "fault", "time": 1.7e9 + 60, "operation": "log_images", "error": "ValueError",
         "message": "`images` must be numbers; got a rather long thing " * 9},
        {"kind": "gap", "time": 1.7e9 + 90, "calls": 7, "first_step": 3, "last_step": 9,
         "reason": "No space left on device"},
        {"kind": "finished", "time": 1.7e9 + 4000, "status": "finished"},
    ]  # fmt: skip
    ranks = [
        {"kind": "started", "time": 1.7e9 + rank, "writer": f"{rank}", "rank": rank,
         "world_size": 2, "launch": "a", "process": {"pid": 1, "host": f"gpu-node-{rank}"}}
        for rank in range(2)
    ]  # fmt: skip
    fault = {**events[2], "writer": "1"}
    many = [{"kind": "note", "time": 1.7e9 + i, "text": f"note {i}"} for i in range(300)]
    return {
        "a hard life": views.happenings(events),
        "many notes": views.happenings([*many, events[2]]),
        "two ranks": views.happenings([*ranks, fault]),
        "nothing": views.happenings([]),
    }


def _rows(view: views.View) -> list[str]:
    (table,) = view.figure().panels[-1].marks
    return table.columns["what"].tolist()


def test_faults_come_first() -> None:
    assert _rows(examples()["a hard life"]) == ["fault", "gap", "note", "started", "finished"]
    figure = examples()["a hard life"].figure()
    assert "1 thing could not be recorded." in figure.note
    assert "7 logging calls between step 3 and step 9 could not be written" in " ".join(
        examples()["a hard life"].columns()["text"]
    )
    assert _rows(examples()["many notes"])[0] == "fault"
    assert "200 of 301 events are listed" in examples()["many notes"].figure().note


def test_times_are_those_of_the_events() -> None:
    timeline = examples()["a hard life"].figure().panels[0]
    assert timeline.y.categories == ("fault", "gap", "note", "started", "finished")
    assert timeline.x.unit == "min"
    assert [mark.x.tolist() for mark in timeline.marks][1] == [1.5]


def test_a_run_that_met_a_fault(tmp_path: Path) -> None:
    with bs.record("run", runs_dir=tmp_path, strict=False) as run:
        with pytest.warns(UserWarning, match="log"):
            run.log({"loss": "high"})
        run.note("told by hand")
    opened = bs.open(run.path)
    assert [offer.title for offer in Happenings.offers(opened)] == ["What happened"]
    columns = opened.happenings().columns()
    assert {"started", "fault", "note", "finished"} <= set(columns["kind"])
    said = dict(zip(columns["kind"], columns["text"], strict=True))
    assert said["note"] == "told by hand" and said["fault"].startswith("log: TypeError: `loss`")


def test_each_event_names_its_rank_and_machine() -> None:
    """A fault of one rank of many must be found where it is."""
    view = examples()["two ranks"]
    (table,) = view.figure().panels[-1].marks
    said = dict(zip(table.columns["what"], table.columns["rank"], strict=True))
    assert said["fault"] == "1 on gpu-node-1"
    places = [f"{rank} on gpu-node-{rank}" for rank in (0, 1, 1)]
    assert view.columns()["rank"].tolist() == places
    assert "rank" not in examples()["a hard life"].columns()
