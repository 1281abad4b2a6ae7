"""Record what a module of Lightning logs."""

from __future__ import annotations

import weakref
from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import Any

from lightning.fabric.utilities.rank_zero import rank_zero_only
from lightning.pytorch.loggers.logger import Logger

from bathyscope import _names as names
from bathyscope.integrations.recording import Recording
from bathyscope.integrations.values import scalars_from


def attach(run: Recording) -> LightningLogger:
    """Make a logger for ``lightning.Trainer``.

    What the module logs is recorded under its names. Lightning numbers a training step from 0
    and an epoch too; here both are the number done, as everywhere in a run.

    Returns
    -------
    lightning.pytorch.loggers.Logger

    Examples
    --------
    >>> Trainer(logger=run.lightning_logger(), callbacks=[run.lightning()])  # doctest: +SKIP
    """
    return LightningLogger(run)


class LightningLogger(Logger):
    """Records what is logged; made by `attach`. The run stays open for the program.

    Parameters
    ----------
    run : Recording
    """

    def __init__(self, run: Recording) -> None:
        super().__init__()
        self._run = run
        self._session = run.session
        self._module: Callable[[], Any] = lambda: None

    @property
    def name(self) -> str:
        """Name of the run."""
        return self._run.name

    @property
    def version(self) -> str:
        """Nothing: a run's name is its own."""
        return ""

    @property
    def experiment(self) -> Recording:
        """The recording."""
        return self._run

    @rank_zero_only
    def log_graph(self, model: Any, input_array: Any = None) -> None:
        """Take note of the module, and so of its trainer."""
        del input_array
        self._module = weakref.ref(model)

    @rank_zero_only
    def log_hyperparams(self, params: Any, *args: Any, **kwargs: Any) -> None:
        """Add to the run's config what the module was set to."""
        del args, kwargs
        values = vars(params) if isinstance(params, Namespace) else dict(params or {})
        with self._session.guard("hyperparameters"):
            self._session.add_settings(values)

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Record metrics at a step as Lightning counts."""
        with self._session.guard("metrics"):
            at = self._session.steps.last if step is None else step
            values = scalars_from(metrics)
            module = self._module()
            # Lightning adds the epoch unless the module logs a step of its own.
            if module is not None and names.EPOCH in values:
                at, values[names.EPOCH] = _done(module.trainer, at)
            self._session.writer.log_scalars(values, step=at)


def _done(trainer: Any, step: int) -> tuple[int, float]:
    """Turn the step that is under way, and its epoch, into steps and epochs done."""
    if trainer.state.fn != "fit":
        return step, float(trainer.current_epoch)
    # Where a module steps several optimizers itself, Lightning counts batches here, and the steps
    # of all of them there.
    return max(step + 1, trainer.global_step), float(trainer.current_epoch + trainer.is_last_batch)
