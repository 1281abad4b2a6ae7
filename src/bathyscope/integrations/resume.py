"""Where a resumed run had got to."""

from __future__ import annotations

from pathlib import Path

from bathyscope import _names as names
from bathyscope.integrations.steps import Steps
from bathyscope.runs import Run


def steps_of(folder: Path) -> Steps:
    """Read the last step and the numbers of epochs a run holds."""
    run = Run(folder)
    last = max((summary.last_step for summary in run.summaries().values()), default=0)
    return Steps(last, _epochs_at(run))


def _epochs_at(run: Run) -> dict[int, int]:
    if names.EPOCH not in run.scalar_names():
        return {}
    epochs = run.scalars(names.EPOCH)
    return {int(step): int(value) for step, value in zip(epochs.steps, epochs.values, strict=True)}
