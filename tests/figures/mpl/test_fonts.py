"""What matplotlib says of fonts: nothing of ours that have no bold cut, and all else."""

from __future__ import annotations

import logging

import matplotlib.pyplot as plt
import pytest

from bathyscope import views
from bathyscope.figures.mpl import fonts

LOG = logging.getLogger("matplotlib.font_manager")
MESSAGE = "findfont: Failed to find font weight %s for %s, now using %s."


def test_only_what_concerns_other_fonts_is_said(caplog: pytest.LogCaptureFixture) -> None:
    LOG.warning(MESSAGE, "bold", fonts.families()[-1], 400)
    LOG.warning(MESSAGE, "bold", "A Font of Theirs", 400)
    LOG.warning("findfont: Font family %s not found. Falling back to %s.", "Arial", "DejaVu")
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2 and "A Font of Theirs" in told[0] and "Falling back" in told[1]


def test_a_plot_that_is_drawn_anew_later_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    axes = views.metrics({"loss": [2, 1], "acc": [0, 1]}).plot()
    picture = axes[0].figure
    for dpi in (61, 143):  # as a notebook does when its cell has ended
        picture.set_dpi(dpi)
        picture.canvas.draw()
    plt.close(picture)
    assert not caplog.records
