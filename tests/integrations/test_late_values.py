"""Numbers a device still computes: not waited for in the loop, never wrong, never out of order."""

from __future__ import annotations

import re
import threading
import time
import warnings

import numpy as np
import pytest

from bathyscope.integrations.device_values import send_to_host
from bathyscope.integrations.guard import RecordingWarning
from bathyscope.integrations.late import LateValues
from bathyscope.integrations.recording import Recording

#: Longer and longer computations, until one outlasts the call: how long either takes depends on
#: the machine and on what else it does. The last takes minutes wherever the first is too short.
TURNS = [60 * 4**n for n in range(8)]


@pytest.fixture
def slow():
    """A function whose result JAX computes beside the program, for as many turns as it is told."""
    jax = pytest.importorskip("jax")

    @jax.jit
    def compute(start, turns):
        def turn(_, matrix):
            return matrix @ matrix / jax.numpy.linalg.norm(matrix)

        matrix = jax.numpy.full((300, 300), start)
        return jax.lax.fori_loop(0, turns, turn, matrix).sum() * 0 + start * 2

    compute(0.5, 1).block_until_ready()
    return lambda start, turns=TURNS[0]: compute(start, turns)


def test_a_number_that_jax_still_computes_is_not_waited_for(recording, reopen, slow):
    recording.log({"loss": 0.5}, step=0)
    for step, turns in enumerate(TURNS, start=1):
        result = slow(1.5, turns)
        began = time.time()
        recording.log({"loss": result, "lr": 0.1}, step=step)
        was_waited_for = result.is_ready()
        returned = time.time()
        if not was_waited_for:
            break
    assert not was_waited_for
    recording.log({"loss": 7.0}, step=step + 1)
    recording.finish()
    run = reopen(recording)
    assert run.scalars("loss").steps.tolist() == list(range(step + 2))
    assert run.scalars("loss").values.tolist() == [0.5, *[3.0] * step, 7.0]
    assert run.scalars("lr").values.tolist() == [0.1] * step
    assert began - 0.01 <= run.scalars("loss").times[step] <= returned + 0.01, "that of the call"


def test_what_is_logged_later_for_the_same_step_wins(recording, reopen, slow):
    recording.log({"loss": 0.0, "other": 0.0}, step=0)
    recording.log({"loss": slow(1.5)}, step=1)
    recording.log({"loss": 9.0}, step=1)
    recording.log({"other": 4.0}, step=1)
    assert reopen(recording).scalars("other").values.tolist() == [0.0, 4.0], "need not wait"
    recording.finish()
    run = reopen(recording)
    assert run.scalars("loss").values.tolist() == [0.0, 9.0]
    assert run.scalars_all("loss").values.tolist() == [0.0, 3.0, 9.0]


def test_many_late_numbers_arrive_each_at_its_step(recording, reopen):
    jax = pytest.importorskip("jax")

    @jax.jit
    def step(state):
        return state * 1.01 + 1

    state, expected = jax.numpy.float32(1), []
    for _ in range(300):
        state = step(state)
        expected.append(state)
        recording.log({"state": state, "twice": {"state": state * 2}})
    recording.finish()
    run = reopen(recording)
    assert run.scalars("state").steps.tolist() == list(range(1, 301))
    np.testing.assert_array_equal(run.scalars("state").values, [float(one) for one in expected])
    np.testing.assert_array_equal(
        run.scalars("twice/state").values, [2 * float(one) for one in expected]
    )


def test_tensors_on_the_host_are_there_when_the_call_returns(recording, reopen):
    torch = pytest.importorskip("torch")
    weight = torch.tensor(2.0, requires_grad=True)
    loss = weight * 3
    recording.log({"loss": loss, "half": torch.tensor(0.5, dtype=torch.bfloat16)}, step=1)
    with torch.no_grad():
        weight.fill_(100.0)
        loss.detach().fill_(100.0)
    assert reopen(recording).scalars("loss").values.tolist() == [6.0]
    assert reopen(recording).scalars("half").values.tolist() == [0.5]


