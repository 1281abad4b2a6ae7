from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from bathyscope.figures import (
    MARKS,
    Bars,
    Boxes,
    Categories,
    ColorScale,
    Continuous,
    Graph,
    Heat,
    Ids,
    Line,
    Matrix,
    Points,
    Points3D,
    Table,
    Tiles,
    Tokens,
    Wave,
)


def all_marks(sample_figures):
    return [mark for figure in sample_figures.values() for p in figure.panels for mark in p.marks]


def test_samples_show_every_mark(sample_figures):
    assert {type(mark) for mark in all_marks(sample_figures)} == set(MARKS)


def test_types_of_marks_are_distinct():
    assert len({mark.type for mark in MARKS}) == len(MARKS)


def test_arrays_cannot_be_written(sample_figures):
    for mark in all_marks(sample_figures):
        for item in dataclasses.fields(mark):
            value = getattr(mark, item.name)
            if isinstance(value, np.ndarray):
                assert not value.flags.writeable, (mark, item.name)


def test_fields_cannot_be_set(sample_figures):
    for mark in all_marks(sample_figures):
        with pytest.raises(dataclasses.FrozenInstanceError):
            mark.label = "other"


def test_the_callers_array_stays_writable():
    y = np.zeros(3)
    Line(np.arange(3), y)
    y[0] = 1.0
    assert y[0] == 1.0


def test_repr_tells_shapes_not_numbers(sample_figures):
    for mark in all_marks(sample_figures):
        assert len(repr(mark)) < 3_000
    assert "float64[3]" in repr(Line([1, 2, 3], [1, 2, 3]))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Line([1, 2], [1, 2, 3]), r"`Line` must have the same length; got x: 2, y: 3"),
        (lambda: Line([[1, 2]], [1, 2]), r"`Line.x` must have 1 dimensions; got shape \(1, 2\)"),
        (lambda: Line([1], [1], low=[0]), r"both `low` and `high`"),
        (lambda: Points([1], [1], text=("a", "b")), r"text: 2"),
        (lambda: Points([1], [1], color=Continuous([1, 2], ColorScale())), r"color: 2"),
        (lambda: Points([1], [1], thumbnails=np.zeros((2, 3, 3))), r"thumbnails: 2"),
        (lambda: Points3D([1], [1], [1, 2]), r"`Points3D` .* got x: 1, y: 1, z: 2"),
        (lambda: Points3D([1], [1], [1], ("a", "b")), r"must be three names; got \('a', 'b'\)"),
        (lambda: Categories([0, 2], ("a", "b")), r"-1 .. 1 \(2 names\); got 0 .. 2"),
        (lambda: Categories([-2], ("a",)), r"got -2 .. -2"),
        (lambda: Matrix(np.zeros(3), ColorScale()), r"`Matrix.values` must have 2 dimensions"),
        (lambda: Matrix(np.zeros((0, 3)), ColorScale()), r"must not be empty"),
        (lambda: Matrix(np.zeros((2, 3)), ColorScale(), x=[1, 2]), r"`Matrix.x` .* length 3"),
        (lambda: Matrix(np.zeros((2, 3)), ColorScale(), cells=np.array([["a"]])),
         r"`Matrix.cells` must have shape \(2, 3\)"),
        (lambda: Bars([1, 2], edges=[0, 1]), r"one more entry than `heights` \(2\); got 2"),
        (lambda: Bars([1, 2], tones=(1,)), r"tones: 1"),
        (lambda: Wave([0.0], 0.0), r"`Wave.rate_hz` must be positive; got 0.0"),
        (lambda: Tiles(np.zeros((2, 3, 3, 4))), r"must be RGB"),
        (lambda: Tiles(np.zeros((2, 3))), r"3 or 4 dimensions"),
        (lambda: Tiles(np.zeros((2, 3, 3)), captions=("a",)), r"captions: 1"),
        (lambda: Tiles(np.zeros((2, 3, 3)), overlays=(Heat(np.zeros((1, 3, 3)), ColorScale()),)),
         r"heat: 1"),
        (lambda: Boxes([0], np.zeros((1, 4)), (), (0,)), r"labels: 0"),
        (lambda: Tokens((("a", "b"),), (np.zeros(3),)), r"pieces: 2, weights: 3"),
        (lambda: Graph(("a",), [0], [0], [(0, 1)]), r"nodes 0 .. 0; got 0 .. 1"),
        (lambda: Table({"a": [1], "b": [1, 2]}), r"a: 1, b: 2"),
        (lambda: Ids("sample", [1, 2], elements=[0]), r"elements: 1"),
    ],
)  # fmt: skip
def test_wrong_data_is_refused_with_what_was_given(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_few_points_get_markers_and_many_do_not():
    assert Line(np.arange(50), np.arange(50)).markers
    assert not Line(np.arange(51), np.arange(51)).markers
    assert Line(np.arange(51), np.arange(51), markers=True).markers


def test_integers_of_a_matrix_become_floats():
    assert Matrix(np.eye(2, dtype=int), ColorScale()).values.dtype == np.float64


def test_masks_become_tiles_of_zeros_and_ones():
    tiles = Tiles(np.eye(2, dtype=bool)[None])
    assert tiles.images.tolist() == [[[1, 0], [0, 1]]]
    assert (tiles.color.low, tiles.color.high) == (0.0, 1.0)


def test_token_weights_get_a_signed_scale():
    tokens = Tokens((("a", "b"),), (np.array([-2.0, 1.0]),))
    assert (tokens.color.kind, tokens.color.low, tokens.color.high) == ("signed", -2.0, 2.0)
