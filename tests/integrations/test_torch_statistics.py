"""What is read of tensors and of steps, beside NumPy, derivatives by hand and known covariances."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from bathyscope import _names as names
from bathyscope.integrations.recording import Recording
from bathyscope.runs import Run

torch = pytest.importorskip("torch")
F = torch.nn.functional


def expected_statistics(array):
    values = np.asarray(array, dtype=np.float64).ravel()
    with np.errstate(invalid="ignore"):
        return [
            np.linalg.norm(values),
            values.mean(),
            values.std(),
            (values == 0).mean(),
            (~np.isfinite(values)).sum(),
        ]


def found_statistics(tensor):
    from bathyscope.integrations.torch_statistics import statistics

    return statistics([tensor])[0].tolist()


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16"])
def test_statistics_are_those_of_numpy(rng, dtype):
    tensor = torch.from_numpy(rng.normal(0.3, 2.0, (50, 40))).to(getattr(torch, dtype))
    tensor[3:9] = 0
    expected = expected_statistics(tensor.double().numpy())
    np.testing.assert_allclose(found_statistics(tensor), expected, rtol=1e-5)


def test_nearly_equal_values_keep_their_deviation(rng):
    """As the gains of a normalisation at first: a formula from the norm would give noise."""
    values = (1 + 1e-4 * rng.normal(size=1000)).astype(np.float32)
    found = found_statistics(torch.from_numpy(values))
    np.testing.assert_allclose(found, expected_statistics(values), rtol=1e-4)
    assert found_statistics(torch.ones(64))[2] == 0


@pytest.mark.filterwarnings("ignore:Sparse invariant checks")
def test_statistics_of_sparse_and_complex_tensors(rng):
    dense = rng.normal(size=(6, 3))
    dense[[0, 2, 3]] = 0
    sparse = torch.from_numpy(dense).to_sparse()
    np.testing.assert_allclose(found_statistics(sparse), expected_statistics(dense), rtol=1e-9)
    twice = torch.sparse_coo_tensor([[1, 1]], [2.0, 3.0], (4,))
    np.testing.assert_allclose(found_statistics(twice), expected_statistics([0, 5, 0, 0]))
    pair = rng.normal(size=(5, 2))
    found = found_statistics(torch.view_as_complex(torch.from_numpy(pair)))
    np.testing.assert_allclose(found, expected_statistics(pair), rtol=1e-9)


@pytest.mark.parametrize("bad", [[np.nan], [np.inf], [np.inf, -np.inf, np.nan]])
def test_what_is_not_finite_is_counted_and_shows(bad):
    values = np.array([1.0, 0.0, 2.0, *bad], dtype=np.float32)
    np.testing.assert_array_equal(
        found_statistics(torch.from_numpy(values))[3:], expected_statistics(values)[3:]
    )
    assert not np.isfinite(found_statistics(torch.from_numpy(values))[0])


@pytest.mark.parametrize("scale", [1e-36, 1e-30, 1e-20, 1e20, 1e37])
def test_norm_and_deviation_of_values_whose_squares_single_precision_cannot_hold(rng, scale):
    from bathyscope.integrations.torch_statistics import norms

    values = (scale * rng.normal(size=50)).astype(np.float32)
    expected = expected_statistics(values)
    np.testing.assert_allclose(found_statistics(torch.from_numpy(values)), expected, rtol=1e-6)
    np.testing.assert_allclose(norms([torch.from_numpy(values)])[0], expected[0], rtol=1e-6)


@pytest.mark.parametrize(
    "values",
    [
        np.linspace(-1, 2, 1001),
        np.full(7, 0.25),
        np.array([np.nan, 1, 2, np.inf, 5]),
        np.array([np.nan, np.inf]),
    ],
)
def test_counting_on_a_device_is_counting_on_the_host(values):
    """The way taken on a GPU, here on the CPU."""
    from bathyscope.integrations.histograms import histogram_row
    from bathyscope.integrations.torch_histograms import count_on_device

    found = count_on_device(torch.from_numpy(values)).numpy()
    finite = values[np.isfinite(values)]
    assert found[2:].sum() == len(finite)
    if len(finite):
        counts, edges = np.histogram(finite, bins=64)
        np.testing.assert_allclose(found[:2], edges[[0, -1]], rtol=1e-6)
        assert np.abs(found[2:] - counts).sum() <= 4  # on an edge, rounding may decide
        np.testing.assert_array_equal(histogram_row(values)[2:], counts)


@pytest.mark.parametrize("kind", ["float32", "float64"])
@pytest.mark.parametrize(
    "values",
    [
        np.linspace(-1, 2, 1001),
        np.full(7, 0.25),
        np.zeros(5),
        np.array([np.nan, 1, 2, np.inf, 5]),
        np.array([np.nan, np.inf]),
        np.array([1e-38, -1e-38, 1e30]),
        1e6 + np.arange(5) / 16,
        np.sin(np.arange(5000)) ** 3,
    ],
)
def test_counts_that_add_up_are_the_same_on_a_device(values, kind):
    """The way taken on a GPU, here on the CPU: no count differs, as nothing is rounded."""
    from bathyscope.integrations.histograms import aligned_row
    from bathyscope.integrations.torch_histograms import count_aligned_on_device

    values = values.astype(kind)
    found = count_aligned_on_device(torch.from_numpy(values)).numpy()
    np.testing.assert_array_equal(found, aligned_row(values))
    edges = np.linspace(*found[:2], len(found) - 1)
    finite = values[np.isfinite(values)].astype(np.float64)
    expected = [((a <= finite) & (finite < b)).sum() for a, b in itertools.pairwise(edges)]
    assert found[2:].tolist() == expected
    assert sum(expected) == len(finite)


# Steps


def series(run, name):
    found = Run(run.path).scalars(name)
    return dict(zip(found.steps.tolist(), found.values.tolist(), strict=True))


def regression(rng, n=48):
    x, y = rng.normal(size=(n, 6)), rng.integers(0, 3, n)
    return torch.from_numpy(x), torch.from_numpy(y)


def gradient_by_hand(model, x, y):
    """Softmax regression in double precision: no framework's derivative."""
    weight, bias = (p.detach().double().numpy() for p in model.parameters())
    scores = x.numpy() @ weight.T + bias
    p = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    delta = (p - np.eye(3)[y.numpy()]) / len(x)
    return delta.T @ x.numpy(), delta.sum(0)


