"""Weights of layers: heat maps, tiles of convolution kernels, one image per unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope._errors import NotRecorded
from bathyscope.figures import Figure
from bathyscope.models import Parameter
from bathyscope.views._arrange import has_kernels, to_sheet
from bathyscope.views._image_shape import ImageShape, image_shape_of_model, image_shape_of_run
from bathyscope.views._parameters import (
    NamedParameter,
    as_model,
    chosen_from,
    layers_of_run,
    parameter_steps,
    parameters_from_arrays,
    parameters_from_model,
    parameters_from_run,
    parameters_of,
    select,
)
from bathyscope.views._runs import run_labels
from bathyscope.views._weight_panels import (
    Options,
    WeightLook,
    drawn_blocks,
    signed_range,
    weight_panel,
)
from bathyscope.views._words import count_text, listing, shape_text, titled
from bathyscope.views.base import Offer, RunData, View, register

#: Of a model with more weight parameters than this, the largest are shown when none is named.
PANELS = 9
#: At most so many pictures of weights are offered to a report.
OFFERS = 8
#: Offered pictures are coarser than others, so that every step of a run fits on a page.
_OFFERED: Options = {"cells": 256, "tiles": 64}


@register(room="parameters", place=10)
@dataclass(frozen=True, eq=False)
class Weights(View):
    """Weights as heat maps.

    Parameters
    ----------
    parameters : tuple of NamedParameter
        One panel each.
    look : WeightLook
        Colours and layout.
    when : str
        Which step the values are of, or between which they changed.
    what : str
        What the numbers are.
    note : str
        What was left out.

    Examples
    --------
    >>> import numpy as np
    >>> from bathyscope import views
    >>> kernel = np.random.default_rng(0).normal(size=(784, 10))
    >>> view = views.weights(kernel, axes=("in", "out"), image_shape=(28, 28))
    >>> view.figure().panels[0].marks[0].images.shape
    (10, 28, 28)
    """

    parameters: tuple[NamedParameter, ...]
    look: WeightLook = field(default_factory=WeightLook)
    when: str = ""
    what: str = "weight"
    note: str = ""

    @classmethod
    def from_model(cls, model: Any, name: str | None = None, **options: Unpack[Options]) -> Weights:
        """Show the weights of a model.

        Parameters
        ----------
        model : bathyscope.models.Model, or a model `bathyscope.inspect` takes
        name : str, optional
            A layer or a parameter; by default every weight, of many the largest 9.
        **options
            As the fields of `WeightLook`: ``scale``, ``layout``, ``image_shape``, ``units``,
            ``tiles``, ``cells``, ``color_range``. With ``layout="tiles"`` the image shape of a
            first layer is found from a square number of inputs.

        Raises
        ------
        UnknownName
            If there is no such layer or parameter.
        """
        model = as_model(model)
        layers = model.layers()
        chosen, note = _choose(parameters_of(layers), name, owner=model.name)
        shape = (
            image_shape_of_model(chosen[0], layers) if _asks_for_images(chosen, options) else None
        )
        return cls(parameters_from_model(model, chosen), _look(options, shape), note=note)

    @classmethod
    def from_run(
        cls,
        run: RunData,
        name: str | None = None,
        *,
        step: int = -1,
        minus: int | None = None,
        **options: Unpack[Options],
    ) -> Weights:
        """Show the weights a run recorded, or how they changed between two steps.

        Parameters
        ----------
        run : bathyscope.runs.Run
        name : str, optional
            A layer or a parameter; by default every weight, of many the largest 9.
        step : int
            -1 is the last recorded step.
        minus : int, optional
            Show the change since this step.
        **options
            As the fields of `WeightLook`. With ``layout="tiles"`` the image shape of a first layer
            is that of the recorded inputs.

        Raises
        ------
        NotRecorded
            If the run holds no parameters, or not at these steps.
        """
        step, found = parameters_from_run(run, step=step)
        chosen, note = _choose([item.about for item in found], name, owner=run.name)
        asked = _asks_for_images(chosen, options)
        shape = image_shape_of_run(run, chosen[0], layers_of_run(run)) if asked else None
        shown, when, what = chosen_from(found, chosen), f"step {step:,}", "weight"
        if minus is not None:
            minus, before = parameters_from_run(run, step=minus)
            shown = _difference(shown, before)
            when, what = f"step {step:,} minus step {minus:,}", "change of the weight"
        return cls(shown, _look(options, shape), when, what, note)

    @classmethod
    def from_runs(
        cls,
        runs: Sequence[RunData],
        name: str | None = None,
        *,
        step: int = -1,
        **options: Unpack[Options],
    ) -> Weights:
        """Show how the weights of a second run differ from those of a first.

        Parameters
        ----------
        runs : sequence of two Run
        name : str, optional
            A layer or a parameter; by default every weight, of many the largest 9.
        step : int
            -1 is the last recorded step of each.
        **options
            As the fields of `WeightLook`.

        Raises
        ------
        NotRecorded
            If a run holds no parameters, or they share none.
        """
        if len(runs) != 2:
            raise ValueError(f"`runs` must be two runs to be subtracted; got {len(runs)}.")
        (first, before), (second, after) = (parameters_from_run(run, step=step) for run in runs)
        chosen, note = _choose([item.about for item in after], name, owner=runs[1].name)
        before_label, after_label = run_labels(runs)
        shown = _difference(chosen_from(after, chosen), before, where=before_label)
        when = f"{after_label} (step {second:,}) minus {before_label} (step {first:,})"
        return cls(shown, _look(options, None), when, "difference of the weight", note)

    @classmethod
    def compares(cls, runs: Sequence[RunData]) -> Iterator[Offer]:
        """Offer the difference of two runs whose weights have the same names and shapes."""
        if len(runs) != 2 or not all(parameter_steps(run) for run in runs):
            return
        shapes = [
            {
                x.name: x.values.shape
                for x in parameters_from_run(run)[1]
                if x.about.role == "weight"
            }
            for run in runs
        ]
        if shapes[0] and shapes[0] == shapes[1]:
            yield Offer("Difference of the weights", {"cells": 128, "tiles": 64})

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer the first layer's units as images, the 8 largest weights, and how they changed."""
        steps = parameter_steps(run)
        if not steps:
            return
        _, found = parameters_from_run(run)
        weights = [x for x in found if x.about.role == "weight" and x.values.ndim > 1]
        layers = layers_of_run(run)
        for item in weights:
            if image_shape_of_run(run, item.about, layers):
                options = {**_offer_options(item), "layout": "tiles"}
                yield Offer(f"What each unit of {item.about.layer} looks at", options, steps)
        kept = chosen_from(weights, _largest([item.about for item in weights], OFFERS))
        left_out = len(weights) - len(kept)
        for item in kept:
            rest = f" ({left_out} smaller ones are left out)" if left_out else ""
            title = f"Weights of {item.name}{rest if item is kept[-1] else ''}"
            yield Offer(title, _offer_options(item), steps)
        if len(steps) > 1 and kept:
            options = {"minus": steps[0], "cells": 128, "tiles": 64}
            yield Offer("How the weights changed in training", options)

    def figure(self) -> Figure:
        """Draw one panel per parameter."""
        several = len(self.parameters) > 1
        panels = tuple(
            weight_panel(item, self.look, title=_panel_title(item, several), what=self.what)
            for item in self.parameters
        )
        what = titled(
            "Weights", f"{len(panels)} parameters" if several else self.parameters[0].name
        )
        title = f"{what}, {self.when}" if self.when else what
        return Figure(title, panels, columns=min(len(panels), 2), note=self.note)

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """Give one row per weight: its parameter, its place along each stored axis, its value.

        Where parameters differ in their number of axes, the places missing are -1.
        """
        most = max(item.values.ndim for item in self.parameters)
        parts = [_long(item, most) for item in self.parameters]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def weights(
    values: ArrayLike | Mapping[str, ArrayLike],
    *,
    name: str = "weights",
    axes: Sequence[str] | None = None,
    **options: Unpack[Options],
) -> Weights:
    """Show arrays of weights.

    Parameters
    ----------
    values : array or mapping of str to array
        Any number of dimensions.
    name : str
        What a single array is called.
    axes : sequence of str, optional
        Meaning of each dimension: "in", "out", "height", "width", "depth", "time", "heads",
        "group". Keras stores a convolution as ``("height", "width", "in", "out")``, PyTorch as
        ``("out", "in", "height", "width")``. Without it nothing is reordered.
    **options
        As the fields of `WeightLook`: ``scale``, ``layout``, ``image_shape``, ``units``,
        ``tiles``, ``cells``, ``color_range``.

    Raises
    ------
    ValueError
        If an array is empty or the axes do not fit.

    Examples
    --------
    >>> from bathyscope import views
    >>> view = views.weights([[1.0, -3.0], [0.0, 0.0]], scale="unit")
    >>> view.figure().panels[0].marks[0].values.tolist()
    [[1.0, 0.0], [0.75, 0.75]]
    """
    return Weights(parameters_from_arrays(values, name=name, axes=axes), WeightLook(**options))


