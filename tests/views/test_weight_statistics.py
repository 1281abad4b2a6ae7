from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bathyscope as bs
from bathyscope import views
from bathyscope.figures import Table
from bathyscope.figures.tabular import cell_texts
from bathyscope.views._spectrum import _by_bidiagonalisation, largest_singular_value
from bathyscope.views.weight_statistics import WeightStatistics


def _kernel(*shape: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(5).normal(loc=0.1, size=shape)


def examples() -> dict[str, views.View]:
    broken = _kernel(4, 5)
    broken[0, 0] = np.nan
    return {
        "several": views.weight_statistics({"dense/kernel": _kernel(20, 30), "偏置": _kernel(30)}),
        "broken": views.weight_statistics({"broken": broken, "all nan": np.full(3, np.nan)}),
        "many": views.weight_statistics({f"layer{i}/kernel": _kernel(3, 4) for i in range(80)}),
    }


def test_statistics_agree_with_numpy_and_the_singular_values() -> None:
    values = _kernel(20, 30)
    values[:3] = 0.0
    row = views.weight_statistics(values).statistics[0]
    singular = np.linalg.svd(values, compute_uv=False)
    assert row.count == 600 and row.nonfinite == 0
    assert row.mean == pytest.approx(values.sum() / 600, rel=1e-12)
    assert row.std == pytest.approx(np.sqrt(((values - values.mean()) ** 2).sum() / 600), rel=1e-12)
    assert (row.min, row.max) == (values.min(), values.max())
    assert row.zeros == pytest.approx(90 / 600)
    assert row.norm == pytest.approx(np.sqrt((singular**2).sum()), rel=1e-12)
    assert row.spectral_norm == pytest.approx(singular[0], rel=1e-12)
    assert row.stable_rank == pytest.approx((singular**2).sum() / singular[0] ** 2, rel=1e-12)


def test_stable_rank_of_known_matrices() -> None:
    rows = views.weight_statistics({"eye": np.eye(7), "one": np.outer([1, 2], [3, 4])}).statistics
    assert rows[0].stable_rank == pytest.approx(7)
    assert rows[1].stable_rank == pytest.approx(1)


def test_a_vector_has_a_norm_but_no_singular_values() -> None:
    view = views.weight_statistics({"bias": [3.0, 4.0], "kernel": np.eye(2)})
    row = view.statistics[0]
    assert row.norm == 5.0 and np.isnan(row.spectral_norm) and np.isnan(row.stable_rank)
    table = view.figure().panels[0].marks[0]
    assert isinstance(table, Table)
    assert cell_texts(table, "spectral norm", 2) == ["–", "1"]
    assert cell_texts(table, "stable rank", 2) == ["–", "2.0"]


def test_half_precision_is_summed_in_double() -> None:
    values = np.full(100_000, 0.1, dtype=np.float16)
    row = views.weight_statistics(values).statistics[0]
    assert row.mean == pytest.approx(float(np.float16(0.1)), rel=1e-12)
    assert row.std == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    "axes", [("height", "width", "in", "out"), ("out", "in", "height", "width")]
)
def test_a_convolution_is_the_matrix_of_its_output_channels(axes: tuple[str, ...]) -> None:
    sizes = {"height": 3, "width": 3, "in": 4, "out": 6}
    values = _kernel(*(sizes[axis] for axis in axes))
    rows = values.transpose([axes.index(a) for a in ("out", "in", "height", "width")])
    expected = np.linalg.norm(rows.reshape(6, -1), 2)
    assert views.weight_statistics(values, axes=axes).statistics[0].spectral_norm == pytest.approx(
        expected, rel=1e-12
    )


def test_a_convolution_of_unknown_axes_has_no_spectral_norm() -> None:
    row = views.weight_statistics(_kernel(3, 3, 4, 6)).statistics[0]
    assert np.isnan(row.spectral_norm) and np.isnan(row.stable_rank)
    assert np.isfinite(row.norm)


def test_values_that_are_not_finite_are_counted_and_left_out() -> None:
    view = views.weight_statistics({"w": [[1.0, np.nan], [np.inf, 3.0]], "n": [np.nan]})
    row, nothing = view.statistics
    assert (row.nonfinite, row.mean, row.max, row.norm) == (2, 2.0, 3.0, np.sqrt(10))
    assert np.isnan(row.spectral_norm)
    assert nothing.nonfinite == 1 and np.isnan(nothing.mean)
    assert "3 values are not finite" in view.figure().panels[0].note


@pytest.mark.parametrize("shape", [(600, 700), (900, 520)])
def test_large_matrices_agree_with_the_singular_values(shape: tuple[int, int]) -> None:
    values = _kernel(*shape) - 0.1
    exact = np.linalg.svd(values, compute_uv=False)[0]
    assert largest_singular_value(values) == pytest.approx(exact, rel=1e-8)


@pytest.mark.parametrize(
    "matrix",
    [np.zeros((9, 8)), np.eye(30), np.outer(np.arange(1.0, 6), np.arange(1.0, 9)), np.ones((1, 5))],
)
def test_bidiagonalisation_stops_on_matrices_of_low_rank(matrix: np.ndarray[Any, Any]) -> None:
    assert _by_bidiagonalisation(matrix) == pytest.approx(np.linalg.norm(matrix, 2), abs=1e-12)


def test_a_model_lists_every_parameter(torch_model: Any) -> None:
    view = WeightStatistics.from_model(torch_model)
    state = torch_model.state_dict()
    assert view.names == tuple(state)
    columns = view.columns()
    for name, mean in zip(columns["parameter"], columns["mean"], strict=True):
        assert mean == pytest.approx(state[name].double().mean().item(), rel=1e-6, abs=1e-9)
    assert columns["trainable"].tolist().count(False) == 3


def test_one_layer_of_a_model(keras_model: Any) -> None:
    view = WeightStatistics.from_model(keras_model, "scores")
    assert view.names == ("scores/kernel", "scores/bias")
    with pytest.raises(bs.UnknownName, match="scores"):
        WeightStatistics.from_model(keras_model, "score")


def test_a_run_is_described_at_each_step(recorded: Any) -> None:
    offer = next(iter(WeightStatistics.offers(recorded.run)))
    assert offer.steps == recorded.run.array_steps("parameters")
    first = WeightStatistics.from_run(recorded.run, step=0)
    last = WeightStatistics.from_run(recorded.run)
    assert first.statistics[1].zeros == 1.0
    kernel = recorded.network.parameters["hidden/kernel"]
    assert last.statistics[0].spectral_norm == pytest.approx(np.linalg.norm(kernel, 2), rel=1e-12)
    assert "step 108" in last.figure().title


def test_a_run_without_parameters_says_so(run_writer: Any) -> None:
    run = bs.open(run_writer("empty").path)
    assert not list(WeightStatistics.offers(run))
    with pytest.raises(bs.NotRecorded, match="must hold parameters"):
        WeightStatistics.from_run(run)


def test_rows_carry_parameter_ids() -> None:
    ids = views.weight_statistics({"a": [1.0], "b": [2.0]}).figure().panels[0].marks[0].ids
    assert (ids.kind, ids.values.tolist()) == ("parameter", ["a", "b"])


def test_bad_arrays_are_errors() -> None:
    with pytest.raises(ValueError, match="must not be empty"):
        views.weight_statistics([])
    with pytest.raises(TypeError, match="real numbers"):
        views.weight_statistics([1j])
