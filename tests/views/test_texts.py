from __future__ import annotations

from typing import Any

import pytest

import bathyscope as bs
from bathyscope import views
from bathyscope.figures import Note, Tokens
from bathyscope.views.texts import Texts

_MARKDOWN = "**config** | value\n---|---\nlearning rate | 0.001\n\n- one\n- two\n"


def examples() -> dict[str, views.View]:
    return {
        "answers": views.texts(
            ["The cat sat on the mat.", "损失在下降。", _MARKDOWN, "word " * 90], name="answers"
        ),
        "long and many": views.texts(["word " * 900] * 30, name="a/long/name/of/texts"),
        "empty": views.texts([""]),
    }


def test_texts_are_drawn_letter_by_letter() -> None:
    (mark,) = examples()["answers"].figure().panels[0].marks
    assert isinstance(mark, Tokens)
    assert "".join(mark.texts[2]) == _MARKDOWN


def test_what_is_not_drawn_is_told() -> None:
    figure = examples()["long and many"].figure()
    assert "12 of 30 texts are drawn" in figure.note
    assert "Cut after 1,000 characters: 12 texts." in figure.note
    assert len("".join(figure.panels[0].marks[0].texts[0])) == 1000
    assert examples()["long and many"].columns()["characters"].tolist() == [4500] * 30
    assert isinstance(views.texts([]).figure().panels[0].marks[0], Note)


def test_one_table_for_all_steps_and_one_for_each(run_writer: Any) -> None:
    writer = run_writer()
    writer.log_table("text/a", {"step": [1, 1, 5], "text": ["x", "y", "z"]}, step=5)
    writer.log_table("text/b", {"text": ["p"]}, step=2)
    writer.log_table("text/b", {"text": ["q"]}, step=3)
    run = bs.open(writer.path)
    assert [(offer.title, offer.steps) for offer in Texts.offers(run)] == [
        ("Text: a", (1, 5)), ("Text: b", (2, 3)),
    ]  # fmt: skip
    assert run.texts("a", step=1).texts == ("x", "y")
    assert run.texts("a").texts == ("z",)
    assert run.texts("b", step=-2).texts == ("p",)
    with pytest.raises(bs.NotRecorded):
        run.texts("a", step=2)
