"""A saved figure is the same figure when it is read again."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bathyscope.figures import (
    Axis,
    Categories,
    Continuous,
    Figure,
    Film,
    Ids,
    Line,
    Matrix,
    Note,
    Panel,
    Points,
    Table,
)
from bathyscope.figures.color import ColorScale
from bathyscope.figures.web.decode import from_json
from bathyscope.figures.web.encode import to_json

#: The same cases on every run, and no verdict by the clock.
exact = settings(derandomize=True, deadline=None)


def note_figure(text="x"):
    return Figure("t", (Panel((Note(text),)),))


def test_every_sample_comes_back(sample, differences):
    assert differences(sample, from_json(to_json(sample))) == []


def test_differences_are_seen(differences):
    # The comparison itself: a sign of zero, a dtype and a name must not slip through.
    table = Table({"a": np.array([0.0])})
    others = (
        Table({"a": np.array([-0.0])}),
        Table({"a": np.array([0])}),
        Table({"b": np.array([0.0])}),
    )
    for other in others:
        assert differences(table, other)


def test_a_film_comes_back(sample_figures, differences):
    figures = tuple(sample_figures.values())
    film = Film(tuple(range(0, 100 * len(figures), 100)), figures, note="every 100th")
    assert differences(film, from_json(to_json(film))) == []


@exact
@given(
    hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=6)),
    st.text(max_size=20),
    st.sampled_from(["light", "<", "\u2028"]),
)
def test_any_matrix_and_any_text_come_back(values, title, unit):
    matrix = Matrix(values, ColorScale(unit=unit), label=title)
    figure = Figure(title, (Panel((matrix,), x=Axis("x"), y=Axis("y"), note=title),))
    back = from_json(to_json(figure))
    mark = back.panels[0].marks[0]
    assert mark.values.tobytes() == values.tobytes()
    assert (back.title, back.panels[0].note, mark.label) == (title, title, title)


@exact
@given(st.lists(st.text(max_size=8).filter(lambda text: not text.endswith("\0")), max_size=6))
def test_any_texts_come_back(texts):
    table = Table({"text": np.array(texts, dtype=np.str_)})
    back = from_json(to_json(Figure("t", (Panel((table,)),))))
    assert back.panels[0].marks[0].columns["text"].tolist() == texts


@pytest.mark.parametrize(
    "color",
    [
        Categories(np.array([0, -1, 1]), ("a", "b")),
        Continuous(np.array([0.1, np.nan, 2]), ColorScale()),
    ],
    ids=["categories", "continuous"],
)
def test_nested_parts_come_back_as_what_they_were(color, differences):
    points = Points([1, 2, 3], [4, 5, 6], color=color, ids=Ids("sample", np.array([7, 8, 9])))
    figure = Figure("t", (Panel((points,), x=Axis("x"), y=Axis("y")),))
    assert differences(figure, from_json(to_json(figure))) == []


def test_numbers_of_numpy_become_those_of_python():
    axis = Axis("x", domain=(np.float32(0.1), np.int64(3)))  # type: ignore[arg-type]
    figure = Figure("t", (Panel((Line([0], [0]),), x=axis, y=Axis("y")),))
    assert from_json(to_json(figure)).panels[0].x.domain == (float(np.float32(0.1)), 3)


def test_an_older_file_without_a_newer_field_still_reads():
    document = json.loads(to_json(note_figure()))
    del document["content"]["widths"]
    del document["content"]["panels"][0]["marks"][0]["tone"]
    back = from_json(json.dumps(document))
    assert back.panels[0].marks[0].tone == "info"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda d: d.update(format="something"),
            "of format 'bathyscope-figure'; got 'some",
        ),
        (lambda d: d.update(version=99), "version 99, newer than 1"),
        (
            lambda d: d["content"].update(type="hologram"),
            "`hologram`, which this bathyscope",
        ),
        (lambda d: d["content"].update(unheard_of=1), "damaged.*unheard_of"),
        (lambda d: d["content"].pop("title"), "damaged.*title"),
        (lambda d: d["content"].pop("type"), "damaged"),
        (
            lambda d: d.update(content=d["content"]["panels"][0]),
            "a figure or a film; got Panel",
        ),
        (lambda d: d.update(content=[]), "a figure or a film; got tuple"),
    ],
)
def test_other_json_is_refused_in_words(change, message):
    document = json.loads(to_json(note_figure()))
    change(document)
    with pytest.raises(ValueError, match=message):
        from_json(json.dumps(document))


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "<html>"])
def test_other_text_is_refused_in_words(text):
    with pytest.raises(ValueError, match="`text` must be"):
        from_json(text)


def test_cut_numbers_are_refused():
    table = Table({"a": np.array([1.5, 2.5])})
    text = to_json(Figure("t", (Panel((table,)),)))
    node = dict(json.loads(text)["content"]["panels"][0]["marks"][0]["columns"]["$map"])["a"]
    for broken, message in ((node["base64"][:-4], "must have 8 bytes; got 6"), ("!!!!", "damaged")):
        with pytest.raises(ValueError, match=message):
            from_json(text.replace(node["base64"], broken))