def recorded_statistics(run, kind, parameter, step):
    return [series(run, f"{kind}_{what}/{parameter}")[step] for what in names.STATISTICS]


def test_all_statistics_of_a_step_are_those_computed_by_hand(recording, rng):
    x, y = regression(rng)
    model = torch.nn.Linear(6, 3).double()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    with recording.watch(model, optimizer, gradients_every=1):
        by_weight, _ = gradient_by_hand(model, x, y)
        after = model.weight.detach().numpy() - 0.5 * by_weight
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    for kind, array in (("gradient", by_weight), ("weight", after)):
        found = recorded_statistics(recording, kind, "weight", 1)
        np.testing.assert_allclose(found, expected_statistics(array), rtol=1e-9, atol=1e-15)
    table = Run(recording.path).table("histograms/gradient", step=1)
    rows = table["tensor"] == "weight"
    counts, _ = np.histogram(by_weight, bins=64)
    np.testing.assert_array_equal(table["count"][rows], counts[counts > 0])


def test_accumulated_and_clipped_gradients_are_those_applied(recording, rng):
    """Three micro-batches added up, then clipped to a tenth: all by hand."""
    x, y = regression(rng)
    model = torch.nn.Linear(6, 3).double()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    by_weight, by_bias = gradient_by_hand(model, x, y)
    before = model.weight.detach().numpy().copy()
    with recording.watch(model, optimizer, gradients_every=1):
        for rows in torch.arange(48).split(16):
            (F.cross_entropy(model(x[rows]), y[rows]) / 3).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
        optimizer.step()
    total = np.sqrt((by_weight**2).sum() + (by_bias**2).sum())
    clipped = by_weight * 0.1 / total
    found = recorded_statistics(recording, "gradient", "weight", 1)
    np.testing.assert_allclose(found, expected_statistics(clipped), rtol=1e-5, atol=1e-15)
    moved = np.linalg.norm(model.weight.detach().numpy() - before)
    assert series(recording, "update_norm/weight")[1] == pytest.approx(moved, rel=1e-12)


def test_the_update_holds_what_the_optimizer_adds_to_the_gradient(recording, rng):
    """AdamW's first step: the sign of the gradient times the rate, and decay, in closed form."""
    x, y = regression(rng)
    model = torch.nn.Linear(6, 3).double()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.5, eps=0.0)
    by_weight, _ = gradient_by_hand(model, x, y)
    expected = 0.01 * np.sign(by_weight) + 0.01 * 0.5 * model.weight.detach().numpy()
    with recording.watch(model, optimizer, gradients_every=1):
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    found = series(recording, "update_norm/weight")[1]
    assert found == pytest.approx(np.linalg.norm(expected), rel=1e-9)


