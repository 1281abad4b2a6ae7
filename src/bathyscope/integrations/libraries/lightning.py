"""Record a training by Lightning: the model, its gradients and its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lightning.pytorch import Callback

from bathyscope.integrations.budget import MAX_BYTES
from bathyscope.integrations.recording import Recording
from bathyscope.integrations.training import WatchedTraining


def attach(
    run: Recording,
    *,
    probe: Any = None,
    every: int | None = None,
    gradients_every: int | None = None,
    classes: Sequence[str] | None = None,
    show: Any = None,
    split: str = "probe",
    max_bytes: int = MAX_BYTES,
) -> LightningCallback:
    """Make a callback for ``lightning.Trainer`` that watches as `Recording.watch` does.

    What the module logs is recorded by the logger that ``run.lightning_logger()`` makes.

    Parameters
    ----------
    probe, every, gradients_every, classes, show, split, max_bytes
        See `Recording.watch`.

    Returns
    -------
    lightning.pytorch.Callback

    Examples
    --------
    >>> Trainer(logger=run.lightning_logger(), callbacks=[run.lightning()])  # doctest: +SKIP
    """
    training = WatchedTraining(
        run.session,
        probe=probe,
        every=every,
        gradients_every=gradients_every,
        classes=classes,
        show=show,
        split=split,
        max_bytes=max_bytes,
    )
    return LightningCallback(training)


class LightningCallback(Callback):
    """Records a training; made by `attach`.

    Parameters
    ----------
    training : WatchedTraining
    """

    def __init__(self, training: WatchedTraining) -> None:
        self._training = training

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Watch the module, from the step of a checkpoint if it goes on from one."""
        self._training.begin(pl_module, trainer.global_step)

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Record a snapshot if it is due."""
        del pl_module
        self._training.end_epoch(trainer.current_epoch + 1)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Record the last state."""
        del trainer, pl_module
        self._training.end()
