"""The marks: everything a picture can be made of, as immutable data.

A mark holds arrays, labels and ids; never pixels, fonts or objects of a plotting
library. A renderer (one folder each: ``mpl``, ``plotly``, ``web``) draws every mark.
Cartesian marks share the axes of their panel; free marks fill a panel of their own.

========= ========= ==========================================================
mark      kind      shows
========= ========= ==========================================================
Line      cartesian a curve, with a band around it if there is one
Points    cartesian a scatter, coloured by class or by number
Points3D  free      a scatter in space, which a page lets turn
Matrix    cartesian a grid of numbers as colours
Bars      cartesian a bar chart or a histogram
Wave      cartesian a sound, with its spectrogram
Tiles     free      images side by side, with captions and overlays
Tokens    free      texts, each piece coloured by its weight
Graph     free      boxes joined by arrows: layers, trees
Table     free      named columns
Note      free      a sentence the reader must see
========= ========= ==========================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope.figures.color import ColorScale

Tone = int | str
_MOST_SHOWN = 4
Verdict = Literal["", "right", "wrong"]


def frozen_array(
    values: ArrayLike, *, name: str, ndim: int | tuple[int, ...] | None = None, dtype: Any = None
) -> NDArray[Any]:
    """Give a read-only array, or say what shape it must have."""
    array = np.asarray(values, dtype=dtype)
    allowed = (ndim,) if isinstance(ndim, int) else ndim
    if allowed is not None and array.ndim not in allowed:
        wanted = " or ".join(str(n) for n in allowed)
        raise ValueError(f"`{name}` must have {wanted} dimensions; got shape {array.shape}.")
    view = array.view()
    view.flags.writeable = False
    return view


def _same_length(owner: str, **arrays: Sequence[Any] | NDArray[Any] | None) -> None:
    lengths = {name: len(values) for name, values in arrays.items() if values is not None}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name}: {length}" for name, length in lengths.items())
        raise ValueError(f"All parts of `{owner}` must have the same length; got {told}.")


def _check_browse(owner: str, browse: Browse | None, count: int) -> None:
    if browse is not None:
        _same_length(owner, elements=range(count), browse=next(iter(browse.orders.values())))


def _told(value: Any) -> str:
    """Write a value as text: arrays by their shape, long tuples by their length."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{list(value.shape)}"
    if isinstance(value, tuple) and len(value) > _MOST_SHOWN:
        return f"({len(value)} items)"
    if isinstance(value, tuple):
        return f"({', '.join(_told(part) for part in value)})"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {_told(part)}' for key, part in value.items())}}}"
    held = (Mark, Ids, Categories, Continuous, Asked, Browse, Counted, Heat, Boxes)
    if not isinstance(value, held):
        return repr(value)
    parts = {item.name: getattr(value, item.name) for item in fields(value)}
    told = [f"{name}={_told(part)}" for name, part in parts.items() if not _is_empty(part)]
    return f"{type(value).__name__}({', '.join(told)})"


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, (str, tuple)) and not value)


@dataclass(frozen=True, eq=False)
class Ids:
    """What the elements of a mark stand for, so that selections can be linked.

    Parameters
    ----------
    kind : {"sample", "layer", "class", "step", "run", "parameter"}
        Marks anywhere with ids of one kind follow each other's selection.
    values : array of int or str, shape (n,)
        Ids. Without ``elements``: either one per element, or a single one for the whole mark.
    elements : array of int, shape (n,), optional
        The element each id belongs to (a matrix counts its cells row by row, bars and tiles from
        left to right). Many ids may belong to one element: the samples of a confusion cell.
    """

    kind: str
    values: NDArray[Any]
    elements: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        values = frozen_array(self.values, name="Ids.values", ndim=1)
        object.__setattr__(self, "values", values)
        if self.elements is not None:
            elements = frozen_array(self.elements, name="Ids.elements", ndim=1, dtype=np.int64)
            _same_length("Ids", values=values, elements=elements)
            object.__setattr__(self, "elements", elements)


