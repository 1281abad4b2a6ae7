from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bathyscope as bs
from bathyscope import views
from bathyscope.views.tables import Tables


def examples() -> dict[str, views.View]:
    return {
        "mixed": views.tables(
            {
                "sample": np.arange(5),
                "question": ["how?", "why?", "a question of some length, asked slowly", "", "谁"],
                "score": [0.5, np.nan, 1e-9, np.inf, 123456.789],
                "kept": [True, False, True, True, False],
            },
            name="answers/judged",
        ),
        "long": views.tables({"n": np.arange(1000), "square": np.arange(1000) ** 2}),
        "no rows": views.tables({"a": []}),
    }


def test_only_the_first_rows_are_drawn_and_told() -> None:
    figure = examples()["long"].figure()
    assert len(figure.panels[0].marks[0].columns["n"]) == 200
    assert figure.note == "The first 200 of 1,000 rows are drawn."
    assert len(examples()["long"].columns()["n"]) == 1000


def test_samples_are_linked() -> None:
    (mark,) = examples()["mixed"].figure().panels[0].marks
    assert mark.ids.kind == "sample" and mark.ids.values.tolist() == [0, 1, 2, 3, 4]


def test_tables_that_have_another_view_are_not_offered(run_writer: Any) -> None:
    writer = run_writer()
    writer.log_table("trials", {"trial": [0]}, step=1)
    writer.log_table("text/x", {"text": ["a"]}, step=1)
    writer.log_table("own", {"a": [1, 2]}, step=1)
    writer.log_table("own", {"a": [3]}, step=2)
    run = bs.open(writer.path)
    assert [(o.title, o.steps) for o in Tables.offers(run)] == [("Table: own", (1, 2))]
    assert run.tables().table["a"].tolist() == [3]
    assert run.tables("trials").table["trial"].tolist() == [0]
    with pytest.raises(bs.UnknownName):
        run.tables("other")


def test_a_table_of_the_whole_run_names_no_step(run_writer: Any) -> None:
    writer = run_writer()
    for name in ("about", "begin"):
        writer.log_table(name, {"name": ["experiment"], "value": ["digits"]}, step=0)
    writer.log_table("files", {"path": ["of the user's own"]}, step=3)
    run = bs.open(writer.path)
    offered = {offer.title: offer.steps for offer in Tables.offers(run)}
    assert offered == {"Table: about": (), "Table: begin": (0,), "Table: files": (3,)}
    titles = [run.tables(name).figure().title for name in ("about", "begin", "files")]
    assert titles == ["Table: about", "Table: begin, step 0", "Table: files, step 3"]


def test_columns_must_have_one_length() -> None:
    with pytest.raises(ValueError, match="columns of one length"):
        views.tables({"a": [1], "b": [1, 2]})


def test_texts_of_a_run_reach_the_page(run_writer: Any, tmp_path: Any) -> None:
    writer = run_writer()
    writer.log_table("own", {"text": ["one", "größe"], "n": [1, 2]}, step=0)
    page = bs.report(writer.path, tmp_path / "page.html").read_text()
    assert "gr\\u00f6\\u00dfe" in page
