"""How a wrong name is told."""

from __future__ import annotations

import pytest

from bathyscope._errors import unknown_name


@pytest.mark.parametrize(
    ("kind", "known", "told"),
    [
        ("group of arrays", [], "There is no group of arrays `wieght`, nor any other here."),
        ("layer", ["weight", "bias"], "There is no layer `wieght`. Did you mean `weight`?"),
        ("layer", ["a", "b"], "There is no layer `wieght`. Known names are `a`, `b`."),
        (
            "layer",
            list("abcdefg"),
            "There is no layer `wieght`. Known names are `a`, `b`, `c`, `d`, `e` (2 more).",
        ),
    ],
)
def test_near_names_are_offered_else_the_known_ones(kind: str, known: list[str], told: str) -> None:
    assert str(unknown_name(kind, "wieght", known)) == told
