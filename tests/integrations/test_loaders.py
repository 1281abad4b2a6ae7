from __future__ import annotations

import itertools

import numpy as np
import pytest

from bathyscope.integrations import loaders
from bathyscope.integrations.loaders import join_batches

torch = pytest.importorskip("torch")


@pytest.fixture
def samples(rng):
    return rng.normal(size=(40, 6)).astype(np.float32), rng.integers(0, 3, 40)


def batches(x, y, size=16):
    for start in range(0, len(x), size):
        yield x[start : start + size], y[start : start + size]


def loader_of_torch(x, y):
    tensors = torch.utils.data.TensorDataset(torch.from_numpy(x), torch.from_numpy(y))
    return torch.utils.data.DataLoader(tensors, batch_size=16)


@pytest.mark.parametrize("loader", [loader_of_torch, batches])
def test_batches_are_evaluated_as_the_arrays_they_came_from(
    recording, reopen, make_mlp, samples, loader
):
    model = make_mlp()
    found = recording.evaluate(model, loader(*samples), split="batches")
    expected = recording.evaluate(model, *samples, split="arrays")
    assert (found.loss, found.accuracy) == (expected.loss, expected.accuracy)
    run = reopen(recording)
    for group in ("inputs", "scores", "features"):
        one, other = run.arrays(f"{group}/batches"), run.arrays(f"{group}/arrays")
        assert one.keys() == other.keys()
        for name in one:
            np.testing.assert_array_equal(one[name], other[name])


def test_batches_of_several_inputs_are_joined_input_by_input(samples):
    x, y = samples
    named, labels = join_batches({"a": a, "b": a * 2, "labels": b} for a, b in batches(x, y))
    np.testing.assert_array_equal(named["a"], x)
    np.testing.assert_array_equal(named["b"], x * 2)
    np.testing.assert_array_equal(labels, y)
    listed, _ = join_batches(((a, a * 2), b) for a, b in batches(x, y))
    np.testing.assert_array_equal(listed[1], x * 2)


def test_batches_without_an_end_are_refused(monkeypatch):
    monkeypatch.setattr(loaders, "MAX_BYTES", 1000)
    with pytest.raises(ValueError, match=r"at most .* together.*islice\(loader, 100\)"):
        join_batches((np.zeros((10, 5)), np.zeros(10)) for _ in itertools.count())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([np.zeros((4, 2))], "a pair .* got ndarray. Pass arrays"),
        ([(np.zeros((4, 2)), np.zeros(4), np.ones(4))], "got tuple of 3"),
        ([{"pixels": np.zeros((4, 2))}], "mapping with `labels`; got dict"),
        ([], "at least one batch"),
        ([(np.zeros((4, n)), np.zeros(4)) for n in (2, 3)], "samples of one shape.*Pad them"),
    ],
)
def test_batches_that_are_none_are_named(given, message):
    with pytest.raises(ValueError, match=message):
        join_batches(iter(given))


def test_other_labels_and_a_loader_as_probe_are_refused(recording, reopen, make_mlp, samples):
    with pytest.raises(ValueError, match=r"`y` must be left out .* generator does"):
        recording.evaluate(make_mlp(), batches(*samples), samples[1])
    model = torch.nn.Linear(6, 3)
    with pytest.raises(ValueError, match=r"a DataLoader. Take a batch .*next\(iter"):
        recording.watch(model, probe=loader_of_torch(*samples))
    batch = next(iter(loader_of_torch(*samples)))
    with pytest.raises(ValueError, match=r"a list of two.* such as `tuple\(batch\)`"):
        recording.watch(model, probe=batch)
    with recording.watch(model, torch.optim.SGD(model.parameters()), probe=tuple(batch)):
        pass
    table = reopen(recording).table("predictions/probe")
    np.testing.assert_array_equal(table["true"], batch[1])
