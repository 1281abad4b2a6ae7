from __future__ import annotations

import pytest

from bathyscope.integrations import pacing
from bathyscope.integrations.pacing import Detour, EpochPacer, JointPacer, Pacer


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 100.0

        def __call__(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(pacing, "clock", clock)
    return clock


def train(pacer, clock, *, steps, step_secs, reading_secs, first=1):
    """Give the steps that are read, and the share of the time that reading took."""
    read, began, spent = [], clock.now, 0.0
    for step in range(first, first + steps):
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
        Pacer(None, share=0.01, allowance=0.0),
        clock,
        steps=steps,
        step_secs=step_secs,
        reading_secs=reading_secs,
    )
    # The first two are read at once, so that much is beside the share.
    assert share <= 0.01 + 2 * reading_secs / (steps * step_secs)
    # And the share is used: at least half of what it pays for, or every step.
    paid_for = 0.01 * steps * step_secs / reading_secs
    assert len(read) >= min(steps, paid_for / 2 - 1)
    assert read[:2] == [1, 2]


@pytest.mark.parametrize(
    ("step_secs", "reading_secs", "fewest"),
    [(0.003, 0.004, 15), (0.03, 0.01, 7), (0.003, 0.0005, 35), (0.3, 0.08, 2)],
)
def test_three_seconds_show_something_and_ten_pay_one_percent(
    clock, step_secs, reading_secs, fewest
):
    for secs in (3.0, 10.0, 30.0, 300.0):
        steps = round(secs / step_secs)
        read, share = train(
            Pacer(None), clock, steps=steps, step_secs=step_secs, reading_secs=reading_secs
        )
        assert len(read) >= fewest
        assert fewest < 7 or any(step > steps / 2 for step in read), "all along"
        cost = share / (1 - share) * steps * step_secs
        assert cost <= 2 * reading_secs + pacing.ALLOWANCE + pacing.SHARE * (secs + cost)


def test_the_allowance_is_spent_once_at_ever_longer_distances(clock):
    pacer = Pacer(None, share=1e-9)
    read, _ = train(pacer, clock, steps=100_000, step_secs=0.01, reading_secs=0.004)
    assert read[:12] == [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 22]
    assert len(read) - 2 in (12, 13), "of 0.05 s"
    assert 25 < read[-1] < 60
    resumed, _ = train(
        Pacer(None, share=1e-9), clock, steps=100, step_secs=0.01, reading_secs=0.004, first=10_001
    )
    assert [step - 10_000 for step in resumed[:12]] == read[:12]


def test_a_reading_dearer_than_the_allowance_waits_for_its_share(clock):
    read, _ = train(Pacer(None), clock, steps=90, step_secs=1.0, reading_secs=0.2)
    assert read == [1, 2, 42, 82]


def test_a_dear_reading_ends_the_allowance(clock):
    """Such as one that compiles anew: those that follow are paid for by the share."""
    pacer, due = Pacer(None, share=1e-9), []
    for step in range(1, 2001):
        if pacer.is_due(step):
            due.append(step)
            with pacer.measured():
                clock.now += 5.0 if len(due) == 6 else 0.001
        clock.now += 0.01
    assert len(due) == 6


def test_an_idle_hour_is_not_made_up_for(clock):
    pacer = Pacer(None, share=0.01, allowance=0.0)
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


def test_most_steps_are_not_asked_about(clock):
    pacer = Pacer(None)
    read, _ = train(pacer, clock, steps=100_000, step_secs=0.003, reading_secs=0.004)
    assert len(read) > 200
    asked = 0
    for step in range(100_001, 200_001):
        asked += not pacer.is_resting(step)
        if pacer.is_due(step):
            with pacer.measured():
                clock.now += 0.004
        clock.now += 0.003
    assert asked < 5000, "a dozen for each reading, which is one in 267 steps"


def test_steps_that_count_anew_are_asked_about(clock):
    """As of a second training with another optimizer."""
    pacer = Pacer(None, share=0.01, allowance=0.0)
    train(pacer, clock, steps=120, step_secs=0.1, reading_secs=1.0)
    assert pacer.is_resting(121)
    clock.now += 3600
    assert pacer.is_due(1)


