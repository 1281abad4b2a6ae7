"""What a reader asks of all samples: held, counted and ordered as one going through them would."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bathyscope.figures import Note, Table, Tokens
from bathyscope.figures.still import still
from bathyscope.views import predictions
from bathyscope.views._choosing import Choice, read_choice
from bathyscope.views._gallery import MOST, MOST_TIMES
from bathyscope.views.predictions import Predictions

N = 1500
CLASSES = ("cat", "dog", "catfish")
WORDS = ("small", "large", "Small and green")


def made(**options: Any) -> Predictions:
    rng = np.random.default_rng(3)
    scores = rng.dirichlet(np.ones(3), N)
    texts = [WORDS[i % 3] for i in range(N)]
    return predictions(
        texts, rng.integers(0, 3, N), scores=scores, classes=CLASSES,
        sample=np.arange(N) + 10_000, **options,
    )  # fmt: skip


VIEW = made()


def answer(view: Predictions, **asked: Any) -> tuple[Tokens, list[int]]:
    """Give the mark of a choice, and the ids it gives as the answer."""
    choice = read_choice(json.dumps(asked)) if asked else Choice()
    (mark,) = replace(view, choice=choice).figure().panels[0].marks
    assert mark.browse is not None and mark.browse.asked is not None
    return mark, mark.ids.values[mark.browse.asked.places].tolist()


def expected(**asked: Any) -> list[int]:
    """Go through the samples one by one."""
    wanted = {"verdict": ("right", "wrong"), "true class": CLASSES, "predicted class": CLASSES}

    def is_like_that(row: int) -> bool:
        of = {
            "verdict": 0 if VIEW.predicted[row] == VIEW.true[row] else 1,
            "true class": VIEW.true[row],
            "predicted class": VIEW.predicted[row],
        }
        only = asked.get("only", {})
        said = [str(10_000 + row), CLASSES[VIEW.true[row]], CLASSES[VIEW.predicted[row]]]
        said.append(WORDS[row % 3])
        find = asked.get("find", "").strip().lower()
        return all(wanted[label][of[label]] == only.get(label, "?") for label in only) and any(
            find in word.lower() for word in said
        )

    key = {
        "highest loss": lambda row: -VIEW.loss[row],
        "least sure": lambda row: VIEW.confidence[row],
    }.get(asked.get("order", ""), lambda row: row)
    rows = sorted(range(N), key=key, reverse=asked.get("reversed", False))
    return [10_000 + row for row in rows if is_like_that(row)]


@settings(max_examples=40, deadline=None)
@given(
    order=st.sampled_from(["", "highest loss", "least sure"]),
    is_reversed=st.booleans(),
    only=st.fixed_dictionaries(
        {},
        optional={
            "verdict": st.sampled_from(["right", "wrong"]),
            "true class": st.sampled_from(CLASSES),
            "predicted class": st.sampled_from(CLASSES),
        },
    ),
    find=st.sampled_from(["", " SMALL ", "cat", "104", "nowhere"]),
)
def test_the_first_of_all_that_are_like_that_are_held(
    order: str, is_reversed: bool, only: dict[str, str], find: str
) -> None:
    asked = {"order": order, "reversed": is_reversed, "only": only, "find": find}
    mark, ids = answer(VIEW, **asked)
    every = expected(**asked)
    assert ids == every[:MOST]
    assert mark.browse.asked.found == len(every)
    assert mark.browse.total == N
    for label in ("verdict", "true class", "predicted class"):
        others = {name: value for name, value in only.items() if name != label}
        names = next(facet.names for facet in mark.browse.facets if facet.label == label)
        counts = [len(expected(**{**asked, "only": {**others, label: name}})) for name in names]
        assert mark.browse.asked.counts[label].tolist() == counts


def test_nothing_asked_is_answered_with_what_is_held_and_counts_of_all() -> None:
    mark, ids = answer(VIEW)
    assert ids == sorted(mark.ids.values.tolist()) and len(ids) == MOST
    assert mark.browse.asked.found == N
    counts = np.bincount(VIEW.true, minlength=3).tolist()
    assert mark.browse.asked.counts["true class"].tolist() == counts
    few = made_of(60)
    assert replace(few, choice=Choice()).figure().panels[0].marks[0].browse.asked is None


def made_of(n: int) -> Predictions:
    return predictions(["x"] * n, np.arange(n) % 2, np.zeros(n, np.int64))


def test_more_are_held_when_more_are_asked_for_but_not_without_end() -> None:
    assert len(answer(VIEW, count=1000)[1]) == 1000
    many = made_of(MOST * MOST_TIMES + 500)
    assert len(answer(many, count=10**9)[1]) == MOST * MOST_TIMES


def test_only_the_samples_that_are_named() -> None:
    mark, ids = answer(VIEW, samples="10003-10005.11499.7", order="highest loss")
    rows = sorted((3, 4, 5, 1499), key=lambda row: -VIEW.loss[row])
    assert ids == [10_000 + row for row in rows]
    assert mark.browse.asked.found == 4


@pytest.mark.parametrize("is_descending", [False, True])
def test_a_column_orders_rows_as_the_page_does(is_descending: bool) -> None:
    size = np.where(np.arange(N) % 7 == 0, np.nan, np.arange(N) % 50)
    table = predictions({"size": size}, VIEW.true, VIEW.predicted)
    place = list(table.figure().panels[0].marks[0].columns).index("size")
    mark, ids = answer(table, column=place, descending=is_descending)
    sign = -1 if is_descending else 1
    rows = sorted(range(N), key=lambda row: (np.isnan(size[row]), sign * np.nan_to_num(size[row])))
    assert ids == rows[:MOST]
    assert isinstance(mark, Table)


def test_what_stands_still_draws_what_was_asked_for() -> None:
    asked = replace(VIEW, choice=read_choice('{"order": "highest loss", "reversed": true}'))
    figure = still(asked.figure())
    ids = figure.panels[0].marks[0].ids.values.tolist()
    assert ids == expected(order="highest loss", reversed=True)[:24]
    assert figure.panels[0].note == "Shown: 24 of 1,500 that were asked for among 1,500 samples."
    none = still(replace(VIEW, choice=read_choice('{"find": "nowhere"}')).figure())
    assert none.panels[0].marks[0].text == "None of 1,500 is like that."


def test_only_wrong_ones_are_drawn_where_only_they_are_kept() -> None:
    view = made(keep="wrong", sort="loss")
    figure = view.figure()
    mark = figure.panels[0].marks[0]
    wrong = np.flatnonzero(VIEW.predicted != VIEW.true)
    assert set(mark.verdicts) == {"wrong"}
    assert figure.title == "Wrong predictions"
    assert mark.browse.total == len(wrong)
    assert [facet.label for facet in mark.browse.facets] == ["true class", "predicted class"]
    assert "wrong ones first" not in mark.browse.orders
    assert figure.panels[0].note == (
        f"Shown: 24 of {len(wrong):,} wrong samples, the highest loss first."
    )
    ids = still(figure).panels[0].marks[0].ids.values - 10_000
    assert ids.tolist() == sorted(wrong, key=lambda row: -VIEW.loss[row])[:24]


def test_where_none_is_wrong_it_is_said() -> None:
    view = predictions(np.zeros((5, 2, 2)), [0, 1, 0, 1, 1], [0, 1, 0, 1, 1], keep="wrong")
    (mark,) = view.figure().panels[0].marks
    assert isinstance(mark, Note) and mark.text == "None of 5 samples is wrong."
    assert "5 of 5 right" in view.figure().note
    with pytest.raises(ValueError, match="needs `y_true`"):
        predictions(np.zeros((1, 2, 2)), y_pred=[0], keep="wrong")
    with pytest.raises(ValueError, match="`keep` must be"):
        made(keep="some")


@pytest.mark.parametrize(
    "text",
    [
        "{", "[]", '{"order": 1}', '{"only": {"verdict": 1}}', '{"count": true}', '{"x": ""}',
        '{"column": "size"}', "[" * 39_000, " " * 50_000,
    ],
)  # fmt: skip
def test_other_questions_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="`choice` must be JSON"):
        read_choice(text)
