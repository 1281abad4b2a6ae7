"""Images a program recorded, step by step: samples of a generator, masks, plots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope import _names as names
from bathyscope._errors import NotRecorded
from bathyscope.figures import Figure, Mark, Note, Panel, Tiles
from bathyscope.views._media import captions_of, read_media
from bathyscope.views._shown import MAX_SIDE, Channels, show
from bathyscope.views._stepped import choose_name, recorded_names
from bathyscope.views._words import count_text, listing, nonfinite_text, sentences, shape_text
from bathyscope.views.base import Offer, RunData, View, register

#: How many images are drawn unless told otherwise.
LIMIT = 48
#: Images of more different sizes than this are not drawn.
SIZES = 6
#: Pixels a side for up to so many images of a size; more are drawn as small as samples are.
_SIDES = ((2, 768), (6, 384), (16, 224))
_HOW = "Record them with `run.log_images('samples', images, step=...)`."


@register(room="features", place=60)
@dataclass(frozen=True, eq=False, repr=False)
class Images(View):
    """Images of one name at one step.

    Parameters
    ----------
    name : str
        What they are called.
    images : tuple of array
        Each of shape (height, width) or (height, width, channels), as recorded.
    captions : tuple of str, length n
        "" where nothing is said.
    limit : int
        How many are drawn.
    subject : str
        At which step; part of the title.
    note : str
        What was left out.
    """

    name: str
    images: tuple[NDArray[Any], ...]
    captions: tuple[str, ...]
    limit: int = LIMIT
    subject: str = ""
    note: str = ""

    @classmethod
    def from_run(
        cls, run: RunData, name: str | None = None, *, step: int = -1, limit: int = LIMIT
    ) -> Images:
        """Show images a run recorded.

        Parameters
        ----------
        run : Run
        name : str, optional
            By default the first recorded.
        step : int
            A recorded step; -1 is the last.
        limit : int
            How many are drawn.

        Raises
        ------
        UnknownName, NotRecorded
            If there are no such images, or none at all.
        """
        known = recorded_names(run.array_groups(), names.IMAGES)
        name = choose_name(run, known, name, what="images", how=_HOW)
        step, arrays, about = read_media(run, names.IMAGES + name, step)
        # What could not be decoded on import was kept as it was written: bytes in a row.
        keys = [key for key, array in arrays.items() if array.ndim in (2, 3) and array.size]
        odd = len(arrays) - len(keys)
        note = (
            f"{count_text(odd, 'image')} cannot be drawn: of another format than PNG, JPEG, GIF "
            "and BMP, damaged, or empty."
            if odd
            else ""
        )
        return cls(
            name,
            tuple(arrays[key] for key in keys),
            captions_of(keys, about),
            _checked_limit(limit),
            f"step {step:,}",
            note,
        )

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer all images of a name, at every step at which they were recorded."""
        for name in recorded_names(run.array_groups(), names.IMAGES):
            yield Offer(f"Images: {name}", {"name": name}, run.array_steps(names.IMAGES + name))

    def figure(self) -> Figure:
        """Draw the images as tiles, those of one size in one panel."""
        title = f"Images: {self.name}" + (f", {self.subject}" if self.subject else "")
        if not self.images:
            return Figure(title, (Panel((Note(self.note or "No images were recorded."),)),))
        groups = self._groups()
        shown = list(groups.items())[:SIZES]
        panels = [self._panel(at, several=len(groups) > 1) for _, at in shown]
        left_out = [shape_text(shape) for (shape, _), _ in list(groups.items())[SIZES:]]
        drawn = sum(len(at) for _, at in shown)
        note = sentences(
            [
                f"{min(drawn, self.limit):,} of {count_text(len(self.images), 'image')} are drawn, "
                "the first ones."
                if len(self.images) > self.limit
                else "",
                f"Not drawn: images of the sizes {listing(left_out)}." if left_out else "",
                self.note,
            ]
        )
        return Figure(title, tuple(panels), note=note)

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per image: its size, the range of its values, and its caption."""
        finite = [image[np.isfinite(image)] if image.dtype.kind == "f" else image.ravel()
                  for image in self.images]  # fmt: skip
        return {
            "image": np.arange(len(self.images)),
            "height": np.array([image.shape[0] for image in self.images], dtype=np.int64),
            "width": np.array([image.shape[1] for image in self.images], dtype=np.int64),
            "channels": np.array(
                [image.shape[2] if image.ndim == 3 else 1 for image in self.images], dtype=np.int64
            ),
            "lowest": np.array([part.min() if part.size else np.nan for part in finite], float),
            "highest": np.array([part.max() if part.size else np.nan for part in finite], float),
            "caption": np.array(self.captions, dtype=np.str_),
        }

    def _groups(self) -> dict[tuple[tuple[int, ...], str], list[int]]:
        """Find the images of each size and kind of numbers, of the first ``limit``."""
        groups: dict[tuple[tuple[int, ...], str], list[int]] = {}
        for index, image in enumerate(self.images[: self.limit]):
            groups.setdefault((image.shape, image.dtype.str), []).append(index)
        return groups

    def _panel(self, at: list[int], *, several: bool) -> Panel:
        stack = np.stack([self.images[index] for index in at])
        shown = show(_with_channels_last(stack), channels="last", side=_side(len(at)))
        assert shown.images is not None
        captions = tuple(self.captions[index] for index in at)
        mark: Mark = Tiles(
            shown.images,
            color=shown.color,
            captions=captions if any(captions) else None,
        )
        height, width = stack.shape[1:3]
        title = f"{height} × {width} pixels" if several else ""
        return Panel((mark,), title=title, note=sentences([shown.note, nonfinite_text(stack)]))


def _with_channels_last(stack: NDArray[Any]) -> NDArray[Any]:
    """Bring images of shape (n, channels, height, width) into the usual order."""
    usual = (1, 3, 4)
    if stack.ndim == 4 and stack.shape[3] not in usual and stack.shape[1] in usual:
        return np.moveaxis(stack, 1, 3)
    return stack


def _side(count: int) -> int:
    """Give the pixels a side at which so many images are drawn: a few may be large."""
    return next((side for most, side in _SIDES if count <= most), MAX_SIDE)


def _checked_limit(limit: int) -> int:
    if limit < 1:
        raise ValueError(f"`limit` must be at least 1; got {limit}.")
    return limit


def images(
    values: ArrayLike | Sequence[ArrayLike],
    *,
    name: str = "images",
    captions: Sequence[str] | None = None,
    channels: Channels | None = None,
    limit: int = LIMIT,
) -> Images:
    """Show images.

    Parameters
    ----------
    values : array of shape (n, height, width) or (n, height, width, channels), or list of images
        uint8, or numbers of which those in [0, 1] are drawn as they are. Images of a list may
        differ in size.
    name : str
        What they are called.
    captions : sequence of str, length n, optional
    channels : {"last", "first"}, optional
        Where the channels are; by default wherever there are 1, 3 or 4 of them.
    limit : int
        How many are drawn.

    Raises
    ------
    ValueError
        If an image has another shape, or the captions another number.

    Examples
    --------
    >>> images(np.zeros((2, 8, 8)), captions=["first", "second"]).columns()["width"].tolist()
    [8, 8]
    """
    arrays = [np.asarray(image) for image in values]  # pyright: ignore[reportGeneralTypeIssues]
    wrong = [array.shape for array in arrays if array.ndim not in (2, 3) or not array.size]
    if wrong:
        raise ValueError(
            "Each image must have shape (height, width) or (height, width, channels); "
            f"got {wrong[0]}. For a single image, pass a list of it."
        )
    said = tuple(str(caption) for caption in captions or [""] * len(arrays))
    if len(said) != len(arrays):
        raise ValueError(f"`captions` must hold one per image ({len(arrays)}); got {len(said)}.")
    if channels == "first":
        arrays = [np.moveaxis(array, 0, 2) if array.ndim == 3 else array for array in arrays]
    if not arrays:
        raise NotRecorded("`values` must hold at least one image; got none.")
    return Images(name, tuple(arrays), said, _checked_limit(limit))