@dataclass(frozen=True, eq=False)
class Categories:
    """Colour by class: ``codes`` index into ``names``; -1 means no class."""

    codes: NDArray[np.int64]
    names: tuple[str, ...]
    label: str = ""

    def __post_init__(self) -> None:
        codes = frozen_array(self.codes, name="Categories.codes", ndim=1, dtype=np.int64)
        if codes.size and (codes.min() < -1 or codes.max() >= len(self.names)):
            raise ValueError(
                f"`codes` must lie in -1 .. {len(self.names) - 1} ({len(self.names)} names); "
                f"got {codes.min()} .. {codes.max()}."
            )
        object.__setattr__(self, "codes", codes)
        object.__setattr__(self, "names", tuple(str(name) for name in self.names))


@dataclass(frozen=True, eq=False)
class Asked:
    """What a reader asked for, answered out of all there are and not only out of what a mark holds.

    Parameters
    ----------
    choice : str
        The question, as it was asked; empty for none.
    places : array of int, shape (n_found,)
        The held elements that are like that, in the order that was asked for.
    found : int
        How many are like that in all.
    counts : mapping of str to array of int, shape (n_names,)
        By the label of a facet: how many each name stands for, were the other facets as chosen.
    """

    choice: str
    places: NDArray[np.int64]
    found: int
    counts: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        places = frozen_array(self.places, name="Asked.places", ndim=1, dtype=np.int64)
        counts = {
            str(label): frozen_array(values, name="Asked.counts", ndim=1, dtype=np.int64)
            for label, values in self.counts.items()
        }
        object.__setattr__(self, "places", places)
        object.__setattr__(self, "counts", counts)


@dataclass(frozen=True, eq=False)
class Browse:
    """How a reader may go through the images, texts or rows of a mark.

    Surfaces that stand still draw the first ``first`` of the first order (`figures.still`); a page
    lets the reader choose the order and keep only some.

    Parameters
    ----------
    orders : mapping of str to array of int, shape (n,)
        What an order is called, and the elements in that order. The first one is drawn unless the
        reader chooses another.
    facets : tuple of Categories
        What is known of each element, by which some can be kept: ``label`` asks, ``names`` answer.
    numbers : mapping of str to array of float, shape (n,)
        What is said of an element that is pointed at.
    first : int
        How many are drawn at first.
    total : int
        How many there are in all; more than n where the mark holds only some of them.
    together : bool
        Whether one choice holds for all marks of the figure that can be gone through.
    asked : Asked, optional
        What was chosen out of all ``total``, where somebody can be asked for others than are held.
    """

    orders: Mapping[str, NDArray[np.int64]]
    facets: tuple[Categories, ...] = ()
    numbers: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    first: int = 24
    total: int = 0
    together: bool = False
    asked: Asked | None = None

    def __post_init__(self) -> None:
        orders = {
            str(name): frozen_array(order, name="Browse.orders", ndim=1, dtype=np.int64)
            for name, order in self.orders.items()
        }
        if not orders or self.first < 1:
            raise ValueError(
                "`Browse` must have at least one order and draw at least one element; "
                f"got {len(orders)} orders and `first` {self.first}."
            )
        count = len(next(iter(orders.values())))
        for name, order in orders.items():
            if not np.array_equal(np.sort(order), np.arange(count)):
                raise ValueError(
                    f"The order {name!r} must hold each of 0 .. {count - 1} once, as the first "
                    f"order does; got {len(order)} numbers."
                )
        numbers = {
            str(name): frozen_array(values, name="Browse.numbers", ndim=1, dtype=np.float64)
            for name, values in self.numbers.items()
        }
        facets = {facet.label: facet.codes for facet in self.facets}
        _same_length("Browse", orders=range(count), **{**numbers, **facets})
        object.__setattr__(self, "orders", orders)
        object.__setattr__(self, "numbers", numbers)
        object.__setattr__(self, "total", max(self.total, count))

    @property
    def drawn(self) -> NDArray[np.int64]:
        """The elements that are drawn where nobody can choose, in their order."""
        order = next(iter(self.orders.values())) if self.asked is None else self.asked.places
        return order[: self.first]


