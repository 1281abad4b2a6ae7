from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bathyscope.figures.text import ELLIPSIS, columns, fitting, one_line, shorten, wrap

words = st.text(alphabet="ab cd\n深度学习 é", max_size=80)


def test_wide_characters_take_two_columns_and_accents_none():
    assert columns("abc") == 3
    assert columns("深度") == 4
    assert columns("e\u0301") == 1


@given(words, st.integers(2, 30))
def test_shortened_text_fits(text, room):
    assert columns(shorten(text, room)) <= room


def test_shortening_keeps_both_ends():
    short = shorten("encoder.block_11.attention.weight", 20)
    assert short.startswith("encoder")
    assert short.endswith("weight")
    assert ELLIPSIS in short
    assert shorten("short", 20) == "short"


@given(words, st.integers(2, 30))
def test_wrapped_lines_fit_and_lose_nothing(text, room):
    lines = wrap(text, room)
    assert all(columns(line) <= room for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_lines_break_at_spaces():
    assert wrap("one two three", 7) == ["one two", "three"]


def test_chinese_breaks_anywhere():
    assert wrap("深度学习可视化", 6) == ["深度学", "习可视", "化"]


def test_lines_beyond_the_most_end_in_an_ellipsis():
    lines = wrap("one two three four", 5, max_lines=2)
    assert len(lines) == 2
    assert lines[1].endswith(ELLIPSIS)
    assert columns(lines[1]) <= 5


def test_newlines_are_kept():
    assert wrap("a\nb", 10) == ["a", "b"]


def test_one_line_joins_white_space():
    assert one_line("  a\n b\t c ") == "a b c"


@pytest.mark.parametrize(("text", "room", "head"), [("abc", 2, "ab"), ("深度", 1, "深")])
def test_fitting_gives_at_least_one_character(text, room, head):
    assert fitting(text, room) == head
