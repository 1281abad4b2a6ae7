"""Samples named by a text: as the page writes its selection."""

from __future__ import annotations

import numpy as np
import pytest

from bathyscope.views._chosen_ids import among_chosen


@pytest.mark.parametrize(
    ("text", "expected"),
    [("3", [3]), ("3-5.9", [3, 4, 5, 9]), ("~a.7", [7]), ("5-3", []), ("0-99999999999999", None)],
)
def test_numbers_and_ranges(text, expected) -> None:
    ids = np.arange(12)[::-1]
    found = ids[among_chosen(ids, text)]
    assert sorted(found.tolist()) == (list(range(12)) if expected is None else expected)


def test_texts_with_any_sign_in_them() -> None:
    ids = np.array(["a", "b.c", "50%", "d:e", "~", "7"])
    assert ids[among_chosen(ids, "~b%2ec.~50%25.~%7e.7")].tolist() == ["b.c", "50%", "~"]
    assert ids[among_chosen(ids, "~d%3ae")].tolist() == ["d:e"]


@pytest.mark.parametrize("text", ["", "a", "1..2", "1-", "1.5-x"])
def test_what_is_no_such_text_is_refused(text) -> None:
    with pytest.raises(ValueError, match="`only` must list ids"):
        among_chosen(np.arange(3), text)