@dataclass(frozen=True, eq=False)
class Continuous:
    """Colour by number."""

    values: NDArray[np.float64]
    scale: ColorScale

    def __post_init__(self) -> None:
        values = frozen_array(self.values, name="Continuous.values", ndim=1, dtype=np.float64)
        object.__setattr__(self, "values", values)


@dataclass(frozen=True, eq=False)
class Mark:
    """Base of all marks."""

    type: ClassVar[str]
    #: Cartesian marks need the axes of their panel; free marks have a panel of their own.
    cartesian: ClassVar[bool]

    def _set(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        return _told(self)


@dataclass(frozen=True, eq=False, repr=False)
class Line(Mark):
    """A curve through (x, y), in the order given.

    NaN in ``y`` breaks the line; NaN and infinities are shown as markers at the edge of
    the panel, since a diverged loss must be seen.

    Parameters
    ----------
    x, y : array of float, shape (n,)
    label : str
        Name in the legend; marks of the same label share one legend entry.
    tone : int or str
        Category index, or one of "ink", "muted", "accent", "good", "bad".
    low, high : array of float, shape (n,), optional
        A band around the line; ``band_label`` says what it is.
    dash : {"solid", "dash", "dot"}
    faint : bool
        Drawn thin and pale: raw values behind their smoothed curve.
    markers : bool
        Also draw a dot at each point (the default for at most 50 points).
    ids : Ids, optional
        One per point (``step``), or one for the line (``run``, ``layer``).
    """

    type: ClassVar[str] = "line"
    cartesian: ClassVar[bool] = True

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    label: str = ""
    tone: Tone = 0
    low: NDArray[np.float64] | None = None
    high: NDArray[np.float64] | None = None
    band_label: str = ""
    dash: Literal["solid", "dash", "dot"] = "solid"
    faint: bool = False
    markers: bool | None = None
    ids: Ids | None = None

    def __post_init__(self) -> None:
        x = frozen_array(self.x, name="Line.x", ndim=1, dtype=np.float64)
        y = frozen_array(self.y, name="Line.y", ndim=1, dtype=np.float64)
        if (self.low is None) != (self.high is None):
            raise ValueError("A band must have both `low` and `high`; got only one of them.")
        band = {
            name: frozen_array(values, name=f"Line.{name}", ndim=1, dtype=np.float64)
            for name, values in (("low", self.low), ("high", self.high))
            if values is not None
        }
        _same_length("Line", x=x, y=y, **band)
        markers = len(x) <= 50 if self.markers is None else self.markers
        self._set(x=x, y=y, markers=markers, **band)


@dataclass(frozen=True, eq=False, repr=False)
class Points(Mark):
    """A scatter of (x, y), or of (x, y, z).

    Parameters
    ----------
    x, y : array of float, shape (n,)
    color : Categories or Continuous, optional
        One colour per point; without it all points have ``tone``.
    text : tuple of str, length n, optional
        Shown when a point is pointed at.
    thumbnails : array, shape (n, height, width) or (n, height, width, 3), uint8, optional
        Shown when a point is pointed at.
    size : float
        Diameter in typographic points (1/72 inch).
    """

    type: ClassVar[str] = "points"
    cartesian: ClassVar[bool] = True

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    label: str = ""
    tone: Tone = 0
    color: Categories | Continuous | None = None
    text: tuple[str, ...] | None = None
    thumbnails: NDArray[np.uint8] | None = None
    size: float = 4.0
    ids: Ids | None = None

    def __post_init__(self) -> None:
        x = frozen_array(self.x, name="Points.x", ndim=1, dtype=np.float64)
        y = frozen_array(self.y, name="Points.y", ndim=1, dtype=np.float64)
        text = None if self.text is None else tuple(str(item) for item in self.text)
        thumbnails = self.thumbnails
        if thumbnails is not None:
            thumbnails = frozen_array(
                thumbnails, name="Points.thumbnails", ndim=(3, 4), dtype=np.uint8
            )
        colors = None
        if self.color is not None:
            color = self.color
            colors = color.codes if isinstance(color, Categories) else color.values
        _same_length("Points", x=x, y=y, color=colors, text=text, thumbnails=thumbnails)
        self._set(x=x, y=y, text=text, thumbnails=thumbnails)


@dataclass(frozen=True, eq=False, repr=False)
class Points3D(Mark):
    """A scatter in space; all three axes have one scale, so that distances can be compared.

    Points with a coordinate that is not finite have no place: they are counted, not drawn.

    Parameters
    ----------
    x, y, z : array of float, shape (n,)
    axes : (str, str, str)
        What is measured along each.
    color, text, thumbnails, size
        As in `Points`.
    """

    type: ClassVar[str] = "points3d"
    cartesian: ClassVar[bool] = False

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    z: NDArray[np.float64]
    axes: tuple[str, str, str] = ("x", "y", "z")
    label: str = ""
    tone: Tone = 0
    color: Categories | Continuous | None = None
    text: tuple[str, ...] | None = None
    thumbnails: NDArray[np.uint8] | None = None
    size: float = 4.0
    ids: Ids | None = None

    def __post_init__(self) -> None:
        axes = tuple(str(axis) for axis in self.axes)
        if len(axes) != 3 or not all(axes):
            raise ValueError(f"`Points3D.axes` must be three names; got {self.axes}.")
        at = {
            name: frozen_array(getattr(self, name), name=f"Points3D.{name}", ndim=1, dtype=float)
            for name in ("x", "y", "z")
        }
        text = None if self.text is None else tuple(str(item) for item in self.text)
        thumbnails = self.thumbnails
        if thumbnails is not None:
            thumbnails = frozen_array(
                thumbnails, name="Points3D.thumbnails", ndim=(3, 4), dtype=np.uint8
            )
        color = self.color
        colors = color.codes if isinstance(color, Categories) else color and color.values
        _same_length("Points3D", **at, color=colors, text=text, thumbnails=thumbnails)
        self._set(**at, axes=axes, text=text, thumbnails=thumbnails)


@dataclass(frozen=True, eq=False)
class Counted:
    """The counts behind a square matrix of classes, so that a page can draw them in other ways.

    Parameters
    ----------
    counts : array of int, shape (n, n)
        Of the rows and columns as they are drawn.
    orders : mapping of str to array of int, shape (n,)
        What an order of the classes is called, and the drawn rows in that order. The first one is
        the drawn one.
    shares : {"", "rows", "columns", "all"}
        What the drawn numbers are shares of; counts if empty.
    diagonal : bool
        Whether the diagonal is drawn.
    """

    counts: NDArray[np.int64]
    orders: Mapping[str, NDArray[np.int64]]
    shares: Literal["", "rows", "columns", "all"] = ""
    diagonal: bool = True

    def __post_init__(self) -> None:
        counts = frozen_array(self.counts, name="Counted.counts", ndim=2, dtype=np.int64)
        orders = {
            str(name): frozen_array(order, name="Counted.orders", ndim=1, dtype=np.int64)
            for name, order in self.orders.items()
        }
        rows = np.arange(len(counts))
        if counts.shape[0] != counts.shape[1] or not orders:
            raise ValueError(
                f"`Counted` must have square counts and an order; got {counts.shape} and "
                f"{len(orders)} orders."
            )
        for name, order in orders.items():
            if not np.array_equal(np.sort(order), rows):
                raise ValueError(
                    f"The order {name!r} must hold each of 0 .. {len(counts) - 1} once; "
                    f"got {len(order)} numbers."
                )
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "orders", orders)


