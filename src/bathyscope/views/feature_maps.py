"""What a layer makes of an input, beside that input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope import _names as names
from bathyscope._errors import unknown_name
from bathyscope.figures import (
    Axis,
    Bars,
    Browse,
    Categories,
    ColorScale,
    Figure,
    Ids,
    Mark,
    Matrix,
    Panel,
    Tiles,
)  # fmt: skip
from bathyscope.models.batches import count_samples, forward_in_batches, take
from bathyscope.models.protocol import Model
from bathyscope.views import _recorded as recorded
from bathyscope.views._channels import LayerOutput, channels_of, unify
from bathyscope.views._inputs import as_batch, first_array
from bathyscope.views._samples import pick, sample_ids
from bathyscope.views._shown import Channels, Shown, block_means, show, shrink
from bathyscope.views._words import check_choice, count_text, nonfinite_text, sentences, shape_text
from bathyscope.views.base import Offer, RunData, View, register

Sort = Literal["given", "activity"]

#: Channels and samples drawn unless told otherwise.
LIMIT = 16
SAMPLES = 4
_PER_ROW = 8
#: Of deeper networks so many layers are offered to reports; any layer can be asked for.
_MOST_OFFERED = 12
#: Vectors of up to this many numbers are bars, longer ones a strip of colours; those of several
#: samples are the rows of one matrix.
_MOST_BARS = 32
#: Maps are shrunk to this many pixels a side, sequences to this many steps and features.
_MAP_SIDE = 64
_SEQUENCE_SIDE = 256
#: A page may hold more channels than are drawn at first: about this many bytes of maps.
_HELD_BYTES = 1 << 19
#: Layers that only pass on or reorder what they get are not offered.
_PLAIN_KINDS = ("InputLayer", "Flatten", "Unflatten", "Reshape", "Identity")
_PLAIN_PREFIXES = ("Dropout", "SpatialDropout")


@register(room="features", place=10)
@dataclass(frozen=True, eq=False, repr=False)
class FeatureMaps(View):
    """A layer's output for a few samples.

    Parameters
    ----------
    layer : str
    output : LayerOutput
        Maps (n_samples, n_channels, height, width), sequences (n_samples, n_steps, n_features) or
        vectors (n_samples, n_units).
    units : array of int, shape (n_shown,)
        The channels that are drawn, in the order of drawing; all for vectors and sequences.
    sample : array, shape (n_samples,)
        Ids.
    captions : tuple of str, length n_samples
        What is known of each sample.
    shown : Shown, optional
        The inputs as a person sees them.
    normalize : bool
        Whether each map of each sample is stretched to the whole scale.
    subject : str
        Which samples, at which step; part of the title.
    note : str
        What was done or left out.
    chosen : str
        Which channels are drawn.
    """

    layer: str
    output: LayerOutput
    units: NDArray[np.int64]
    sample: NDArray[Any]
    captions: tuple[str, ...]
    shown: Shown | None = None
    normalize: bool = False
    subject: str = ""
    note: str = ""
    chosen: str = ""

    @classmethod
    def from_model(
        cls,
        model: Model,
        layer: str,
        inputs: Any,
        *,
        sample: int | Sequence[int] | None = None,
        call: int = -1,
        channels: Channels | None = None,
        show_inputs: Any = None,
        image_shape: tuple[int, ...] | None = None,
        limit: int = LIMIT,
        sort: Sort = "activity",
        normalize: bool = False,
    ) -> FeatureMaps:
        """Run a model, and show what a layer gives.

        Parameters
        ----------
        model : Model
        layer : str
            Name of the layer.
        inputs : array, or several arrays
        sample : int or sequence of int, optional
            Positions in ``inputs``; by default the first four.
        call : int
            Which use of a layer that is used several times; -1 is the last.
        channels : {"last", "first"}, optional
            Where the layer's channels are; by default where the framework keeps them.
        show_inputs : array, sequence of str or mapping, optional
            What to show instead of ``inputs``, such as the texts.
        image_shape : tuple of int, optional
            Shape of flattened images.
        limit, sort, normalize
            As for `feature_maps`.
        """
        batch = as_batch(inputs)
        count = count_samples(batch)
        at = pick(np.arange(count), sample, SAMPLES)
        captured = forward_in_batches(model, take(batch, at), capture=(layer,)).captured[layer]
        kinds = {item.name: item.kind for item in model.layers()}
        output = _call(layer, captured, call)
        kind = kinds.get(layer, "")
        channels = channels or channels_of(model.framework, kind, ndim=output.ndim)
        look = first_array(batch) if show_inputs is None else show_inputs
        shown = show(look, image_shape=image_shape)
        made = feature_maps(
            output,
            inputs=shown.take(at),
            layer=layer,
            channels=channels,
            sample=at,
            limit=limit,
            sort=sort,
            normalize=normalize,
        )
        uses = len(captured)
        told = f"`{layer}` is used {uses} times; use {call % uses} is shown." if uses > 1 else ""
        return replace(made, note=sentences([made.note, told]))

    @classmethod
    def from_run(
        cls,
        run: RunData,
        layer: str,
        *,
        sample: int | str | Sequence[Any] | None = None,
        split: str | None = None,
        step: int = -1,
        channels: Channels | None = None,
        limit: int = LIMIT,
        sort: Sort = "activity",
        normalize: bool = False,
    ) -> FeatureMaps:
        """Show what a layer gave at a recorded step.

        The most active channels are those of the last recorded step, so that the
        pictures of all steps show the same channels in the same places.

        Parameters
        ----------
        run : Run
        layer : str
            Name of the layer.
        sample : id or sequence of ids, optional
            Which samples; by default the first four.
        split : str, optional
            ``"probe"`` or any other recorded set.
        step : int
            A recorded step; -1 is the last.
        channels : {"last", "first"}, optional
            Where the layer's channels are; by default where the recorded framework keeps them.
        limit, sort, normalize
            As for `feature_maps`.
        """
        split = recorded.default_split(run, run.array_groups(), names.FEATURE_MAPS, split)
        group = names.FEATURE_MAPS + split
        step, arrays = recorded.read_arrays(run, group, step)
        layers = [name for name in arrays if name != names.SAMPLE]
        if layer not in layers:
            raise unknown_name("recorded layer", layer, layers)
        outputs = recorded.require_key(run, group, arrays, layer)
        ids = recorded.group_ids(run, split, arrays, len(outputs))
        at = pick(ids, sample, SAMPLES)
        kind, ndim = recorded.layer_kind(run, layer), outputs.ndim
        channels = channels or channels_of(recorded.framework(run), kind, ndim=ndim)
        shown, have = recorded.shown_inputs(run, split, ids[at])
        return feature_maps(
            outputs[at],
            inputs=shown if shown is not None and len(have) == len(at) else None,
            layer=layer,
            channels=channels,
            sample=ids[at],
            captions=_captions(run, split, step, ids[at]),
            limit=limit,
            sort=sort,
            normalize=normalize,
            judge=_last_outputs(run, group, layer, at),
            subject=f"{split} samples, step {step:,}",
        )

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer the layers that compute something, of many an even choice, at every step.

        A layer whose output is the class scores is left to `ClassScores`.
        """
        for split in recorded.splits(run.array_groups(), names.FEATURE_MAPS):
            group = names.FEATURE_MAPS + split
            steps = run.array_steps(group)
            known = recorded.recorded_layers(run, group)
            scores = _scores_layers(run, split)
            layers = [
                name
                for name in known
                if name not in scores and not _is_plain(recorded.layer_kind(run, name))
            ]
            chosen = _spread(layers)
            rest = f" ({len(chosen)} of {len(layers)} layers are shown)"
            for layer in chosen:
                title = f"Feature maps of {layer}, {split} samples"
                options = {"layer": layer, "split": split}
                yield Offer(title + rest * (len(chosen) < len(layers)), options, steps)

    def figure(self) -> Figure:
        """Draw each sample beside what the layer makes of it; vectors as the rows of one matrix."""
        drawn, note = self._drawn()
        color = _scale(drawn, normalize=self.normalize)
        stacked = self.output.kind == "vectors" and len(self.sample) > 1
        panels = self._stacked(drawn, color) if stacked else self._row_by_row(drawn, color)
        size = shape_text(self.output.shape)
        what = "Feature maps" if self.output.kind == "maps" else "Output"
        title = f"{what} of {self.layer} ({size})"
        return Figure(
            f"{title}: {self.subject}" if self.subject else title,
            tuple(panels),
            columns=1 if self.shown is None else 2,
            note=sentences([self.note, note]),
            widths=() if self.shown is None else (1.0, 4.0),
        )

    def _stacked(self, values: NDArray[Any], color: ColorScale) -> Iterator[Panel]:
        n_units = values.shape[1]
        if self.shown is not None:
            yield Panel((self._inputs(self.shown),), title="Input")
        ids = Ids("sample", np.repeat(self.sample, n_units), np.arange(values.size))
        at = np.arange(n_units, dtype=np.float64)
        matrix = Matrix(values, color, x=at, cells=_written(values), ids=ids)
        y = Axis("sample", scale="category", categories=tuple(map(str, self.sample)))
        yield Panel((matrix,), x=Axis("unit", integers=True), y=y)

    def _inputs(self, shown: Shown) -> Mark:
        """Draw all inputs, in little room: the layer's output is the picture."""
        lines = [self._name(row).replace(": ", "\n", 1) for row in range(len(self.sample))]
        captions = tuple(line.replace(", predicted", "\npredicted") for line in lines)
        mark = shown.mark(Ids("sample", self.sample), captions=captions)
        return replace(mark, columns=2) if isinstance(mark, Tiles) else mark

    def _row_by_row(self, drawn: NDArray[Any], color: ColorScale) -> Iterator[Panel]:
        for row in range(len(self.sample)):
            if self.shown is not None:
                yield self._input_panel(row, self.shown)
            yield self._output_panel(row, drawn[row], color)

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per number of the channels that are drawn."""
        values = self.output.values[:, self.units] if self._by_unit else self.output.values
        axes = {
            "maps": ("channel", "row", "column"),
            "vectors": ("unit",),
            "sequences": ("position", "feature"),
        }[self.output.kind]
        grid = np.indices(values.shape).reshape(values.ndim, -1)
        columns: dict[str, NDArray[Any]] = {"sample": self.sample[grid[0]]}
        columns |= dict(zip(axes, grid[1:], strict=True))
        if self._by_unit:
            columns[axes[0]] = self.units[grid[1]]
        columns["value"] = values.ravel()
        return columns

    @property
    def _by_unit(self) -> bool:
        return self.output.kind != "sequences"

    def _drawn(self) -> tuple[NDArray[Any], str]:
        """Give what is drawn of each sample, and say how it was reduced."""
        values = self.output.values
        if self.output.kind == "vectors":
            return values[:, self.units], ""
        if self.output.kind == "sequences":
            return _shorten(values)
        maps = values[:, self._held]
        flat = maps.reshape(-1, *maps.shape[2:])
        drawn, blocks = shrink(flat, _MAP_SIDE)
        if self.normalize:
            drawn = _stretch(drawn)
        drawn = drawn.reshape(*maps.shape[:2], *drawn.shape[1:])
        return drawn, f"Maps are averaged over {blocks} pixels." if blocks else ""

    @cached_property
    def _held(self) -> NDArray[np.int64]:
        """Give the drawn channels, and then others a reader of a page may go on to."""
        side = min(_MAP_SIDE, max(self.output.values.shape[2:]))
        most = max(len(self.units), _HELD_BYTES // (4 * len(self.sample) * side**2))
        others = np.setdiff1d(np.arange(self.output.n_units), self.units)
        if (np.diff(self.units) < 0).any():
            others = others[np.argsort(-self._activity[others], kind="stable")]
        return np.concatenate([self.units, others])[:most]

    @cached_property
    def _activity(self) -> NDArray[np.float64]:
        """Mean magnitude of each channel over the samples."""
        return np.nan_to_num(np.abs(self.output.values)).mean(axis=(0, 2, 3), dtype=np.float64)

    @cached_property
    def _browse(self) -> Browse | None:
        """Let a reader go through the channels of all samples together."""
        held, count = self._held, self.output.n_units
        if len(held) < 2:
            return None
        values = np.nan_to_num(self.output.values[:, held])
        spread = values.std(axis=(0, 2, 3), dtype=np.float64)
        activity = self._activity[held]
        zero = (self.output.values[:, held] == 0).all(axis=(0, 2, 3))
        by_channel = np.argsort(held, kind="stable")
        first = "by channel" if np.array_equal(by_channel, np.arange(len(held))) else "most active"
        orders = {
            first: np.arange(len(held)),
            "by channel": by_channel,
            "most active": np.argsort(-activity, kind="stable"),
            "least active": np.argsort(activity, kind="stable"),
            "largest variance": np.argsort(-spread, kind="stable"),
        }
        orders[first] = np.arange(len(held))
        return Browse(
            orders,
            (Categories(zero.astype(np.int64), ("something", "only zeros"), "gives"),)
            if 0 < zero.sum() < len(held)
            else (),
            {"mean magnitude": activity, "standard deviation": spread},
            len(self.units),
            count,
            together=True,
        )

    def _input_panel(self, row: int, shown: Shown) -> Panel:
        one = Ids("sample", self.sample[row : row + 1])
        return Panel((shown.take([row]).mark(one),), title=self._name(row))

    def _name(self, row: int) -> str:
        caption = self.captions[row] if self.captions else ""
        return f"sample {self.sample[row]}" + (f": {caption}" if caption else "")

    def _output_panel(self, row: int, values: NDArray[Any], color: ColorScale) -> Panel:
        title = self._name(row) if self.shown is None else ""
        layer = Ids("layer", np.array([self.layer]))
        if self.output.kind == "maps":
            captions = tuple(str(unit) for unit in self._held)
            columns = _PER_ROW if len(self.units) > _PER_ROW else None
            label = "channel" if row == 0 else ""
            if row:  # One scale for all rows: its colour bar stands above the first.
                color = replace(color, label="")
            tiles = Tiles(
                values, color, label=label, captions=captions, columns=columns, ids=layer,
                browse=self._browse,
            )  # fmt: skip
            return Panel((tiles,), title=title, note="" if row else self.chosen)
        if self.output.kind == "sequences":
            n_steps, n_features = self.output.values.shape[1:]
            matrix = Matrix(
                values.T,
                color,
                x=_centers(values.shape[0], _block(n_steps)),
                y=_centers(values.shape[1], _block(n_features)),
                ids=layer,
            )
            x, y = Axis("position", integers=True), Axis("feature", integers=True)
            return Panel((matrix,), x=x, y=y, title=title)
        if len(values) <= _MOST_BARS:
            units = tuple(str(unit) for unit in self.units)
            bars = Bars(values, tone="accent", ids=layer)
            x = Axis("unit", scale="category", categories=units)
            return Panel((bars,), x=x, y=Axis("output", domain=_ends(color)), title=title)
        at = np.arange(len(values), dtype=np.float64)
        strip = Matrix(values[None, :], color, x=at, ids=layer)
        x = Axis("unit", integers=True)
        y = Axis("sample", scale="category", categories=(str(self.sample[row]),))
        return Panel((strip,), x=x, y=y, title=title)


def _call(layer: str, captured: tuple[NDArray[Any], ...], call: int) -> NDArray[Any]:
    if not -len(captured) <= call < len(captured):
        raise ValueError(
            f"`call` must name one of the {len(captured)} uses of `{layer}`, counted from 0; "
            f"got {call}."
        )
    return captured[call]


def _last_outputs(
    run: RunData, group: str, layer: str, at: NDArray[np.int64]
) -> NDArray[Any] | None:
    """Give the outputs for the same samples at the last recorded step, if they are there."""
    outputs = run.arrays(group, step=run.array_steps(group)[-1]).get(layer)
    return None if outputs is None or len(outputs) <= at.max() else outputs[at]


def _is_plain(kind: str) -> bool:
    return kind in _PLAIN_KINDS or kind.startswith(_PLAIN_PREFIXES)


def _scores_layers(run: RunData, split: str) -> set[str]:
    """Find the layers whose output is what was recorded as class scores."""
    group = names.SCORES + split
    if group not in run.array_groups():
        return set()
    scores = np.asarray(run.arrays(group).get("scores", ()))
    outputs = run.arrays(names.FEATURE_MAPS + split)
    return {name for name, output in outputs.items() if _same_scores(output, scores)}


def _same_scores(output: NDArray[Any], scores: NDArray[Any]) -> bool:
    """Compare the samples both hold; one output unit is the score of the second of two classes."""
    if output.ndim != 2 or scores.ndim != 2 or output.shape[1] > scores.shape[1]:
        return False
    if output.shape[1] not in (1, scores.shape[1]):
        return False
    count = min(len(output), len(scores))
    known = scores[:count, -output.shape[1] :]
    return count > 0 and np.allclose(output[:count], known, rtol=1e-3, equal_nan=True)


def _written(values: NDArray[Any]) -> NDArray[np.str_] | None:
    """Write the numbers of short vectors into their cells."""
    if values.shape[1] > _MOST_BARS:
        return None
    return np.array([[f"{value:.2g}" for value in row] for row in values], dtype=np.str_)


def _spread(layers: list[str]) -> list[str]:
    """Choose layers evenly from the first to the last."""
    if len(layers) <= _MOST_OFFERED:
        return layers
    places = np.linspace(0, len(layers) - 1, _MOST_OFFERED).round().astype(int)
    return [layers[place] for place in places]


def _captions(run: RunData, split: str, step: int, sample: NDArray[Any]) -> tuple[str, ...]:
    """Say what each sample is, and what it was taken for at the step."""
    found = recorded.predictions_of(run, split, step, sample)
    if not {"true", "predicted"} <= found.keys():
        return ()
    true, predicted = found["true"], found["predicted"]
    labels = (*recorded.class_names(run, split, true, predicted), "?")
    return tuple(
        f"true {labels[t]}, predicted {labels[p]}" for t, p in zip(true, predicted, strict=True)
    )


def _scale(values: NDArray[Any], *, normalize: bool) -> ColorScale:
    """One scale for all samples and channels: signed if anything is negative."""
    label = "activation, each map stretched" if normalize else "activation"
    finite = values[np.isfinite(values)]
    if finite.size and finite.min() < 0:
        return ColorScale.fit(values, kind="signed", label=label)
    return ColorScale("sequential", 0.0, float(finite.max(initial=0.0)) or 1.0, label)


def _ends(color: ColorScale) -> tuple[float, float]:
    """Ends of an axis a little longer than the data."""
    return (color.low * 1.05, color.high * 1.05)


def _stretch(maps: NDArray[Any]) -> NDArray[Any]:
    """Divide every map by its largest magnitude; maps of zeros stay so."""
    largest = np.nanmax(np.abs(maps), axis=(1, 2), keepdims=True)
    return maps / np.where(largest > 0, largest, 1.0)


def _block(size: int) -> int:
    """Give how many positions, or features, of a long sequence are averaged."""
    return -(-size // _SEQUENCE_SIDE)


def _shorten(sequences: NDArray[Any]) -> tuple[NDArray[Any], str]:
    """Average positions and features until they can be drawn."""
    sizes = (_block(sequences.shape[1]), _block(sequences.shape[2]))
    if sizes == (1, 1):
        return sequences, ""
    over = f"{count_text(sizes[0], 'position')} × {count_text(sizes[1], 'feature')}"
    return block_means(sequences, sizes), f"Averaged over {over}."


def _centers(count: int, block: int) -> NDArray[np.float64]:
    """Where the centres of blocks lie among the entries they stand for."""
    return np.arange(count, dtype=np.float64) * block + (block - 1) / 2.0


def feature_maps(
    outputs: ArrayLike,
    *,
    inputs: Any = None,
    layer: str = "layer",
    channels: Channels = "last",
    sample: ArrayLike | None = None,
    captions: Sequence[str] = (),
    limit: int = LIMIT,
    sort: Sort = "activity",
    normalize: bool = False,
    judge: ArrayLike | None = None,
    image_shape: tuple[int, ...] | None = None,
    subject: str = "",
) -> FeatureMaps:
    """Show a layer's output for a few samples, each beside its input.

    Parameters
    ----------
    outputs : array, shape (n_samples, ...)
        Feature maps with channels last (n, height, width, channels) or first; sequences
        (n, time, features) or, with channels first, (n, features, time); vectors (n, units).
        Of volumes the middle slice is shown.
    inputs : array, sequence of str or mapping, optional
        The samples themselves.
    layer : str
        Name of the layer.
    channels : {"last", "first"}
        Where the channels of ``outputs`` are: Keras keeps them last, PyTorch first.
    sample : array, shape (n_samples,), optional
        Ids; by default positions.
    captions : sequence of str, optional
        What is known of each sample.
    limit : int
        How many channels are drawn.
    sort : {"activity", "given"}
        ``activity``: those of largest mean magnitude, the largest first; ``given``: the first.
    normalize : bool
        Stretch each map to the whole scale. By default all share one, and can be compared.
    judge : array, like ``outputs``, optional
        Outputs by which activity is judged; by default ``outputs``.
    image_shape : tuple of int, optional
        Shape of flattened input images.
    subject : str
        Which samples these are; part of the title.

    Examples
    --------
    >>> view = feature_maps(np.ones((1, 4, 4, 3)), channels="last")
    >>> view.output.values.shape
    (1, 3, 4, 4)
    """
    check_choice("sort", sort, ("activity", "given"))
    output = unify(outputs, channels)
    count = len(output.values)
    shown = None if inputs is None else show(inputs, image_shape=image_shape)
    if shown is not None and len(shown) != count:
        raise ValueError(f"`inputs` must hold {count} samples, as `outputs`; got {len(shown)}.")
    if captions and len(captions) != count:
        raise ValueError(f"`captions` must name {count} samples; got {len(captions)}.")
    judged = output if judge is None else unify(judge, channels)
    if judged.values.shape != output.values.shape:
        raise ValueError(
            f"`judge` must hold outputs of shape {output.shape} for {count} samples, "
            f"as `outputs`; got {judged.shape} for {len(judged.values)}."
        )
    units, told = _choose(output, judged, limit=limit, sort=sort)
    return FeatureMaps(
        layer,
        output,
        units,
        sample_ids(sample, count),
        tuple(captions),
        shown,
        normalize,
        subject,
        sentences(
            [
                _dead(output),
                nonfinite_text(output.values),
                output.note,
                shown.note if shown else "",
            ]
        ),
        told,
    )


def _choose(
    output: LayerOutput, judged: LayerOutput, *, limit: int, sort: Sort
) -> tuple[NDArray[np.int64], str]:
    """Choose the channels to draw, and say by which rule."""
    if limit < 1:
        raise ValueError(f"`limit` must be at least 1; got {limit}.")
    count = output.n_units
    everything = np.arange(count)
    if output.kind != "maps" or (sort == "given" and count <= limit):
        return everything, ""
    if sort == "given":
        return everything[:limit], f"The first {limit} of {count:,} channels."
    if count == 1:
        return everything, ""
    activity = np.nan_to_num(np.abs(judged.values)).mean(axis=(0, 2, 3))
    units = np.argsort(-activity, kind="stable")[:limit]
    if count <= limit:
        return units, f"All {count} channels, the most active first."
    return units, f"{limit} of {count:,} channels: the most active, in falling order."


def _dead(output: LayerOutput) -> str:
    """Say how many channels give nothing but zeros here."""
    if output.kind == "sequences":
        return ""
    axes = tuple(axis for axis in range(output.values.ndim) if axis != 1)
    zero = int((output.values == 0).all(axis=axes).sum())
    if not zero:
        return ""
    noun = "channel" if output.kind == "maps" else "unit"
    return f"Zero in all samples: {zero:,} of {count_text(output.n_units, noun)}."
