from __future__ import annotations

import numpy as np
import pytest

from bathyscope.integrations.steps import Steps, check_step


def test_each_record_without_a_step_is_a_step_of_its_own():
    steps = Steps()
    assert [steps.next(), steps.next(), steps.next()] == [1, 2, 3]


def test_counting_goes_on_from_a_named_step():
    steps = Steps()
    assert steps.at(10) == 10
    assert steps.next() == 11


def test_a_training_that_is_watched_gives_the_step():
    steps = Steps()
    steps.follow(5)
    assert [steps.next(), steps.next()] == [5, 5]
    assert steps.at(2) == 2
    assert steps.last == 5


def test_epochs_are_found_by_step():
    steps = Steps(last=30, epochs_at={10: 1, 20: 2, 30: 3})
    assert [steps.epochs_done(step) for step in (0, 9, 10, 25, 99)] == [0, 0, 1, 2, 3]
    steps.end_epoch(40, 4)
    assert steps.epochs_done(40) == 4


@pytest.mark.parametrize("step", [3, np.int64(3), np.array(3)])
def test_whole_numbers_are_steps(step):
    assert check_step(step) == 3


@pytest.mark.parametrize(
    ("step", "error", "words"),
    [
        (-1, ValueError, "or more; got -1"),
        (1.5, TypeError, "got float 1.5"),
        ("1", TypeError, "str"),
    ],
)
def test_other_things_are_not(step, error, words):
    with pytest.raises(error, match=words):
        check_step(step)