def _choose(
    known: Sequence[Parameter], name: str | None, *, owner: str
) -> tuple[tuple[Parameter, ...], str]:
    chosen = select(known, name, role="weight")
    if not chosen:
        raise NotRecorded(
            f"`{owner}` must have weights to show; it has {count_text(len(known), 'parameter')}, "
            "none of which is a weight. Name one of them to see it anyway."
        )
    kept = chosen if name is not None else _largest(chosen, PANELS)
    left_out = [about.name for about in chosen if about not in kept]
    if not left_out:
        return kept, ""
    return kept, f"The {PANELS} largest of {len(chosen)} weights; not shown: {listing(left_out)}."


def _largest(known: Sequence[Parameter], at_most: int) -> tuple[Parameter, ...]:
    """Keep the parameters with most entries, in their own order."""
    by_size = sorted(known, key=lambda about: -int(np.prod(about.shape)))[:at_most]
    return tuple(about for about in known if about in by_size)


def _asks_for_images(chosen: Sequence[Parameter], options: Options) -> bool:
    """Whether the shape of images has to be found out."""
    given = options.get("image_shape") is not None
    plain = len(chosen) == 1 and not has_kernels(chosen[0].axes, chosen[0].shape)
    return plain and not given and options.get("layout") == "tiles"