def test_under_autocast_gradients_are_those_of_the_parameters(recording, rng):
    x, y = regression(rng)
    model = torch.nn.Linear(6, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with recording.watch(model, optimizer, gradients_every=1):
        with torch.autocast("cpu", torch.bfloat16):
            loss = F.cross_entropy(model(x.float()), y)
        loss.backward()
        taken = model.weight.grad.clone()
        optimizer.step()
    found = recorded_statistics(recording, "gradient", "weight", 1)
    np.testing.assert_allclose(found, expected_statistics(taken.numpy()), rtol=1e-5, atol=1e-8)
    by_weight, _ = gradient_by_hand(model, x, y)
    assert found[0] == pytest.approx(np.linalg.norm(by_weight), rel=0.05)  # eight bits


def test_watching_does_not_compile_a_compiled_model_again(recording, rng):
    x, y = regression(rng)
    count = itertools.count()

    def backend(graph, inputs):
        next(count)
        return graph.forward

    model = torch.nn.Linear(6, 3)
    compiled = torch.compile(model, backend=backend)
    optimizer = torch.optim.SGD(compiled.parameters(), lr=0.1)
    with recording.watch(compiled, optimizer, gradients_every=2, micro_batch=48):
        for _ in range(6):
            optimizer.zero_grad()
            F.cross_entropy(compiled(x.float()), y).backward()
            optimizer.step()
    assert next(count) == 1
    assert sorted(series(recording, "gradient_norm/weight")) == [1, 2, 4, 6]


# The noise scale


class MeanOfInputs(torch.nn.Module):
    """Its gradient is the mean of its inputs, whose mean and covariance are known."""

    def __init__(self, width):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(width, dtype=torch.float64))

    def forward(self, x):
        return (x @ self.weight).mean()


def test_the_noise_scale_of_gradients_of_known_covariance(recording, rng):
    mean = np.array([0.5, -0.25, 0.1, 0.0])
    deviation = np.array([1.0, 2.0, 0.5, 1.5])
    model = MeanOfInputs(4)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-9)
    steps, passes, size = 500, 4, 8
    with recording.watch(model, optimizer, gradients_every=1, micro_batch=size):
        for _ in range(steps):
            optimizer.zero_grad()
            for _ in range(passes):
                x = torch.from_numpy(rng.normal(mean, deviation, (size, 4)))
                (model(x) / passes).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1e-3)  # comes after the estimate
            optimizer.step()
    for name, expected in (
        ("squared_norm", (mean**2).sum()),
        ("trace", (deviation**2).sum()),
    ):
        found = np.array([*series(recording, f"gradient_noise/{name}").values()])
        assert len(found) == steps
        error = found.std() / np.sqrt(steps)
        assert abs(found.mean() - expected) < 4 * error
        assert error < 0.1 * expected
    scales = [*series(recording, "gradient_noise/scale").values()]
    assert np.nanmedian(scales) == pytest.approx((deviation**2).sum() / (mean**2).sum(), rel=0.5)


def test_the_estimates_of_one_step_are_those_of_the_formula(recording, rng):
    x, y = regression(rng)
    model = torch.nn.Linear(6, 3).double()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    parts = [slice(start, start + 12) for start in (0, 12, 24, 36)]
    small = [
        np.concatenate([g.ravel() for g in gradient_by_hand(model, x[p], y[p])]) for p in parts
    ]
    big = np.mean(small, axis=0)
    with recording.watch(model, optimizer, gradients_every=1, micro_batch=12):
        for part in parts:
            (F.cross_entropy(model(x[part]), y[part]) / 4).backward()
        optimizer.step()
    g_small, g_big = np.mean([g @ g for g in small]), big @ big
    squared_norm = (48 * g_big - 12 * g_small) / (48 - 12)
    trace = (g_small - g_big) / (1 / 12 - 1 / 48)
    assert series(recording, "gradient_noise/squared_norm")[1] == pytest.approx(squared_norm)
    assert series(recording, "gradient_noise/trace")[1] == pytest.approx(trace)
    assert series(recording, "gradient_noise/scale")[1] == pytest.approx(trace / squared_norm)


def test_a_step_of_one_batch_has_no_noise_scale(tmp_path, rng):
    x, y = regression(rng)
    model = torch.nn.Linear(6, 3).double()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    with Recording("a", runs_dir=tmp_path) as run:
        with run.watch(model, optimizer, micro_batch=48):
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        with pytest.raises(ValueError, match="`micro_batch` must be a whole number"):
            run.watch(model, optimizer, micro_batch=0)
    assert not any(name.startswith("gradient_noise") for name in Run(run.path).scalar_names())
    assert not model.weight._backward_hooks
