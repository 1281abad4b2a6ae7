from __future__ import annotations

import pytest

from bathyscope.integrations import pacing
from bathyscope.integrations.pacing import JointPacer, Pacer


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 100.0

        def __call__(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(pacing, "clock", clock)
    return clock


def train(pacer, clock, *, steps, step_secs, reading_secs):
    """Give the steps that are read, and the share of the time that reading took."""
    read, began, spent = [], clock.now, 0.0
    for step in range(1, steps + 1):
        if pacer.is_due(step):
            read.append(step)
            with pacer.measured():
                clock.now += reading_secs
            spent += reading_secs
        clock.now += step_secs
    return read, spent / (clock.now - began)


@pytest.mark.parametrize(
    ("step_secs", "reading_secs"), [(0.001, 0.004), (0.1, 0.05), (0.002, 1e-6), (0.01, 3.0)]
)
def test_readings_cost_their_share_however_dear_they_are(clock, step_secs, reading_secs):
    steps = 60_000
    read, share = train(
        Pacer(None, share=0.01), clock, steps=steps, step_secs=step_secs, reading_secs=reading_secs
    )
    # The first two are read at once, so that much is beside the share.
    assert share <= 0.01 + 2 * reading_secs / (steps * step_secs)
    # And the share is used: at least half of what it pays for, or every step.
    paid_for = 0.01 * steps * step_secs / reading_secs
    assert len(read) >= min(steps, paid_for / 2 - 1)
    assert read[:2] == [1, 2]


def test_an_idle_hour_is_not_made_up_for(clock):
    pacer = Pacer(None, share=0.01)
    train(pacer, clock, steps=100, step_secs=0.1, reading_secs=0.1)
    clock.now += 3600
    read = []
    for step in range(101, 200):
        if pacer.is_due(step):
            read.append(step)
            with pacer.measured():
                clock.now += 0.1
        clock.now += 0.1
    assert read == [101]


def test_what_a_device_took_counts_too(clock):
    pacer = Pacer(None, share=0.01)
    due = []
    for step in range(1, 101):
        if pacer.is_due(step):
            due.append(step)
            pacer.add(0.1)
        clock.now += 1.0
    assert due == [1, 2, *range(12, 101, 10)]


@pytest.mark.parametrize(("fast_secs", "slow_secs"), [(0.004, 0.005), (0.001, 0.02), (0.5, 0.5)])
def test_what_the_slowest_process_reads_is_read_by_all(clock, fast_secs, slow_secs):
    steps = 60_000
    fast, share_of_fast = train(
        JointPacer(None), clock, steps=steps, step_secs=0.002, reading_secs=fast_secs
    )
    slow, share_of_slow = train(
        JointPacer(None), clock, steps=steps, step_secs=0.002, reading_secs=slow_secs
    )
    assert fast[:2] == slow[:2] == [1, 2]
    for secs, share in ((fast_secs, share_of_fast), (slow_secs, share_of_slow)):
        assert share <= 0.01 + 3 * secs / (steps * 0.002)
    # Only while the first steps are paid for, the powers differ; then no reading is in vain.
    power = fast[-1] - fast[-2]
    assert set(slow) - set(fast) == set()
    assert len(fast) >= steps / power / 2
    assert slow[-1] - slow[-2] >= power


def test_every_so_many_steps_whatever_it_costs():
    pacer = Pacer(4)
    assert [step for step in range(1, 13) if pacer.is_due(step)] == [1, 4, 8, 12]


def test_several_steps_at_once():
    pacer = Pacer(4)
    asked = [(3, 0), (6, 3), (7, 6), (15, 7), (15, 15)]
    assert [pacer.is_due(now, before=before) for now, before in asked] == [
        True, True, False, True, False,
    ]  # fmt: skip


def test_a_wrong_interval_is_named():
    with pytest.raises(ValueError, match="`gradients_every` must be a whole number, 1 or more"):
        Pacer(0)
