from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from bathyscope import RunNotFound, report
from bathyscope.figures import Note
from bathyscope.reports import write
from bathyscope.reports.collect import entries, moving, still
from bathyscope.reports.pictures import write_pictures
from bathyscope.reports.write import run_facts
from bathyscope.runs import Run, RunWriter


@pytest.fixture
def run(tmp_path: Path) -> Run:
    writer = RunWriter(tmp_path / "a run", config={"rate": 0.1, "note": "</script><b>"})
    for step in range(4):
        writer.log_scalars({"loss": 1 / (step + 1), "epoch": float(step)}, step=step)
    writer.finish()
    return Run(tmp_path / "a run")


def test_report_is_one_file_that_names_the_run_and_its_config(run: Run, tmp_path: Path) -> None:
    page = report(run, tmp_path / "out" / "page.html")
    text = page.read_text(encoding="utf-8")
    assert "a run" in text
    assert "rate" in text
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "</script><b>" not in text


def test_nested_settings_are_told_one_by_one(tmp_path: Path) -> None:
    config = {"optimizer": {"name": "sgd", "schedule": {"warmup": 5}}, "nothing": {}}
    RunWriter(tmp_path / "nested", config=config).finish()
    facts = dict(fact[:2] for fact in run_facts(Run(tmp_path / "nested")))
    assert facts["optimizer.name"] == "sgd"
    assert facts["optimizer.schedule.warmup"] == "5"
    assert facts["nothing"] == "{}"


def test_report_of_an_empty_run_says_what_to_do(tmp_path: Path) -> None:
    RunWriter(tmp_path / "empty").finish()
    text = report(tmp_path / "empty", tmp_path / "page.html").read_text(encoding="utf-8")
    assert "holds nothing that can be drawn yet" in text


@pytest.mark.parametrize(
    ("name", "file"),
    [("../../x/y", "x-y.html"), ("a: b?\n", "a- b.html"), ("..", "run.html"),
     ("漢字" * 60, "漢字" * 33 + ".html")],
)  # fmt: skip
def test_a_report_lies_in_the_folder_it_is_written_to_whatever_the_run_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, file: str
) -> None:
    RunWriter(tmp_path / "run", name=name).finish()
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert report(tmp_path / "run") == Path(file)
    assert report(tmp_path / "run", tmp_path / "here") == tmp_path / "here" / file
    assert [path.name for path in (tmp_path / "here").iterdir()] == [file]


def test_report_of_a_missing_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunNotFound, match="nowhere"):
        report(tmp_path / "nowhere")


def test_a_damaged_file_is_named_and_the_rest_is_shown(run: Run, tmp_path: Path) -> None:
    (part,) = (run.path / "scalars").glob("*.parquet")
    writer = RunWriter(run.path, resume=True)
    writer.log_scalars({"other": 1.0}, step=1)
    writer.finish()
    part.write_bytes(part.read_bytes()[:40])
    text = report(run.path, tmp_path / "page.html").read_text(encoding="utf-8")
    assert part.name in text
    assert "Not everything could be read" in text
    assert "other" in text


def test_pictures_are_numbered_png_files(run: Run, tmp_path: Path) -> None:
    files = write_pictures(run, tmp_path / "pictures")
    assert files
    for number, path in enumerate(files, start=1):
        assert path.name.startswith(f"{number:02d}-")
        assert path.read_bytes().startswith(b"\x89PNG")


def test_a_picture_that_cannot_be_made_says_why_in_its_place(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "run")
    writer.log_arrays("parameters", {"kernel": np.eye(3)}, step=0)
    writer.log_event("model", framework="none", name="m", layers="not a list of layers")
    writer.finish()
    run = Run(tmp_path / "run")
    words = [
        mark.text
        for entry in entries(run)
        for panel in still(entry, run).panels
        for mark in panel.marks
        if isinstance(mark, Note)
    ]
    assert any("could not be made" in text and "description" in text for text in words)


def test_moving_pictures_end_like_the_still_ones(run: Run) -> None:
    for entry in entries(run):
        made = moving(entry, run)
        last = getattr(made, "last", made)
        assert last.title == still(entry, run).title


def test_json_of_a_view_is_valid(run: Run, tmp_path: Path) -> None:
    from bathyscope import views

    path = views.Metrics.from_run(run).save(tmp_path / "metrics.json")
    json.loads(path.read_text(encoding="utf-8"))


def test_of_a_great_many_pictures_of_one_kind_all_but_the_first_are_folded(tmp_path: Path) -> None:
    with RunWriter(tmp_path / "deep") as writer:
        writer.log_scalars({"loss": 1.0}, step=1)
        names = np.repeat([f"layer{number:02d}/kernel" for number in range(30)], 2)
        bins = {"left": np.tile([0.0, 1.0], 30), "right": np.tile([1.0, 2.0], 30)}
        table = {"tensor": names, **bins, "count": np.arange(1, 61)}
        writer.log_table("histograms/weight", table, step=1)
    text = report(tmp_path / "deep", tmp_path / "page.html").read_text(encoding="utf-8")
    held = re.search(r'<script type="application/json" id="document">(.*?)</script>', text)
    assert held is not None
    sections = json.loads(held[1])["sections"]
    told = [(one["title"], one["room"], len(one["items"]), one.get("folded")) for one in sections]
    assert told[:3] == [
        ("Parameters", "parameters", write.FIRST_OF_A_KIND, None),
        ("Histograms", "parameters", 30 - write.FIRST_OF_A_KIND, True),
        ("Loss", "loss", 1, None),
    ]
    titles = [item["title"] for one in sections[:2] for item in one["items"]]
    assert titles == [f"Histograms of weight/layer{number:02d}/kernel" for number in range(30)]