@dataclass(frozen=True, eq=False, repr=False)
class Matrix(Mark):
    """A grid of numbers as colours; row 0 is drawn at the top.

    Parameters
    ----------
    values : array of float, shape (n_rows, n_columns)
    color : ColorScale
    x, y : array of float, optional, shape (n_columns,) and (n_rows,)
        Positions of the columns and rows on numeric axes (default 0, 1, 2, ...). Axes of scale
        "category" name them instead.
    cells : array of str, shape (n_rows, n_columns), optional
        Written into the cells, where they are large enough to be read.
    ids : Ids, optional
        Elements are cells, counted row by row.
    counted : Counted, optional
        The counts of classes that the values are made of.
    """

    type: ClassVar[str] = "matrix"
    cartesian: ClassVar[bool] = True

    values: NDArray[np.floating[Any]]
    color: ColorScale
    label: str = ""
    x: NDArray[np.float64] | None = None
    y: NDArray[np.float64] | None = None
    cells: NDArray[np.str_] | None = None
    ids: Ids | None = None
    counted: Counted | None = None

    def __post_init__(self) -> None:
        values = np.asarray(self.values)
        if values.dtype.kind != "f":
            values = values.astype(np.float64)
        values = frozen_array(values, name="Matrix.values", ndim=2)
        if not values.size:
            raise ValueError(f"`Matrix.values` must not be empty; got shape {values.shape}.")
        parts: dict[str, Any] = {"values": values}
        for name, length in (("x", values.shape[1]), ("y", values.shape[0])):
            given = getattr(self, name)
            if given is not None:
                at = frozen_array(given, name=f"Matrix.{name}", ndim=1, dtype=np.float64)
                if len(at) != length:
                    raise ValueError(
                        f"`Matrix.{name}` must have length {length}; got {len(at)} "
                        f"for values of shape {values.shape}."
                    )
                parts[name] = at
        if self.cells is not None:
            cells = frozen_array(self.cells, name="Matrix.cells", ndim=2, dtype=np.str_)
            if cells.shape != values.shape:
                raise ValueError(
                    f"`Matrix.cells` must have shape {values.shape}; got {cells.shape}."
                )
            parts["cells"] = cells
        if self.counted is not None and self.counted.counts.shape != values.shape:
            raise ValueError(
                f"`Matrix.counted` must have shape {values.shape}; got {self.counted.counts.shape}."
            )
        self._set(**parts)


