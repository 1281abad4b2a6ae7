"""Watch a PyTorch model that a framework trains: begun when the framework says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bathyscope import _names as names
from bathyscope.integrations.observer import Observer
from bathyscope.integrations.pacing import Pacer
from bathyscope.integrations.session import Session
from bathyscope.integrations.torch import Watcher


class WatchedTraining:
    """A `Watcher` for a training whose model is not known yet; wrong arguments raise here.

    Parameters
    ----------
    session : Session
    gradients_every : int, optional
    probe, every, classes, show, split, max_bytes
        See `Recording.watch`.
    """

    def __init__(
        self,
        session: Session,
        *,
        probe: Any,
        every: int | None,
        gradients_every: int | None,
        classes: Sequence[str] | None,
        show: Any,
        split: str,
        max_bytes: int,
    ) -> None:
        self._session = session
        Pacer(gradients_every)  # wrong arguments raise here, not when the training begins
        self._every = gradients_every
        self._watcher: Watcher | None = None
        self._observer = Observer(
            session,
            probe=probe,
            every=every,
            classes=classes,
            show=show,
            split=split,
            max_bytes=max_bytes,
        )

    def begin(self, model: Any, step: int) -> None:
        """Watch a model that has been trained for so many steps."""
        with self._session.guard("start of the training"):
            if self._watcher is not None:  # of a training that was broken off
                self._session.detach()
            self._watcher = Watcher(
                self._session,
                self._observer,
                model,
                None,
                gradients_every=self._every,
                step=step,
            )

    def end_epoch(self, epochs: float) -> None:
        """Record the epochs done, and a snapshot if it is due."""
        if self._watcher is not None:
            self._watcher.end_epoch({names.EPOCH: epochs})

    def end(self) -> None:
        """Record the last state, and stop watching."""
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.remove()
