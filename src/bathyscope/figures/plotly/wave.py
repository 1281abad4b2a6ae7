"""Sounds: the wave, and its spectrogram below it on the same time axis."""

from __future__ import annotations

import numpy as np

from bathyscope.figures.color import ColorScale
from bathyscope.figures.decimate import extremes, remark
from bathyscope.figures.marks import Wave
from bathyscope.figures.plotly.canvas import Canvas, linked
from bathyscope.figures.plotly.line import COLUMNS, FULL_POINTS, hover
from bathyscope.figures.plotly.text import literal

SPECTROGRAM_HEIGHT, GAP = 145.0, 18.0


def draw(mark: Wave, canvas: Canvas) -> None:
    """Draw the samples over time, then the spectrogram."""
    time = np.arange(len(mark.samples)) / mark.rate_hz
    samples = mark.samples.astype(np.float64)
    kept = np.arange(len(samples))
    if len(samples) > FULL_POINTS:
        kept = extremes(time, samples, n_columns=COLUMNS)
        canvas.remarks.append(remark(len(samples), COLUMNS))
    canvas.add(
        {
            "type": "scatter",
            "mode": "lines",
            "x": time[kept],
            "y": samples[kept],
            "name": literal(mark.label),
            "line": {"color": canvas.style.tone("accent"), "width": 1},
            "hovertemplate": hover(canvas, mark.label),
            **canvas.entry(mark.label),
            **linked(mark.ids, len(samples)),
        }
    )
    if mark.spectrogram is not None and mark.spectrogram.size:
        _draw_spectrogram(mark, canvas)


def _draw_spectrogram(mark: Wave, canvas: Canvas) -> None:
    assert mark.spectrogram is not None
    n_frequencies, n_frames = mark.spectrogram.shape
    seconds = len(mark.samples) / mark.rate_hz
    scale = ColorScale.fit(mark.spectrogram, label="power", unit="dB")
    canvas.below, canvas.below_gap = SPECTROGRAM_HEIGHT, GAP
    canvas.below_axes = {"title": "frequency (Hz)", "range": [0, mark.rate_hz / 2]}
    canvas.add(
        {
            "type": "heatmap",
            "z": mark.spectrogram,
            "x": np.linspace(0.0, seconds, n_frames + 1),
            "y": np.linspace(0.0, mark.rate_hz / 2, n_frequencies + 1),
            "coloraxis": canvas.color_axis(scale),
            "hovertemplate": "time: %{x} s<br>frequency: %{y} Hz<br>power: %{z:.1f} dB"
            "<extra></extra>",
            "xaxis": f"x{canvas.number}",
            "yaxis": f"y{canvas.number}00",
        }
    )