@dataclass(frozen=True, eq=False, repr=False)
class Bars(Mark):
    """Bars at the categories of the axis, or between ``edges`` (a histogram).

    Parameters
    ----------
    heights : array of float, shape (n,)
    edges : array of float, shape (n + 1,), optional
        Bin edges on a numeric axis. Without them bar i stands at category i of a category axis.
    horizontal : bool
        Bars grow to the right; categories run down the y axis from the top.
    tones : tuple of int or str, length n, optional
        One tone per bar, instead of ``tone`` for all.
    text : tuple of str, length n, optional
        Written at the end of each bar.
    part : bool
        These count a part of what the bars below them count: they are drawn whole over them.
        Other histograms of a panel are seen through each other.
    """

    type: ClassVar[str] = "bars"
    cartesian: ClassVar[bool] = True

    heights: NDArray[np.float64]
    edges: NDArray[np.float64] | None = None
    label: str = ""
    tone: Tone = 0
    tones: tuple[Tone, ...] | None = None
    text: tuple[str, ...] | None = None
    horizontal: bool = False
    ids: Ids | None = None
    part: bool = False

    def __post_init__(self) -> None:
        heights = frozen_array(self.heights, name="Bars.heights", ndim=1, dtype=np.float64)
        edges = self.edges
        if edges is not None:
            edges = frozen_array(edges, name="Bars.edges", ndim=1, dtype=np.float64)
            if len(edges) != len(heights) + 1:
                raise ValueError(
                    f"`Bars.edges` must have one more entry than `heights` ({len(heights)}); "
                    f"got {len(edges)}."
                )
        _same_length("Bars", heights=heights, tones=self.tones, text=self.text)
        self._set(heights=heights, edges=edges)


