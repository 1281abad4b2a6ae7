"""Record a training by the `Trainer` of Hugging Face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

from transformers import TrainerCallback

from bathyscope.integrations.budget import MAX_BYTES
from bathyscope.integrations.recording import Recording
from bathyscope.integrations.session import Session
from bathyscope.integrations.training import WatchedTraining

#: Arguments that go into the config; most of the hundred others say where and when to write.
_TOLD = (
    "learning_rate", "lr_scheduler_type", "warmup_steps", "optim", "weight_decay", "max_grad_norm",
    "label_smoothing_factor", "per_device_train_batch_size", "gradient_accumulation_steps",
    "num_train_epochs", "max_steps", "bf16", "fp16", "seed",
)  # fmt: skip


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
) -> TransformersCallback:
    """Make a callback for ``transformers.Trainer``.

    What the trainer logs is recorded under its names (``loss``, ``eval_loss``, ...) at the
    optimizer steps done, the arguments that matter to the result as config, and the model is
    watched as by `Recording.watch`.

    Parameters
    ----------
    probe, every, gradients_every, classes, show, split, max_bytes
        See `Recording.watch`.

    Returns
    -------
    transformers.TrainerCallback

    Examples
    --------
    >>> trainer = Trainer(model, arguments, callbacks=[run.transformers()])  # doctest: +SKIP
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
    return TransformersCallback(run.session, training)


class TransformersCallback(TrainerCallback):
    """Records a training; made by `attach`.

    Parameters
    ----------
    session : Session
    training : WatchedTraining
    """

    def __init__(self, session: Session, training: WatchedTraining) -> None:
        self._session = session
        self._training = training

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Watch the model, from the step of a checkpoint if it goes on from one."""
        del control
        with self._session.guard("arguments"):
            known = args.to_sanitized_dict()
            self._session.add_settings({name: known[name] for name in _TOLD if name in known})
        self._training.begin(kwargs["model"], state.global_step)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Record what the trainer logs."""
        del args, control, kwargs
        with self._session.guard("metrics"):
            self._session.writer.log_scalars(_numbers(logs or {}), step=state.global_step)

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Record a snapshot if it is due."""
        del args, control, kwargs
        self._training.end_epoch(state.epoch)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Record the last state."""
        del args, state, control, kwargs
        self._training.end()


def _numbers(logs: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in logs.items() if isinstance(value, Real)}
