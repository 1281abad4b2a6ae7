"""Parameters as views need them: an array with its name, its layer and the meaning of its axes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope import _names
from bathyscope._errors import NotRecorded, unknown_name
from bathyscope.models import adapt, layers_from_description
from bathyscope.models.protocol import Layer, Model, Parameter, Role
from bathyscope.views.base import RunData


@dataclass(frozen=True, eq=False)
class NamedParameter:
    """One parameter with its values.

    Parameters
    ----------
    about : Parameter
        Name, layer, shape, role and axes.
    values : array of float or int, shape ``about.shape``
    """

    about: Parameter
    values: NDArray[Any]

    @property
    def name(self) -> str:
        """Name of the parameter."""
        return self.about.name


def parameters_from_arrays(
    values: ArrayLike | Mapping[str, ArrayLike],
    *,
    name: str,
    axes: Sequence[str] | None = None,
    role: Role = "weight",
) -> tuple[NamedParameter, ...]:
    """Name the axes of one array, or of each array of a mapping.

    Raises
    ------
    ValueError
        If an array is empty, or ``axes`` does not name each of its dimensions.
    TypeError
        If an array does not hold real numbers.
    """
    named = values if isinstance(values, Mapping) else {name: values}
    if not named:
        raise ValueError("`values` must hold at least one array; got an empty mapping.")
    return tuple(
        _parameter_from_array(key, value, axes, role)
        for key, value in cast("Mapping[str, ArrayLike]", named).items()
    )


def _parameter_from_array(
    name: str, values: ArrayLike, axes: Sequence[str] | None, role: Role
) -> NamedParameter:
    array = numbers(values, name=name)
    if not array.size:
        raise ValueError(f"`{name}` must not be empty; got shape {array.shape}.")
    if axes is not None and len(axes) != array.ndim:
        raise ValueError(
            f"`axes` must name each of the {array.ndim} dimensions of `{name}`, "
            f"shape {array.shape}; got {len(axes)} names: {', '.join(axes)}."
        )
    about = Parameter(
        name=name,
        layer=layer_of(name),
        shape=array.shape,
        dtype=array.dtype.name,
        role=role,
        axes=tuple(axes) if axes is not None else ("",) * array.ndim,
    )
    return NamedParameter(about, array)


def parameters_from_model(model: Any, wanted: Iterable[Parameter]) -> tuple[NamedParameter, ...]:
    """Read parameters from a model."""
    chosen = list(wanted)
    values = as_model(model).parameters([about.name for about in chosen])
    return tuple(
        NamedParameter(about, numbers(values[about.name], name=about.name)) for about in chosen
    )


def as_model(model: Any) -> Model:
    """Give the model behind what `bathyscope.inspect` or a user hands over."""
    return adapt(model)


def layers_of_run(run: RunData) -> tuple[Layer, ...]:
    """Layers of the model a run recorded; empty if it recorded none."""
    events = run.events(_names.MODEL_EVENT)
    return layers_from_description(events[-1]) if events else ()


def parameter_steps(run: RunData) -> tuple[int, ...]:
    """Steps at which a run recorded parameters; empty if it recorded none."""
    recorded = _names.PARAMETERS in run.array_groups()
    return run.array_steps(_names.PARAMETERS) if recorded else ()


def parameters_from_run(run: RunData, *, step: int = -1) -> tuple[int, tuple[NamedParameter, ...]]:
    """Read all parameters a run recorded at a step, in the order of the layers.

    Returns
    -------
    int
        The step; -1 asks for the last one.
    tuple of NamedParameter

    Raises
    ------
    NotRecorded
        If the run holds no parameters, or not at this step.
    """
    steps = parameter_steps(run)
    if not steps:
        raise NotRecorded(
            f"The run `{run.name}` must hold parameters; it recorded none. "
            "Record them with `run.keras(...)`, `run.watch(...)`, "
            f"or `run.log_arrays({_names.PARAMETERS!r}, ...)`."
        )
    step = run.resolve_step(step, steps, what=_names.PARAMETERS)
    arrays = run.arrays(_names.PARAMETERS, step=step)
    described = [about for about in parameters_of(layers_of_run(run)) if about.name in arrays]
    known = {about.name for about in described}
    guessed = [_guess(name, arrays[name]) for name in sorted(arrays) if name not in known]
    return step, tuple(
        NamedParameter(about, numbers(arrays[about.name], name=about.name))
        for about in (*described, *guessed)
    )


def chosen_from(
    found: Sequence[NamedParameter], chosen: Sequence[Parameter]
) -> tuple[NamedParameter, ...]:
    """Keep the parameters that were chosen."""
    names = {about.name for about in chosen}
    return tuple(item for item in found if item.name in names)


def _guess(name: str, values: NDArray[Any]) -> Parameter:
    """Describe an array of which only the name and the shape are known."""
    role: Role = "bias" if values.ndim == 1 and name.endswith(("bias", "beta")) else "weight"
    axes = ("",) * values.ndim
    return Parameter(name, layer_of(name), values.shape, values.dtype.name, role, axes)


def parameters_of(layers: Iterable[Layer]) -> tuple[Parameter, ...]:
    """All parameters, in the order of the layers."""
    return tuple(about for layer in layers for about in layer.parameters)


def select(
    known: Sequence[Parameter], name: str | None, *, role: Role | None = None
) -> tuple[Parameter, ...]:
    """Choose parameters: all of a role, those of a layer, or the one of that name.

    A layer's name stands for its parameters of that role, or for all of its own if it has none.

    Raises
    ------
    UnknownName
        If nothing has that name; the nearest names are offered.
    """
    if name is None:
        return tuple(about for about in known if role is None or about.role == role)
    exact = [about for about in known if about.name == name]
    owned = [about for about in known if about.layer == name]
    found = exact or [about for about in owned if role is None or about.role == role] or owned
    if not found:
        names = dict.fromkeys([*(p.layer for p in known), *(p.name for p in known)])
        raise unknown_name("layer or parameter", name, names)
    return tuple(found)


def layer_of(parameter: str) -> str:
    """Guess a parameter's layer from its path: what stands before the last part."""
    cut = max(parameter.rfind("/"), parameter.rfind("."))
    return parameter[:cut] if cut > 0 else parameter


def numbers(values: ArrayLike, *, name: str) -> NDArray[Any]:
    """Give an array of real numbers; half precisions NumPy does not know become float32.

    Raises
    ------
    TypeError
        If the values are complex, text or objects.
    """
    array = np.asarray(values)
    if array.dtype.kind == "V" and array.dtype.names is None:
        array = array.astype(np.float32)
    if array.dtype.kind not in "fiub":
        raise TypeError(
            f"`{name}` must hold real numbers; got dtype {array.dtype}. "
            "Show the real part, the imaginary part or the magnitude of complex numbers."
        )
    return array