@dataclass(frozen=True, eq=False, repr=False)
class Wave(Mark):
    """A sound: its samples over time, with its spectrogram below them, playable on a page.

    Parameters
    ----------
    samples : array of float, shape (n,)
        In [-1, 1].
    rate_hz : float
        Samples per second.
    spectrogram : array of float, shape (n_frequencies, n_frames), optional
        Power in dB, lowest frequency first, from 0 to ``rate_hz / 2`` and from 0 to the end.
    """

    type: ClassVar[str] = "wave"
    cartesian: ClassVar[bool] = True

    samples: NDArray[np.float32]
    rate_hz: float
    label: str = ""
    spectrogram: NDArray[np.float32] | None = None
    ids: Ids | None = None

    def __post_init__(self) -> None:
        samples = frozen_array(self.samples, name="Wave.samples", ndim=1, dtype=np.float32)
        if not self.rate_hz > 0:
            raise ValueError(f"`Wave.rate_hz` must be positive; got {self.rate_hz}.")
        spectrogram = self.spectrogram
        if spectrogram is not None:
            spectrogram = frozen_array(
                spectrogram, name="Wave.spectrogram", ndim=2, dtype=np.float32
            )
        self._set(samples=samples, spectrogram=spectrogram)


@dataclass(frozen=True, eq=False)
class Heat:
    """Colours laid over the images of `Tiles`: values of shape (n, height, width).

    They may be coarser than the images. On a signed scale the opacity grows with the magnitude
    of a value, so that zero leaves the image as it is; NaN is transparent.
    """

    type: ClassVar[str] = "heat"
    values: NDArray[np.float32]
    color: ColorScale
    opacity: float = 0.6

    def __post_init__(self) -> None:
        values = frozen_array(self.values, name="Heat.values", ndim=3, dtype=np.float32)
        object.__setattr__(self, "values", values)


@dataclass(frozen=True, eq=False)
class Boxes:
    """Rectangles on the images of `Tiles`.

    Parameters
    ----------
    tile : array of int, shape (m,)
        Which image each box lies on.
    corners : array of float, shape (m, 4)
        x0, y0, x1, y1 in pixels of the image; (0, 0) is its top left corner.
    labels : tuple of str, length m
    tones : tuple of int or str, length m
    """

    type: ClassVar[str] = "boxes"
    tile: NDArray[np.int64]
    corners: NDArray[np.float64]
    labels: tuple[str, ...]
    tones: tuple[Tone, ...]

    def __post_init__(self) -> None:
        tile = frozen_array(self.tile, name="Boxes.tile", ndim=1, dtype=np.int64)
        corners = frozen_array(self.corners, name="Boxes.corners", ndim=2, dtype=np.float64)
        _same_length("Boxes", tile=tile, corners=corners, labels=self.labels, tones=self.tones)
        object.__setattr__(self, "tile", tile)
        object.__setattr__(self, "corners", corners)


Overlay = Heat | Boxes


