from __future__ import annotations

import numpy as np
import pytest

from bathyscope.integrations.columns import column_from, table_from

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")

MIXED = {
    "age": [30, 41, 27],
    "income": [1.5, None, 2.5],
    "job": ["baker", None, "smith"],
    "kind": ["a", "b", None],
    "since": ["2024-01-01", None, "2024-03-05"],
    "owns": [True, None, False],
    "dogs": [[1], [], [2]],
}
SHOWN = {
    "age": [30, 41, 27],
    "income": [1.5, np.nan, 2.5],
    "job": ["baker", "", "smith"],
    "kind": ["a", "b", ""],
    "since": ["2024-01-01", "", "2024-03-05"],
    "owns": ["True", "", "False"],
    "dogs": ["[1]", "[]", "[2]"],
}


def frame_of_pandas() -> object:
    frame = pd.DataFrame(MIXED)
    frame["since"] = pd.to_datetime(frame["since"])
    frame["kind"] = frame["kind"].astype("category")
    return frame


def frame_of_polars() -> object:
    frame = pl.DataFrame(MIXED).with_columns(pl.col("since").str.to_date())
    return frame.with_columns(pl.col("kind").cast(pl.Categorical))


@pytest.fixture(params=[frame_of_pandas, frame_of_polars])
def frame(request):
    return request.param()


def check(table):
    for name, column in SHOWN.items():
        np.testing.assert_array_equal(table[name], column, err_msg=name)


def test_a_data_frame_is_a_table(recording, reopen, frame):
    recording.log_table("people", frame, step=2)
    check(reopen(recording).table("people", step=2))


def test_a_data_frame_is_shown_whether_called_inputs_or_show(recording, reopen, frame):
    recording.evaluate_scores([0.1, 0.9, 0.8], [0, 1, 0], show=frame, split="show")
    recording.evaluate_labels([0, 1, 1], [0, 1, 0], inputs=frame, split="inputs")
    recording.evaluate_values([0.1, 0.9, 0.8], [0.0, 1.0, 0.5], inputs=frame, split="values")
    run = reopen(recording)
    for split in ("show", "inputs", "values"):
        check(run.table(f"shown/{split}"))
    assert not [group for group in run.array_groups() if group.startswith("inputs/")]


def test_rows_are_a_table(recording, reopen):
    recording.log_table("tries", [{"lr": 0.1, "who": "a"}, {"lr": 0.2, "epochs": 3}])
    table = reopen(recording).table("tries")
    np.testing.assert_array_equal(table["lr"], [0.1, 0.2])
    np.testing.assert_array_equal(table["epochs"], [np.nan, 3])
    assert table["who"].tolist() == ["a", ""]


@pytest.mark.parametrize("given", [[1, 2], [], "text"])
def test_what_is_no_table_is_named(given):
    with pytest.raises(TypeError, match="mapping of names to columns, a data frame, or a list"):
        table_from(given)


def test_numbers_of_a_data_frame_are_what_went_in_too(recording, reopen):
    numbers = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [4, 5, 6]})
    recording.evaluate_scores([0.1, 0.9, 0.8], [0, 1, 0], inputs=numbers)
    run = reopen(recording)
    np.testing.assert_array_equal(run.arrays("inputs/test")["inputs"], numbers.to_numpy())
    assert run.table("shown/test")["b"].tolist() == [4, 5, 6]


def test_spans_of_time_and_missing_numbers_among_objects():
    spans = pd.Series(pd.to_timedelta([90, None], unit="min"))
    assert column_from(spans, name="x").tolist() == ["1:30:00", ""]
    numbers = pd.Series([1, None, pd.NA, 2.5], dtype=object)
    np.testing.assert_array_equal(column_from(numbers, name="x"), [1, np.nan, np.nan, 2.5])
    assert column_from(["a", None], name="x").tolist() == ["a", ""]