def test_what_a_step_takes_longer_for_being_read_counts(clock):
    """A batch of a new shape is compiled anew where it is read: one step of 5 s among 0.1 s."""
    pacer, detour, due, compiled = Pacer(None, share=0.01, allowance=0.0), Detour(), [], 0
    for step in range(1, 9001):
        pacer.add(detour.arrive())
        is_due = not detour.wants_plain and pacer.is_due(step)
        due += [step] * is_due
        detour.leave(is_read=is_due)
        clock.now += 0.1 + 0.02 * is_due
        if is_due and step > 1000 and not compiled:
            clock.now += 5.0
            compiled = step
    # After the second, the third tells what it cost; then 2 s each, and 500 s after compiling.
    assert due[:2] == [1, 2]
    assert 20 <= due[2] - due[1] <= 21
    assert 20 <= due[4] - due[3] <= 21
    after = next(step for step in due if step > compiled)
    assert 4950 <= after - compiled <= 5050


def test_what_comes_between_two_epochs_is_no_step(clock):
    detour = Detour()
    detour.leave(is_read=False)
    clock.now += 0.1
    assert detour.arrive() == 0
    detour.leave(is_read=True)
    detour.forget()
    clock.now += 60.0
    assert detour.arrive() == 0
    detour.leave(is_read=True)
    clock.now += 0.3
    assert detour.arrive() == pytest.approx(0.2)


def test_steps_read_before_all_others_are_compared_with_the_first_that_is_not(clock):
    """Or the time of a slow step would count as what reading it costs."""
    detour = Detour()
    for secs in (9.0, 0.32):
        detour.leave(is_read=True)
        clock.now += secs
        assert not detour.wants_plain
        assert detour.arrive() == 0
    assert detour.wants_plain
    detour.leave(is_read=False)
    clock.now += 0.3
    assert detour.arrive() == pytest.approx(0.02)
    assert not detour.wants_plain
    detour.leave(is_read=False)
    clock.now += 0.1
    assert detour.arrive() == 0


def test_what_a_device_took_counts_too(clock):
    pacer = Pacer(None, share=0.01, allowance=0.0)
    due = []
    for step in range(1, 101):
        if pacer.is_due(step):
            due.append(step)
            pacer.add(0.1)
        clock.now += 1.0
    assert due == [1, 2, *range(12, 101, 10)]


@pytest.mark.parametrize(("fast_secs", "slow_secs"), [(0.004, 0.005), (0.001, 0.02), (0.2, 0.2)])
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


def take_snapshots(pacer, clock, *, epochs, epoch_secs, snapshot_secs):
    """Give the epochs that end in a snapshot, the first 20 left out."""
    due = []
    for epoch in range(1, epochs + 1):
        clock.now += epoch_secs
        if pacer.is_due(epoch):
            due.append(epoch)
            with pacer.measured():
                clock.now += snapshot_secs
    assert due[:20] == list(range(1, min(epochs, 20) + 1))
    return due[20:]


@pytest.mark.parametrize(("epoch_secs", "snapshot_secs"), [(1.0, 0.012), (0.05, 0.02), (60.0, 2.0)])
def test_snapshots_after_the_first_twenty_cost_their_share(clock, epoch_secs, snapshot_secs):
    epochs = 20_000
    due = take_snapshots(
        EpochPacer(None), clock, epochs=epochs, epoch_secs=epoch_secs, snapshot_secs=snapshot_secs
    )
    share = len(due) * snapshot_secs / (epochs * epoch_secs)
    assert pacing.SHARE / 2 < share < pacing.SHARE


def test_cheap_snapshots_follow_every_epoch(clock):
    due = take_snapshots(EpochPacer(None), clock, epochs=99, epoch_secs=60.0, snapshot_secs=0.1)
    assert due == list(range(21, 100))


def test_snapshots_after_every_so_many_epochs_whatever_they_cost():
    pacer = EpochPacer(7)
    with pacer.measured():
        pass
    assert [epoch for epoch in range(1, 100) if pacer.is_due(epoch)] == list(range(7, 100, 7))


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