@dataclass(frozen=True, eq=False, repr=False)
class Tiles(Mark):
    r"""Images side by side, row by row.

    Parameters
    ----------
    images : array, shape (n, height, width) or (n, height, width, 3)
        Numbers coloured by ``color``; or RGB as uint8, or as floats in [0, 1].
    color : ColorScale, optional
        For images without channels: one scale for all, so that tiles can be compared. One without
        a label has no colour bar.
    captions : tuple of str, length n, optional
        Under each image; ``\n`` starts a new line.
    verdicts : tuple of {"", "right", "wrong"}, length n, optional
        Marks an image by a coloured frame and a sign, not by colour alone.
    columns : int, optional
        Images per row; by default as many as fit.
    overlays : tuple of Heat or Boxes
    browse : Browse, optional
        Lets readers choose which images come first, and which are left out.
    sounds : array of int16, shape (n, n_samples), optional
        What the images are pictures of: a page can play them. Silence at the end is left out.
    rate_hz : float
        Samples of the sounds per second.
    """

    type: ClassVar[str] = "tiles"
    cartesian: ClassVar[bool] = False

    images: NDArray[Any]
    color: ColorScale | None = None
    label: str = ""
    captions: tuple[str, ...] | None = None
    verdicts: tuple[Verdict, ...] | None = None
    columns: int | None = None
    overlays: tuple[Overlay, ...] = ()
    ids: Ids | None = None
    browse: Browse | None = None
    sounds: NDArray[np.int16] | None = None
    rate_hz: float = 0.0

    def __post_init__(self) -> None:
        images = frozen_array(self.images, name="Tiles.images", ndim=(3, 4))
        if images.ndim == 4 and images.shape[3] != 3:
            raise ValueError(
                "`Tiles.images` with 4 dimensions must be RGB, shape (n, height, width, 3); "
                f"got {images.shape}. Drop a single channel, or show channels as separate tiles."
            )
        if images.dtype.kind == "b":
            images = frozen_array(images.astype(np.uint8), name="Tiles.images")
        color = self.color
        if images.ndim == 3 and color is None:
            color = ColorScale.fit(images, kind="gray")
        _same_length("Tiles", images=images, captions=self.captions, verdicts=self.verdicts)
        for overlay in self.overlays:
            if isinstance(overlay, Heat):
                _same_length("Tiles", images=images, heat=overlay.values)
        _check_browse("Tiles", self.browse, len(images))
        sounds = self.sounds
        if sounds is not None:
            sounds = frozen_array(sounds, name="Tiles.sounds", ndim=2, dtype=np.int16)
            _same_length("Tiles", images=images, sounds=sounds)
            if not self.rate_hz > 0:
                raise ValueError(f"`Tiles.rate_hz` must be more than 0; got {self.rate_hz}.")
        self._set(images=images, color=color, sounds=sounds)


@dataclass(frozen=True, eq=False, repr=False)
class Tokens(Mark):
    """Texts cut into pieces, each piece coloured by its weight.

    Parameters
    ----------
    texts : tuple of tuple of str, length n
        Pieces are drawn as they are, with no space added between them.
    weights : tuple of array of float, optional
        One weight per piece.
    captions, verdicts : tuple, length n, optional
        As in `Tiles`.
    browse : Browse, optional
        As in `Tiles`.
    """

    type: ClassVar[str] = "tokens"
    cartesian: ClassVar[bool] = False

    texts: tuple[tuple[str, ...], ...]
    weights: tuple[NDArray[np.float64], ...] | None = None
    color: ColorScale | None = None
    label: str = ""
    captions: tuple[str, ...] | None = None
    verdicts: tuple[Verdict, ...] | None = None
    ids: Ids | None = None
    browse: Browse | None = None

    def __post_init__(self) -> None:
        texts = tuple(tuple(str(piece) for piece in text) for text in self.texts)
        weights, color = self.weights, self.color
        if weights is not None:
            weights = tuple(
                frozen_array(w, name="Tokens.weights", ndim=1, dtype=np.float64) for w in weights
            )
            _same_length("Tokens", texts=texts, weights=weights)
            for text, row in zip(texts, weights, strict=True):
                _same_length("Tokens", pieces=text, weights=row)
            if color is None:
                color = ColorScale.fit(np.concatenate([*weights, [0.0]]), kind="signed")
        _same_length("Tokens", texts=texts, captions=self.captions, verdicts=self.verdicts)
        _check_browse("Tokens", self.browse, len(texts))
        self._set(texts=texts, weights=weights, color=color)


