"""Where a layer puts samples: a map of its feature vectors, their spread, or the vectors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope import _names as names
from bathyscope._errors import NotRecorded, unknown_name
from bathyscope.figures import (
    Axis,
    Bars,
    Categories,
    ColorScale,
    Figure,
    Ids,
    Line,
    Mark,
    Matrix,
    Panel,
    Points,
    Points3D,
    Table,
)  # fmt: skip
from bathyscope.models.batches import forward_in_batches
from bathyscope.models.protocol import Model
from bathyscope.views import _recorded as recorded
from bathyscope.views._coloring import Color, coloring, column_of, taken
from bathyscope.views._following import Places, Wanted, choose_rows, place_steps, take_rows
from bathyscope.views._inputs import as_batch, first_array
from bathyscope.views._neighbourhoods import Metric, nearest
from bathyscope.views._projecting import Projected, Projector
from bathyscope.views._projections import Method
from bathyscope.views._samples import sample_ids
from bathyscope.views._shown import Shown, show
from bathyscope.views._thumbnails import labels_of, shortened, thumbnails_of
from bathyscope.views._words import check_choice, sentences
from bathyscope.views.base import Offer, RunData, View, register

Style = Literal["scatter", "histogram", "beside"]
#: Samples drawn beside their vectors.
BESIDE = 8
_TEXT_WIDTH = 40
#: Characters of a text that stands for its sample.
_NAMED_TEXT = 120
_BINS = 40


@register(room="features", place=20)
@dataclass(frozen=True, eq=False, repr=False)
class FeatureVectors(View):
    """Feature vectors of samples, and where a projection puts them.

    Parameters
    ----------
    vectors : array, shape (n_samples, n_features)
    sample : array, shape (n_samples,)
        Ids.
    projected : Projected
        Two or three coordinates per sample, what they are called, and what they lose.
    color : Categories or Continuous, optional
        One entry per sample.
    shown : Shown, optional
        The samples as a person sees them, one per sample.
    style : {"scatter", "histogram", "beside"}
    limit : int
        How many samples ``beside`` draws.
    layer, subject : str
        Of which layer and which samples; parts of the title.
    note : str
        What was done or left out.
    """

    vectors: NDArray[Any]
    sample: NDArray[Any]
    projected: Projected
    color: Color = None
    shown: Shown | None = None
    style: Style = "scatter"
    limit: int = BESIDE
    layer: str = ""
    subject: str = ""
    note: str = ""

    @classmethod
    def from_model(
        cls,
        model: Model,
        layer: str,
        x: Any,
        *,
        inputs: Any = None,
        batch_size: int = 256,
        **options: Any,
    ) -> FeatureVectors:
        """Run a model, and show the vectors a layer gives.

        Parameters
        ----------
        model : Model
        layer : str
            Name of the layer. Outputs with more than two dimensions are flattened.
        x : array, or several arrays
            Inputs of the model.
        inputs : array, sequence of str or mapping, optional
            What to show of each sample instead of ``x``, such as the texts.
        batch_size : int
        **options
            As for `feature_vectors`: ``color``, ``method``, ``style``, ...
        """
        batch = as_batch(x)
        done = forward_in_batches(model, batch, capture=(layer,), batch_size=batch_size)
        shown = show(first_array(batch) if inputs is None else inputs)
        made = feature_vectors(done.captured[layer][-1], inputs=shown, **options)
        return replace(made, layer=layer)

    @classmethod
    def from_run(
        cls,
        run: RunData,
        layer: str | None = None,
        *,
        split: str | None = None,
        step: int = -1,
        color: str | None = "true",
        fit_step: int | None = None,
        follow: bool = False,
        thumbnails: bool = True,
        places: Places | None = None,
        **options: Any,
    ) -> FeatureVectors:
        """Show the feature vectors a run recorded.

        Parameters
        ----------
        run : Run
        layer : str, optional
            Name of the layer; by default the last one recorded.
        split : str, optional
            Which samples: ``"test"``, ``"probe"``; by default the first recorded.
        step : int
            A recorded step; -1 is the last.
        color : str, optional
            ``"true"``, ``"predicted"``, ``"correct"``, or any other column recorded of the samples.
        fit_step : int, optional
            Find the directions of PCA at this step, and keep them: points can then be followed
            from step to step. By default each step has its own.
        follow : bool
            Place all recorded steps up to this one: each picture is turned and mirrored to match
            that of the step before, and t-SNE and UMAP begin from there.
        thumbnails : bool
            Whether recorded images are shown at the points.
        places : Places, optional
            Where the samples lie, if they were placed already.
        **options
            As for `feature_vectors`: ``method``, ``style``, ``dimensions``, ...
        """
        split = recorded.default_split(run, run.array_groups(), names.FEATURES, split)
        group = names.FEATURES + split
        step, arrays = recorded.read_arrays(run, group, step)
        layer = _layer(layer, arrays)
        vectors = recorded.require_vectors(run, group, arrays, layer)
        ids = recorded.group_ids(run, split, arrays, len(vectors))
        color, column, classes = _column(run, split, step, ids, name=color)
        shown, have = recorded.shown_inputs(run, split, ids)
        if shown is not None and shown.images is not None and not thumbnails:
            shown = None
        if follow and fit_step is not None:
            raise ValueError(
                "`follow` turns each step to match the one before, `fit_step` keeps the axes of "
                "one step; got both. Leave one out."
            )
        if fit_step is not None:
            fit_step, fit = _fit_vectors(run, group, layer, fit_step, good={step: vectors})
            if fit_step != step:
                options["fit"] = fit
        if follow:
            places = _followed(run, Wanted(layer, split, step), options)
        subject = f"{split} samples, step {step:,}"
        inputs = shown if shown is not None and len(have) == len(ids) else None
        if places is not None:
            colors = column
            if colors is not None:
                colors = coloring(colors, label=color or "", classes=classes)
            table = _as_table(vectors)
            made = cls(table, ids, places.projected, colors, inputs, layer=layer, subject=subject)
            return _at_places(made, places)
        made = feature_vectors(
            vectors,
            inputs=inputs,
            color=column,
            color_label=color or "",
            classes=classes,
            sample=ids,
            subject=subject,
            **options,
        )
        told = ""
        if fit_step not in (None, step):
            told = f"The axes are those of step {fit_step:,}, so points can be followed."
        return replace(made, layer=layer, note=sentences([made.note, told]))

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer a map of each recorded layer, on axes that stay the same at every step."""
        for split in recorded.splits(run.array_groups(), names.FEATURES):
            group = names.FEATURES + split
            steps = run.array_steps(group)
            for layer in recorded.recorded_layers(run, group):
                # Repeated at every step, pictures would leave room for few steps.
                options = {
                    "layer": layer, "split": split, "fit_step": -1, "thumbnails": len(steps) == 1,
                }  # fmt: skip
                yield Offer(f"Feature vectors of {layer}, {split} samples", options, steps)
                if recorded.shows_text(run, split):
                    title = f"{split.capitalize()} texts beside their vectors of {layer}"
                    beside = {"layer": layer, "split": split, "style": "beside", "limit": 24}
                    yield Offer(title, beside, steps)

    def neighbours(
        self, sample: Any, *, count: int = 10, metric: Metric = "euclidean"
    ) -> dict[str, NDArray[Any]]:
        """Find the samples whose vectors are nearest to that of one: not in the picture, in truth.

        Parameters
        ----------
        sample : int or str
            Id of the sample.
        count : int
            How many.
        metric : {"euclidean", "cosine"}

        Returns
        -------
        dict
            ``sample``: ids, the nearest first; ``distance``: how far each is.

        Raises
        ------
        UnknownName
            If there is no such sample here.
        """
        rows = np.flatnonzero(self.sample == sample)
        if not len(rows):
            raise unknown_name("sample", str(sample), [str(known) for known in self.sample[:1000]])
        found, apart = nearest(self.vectors, int(rows[0]), count=count, metric=metric)
        return {"sample": self.sample[found], "distance": apart}

    def neighbour_figure(
        self, sample: Any, *, count: int = 8, metric: Metric = "euclidean"
    ) -> Figure:
        """Draw a sample and those nearest to it, with their distances.

        Parameters
        ----------
        sample, count, metric
            As for `neighbours`.
        """
        found = self.neighbours(sample, count=count, metric=metric)
        row_of = {known: row for row, known in enumerate(self.sample.tolist())}
        rows = [row_of[sample], *(row_of[near] for near in found["sample"].tolist())]
        apart = np.array([0.0, *found["distance"]])
        ids = Ids("sample", self.sample[rows])
        note = self.neighbour_note(len(rows) - 1)
        mark: Mark
        if self.shown is not None:
            captions = tuple(
                f"{self._name(row)}\ndistance {far:.4g}" if at else self._name(row)
                for at, (row, far) in enumerate(zip(rows, apart, strict=True))
            )
            mark = self.shown.take(rows).mark(ids, captions=captions)
        else:
            columns = {"sample": self.sample[rows], f"{metric} distance": apart}
            mark = Table({**columns, **column_of(taken(self.color, np.array(rows)))}, ids=ids)
        title = f"Nearest to sample {sample} by {metric} distance"
        return Figure(title, (Panel((mark,)),), note=note)

    def neighbour_note(self, count: int) -> str:
        """Say by what neighbours are found."""
        return (
            f"The {count} nearest of {len(self.sample):,} samples by all "
            f"{self.vectors.shape[1]:,} numbers of their vectors, not by their places in a picture."
        )

    def sample_names(self) -> Iterator[str]:
        """Give each sample a name: its id and what colours it; its text, where it is one."""
        texts = None if self.shown is None else self.shown.texts
        for row in range(len(self.sample)):
            text = "" if texts is None else f"\n{shortened(texts[row], _NAMED_TEXT)}"
            yield self._name(row) + text

    def figure(self) -> Figure:
        """Draw the scatter, the histogram, or samples beside their vectors."""
        draw = {"scatter": self._scatter, "histogram": self._histogram, "beside": self._beside}
        return draw[self.style]()

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per sample: coordinates and colour; of ``beside`` one per sample and feature."""
        if self.style == "beside":
            at, count = self._rows_beside(), self.vectors.shape[1]
            return {
                "sample": np.repeat(self.sample[at], count),
                "feature": np.tile(np.arange(count), len(at)),
                "value": self.vectors[at].ravel(),
            }
        positions = self.projected.positions.T
        columns = {"sample": self.sample, **dict(zip(self.projected.names, positions, strict=True))}
        return {**columns, **column_of(self.color)}

    def _figure(self, panels: tuple[Panel, ...], **layout: Any) -> Figure:
        of = f" of {self.layer}" if self.layer else ""
        title = f"Feature vectors{of} ({self.vectors.shape[1]:,} numbers each)"
        note = sentences([self.projected.note if self.style != "beside" else "", self.note])
        title = f"{title}: {self.subject}" if self.subject else title
        return Figure(title, panels, note=note, **layout)

    def _scatter(self) -> Figure:
        if self.projected.positions.shape[1] == 3:
            return self._space()
        thumbnails, note = thumbnails_of(self.shown)
        positions = self._drawn_positions()
        points = Points(
            positions[:, 0],
            positions[:, 1],
            color=self.color,
            tone="accent",
            text=labels_of(self.shown),
            thumbnails=thumbnails,
            size=5.0 if len(positions) <= 500 else 3.0,
            ids=Ids("sample", self.sample),
        )
        x, y = (Axis(label) for label in self.projected.axes[:2])
        return self._figure((Panel((points,), x=x, y=y, note=note),))

    def _drawn_positions(self) -> NDArray[Any]:
        """Give positions of as many digits as the vectors have: a million then travel sooner."""
        positions = self.projected.positions
        is_single = self.vectors.dtype == np.float32
        if not is_single or np.abs(positions).max() > np.finfo(np.float32).max:
            return positions
        return positions.astype(np.float32)

    def _space(self) -> Figure:
        thumbnails, note = thumbnails_of(self.shown)
        x, y, z = self._drawn_positions().T
        first, second, third = self.projected.axes
        points = Points3D(
            x,
            y,
            z,
            axes=(first, second, third),
            color=self.color,
            tone="accent",
            text=labels_of(self.shown),
            thumbnails=thumbnails,
            size=5.0 if len(x) <= 500 else 3.5,
            ids=Ids("sample", self.sample),
        )
        return self._figure((Panel((points,), note=note),))

    def _histogram(self) -> Figure:
        values = self.projected.positions[:, 0]
        edges = np.histogram_bin_edges(values, bins=min(_BINS, max(5, len(values) // 5)))
        if isinstance(self.color, Categories):
            marks = _outlines(values, edges, self.color)
        else:
            marks = (Bars(np.histogram(values, edges)[0], edges=edges, tone="accent"),)
        x, y = Axis(self.projected.axes[0]), Axis("samples", integers=True)
        return self._figure((Panel(marks, x=x, y=y),))

    def _beside(self) -> Figure:
        at = self._rows_beside()
        scale = _strip_scale(self.vectors[at])
        if self.shown is not None and self.shown.images is not None:
            return self._beside_images(at, self.shown, scale)
        return self._beside_rows(at, scale)

    def _rows_beside(self) -> NDArray[np.int64]:
        """Choose the samples to draw: the first, those of one class side by side."""
        first = np.arange(min(self.limit, len(self.sample)))
        if isinstance(self.color, Categories):
            return first[np.argsort(self.color.codes[first], kind="stable")]
        return first

    def _beside_images(self, at: NDArray[np.int64], shown: Shown, scale: ColorScale) -> Figure:
        panels: list[Panel] = []
        for row in at:
            one = Ids("sample", self.sample[row : row + 1])
            panels.append(Panel((shown.take([row]).mark(one),), title=self._name(row)))
            panels.append(self._strip(np.array([row]), (str(self.sample[row]),), scale))
        return self._figure(tuple(panels), columns=2, widths=(1.0, 6.0))

    def _beside_rows(self, at: NDArray[np.int64], scale: ColorScale) -> Figure:
        """Draw a row of colours per sample, named by its text."""
        full = labels_of(self.shown)
        labels = [self._name(row) if full is None else full[row] for row in at]
        short = tuple(shortened(label, _TEXT_WIDTH) for label in labels)
        panels = [self._strip(at, short, scale)]
        if self.shown is not None and list(short) != labels:
            captions = tuple(self._name(row) for row in at)
            mark = self.shown.take(at).mark(Ids("sample", self.sample[at]), captions=captions)
            panels.append(Panel((mark,), title="In full"))
        return self._figure(tuple(panels))

    def _strip(self, rows: NDArray[np.int64], labels: tuple[str, ...], scale: ColorScale) -> Panel:
        count = self.vectors.shape[1]
        ids = Ids("sample", np.repeat(self.sample[rows], count), np.arange(len(rows) * count))
        x = np.arange(count, dtype=np.float64)
        matrix = Matrix(self.vectors[rows].astype(np.float32), scale, x=x, ids=ids)
        y = Axis("sample", scale="category", categories=labels)
        return Panel((matrix,), x=Axis("feature", integers=True), y=y)

    def _name(self, row: int) -> str:
        name = f"sample {self.sample[row]}"
        if isinstance(self.color, Categories) and self.color.codes[row] >= 0:
            return f"{name}: {self.color.label} {self.color.names[self.color.codes[row]]}"
        return name


def _outlines(values: NDArray[Any], edges: NDArray[Any], color: Categories) -> tuple[Mark, ...]:
    """Draw one curve of counts per class, over the same bins."""
    centers = (edges[:-1] + edges[1:]) / 2
    lines: list[Mark] = []
    for code in np.unique(color.codes):
        counts, _ = np.histogram(values[color.codes == code], edges)
        name = color.names[code] if code >= 0 else "no class"
        tone: int | str = int(code) if code >= 0 else "muted"
        ids = Ids("class", np.array([name]))
        lines.append(Line(centers, counts, label=name, tone=tone, markers=False, ids=ids))
    return tuple(lines)


def _strip_scale(vectors: NDArray[Any]) -> ColorScale:
    signed = bool((vectors < 0).any())
    return ColorScale.fit(vectors, kind="signed" if signed else "sequential", label="feature")


def _followed(run: RunData, wanted: Wanted, options: dict[str, Any]) -> Places:
    """Place all steps up to the wanted one, and give that one."""
    settings = dict(options)
    style = settings.pop("style", "scatter")
    if style != "scatter":
        raise ValueError(
            f"`follow` places the samples of a map, so `style` must be 'scatter'; got {style!r}."
        )
    dimensions = settings.pop("dimensions", 2)
    _check_sizes(dimensions, settings.get("limit"))
    chosen = tuple(settings.pop("components", None) or range(dimensions))
    limit = settings.pop("limit", None)
    projector = Projector(components=chosen, **settings)
    *_, last = place_steps(run, replace(wanted, projector=projector, limit=limit))
    return last


def _at_places(every: FeatureVectors, places: Places) -> FeatureVectors:
    """Keep the samples that were placed, each with its colour and its picture."""
    row_of = {sample: row for row, sample in enumerate(every.sample.tolist())}
    rows = np.array([row_of[sample] for sample in places.sample.tolist()], dtype=np.int64)
    shown = None if every.shown is None else every.shown.take(rows)
    return replace(
        every,
        vectors=every.vectors[rows],
        sample=places.sample,
        color=taken(every.color, rows),
        shown=shown,
        note=sentences([places.note, shown.note if shown else ""]),
    )


def _layer(layer: str | None, arrays: Mapping[str, NDArray[Any]]) -> str:
    """Give the layer asked for, or the last recorded one."""
    layers = [name for name in arrays if name != names.SAMPLE]
    if layer is None and layers:
        return layers[-1]
    if layer not in layers:
        raise unknown_name("recorded layer", layer or "", layers)
    return layer


def _fit_vectors(
    run: RunData, group: str, layer: str, fit_step: int, *, good: Mapping[int, NDArray[Any]]
) -> tuple[int, NDArray[Any]]:
    """Give the vectors that define the axes: of the step asked for, or the last finite before.

    ``good`` are those of steps that were read already and found to be finite.
    """
    steps = run.array_steps(group)
    wanted = run.resolve_step(fit_step, steps, what=group)
    for step in reversed([step for step in steps if step <= wanted]):
        if step in good:
            return step, good[step]
        vectors = run.arrays(group, step=step).get(layer)
        if vectors is not None and recorded.finite_rows(vectors).any():
            return step, vectors
    raise NotRecorded(
        f"`{layer}` in `{group}` of the run `{run.name}` must be finite at a step up to {wanted} "
        "to define axes; it is at none. Use `fit_step=None`."
    )


def recorded_columns(
    run: RunData, split: str, step: int, sample: NDArray[Any]
) -> dict[str, NDArray[Any]]:
    """Give all columns by which samples can be coloured."""
    known = recorded.columns_of(run, split, step, sample)
    if {"true", "predicted"} <= known.keys():
        known["correct"] = known["true"] == known["predicted"]
    return known


def _column(
    run: RunData, split: str, step: int, sample: NDArray[Any], *, name: str | None
) -> tuple[str | None, NDArray[Any] | None, tuple[str, ...] | None]:
    """Find a column by which to colour samples, with the class names if it holds classes."""
    if name is None:
        return None, None, None
    known = recorded_columns(run, split, step, sample)
    if name not in known:
        # Colour by the truth is a default, and no reason to show nothing.
        if name != "true":
            raise unknown_name("recorded column", name, known)
        name = names.LABEL
    column = known.get(name)
    return name, column, None if column is None else classes_in(run, split, name, column)


def classes_in(run: RunData, split: str, name: str, column: NDArray[Any]) -> tuple[str, ...] | None:
    """Give the names that the numbers of a column stand for; None if it holds no class numbers."""
    holds_classes = name in ("true", "predicted") and column.dtype.kind in "iu"
    return recorded.class_names(run, split, column) if holds_classes else None


def feature_vectors(
    vectors: ArrayLike,
    *,
    color: ArrayLike | None = None,
    color_label: str = "label",
    classes: Sequence[Any] | None = None,
    inputs: Any = None,
    method: Method = "pca",
    style: Style = "scatter",
    dimensions: Literal[2, 3] = 2,
    components: Sequence[int] | None = None,
    fit: ArrayLike | None = None,
    limit: int | None = None,
    sample: ArrayLike | None = None,
    subject: str = "",
    **settings: Any,
) -> FeatureVectors:
    """Show feature vectors as a map, as a histogram, or beside their samples.

    Parameters
    ----------
    vectors : array, shape (n_samples, n_features)
        More dimensions are flattened. Samples with NaN or infinities are left out.
    color : array, shape (n_samples,), optional
        Text, truth values and whole numbers are classes; other numbers a quantity.
    color_label : str
        What the colour is.
    classes : sequence of str, optional
        Names that whole numbers in ``color`` index into.
    inputs : array, sequence of str or mapping, optional
        The samples themselves: shown at the points, or beside the vectors.
    method : {"pca", "tsne", "umap", "raw"}
        ``raw`` shows the features themselves.
    style : {"scatter", "histogram", "beside"}
        ``histogram`` counts the first of ``components``; ``beside`` draws each vector as a strip of
        colours beside its text or image.
    dimensions : {2, 3}
        Of the map.
    components : sequence of int, optional
        Which principal components or raw features, counted from 0; by default the first ones.
    fit : array, shape (any, n_features), optional
        For PCA: vectors that define the axes, such as those of another step.
    limit : int, optional
        How many samples: for t-SNE by default 5,000, chosen at random; for ``beside`` 8, the first.
    sample : array, shape (n_samples,), optional
        Ids; by default positions.
    subject : str
        Which samples these are; part of the title.
    **settings
        ``seed`` (of t-SNE, UMAP and any choice of samples; 0), ``perplexity`` (of t-SNE; 30, less
        where there are few samples), ``n_neighbors`` (of UMAP; 15), ``min_dist`` (of UMAP; 0.1),
        ``judge`` (say of PCA too how well it keeps neighbours).

    Examples
    --------
    >>> view = feature_vectors([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]])
    >>> view.projected.axes[0]
    'principal component 1 (100.0% of the variance)'
    """
    check_choice("style", style, ("scatter", "histogram", "beside"))
    _check_sizes(dimensions, limit)
    method = "raw" if style == "beside" else method
    chosen = tuple(range(dimensions)) if components is None else tuple(components)[:3]
    projector = Projector(method, chosen if style == "scatter" else chosen[:1], **settings)
    table = _as_table(vectors)
    count = len(table)
    ids = sample_ids(sample, count)
    colors = None if color is None else coloring(color, label=color_label, classes=classes)
    shown = None if inputs is None else show(inputs)
    _check_count("color", None if color is None else len(np.asarray(color)), count)
    _check_count("inputs", None if shown is None else len(shown), count)
    at, note = choose_rows(table, projector, limit=None if style == "beside" else limit)
    _check_finite(at, table, "vectors")
    if style == "beside":
        told = (
            f"The first {limit or BESIDE} of {len(at):,} samples."
            if len(at) > (limit or BESIDE)
            else ""
        )
        note = sentences([told, note])
    kept = take_rows(table, at)
    return FeatureVectors(
        kept,
        take_rows(ids, at),
        projector.project(kept, fit=None if fit is None else _finite(_as_table(fit), "fit")),
        taken(colors, at),
        None if shown is None else shown.take(at),
        style,
        limit or BESIDE,
        "",
        subject,
        sentences([note, shown.note if shown else ""]),
    )


def _as_table(vectors: ArrayLike) -> NDArray[Any]:
    array = np.asarray(vectors)
    if array.dtype.kind not in "biuf" or array.ndim < 2 or not array.size:
        raise ValueError(
            "`vectors` must be numbers of shape (n_samples, n_features) with at least one sample; "
            f"got {array.dtype} of shape {array.shape}."
        )
    flat = array.reshape(len(array), -1)
    return flat if flat.dtype == np.float32 else flat.astype(np.float64)


def _finite(table: NDArray[Any], name: str) -> NDArray[Any]:
    """Give the samples that hold only finite numbers, or say that there are none."""
    at = np.flatnonzero(recorded.finite_rows(table))
    _check_finite(at, table, name)
    return take_rows(table, at)


def _check_finite(at: NDArray[np.int64], table: NDArray[Any], name: str) -> None:
    if not len(at):
        raise ValueError(
            f"`{name}` must hold a sample without NaN or infinities; none of {len(table)} has "
            "only finite numbers. The model has diverged, or its inputs are not finite."
        )


def _check_sizes(dimensions: int, limit: int | None) -> None:
    if limit is not None and limit < 1:
        raise ValueError(f"`limit` must be at least 1; got {limit}.")
    if dimensions not in (2, 3):
        raise ValueError(f"`dimensions` must be 2 or 3; got {dimensions!r}.")


def _check_count(name: str, given: int | None, count: int) -> None:
    if given is not None and given != count:
        raise ValueError(f"`{name}` must hold one entry per vector ({count}); got {given}.")
