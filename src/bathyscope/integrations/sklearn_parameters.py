"""The layers and parameters of a fitted estimator of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.models import Layer, Parameter, Role


def final_of(estimator: Any) -> Any:
    """Give what learns: the best estimator of a search, the last step of a pipeline."""
    estimator = getattr(estimator, "best_estimator_", estimator)
    steps = getattr(estimator, "steps", None)
    return final_of(steps[-1][1]) if steps else estimator


def layers_of(estimator: Any) -> tuple[tuple[Layer, ...], dict[str, NDArray[Any]]]:
    """Describe the layers of a network, or the one layer of a linear model.

    Parameters
    ----------
    estimator : estimator
        Fitted.

    Returns
    -------
    layers : tuple of Layer
        Empty for what has no such parameters: trees, neighbours.
    values : mapping of str to array
        By parameter: ``hidden_1/coef``, ``output/intercept``.
    """
    if hasattr(estimator, "coefs_"):
        return _network(estimator.coefs_, estimator.intercepts_)
    coefficients = getattr(estimator, "coef_", None)
    if coefficients is None:
        return (), {}
    dense = coefficients.toarray() if hasattr(coefficients, "toarray") else coefficients
    return _linear(np.asarray(dense), getattr(estimator, "intercept_", None))


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
) -> Layer:
    roles: dict[str, Role] = {"coef": "weight", "intercept": "bias"}
    parameters = tuple(
        Parameter(
            path,
            name,
            array.shape,
            str(array.dtype),
            roles[path.rpartition("/")[2]],
            axes if path.endswith("/coef") else ("out",),
        )
        for path, array in values.items()
    )
    return Layer(name, "Dense", parameters=parameters, output_shape=(None, units), inputs=inputs)