@dataclass(frozen=True, eq=False, repr=False)
class Graph(Mark):
    r"""Boxes joined by arrows.

    Parameters
    ----------
    labels : tuple of str, length n
        Written in the boxes; ``\n`` starts a new line.
    x, y : array of float, shape (n,)
        Centres, in units of one box and its gap; y grows downwards.
        `bathyscope.figures.layout.layered` computes them.
    edges : array of int, shape (m, 2)
        From, to.
    tones : tuple of int or str, length n, optional
    """

    type: ClassVar[str] = "graph"
    cartesian: ClassVar[bool] = False

    labels: tuple[str, ...]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    edges: NDArray[np.int64]
    tones: tuple[Tone, ...] | None = None
    label: str = ""
    ids: Ids | None = None

    def __post_init__(self) -> None:
        x = frozen_array(self.x, name="Graph.x", ndim=1, dtype=np.float64)
        y = frozen_array(self.y, name="Graph.y", ndim=1, dtype=np.float64)
        edges = np.asarray(self.edges, dtype=np.int64).reshape(-1, 2)
        edges = frozen_array(edges, name="Graph.edges", ndim=2)
        _same_length("Graph", labels=self.labels, x=x, y=y, tones=self.tones)
        if edges.size and (edges.min() < 0 or edges.max() >= len(x)):
            raise ValueError(
                f"`Graph.edges` must name nodes 0 .. {len(x) - 1}; "
                f"got {edges.min()} .. {edges.max()}."
            )
        self._set(labels=tuple(self.labels), x=x, y=y, edges=edges)


@dataclass(frozen=True, eq=False, repr=False)
class Table(Mark):
    """Named columns of equal length.

    Parameters
    ----------
    columns : mapping of str to array of shape (n,)
        Numbers or text. Numbers are right-aligned and sort as numbers.
    formats : mapping of str to str
        Format specifications of Python for columns of numbers: ``".3f"``, ``",d"``, ``".1%"``.
    bars : tuple of str
        Columns whose numbers, from 0 to the column's largest, are also drawn as bars.
    dashes : tuple of str
        Columns in which NaN means that there is no such number, and is written as a dash.
    browse : Browse, optional
        Lets readers leave out rows; the order is that of a column they choose.
    """

    type: ClassVar[str] = "table"
    cartesian: ClassVar[bool] = False

    columns: Mapping[str, NDArray[Any]]
    formats: Mapping[str, str] = field(default_factory=dict)
    bars: tuple[str, ...] = ()
    dashes: tuple[str, ...] = ()
    label: str = ""
    ids: Ids | None = None
    browse: Browse | None = None

    def __post_init__(self) -> None:
        columns = {
            str(name): frozen_array(values, name=f"Table column {name}", ndim=1)
            for name, values in self.columns.items()
        }
        _same_length("Table", **columns)
        if columns:
            _check_browse("Table", self.browse, len(next(iter(columns.values()))))
        self._set(columns=columns, formats=dict(self.formats))
        self._set(bars=tuple(self.bars), dashes=tuple(self.dashes))


@dataclass(frozen=True, eq=False, repr=False)
class Note(Mark):
    """A sentence the reader must see: why a picture is missing, what was left out."""

    type: ClassVar[str] = "note"
    cartesian: ClassVar[bool] = False

    text: str
    tone: Literal["info", "warning", "error"] = "info"


#: Every mark, in the order of the table above. Renderers are tested against this list.
MARKS: tuple[type[Mark], ...] = (
    Line, Points, Points3D, Matrix, Bars, Wave, Tiles, Tokens, Graph, Table, Note,
)  # fmt: skip
