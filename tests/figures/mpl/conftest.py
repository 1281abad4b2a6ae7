"""Figures drawn with matplotlib, closed again after each test."""

from __future__ import annotations

import matplotlib as mpl
import pytest

mpl.use("agg")

from matplotlib import pyplot as plt

from bathyscope.figures import mpl as renderer


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


_SAMPLES = {}


@pytest.fixture
def drawn_sample(sample_name, sample):
    """The axes of a sample in the light theme, drawn once for all tests: only look at them."""
    if sample_name not in _SAMPLES:
        axes = renderer.draw(sample)
        _SAMPLES[sample_name] = axes if isinstance(axes, list) else [axes]
    return _SAMPLES[sample_name]


@pytest.fixture
def drawn():
    """A function that draws a figure and gives the list of its axes."""

    def draw(figure, theme="light"):
        axes = renderer.draw(figure, theme=theme)
        return axes if isinstance(axes, list) else [axes]

    return draw
