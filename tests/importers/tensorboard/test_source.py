"""A folder of event files, opened as it is, answers like a run and follows what is written."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bathyscope as bs
from bathyscope import NotRecorded, RunNotFound
from bathyscope.importers.tensorboard import glance, import_logs, read, source
from bathyscope.importers.tensorboard.source import TensorBoardRun
from bathyscope.reports import write_report
from bathyscope.runs import Run

event_pb2 = pytest.importorskip("tensorboard.compat.proto.event_pb2")
tensor_util = pytest.importorskip("tensorboard.util.tensor_util")
hparams = pytest.importorskip("tensorboard.plugins.hparams.summary_v2")
plugin_data_pb2 = pytest.importorskip("tensorboard.plugins.hparams.plugin_data_pb2")

Event = event_pb2.Event
Frame = Callable[[bytes], bytes]


def scalar(tag: str, number: float, step: int) -> Any:
    event = Event(step=step, wall_time=100.25 + step)
    event.summary.value.add(tag=tag, simple_value=number)
    return event


def histogram(tag: str, step: int) -> Any:
    event = Event(step=step, wall_time=5.0)
    value = event.summary.value.add(tag=tag)
    value.metadata.plugin_data.plugin_name = "histograms"
    table = np.array([[0.0, 1.0, step], [1.0, 2.0, 7.0]])
    value.tensor.CopyFrom(tensor_util.make_tensor_proto(table))
    return event


@pytest.fixture
def append(tmp_path: Path, frame: Frame) -> Callable[..., Path]:
    def write(*events: Any, name: str = "events.out.tfevents.1700000000.host") -> Path:
        path = tmp_path / "logs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(b"".join(frame(event.SerializeToString()) for event in events))
        return path

    return write


def test_sql_answers_what_the_arrays_hold(append: Callable[..., Path]) -> None:
    numbers = [(1, 0.5), (2, float("nan")), (3, 0.1), (2, 7.0)]
    folder = append(
        *(scalar("loss", number, step) for step, number in numbers),
        scalar("it's", 1.0, 4),
        *(histogram("weights", step) for step in (0, 5)),
    ).parent
    run = TensorBoardRun(folder)
    for name in run.scalar_names():
        text = name.replace("'", "''")
        for view, series in (
            ("scalars", run.scalars(name)),
            ("scalars_all", run.scalars_all(name)),
        ):
            query = f"SELECT step, value, time FROM {view} WHERE metric = '{text}' ORDER BY step"
            found = run.sql(query)
            np.testing.assert_array_equal(found["step"], series.steps)
            assert sorted(map(str, found["value"])) == sorted(map(str, series.values))
            np.testing.assert_array_equal(np.sort(found["time"]), np.sort(series.times))
    assert bs.open(folder).sql("SELECT value FROM scalars WHERE step = 2")["value"].tolist() == [7]
    table = run.sql('SELECT step, "left", count FROM "histograms/weights" ORDER BY ALL')
    assert table["step"].tolist() == [0, 0, 5, 5]
    assert table["left"].tolist() == [0, 1, 0, 1]
    assert table["count"].tolist() == [0, 7, 5, 7]
    append(scalar("loss", 9.0, 9), name="events.out.tfevents.1700000001.host")
    assert run.sql("SELECT max(step) AS last FROM scalars")["last"].tolist() == [9]


def test_a_log_answers_as_the_run_that_is_imported_from_it(real_log: Path, tmp_path: Path) -> None:
    for log, path in zip(read(real_log).values(), import_logs(real_log, tmp_path), strict=True):
        opened, run = TensorBoardRun(log.path), Run(path)
        assert opened.scalar_names() == run.scalar_names()
        assert opened.array_groups() == tuple(g for g in run.array_groups() if g != "graphs")
        assert opened.table_names() == run.table_names()
        for name in run.scalar_names():
            ours, theirs = opened.scalars(name), run.scalars(name)
            np.testing.assert_array_equal(ours.steps, theirs.steps)
            np.testing.assert_array_equal(ours.values, theirs.values)
            assert len(opened.scalars_all(name)) == len(run.scalars_all(name))
        assert opened.summaries() == {
            name: summary._replace(n_points=len(run.scalars_all(name)))
            for name, summary in run.summaries().items()
        }
        for name in set(run.table_names()):
            table = run.table(name)
            if "step" not in table:  # one file for each step, as in the log
                assert opened.table_steps(name) == run.table_steps(name)
                for key, column in opened.table(name).items():
                    np.testing.assert_array_equal(table[key], column)
                continue
            assert opened.table_steps(name) == tuple(np.unique(table["step"]).tolist())
            for step in opened.table_steps(name):
                part = opened.table(name, step=step)
                for key, column in part.items():
                    # What was written twice at a step counts as it was written last.
                    written = table[key][table["step"] == step][-len(column) :]
                    np.testing.assert_array_equal(written, column)
        for group in opened.array_groups():
            assert opened.array_steps(group) == run.array_steps(group)
            for key, array in run.arrays(group).items():
                np.testing.assert_array_equal(opened.arrays(group)[key], array)
        assert opened.faults() == ()
        models = [[told["layers"] for told in one.events("model")] for one in (opened, run)]
        assert models[0] == models[1]


@settings(max_examples=60, deadline=None)
@given(
    files=st.lists(
        st.lists(st.tuples(st.sampled_from("abc"), st.integers(-3, 5), st.floats(width=32)),
                 max_size=12), min_size=1, max_size=3,
    ),
)  # fmt: skip
def test_summaries_of_all_metrics_at_once_are_those_of_each(
    files: list[list[tuple[str, int, float]]],
    tmp_path_factory: pytest.TempPathFactory,
    write_events: Callable[..., Path],
) -> None:
    folder = tmp_path_factory.mktemp("log")
    for number, points in enumerate(files):
        events = [scalar(tag, value, step) for tag, step, value in points]
        version = Event(file_version="brain.Event:2")  # steps that go back void nothing
        write_events(folder / f"{number}.tfevents", version, *events)
    run = TensorBoardRun(folder)
    store = run._follower.store
    at_once = run.summaries()
    assert glance.summaries_at_once(store) is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(glance, "_MOST", -1)
        by_piece = TensorBoardRun(folder).summaries()
        patch.setattr(source, "summaries_of_rising", lambda store: {})
        one_by_one = TensorBoardRun(folder).summaries()
    assert repr(at_once) == repr(by_piece) == repr(one_by_one)
    rising = {tag for tag in "abc" if _rises([p[1] for file in files for p in file if p[0] == tag])}
    assert set(glance.summaries_of_rising(store)) == rising


def _rises(steps: list[int]) -> bool:
    return bool(steps) and all(a < b for a, b in pairwise(steps))


def test_only_what_was_appended_is_read(append: Callable[..., Path]) -> None:
    path = append(scalar("loss", 1, 0), scalar("loss", 2, 1))
    run = TensorBoardRun(path.parent)
    first, cursor = run.new_scalars()
    assert first.metrics.tolist() == ["loss", "loss"]
    append(scalar("other", 3, 5), scalar("loss", 4, 6))
    assert run.scalars("loss").values.tolist() == [1, 2, 4]
    second, cursor = run.new_scalars(cursor)
    assert second.metrics.tolist() == ["other", "loss"]
    assert (second.steps.tolist(), second.values.tolist()) == ([5, 6], [3, 4])
    third, cursor = run.new_scalars(cursor)
    assert len(third.steps) == 0
    assert cursor == run.scalars_cursor()
    assert {name: len(series) for name, series in run.scalars_of().items()} == {
        "loss": 3, "other": 1,
    }  # fmt: skip
    append(scalar("loss", 5, 7), name="events.out.tfevents.1700000009.host")
    fourth, _ = run.new_scalars(cursor)
    assert fourth.values.tolist() == [5]
    assert run.scalar_names() == ("loss", "other")


def test_half_a_record_is_waited_for(append: Callable[..., Path], frame: Frame) -> None:
    path = append(scalar("loss", 1, 0))
    run = TensorBoardRun(path)
    whole = frame(scalar("loss", 2, 1).SerializeToString())
    for number, cut in enumerate((5, 11, 20, len(whole) - 1), start=1):
        with path.open("ab") as file:
            file.write(whole[:cut])
        assert len(run.scalars_all("loss")) == number
        assert run.faults() == ()
        with path.open("ab") as file:
            file.write(whole[cut:])
        assert len(run.scalars_all("loss")) == number + 1
    assert len(run.scalars_all("loss")) == 5
    assert run.faults() == ()


def test_half_a_record_of_a_file_nobody_writes_is_told_and_still_waited_for(
    append: Callable[..., Path], frame: Frame
) -> None:
    path = append(scalar("loss", 1, 0))
    whole = frame(scalar("loss", 2, 1).SerializeToString())
    with path.open("ab") as file:
        file.write(whole[:-3])
    os.utime(path, (1, 1))
    run = TensorBoardRun(path)
    assert run.scalars("loss").values.tolist() == [1]
    (fault,) = run.faults()
    assert "hold no whole record" in fault
    with path.open("ab") as file:
        file.write(whole[-3:])
    assert run.scalars("loss").values.tolist() == [1, 2]
    assert run.faults() == ()


def test_a_file_that_is_replaced_is_read_anew(append: Callable[..., Path]) -> None:
    path = append(scalar("loss", 1, 0), scalar("loss", 2, 1))
    run = TensorBoardRun(path.parent)
    _, cursor = run.new_scalars()
    path.unlink()
    append(scalar("other", 3, 0))
    assert run.scalar_names() == ("other",)
    points, _ = run.new_scalars(cursor)
    assert points.values.tolist() == [3]


def test_a_log_that_vanishes_stays_readable_and_says_so(append: Callable[..., Path]) -> None:
    path = append(scalar("loss", 1, 0), histogram("h", 3))
    run = TensorBoardRun(path.parent)
    assert run.table("histograms/h")["count"].tolist() == [3, 7]
    path.unlink()
    assert run.scalars("loss").values.tolist() == [1]
    with pytest.raises(bs.DamagedFile, match="Open the log again"):
        run.table("histograms/h")
    (fault,) = run.faults()
    assert "cannot be read any more" in fault


def test_what_a_restart_makes_void_is_left_out_while_it_happens(
    append: Callable[..., Path],
) -> None:
    start = Event(step=2)
    start.session_log.status = 1
    path = append(Event(file_version="brain.Event:2"), *(scalar("a", s, s) for s in range(4)))
    run = TensorBoardRun(path.parent)
    assert run.scalars("a").steps.tolist() == [0, 1, 2, 3]
    append(start, scalar("a", 9, 2))
    assert run.scalars("a").values.tolist() == [0, 1, 9]
    assert "1 restarts" in run.events("note")[0]["text"]


def test_hyperparameters_and_status_come_from_the_session(
    tmp_path: Path, write_events: Callable[..., Path]
) -> None:
    written = {"rate": 0.5, "optimizer": "adam"}
    start, end = Event(), Event()
    start.summary.CopyFrom(hparams.hparams_pb(written))
    plugin = end.summary.value.add(tag="_hparams_/session_end_info").metadata.plugin_data
    plugin.plugin_name = "hparams"
    plugin.content = plugin_data_pb2.HParamsPluginData(
        session_end_info=plugin_data_pb2.SessionEndInfo(status=1)
    ).SerializeToString()
    write_events(tmp_path / "one" / "x.tfevents", start, end)
    write_events(tmp_path / "one" / "train" / "x.tfevents", scalar("loss", 1, 0))
    assert TensorBoardRun(tmp_path / "one").config == written
    assert TensorBoardRun(tmp_path / "one").status == "finished"
    assert TensorBoardRun(tmp_path / "one" / "train").config == {}
    inner = TensorBoardRun(tmp_path / "one" / "train", root=tmp_path)
    assert (inner.name, inner.config, inner.status) == ("one/train", written, "running")


def test_missing_names_are_answered_with_near_ones(append: Callable[..., Path]) -> None:
    run = TensorBoardRun(append(scalar("loss", 1, 0), histogram("h", 3)).parent)
    with pytest.raises(NotRecorded, match="Did you mean `loss`"):
        run.scalars("lose")
    with pytest.raises(NotRecorded, match="`histograms/h`"):
        run.table("histograms/g")
    with pytest.raises(NotRecorded, match="There is no group"):
        run.arrays("images/x")
    with pytest.raises(RunNotFound, match="holds none"):
        TensorBoardRun(append().parent.parent)


def test_views_and_reports_work_on_it(append: Callable[..., Path], tmp_path: Path) -> None:
    path = append(*(scalar("loss", 1 / (s + 1), s) for s in range(20)), histogram("h", 3))
    opened = bs.open(path.parent)
    assert opened.metrics("loss").columns()["value"].tolist()[0] == 1
    assert "h" in opened.histograms().figure().title
    assert opened.scalars("loss").steps.tolist() == list(range(20))
    page = write_report(path.parent, tmp_path / "report.html")
    assert "Histograms of h" in page.read_text(encoding="utf-8")
    with pytest.raises(RunNotFound):
        bs.open(tmp_path / "nowhere")