def _look(options: Options, found: ImageShape | None) -> WeightLook:
    look = WeightLook(**options)
    if found is None:
        return look
    return replace(look, image_shape=found.shape, image_source=found.source)


def _difference(
    after: Sequence[NamedParameter], before: Sequence[NamedParameter], *, where: str = "`minus`"
) -> tuple[NamedParameter, ...]:
    earlier = {item.name: item.values for item in before}
    shared = [item for item in after if item.name in earlier]
    if not shared:
        raise NotRecorded(
            f"{listing([item.name for item in after])} must be recorded on both sides to show "
            f"the difference; at {where} it was not. Choose another."
        )
    for item in shared:
        if item.values.shape != earlier[item.name].shape:
            raise ValueError(
                f"`{item.name}` must have one shape on both sides to show its difference; "
                f"got {earlier[item.name].shape} and {item.values.shape}."
            )
    # Infinity minus infinity is NaN, which the view counts and shows.
    with np.errstate(invalid="ignore"):
        return tuple(
            NamedParameter(item.about, item.values.astype(np.float64) - earlier[item.name])
            for item in shared
        )


def _offer_options(item: NamedParameter) -> dict[str, Any]:
    """Use one colour scale for all steps of a picture: the last step's."""
    drawn = item.values
    if not has_kernels(item.about.axes, drawn.shape):
        drawn = drawn_blocks(to_sheet(drawn, item.about.axes).values, WeightLook(**_OFFERED)).values
    return {"name": item.name, "color_range": signed_range(drawn), **_OFFERED}


def _panel_title(item: NamedParameter, several: bool) -> str:
    shape = shape_text(item.values.shape)
    if several:
        return f"{item.name} ({shape})"
    return f"Shape {shape}" if item.values.ndim else "A single number"


def _long(item: NamedParameter, n_axes: int) -> dict[str, NDArray[Any]]:
    size, rank = item.values.size, item.values.ndim
    places = np.indices(item.values.shape, dtype=np.int32).reshape(rank, size)
    missing = np.broadcast_to(np.int32(-1), size)
    columns: dict[str, NDArray[Any]] = {"parameter": np.broadcast_to(np.array(item.name), size)}
    for axis in range(n_axes):
        columns[f"axis_{axis}"] = places[axis] if axis < rank else missing
    return {**columns, "value": item.values.reshape(-1)}
