"""The layers and parameters of a fitted estimator of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.models import Layer, Parameter, Role

#: What an estimator without coefficients may hold, one row each, and its path in the run.
_ROWS = {"components_": "components/vectors", "cluster_centers_": "clusters/centers"}


def final_of(estimator: Any) -> Any:
    """Give what learns: the best estimator of a search, the last step of a pipeline."""
    estimator = getattr(estimator, "best_estimator_", estimator)
    steps = getattr(estimator, "steps", None)
    return final_of(steps[-1][1]) if steps else estimator


def layers_of(estimator: Any) -> tuple[tuple[Layer, ...], dict[str, NDArray[Any]]]:
    """Describe the layers of a network, or the one layer of what else has a matrix to look at.

    That is a linear model, a decomposition (one row for each component) or a clustering (one
    for each cluster).

    Parameters
    ----------
    estimator : estimator
        Fitted.

    Returns
    -------
    layers : tuple of Layer
        Empty for what has no such parameters: trees, neighbours.
    values : mapping of str to array
        By parameter: ``hidden_1/coef``, ``output/intercept``, ``components/vectors``,
        ``clusters/centers``.
    """
    if hasattr(estimator, "coefs_"):
        return _network(estimator.coefs_, estimator.intercepts_)
    coefficients = getattr(estimator, "coef_", None)
    if coefficients is not None:
        dense = coefficients.toarray() if hasattr(coefficients, "toarray") else coefficients
        return _linear(np.asarray(dense), getattr(estimator, "intercept_", None))
    for attribute, path in _ROWS.items():
        rows = np.asarray(getattr(estimator, attribute, None))
        if rows.ndim == 2 and rows.dtype.kind == "f":
            layer, own = path.partition("/")[0], {path: rows}
            kind = type(estimator).__name__
            made = _layer(layer, own, axes=("out", "in"), inputs=(), units=len(rows), kind=kind)
            return (made,), own
    return (), {}


def _network(
    coefficients: list[NDArray[Any]], intercepts: list[NDArray[Any]]
) -> tuple[tuple[Layer, ...], dict[str, NDArray[Any]]]:
    names = [f"hidden_{index + 1}" for index in range(len(coefficients) - 1)] + ["output"]
    layers: list[Layer] = []
    values: dict[str, NDArray[Any]] = {}
    for name, coef, intercept in zip(names, coefficients, intercepts, strict=True):
        own = {f"{name}/coef": coef, f"{name}/intercept": intercept}
        before = (layers[-1].name,) if layers else ()
        layers.append(_layer(name, own, axes=("in", "out"), inputs=before, units=coef.shape[1]))
        values |= own
    return tuple(layers), values


def _linear(
    coefficients: NDArray[Any], intercept: Any
) -> tuple[tuple[Layer, ...], dict[str, NDArray[Any]]]:
    values = {"output/coef": coefficients}
    if intercept is not None:
        values["output/intercept"] = np.atleast_1d(np.asarray(intercept))
    axes = ("out", "in") if coefficients.ndim == 2 else ("in",)
    units = coefficients.shape[0] if coefficients.ndim == 2 else 1
    return (_layer("output", values, axes=axes, inputs=(), units=units),), values


def _layer(
    name: str,
    values: dict[str, NDArray[Any]],
    *,
    axes: tuple[str, ...],
    inputs: tuple[str, ...],
    units: int,
    kind: str = "Dense",
) -> Layer:
    parameters = tuple(_parameter(path, name, array, axes) for path, array in values.items())
    return Layer(name, kind, parameters=parameters, output_shape=(None, units), inputs=inputs)


def _parameter(path: str, layer: str, array: NDArray[Any], axes: tuple[str, ...]) -> Parameter:
    is_bias = path.endswith("/intercept")
    role: Role = "bias" if is_bias else "weight"
    own_axes = ("out",) if is_bias else axes
    return Parameter(path, layer, array.shape, str(array.dtype), role, own_axes)
