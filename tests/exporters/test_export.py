"""What is exported equals the run, as pandas, polars, DuckDB and NumPy read it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import duckdb
import hypothesis
import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest

from bathyscope._errors import RunError
from bathyscope.exporters import FORMATS as ALL_FORMATS
from bathyscope.exporters import contents, export
from bathyscope.exporters.csv_files import write_csv
from bathyscope.runs import Run, RunWriter

polars = pytest.importorskip("polars")

#: Those of columns; `test_tensorboard.py` is about the other.
FORMATS = [form for form in ALL_FORMATS if form != "tensorboard"]

NUMBERS = [0.1, 1 / 3, math.nan, math.inf, -math.inf, 5e-324, -0.0, 1.7976931348623157e308]
TEXTS = [
    "plain",
    "with, comma",
    'say "so"',
    "two\nlines",
    "größe \N{SMILING FACE WITH SUNGLASSES}",
    "",
]
CONFIG = {"lr": 1e-3, "nested": {"decay": math.inf, "layers": [1, 2]}}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    path = tmp_path_factory.mktemp("run") / "a"
    with RunWriter(path, config=CONFIG, tags=["one"]) as writer:
        for step, number in enumerate(NUMBERS):
            writer.log_scalars({"loss": number, "a/b, c": -number}, step=step, time=1e9 + step / 3)
        writer.log_scalars({"loss": 9.0}, step=0)
        writer.log_table(
            "said/of \N{GREEK SMALL LETTER ALPHA}",
            {"text": TEXTS, "count": np.arange(6) + 2**62, "share": np.array(NUMBERS[:6])},
            step=2,
        )
        writer.log_table(
            "said/of \N{GREEK SMALL LETTER ALPHA}", {"text": ["more"], "new": [True]}, step=5
        )
        writer.log_arrays("g/h", {"dense/kernel": np.array(NUMBERS), "file": np.eye(2)}, step=7)
        writer.log_event("note", text="hello", value=math.nan)
    return Run(path)


@pytest.fixture(scope="module", params=FORMATS)
def exported(run: Run, request: pytest.FixtureRequest, tmp_path_factory: Any) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("out") / "exported"
    return request.param, export(run, folder, request.param)


#: pandas 3.1 reads every digit by itself.
PRECISELY = {} if pd.__version__ >= "3.1" else {"float_precision": "round_trip"}


def with_pandas(path: Path) -> pd.DataFrame:
    if path.suffix == ".csv":
        return pd.read_csv(path, keep_default_na=False, **PRECISELY,
                           na_values={"value": ["NaN"], "share": ["NaN"]})  # fmt: skip
    if path.suffix == ".json":
        return pd.DataFrame(
            json.loads(path.read_text()), dtype=object
        )  # its own reader refuses 5e-324
    pytest.importorskip("pyarrow", reason="pandas reads Parquet with it")
    return pd.read_parquet(path)


def with_polars(path: Path) -> pd.DataFrame:
    readers = {".csv": polars.read_csv, ".json": polars.read_json, ".parquet": polars.read_parquet}
    options = {} if path.suffix == ".parquet" else {"infer_schema_length": None}
    frame = readers[path.suffix](path, **options)
    return pd.DataFrame(frame.rows(), columns=frame.columns, dtype=object)


def with_duckdb(path: Path) -> pd.DataFrame:
    relation = duckdb.sql(f"FROM '{path}'")
    if path.suffix == ".json":  # it has to be told that the words are numbers
        types = zip(relation.columns, relation.types, strict=True)
        wanted = {name: "DOUBLE" if kind == "JSON" else str(kind) for name, kind in types}
        relation = duckdb.sql(f"FROM read_json('{path}', columns = {wanted})")
    return pd.DataFrame(relation.fetchall(), columns=relation.columns, dtype=object)


READERS = {"pandas": with_pandas, "polars": with_polars, "duckdb": with_duckdb}


@pytest.mark.parametrize("reader", READERS)
def test_scalars_are_read_back_to_the_last_bit(
    run: Run, exported: tuple[str, Path], reader: str
) -> None:
    form, folder = exported
    frame = READERS[reader](folder / f"scalars.{form}")
    assert list(frame.columns) == ["metric", "step", "value", "time"]
    assert frame["metric"].unique().tolist() == ["a/b, c", "loss"]
    for name, rows in frame.groupby("metric"):
        series = run.scalars(str(name))
        np.testing.assert_array_equal(rows["step"].astype(np.int64), series.steps)
        np.testing.assert_array_equal(rows["value"].astype(float), series.values)
        np.testing.assert_array_equal(rows["time"].astype(float), series.times)


@pytest.mark.parametrize("reader", READERS)
def test_tables_of_all_steps_are_one_file(
    run: Run, exported: tuple[str, Path], reader: str
) -> None:
    form, folder = exported
    (path,) = (folder / "tables").iterdir()
    assert path.suffix == f".{form}"
    frame = READERS[reader](path)
    assert frame["step"].tolist() == [2] * 6 + [5]
    texts = ["" if pd.isna(text) else text for text in frame["text"]]  # some take "" for missing
    assert texts == [*TEXTS, "more"]
    assert [int(count) for count in frame["count"][:6]] == (np.arange(6) + 2**62).tolist()
    np.testing.assert_array_equal(frame["share"][:6].astype(float), NUMBERS[:6])
    assert str(frame["new"][6]).lower() == "true"


def test_arrays_are_numpys_own(run: Run, exported: tuple[str, Path]) -> None:
    _, folder = exported
    with np.load(folder / "arrays" / "g%2fh" / "7.npz", allow_pickle=False) as archive:
        assert sorted(archive) == ["dense/kernel", "file"]
        np.testing.assert_array_equal(archive["dense/kernel"], np.array(NUMBERS))
        np.testing.assert_array_equal(archive["file"], np.eye(2))


def test_what_the_run_is_stands_in_json_that_every_parser_accepts(
    exported: tuple[str, Path],
) -> None:
    _, folder = exported
    facts = json.loads((folder / "run.json").read_text(), parse_constant=pytest.fail)
    assert facts["config"] == {"lr": 1e-3, "nested": {"decay": "Infinity", "layers": [1, 2]}}
    assert facts["tags"] == ["one"]
    assert facts["names"]["arrays/g%2fh"] == "g/h"
    events = json.loads((folder / "events.json").read_text(), parse_constant=pytest.fail)
    assert [(e["text"], e["value"]) for e in events if e["kind"] == "note"] == [("hello", "NaN")]


def test_a_run_without_anything_has_a_header(tmp_path: Path) -> None:
    RunWriter(tmp_path / "empty").finish()
    for form in FORMATS:
        folder = export(Run(tmp_path / "empty"), tmp_path / form, form)
        assert len(with_duckdb(folder / f"scalars.{form}")) == 0


@hypothesis.given(
    st.lists(st.floats(), min_size=1),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
)
@hypothesis.settings(max_examples=100, deadline=None)
def test_any_cell_survives_csv(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[float], text: str
) -> None:
    path = tmp_path_factory.mktemp("csv") / "x.csv"
    texts = np.array([text] * len(numbers), dtype=object)
    write_csv(path, [{"value": np.array(numbers), "text": texts}], header=["value", "text"])
    frame = pd.read_csv(
        path, keep_default_na=False, dtype={"text": str}, na_values={"value": ["NaN"]},
        skip_blank_lines=False, **PRECISELY,
    )  # fmt: skip
    np.testing.assert_array_equal(frame["value"].astype(float), numbers)
    assert frame["text"].tolist() == texts.tolist()


def test_a_folder_that_is_there_is_not_touched(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(RunError, match="must not exist yet"):
        export(run, tmp_path, "csv")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_what_is_damaged_is_named_and_the_rest_is_exported(tmp_path: Path) -> None:
    with RunWriter(tmp_path / "a") as writer:
        for step in range(2):
            writer.log_table("t", {"x": [step]}, step=step)
            writer.log_table("u", {"x": [step]}, step=0)
            writer.log_arrays("g", {"y": np.array([step])}, step=step)
    damaged = [next((tmp_path / "a" / place).glob("*00-*")) for place in ("tables/t", "arrays/g")]
    for path in [*damaged, *(tmp_path / "a" / "tables" / "u").iterdir()]:
        path.write_bytes(path.read_bytes()[:-9])
    for form in FORMATS:
        out = export(Run(tmp_path / "a"), tmp_path / form, form)
        assert with_duckdb(out / "tables" / f"t.{form}")["x"].tolist() == [1]
        assert not (out / "tables" / f"u.{form}").exists()
        assert [path.name for path in (out / "arrays" / "g").iterdir()] == ["1.npz"]
        faults = " ".join(json.loads((out / "run.json").read_text())["faults"])
        assert all(path.name in faults for path in damaged)


def test_an_export_that_fails_leaves_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bathyscope.exporters.csv_files.write_csv", full)
    with pytest.raises(RunError, match="No space left"):
        export(run, tmp_path / "out", "csv")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_format_is_named(run: Run, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="csv, parquet, json"):
        export(run, tmp_path / "x", "excel")


@pytest.mark.parametrize("block", [1, 7, 1000])
def test_metrics_are_read_in_blocks(run: Run, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(contents, "_BLOCK_POINTS", block)
    asked: list[int] = []

    class Counted(Run):
        def scalars_of(self, names: Any = None) -> Any:
            asked.append(len(names))
            return super().scalars_of(names)

    found = list(contents.series_of(Counted(run.path)))
    assert [series.name for series in found] == list(run.scalar_names())
    for series in found:
        np.testing.assert_array_equal(series.values, run.scalars(series.name).values)
        np.testing.assert_array_equal(series.times, run.scalars(series.name).times)
    assert asked == ([2] if block == 1000 else [1, 1])
    assert [series.name for series in contents.series_of(run, ["loss"])] == ["loss"]
    assert list(contents.series_of(run, [])) == []


def test_a_long_metric_is_made_into_rows_some_at_a_time(tmp_path: Path) -> None:
    count = 2 * contents._ROWS + 3
    with RunWriter(tmp_path / "run") as writer:
        steps = np.arange(count)
        writer.log_scalar_columns({"loss": (steps, np.sin(steps)), "short": ([7], [1.0])})
    parts = list(contents.scalar_columns(Run(tmp_path / "run")))
    assert [len(part["step"]) for part in parts] == [contents._ROWS, contents._ROWS, 3, 1]
    assert np.array_equal(np.concatenate([part["step"] for part in parts[:3]]), steps)
    assert np.array_equal(np.concatenate([part["value"] for part in parts[:3]]), np.sin(steps))
    assert [set(part["metric"]) for part in parts] == [{"loss"}] * 3 + [{"short"}]
