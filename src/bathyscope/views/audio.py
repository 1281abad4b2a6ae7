"""Sounds a program recorded, step by step: the wave, its spectrogram, and a player on a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope import _names as names
from bathyscope.figures import Axis, Figure, Note, Panel, Wave
from bathyscope.views._media import captions_of, read_media
from bathyscope.views._sound import Sound, read_wav, spectrogram
from bathyscope.views._stepped import choose_name, recorded_names
from bathyscope.views._words import count_text, nonfinite_text, sentences
from bathyscope.views.base import Offer, RunData, View, register

#: How many sounds are drawn unless told otherwise.
LIMIT = 6
#: Where a recorded sound does not say how fast it is.
_USUAL_RATE = 44_100.0
_HOW = "Record them with `run.log_audio('speech', samples, rate_hz=16_000, step=...)`."


@register(room="features", place=70)
@dataclass(frozen=True, eq=False, repr=False)
class Audio(View):
    """Sounds of one name at one step.

    Parameters
    ----------
    name : str
        What they are called.
    sounds : tuple of Sound
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
    sounds: tuple[Sound, ...]
    captions: tuple[str, ...]
    limit: int = LIMIT
    subject: str = ""
    note: str = ""

    @classmethod
    def from_run(
        cls, run: RunData, name: str | None = None, *, step: int = -1, limit: int = LIMIT
    ) -> Audio:
        """Show sounds a run recorded.

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
            If there are no such sounds, or none at all.
        """
        known = recorded_names(run.array_groups(), names.AUDIO)
        name = choose_name(run, known, name, what="sounds", how=_HOW)
        step, arrays, about = read_media(run, names.AUDIO + name, step)
        sounds: dict[str, Sound] = {}
        faults: list[str] = []
        for key, array in arrays.items():
            try:
                sounds[key] = _sound(array, about.get(key, {}))
            except ValueError as error:
                faults.append(f"Sound {key} cannot be drawn: {error}.")
        captions = captions_of(list(sounds), about)
        made = tuple(sounds.values())
        return cls(name, made, captions, _checked(limit), f"step {step:,}", sentences(faults))

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer all sounds of a name, at every step at which they were recorded."""
        for name in recorded_names(run.array_groups(), names.AUDIO):
            yield Offer(f"Audio: {name}", {"name": name}, run.array_steps(names.AUDIO + name))

    def figure(self) -> Figure:
        """Draw each sound."""
        title = f"Audio: {self.name}" + (f", {self.subject}" if self.subject else "")
        if not self.sounds:
            return Figure(title, (Panel((Note(self.note or "No sounds were recorded."),)),))
        drawn = self.sounds[: self.limit]
        panels = tuple(self._panel(index, sound) for index, sound in enumerate(drawn))
        left_out = (
            f"{len(drawn)} of {count_text(len(self.sounds), 'sound')} are drawn, the first ones."
            if len(drawn) < len(self.sounds)
            else ""
        )
        note = sentences([left_out, self.note])
        return Figure(title, panels, columns=min(2, len(panels)), note=note)

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per sound: its length, rate, channels, loudness, and its caption."""
        return {
            "sound": np.arange(len(self.sounds)),
            "seconds": np.array([sound.seconds for sound in self.sounds], dtype=np.float64),
            "rate_hz": np.array([sound.rate_hz for sound in self.sounds], dtype=np.float64),
            "channels": np.array([sound.n_channels for sound in self.sounds], dtype=np.int64),
            "peak": np.array([_peak(sound) for sound in self.sounds], dtype=np.float64),
            "caption": np.array(self.captions, dtype=np.str_),
        }

    def _panel(self, index: int, sound: Sound) -> Panel:
        samples = sound.mono()
        power = spectrogram(samples)
        peak = _peak(sound)
        note = sentences(
            [
                f"{sound.seconds:.3g} s at {sound.rate_hz:,.0f} samples a second.",
                f"The mean of {sound.n_channels} channels." if sound.n_channels > 1 else "",
                "Too short for a spectrogram." if power is None else "",
                nonfinite_text(samples),
                f"Its peak of {peak:.3g} lies beyond full scale (1)." if peak > 1.0001 else "",
            ]
        )
        return Panel(
            (Wave(samples, sound.rate_hz, spectrogram=power),),
            x=Axis("time", "s"),
            y=Axis("amplitude"),
            title=self.captions[index] or f"sound {index}",
            note=note,
        )


def _peak(sound: Sound) -> float:
    finite = np.abs(sound.samples[np.isfinite(sound.samples)])
    return float(finite.max()) if finite.size else float("nan")


def _sound(array: NDArray[Any], about: Mapping[str, Any]) -> Sound:
    """Read what is recorded of a sound: bytes of a file, or its samples."""
    if array.dtype == np.uint8 and array.ndim == 1:
        return _with_samples(read_wav(array.tobytes()))
    if array.dtype.kind != "f" or array.ndim not in (1, 2):
        raise ValueError(f"{array.dtype} of shape {array.shape} where samples should be")
    rate = float(about.get("rate_hz", _USUAL_RATE))
    return _with_samples(Sound(array.astype(np.float32), rate))


def _with_samples(sound: Sound) -> Sound:
    if not len(sound.samples):
        raise ValueError("it has no samples")
    return sound


def _checked(limit: int) -> int:
    if limit < 1:
        raise ValueError(f"`limit` must be at least 1; got {limit}.")
    return limit


def audio(
    sounds: ArrayLike | Sequence[ArrayLike],
    rate_hz: float,
    *,
    name: str = "audio",
    captions: Sequence[str] | None = None,
    limit: int = LIMIT,
) -> Audio:
    """Show sounds.

    Parameters
    ----------
    sounds : array of shape (n_samples,), or list of arrays (n_samples,) or (n_samples, n_channels)
        Samples in [-1, 1].
    rate_hz : float
        Samples per second.
    name : str
        What they are called.
    captions : sequence of str, length n, optional
    limit : int
        How many are drawn.

    Raises
    ------
    ValueError
        If a sound has no samples or another shape, or the captions another number.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)
    >>> audio(tone, 8000).columns()["seconds"].tolist()
    [1.0]
    """
    given: Any = sounds
    single = np.ndim(given[0]) == 0 if len(given) else False
    arrays = [np.asarray(sound, dtype=np.float32) for sound in ([given] if single else given)]
    wrong = [array.shape for array in arrays if array.ndim not in (1, 2) or not array.size]
    if wrong or not arrays:
        raise ValueError(
            "Each sound must have shape (n_samples,) or (n_samples, n_channels); "
            f"got {wrong[0] if wrong else 'none'}."
        )
    if not rate_hz > 0:
        raise ValueError(f"`rate_hz` must be positive; got {rate_hz}.")
    said = tuple(str(caption) for caption in captions or [""] * len(arrays))
    if len(said) != len(arrays):
        raise ValueError(f"`captions` must hold one per sound ({len(arrays)}); got {len(said)}.")
    made = tuple(Sound(array, float(rate_hz)) for array in arrays)
    return Audio(name, made, said, _checked(limit))
