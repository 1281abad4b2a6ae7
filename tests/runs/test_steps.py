from __future__ import annotations

import pytest

from bathyscope import NotRecorded
from bathyscope.runs import resolve_step

STEPS = (40, 0, 10, 30, 20)


@pytest.mark.parametrize(
    ("step", "expected"), [(-1, 40), (-2, 30), (-5, 0), (0, 0), (10, 10), (40, 40)]
)
def test_a_step_is_exact_or_counted_from_the_end(step, expected):
    assert resolve_step(step, STEPS, what="table `t`") == expected


def test_the_nearest_steps_are_named():
    with pytest.raises(NotRecorded, match=r"`t`; got 24\. The nearest are 10, 20, 30, 40"):
        resolve_step(24, STEPS, what="table `t`")


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (STEPS, r"at least -5, since 5 steps of `t` were recorded \(0 to 40\); got -6"),
        ((7,), r"\(7\)"),
    ],
)
def test_counting_too_far_back_is_refused(steps, message):
    with pytest.raises(NotRecorded, match=message):
        resolve_step(-6, steps, what="`t`")


def test_without_steps_there_is_none():
    with pytest.raises(NotRecorded, match="No step of `t` was recorded"):
        resolve_step(-1, (), what="`t`")