@pytest.mark.parametrize("library", ["numpy", "torch", "tensorflow"])
def test_numbers_on_the_host_are_not_sent(library):
    module = pytest.importorskip(library)
    number = {
        "numpy": lambda: np.float32(1),
        "torch": lambda: module.tensor(1.0),
        "tensorflow": lambda: module.constant(1.0),
    }[library]()
    assert send_to_host(number, name="x") is None


def test_what_is_no_number_is_refused_at_once_though_it_is_late(recording, slow):
    jax = pytest.importorskip("jax")
    with pytest.raises(ValueError, match=r"`loss` must be one number; got .* of shape \(2,\)"):
        recording.log({"loss": jax.numpy.stack([slow(1.0), slow(2.0)])})


def test_a_number_that_is_lost_on_the_device_is_said_and_costs_no_other(tmp_path, reopen, slow):
    for turns in TURNS:
        recording = Recording(f"after-{turns}", runs_dir=tmp_path, strict=False)
        lost = slow(1.0, turns)
        recording.log({"lost": lost, "kept": 3.0}, step=1)
        lost.delete()
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            recording.finish()
        run = reopen(recording)
        assert run.scalars("kept").values.tolist() == [3.0]
        if "lost" not in run.scalar_names():
            break  # else it had arrived before it was deleted
    (warning,) = [one for one in said if one.category is RecordingWarning]
    assert re.search(r"`log` failed .*deleted", str(warning.message))
    (event,) = run.events("fault")
    assert event["operation"] == "log"


class _Written(list):
    def write(self, values, step, at):
        self.append((step, values))


def test_calls_are_written_in_their_order():
    written, gate = _Written(), threading.Event()
    late = LateValues(written.write)
    late.add({"a": lambda: float(gate.wait(600)), "b": 2.0}, 1, 0.0)
    late.add({"a": 5.0}, 1, 0.0)
    assert late.awaits_any(["a"], 1)
    assert late.awaits_any(["x", "b"], 1)
    assert not late.awaits_any(["a"], 2)
    assert written == []
    gate.set()
    late.stop()
    assert written == [(1, {"a": 1.0, "b": 2.0}), (1, {"a": 5.0})]
    assert not late.awaits_any(["a"], 1)
    late.add({"a": 6.0}, 2, 0.0)
    late.stop()
    assert written[-1] == (2, {"a": 6.0})


def test_what_is_logged_while_it_stops_is_written_once():
    written, gate = _Written(), threading.Event()
    late = LateValues(written.write)
    late.add({"a": lambda: float(gate.wait(600))}, 1, 0.0)
    stopping = threading.Thread(target=late.stop)
    stopping.start()
    while not late._stopping:
        time.sleep(0.001)
    for step in range(2, 100):
        late.add({"a": 0.0}, step, 0.0)
    gate.set()
    stopping.join()
    late.add({"a": 0.0}, 100, 0.0)
    late.stop()
    assert [step for step, _ in written] == list(range(1, 101))


FORKED = """
    import os, threading
    from bathyscope.integrations.late import LateValues

    written, gate = [], threading.Event()
    late = LateValues(lambda values, step, at: written.append((step, values)))
    late.add({"a": lambda: float(gate.wait(600))}, 1, 0.0)
    if os.fork() == 0:
        is_alone = not late.awaits_any(["a"], 1) and not late.calls
        late.add({"b": 1.0}, 1, 0.0)
        late.stop()
        os._exit(0 if is_alone and written == [(1, {"b": 1.0})] else 1)
    _, status = os.wait()
    gate.set()
    late.stop()
    print(os.waitstatus_to_exitcode(status), written)
"""


def test_a_forked_child_leaves_what_is_late_to_its_parent(run_python):
    assert run_python(FORKED) == "0 [(1, {'a': 1.0})]\n"


def test_a_full_disk_is_said_at_the_next_call():
    def refuse(values, step, at):
        raise OSError("no room")

    late = LateValues(refuse)
    late.add({"a": 1.0}, 1, 0.0)
    late.stop()
    (fault,) = late.take_faults()
    assert str(fault) == "no room"
    assert late.take_faults() == []
