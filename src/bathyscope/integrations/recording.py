"""Record a training: what ``bathyscope.record`` is."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MethodType, TracebackType
from typing import TYPE_CHECKING, Any, Self

from bathyscope import _names as names
from bathyscope._optional import require
from bathyscope.integrations import media
from bathyscope.integrations.attaching import add_library_methods, known_methods, usable_methods
from bathyscope.integrations.budget import MAX_BYTES
from bathyscope.integrations.columns import table_from
from bathyscope.integrations.ending import AtExit
from bathyscope.integrations.evaluate import Evaluation, evaluate
from bathyscope.integrations.evaluate_labels import LabelsEvaluation, evaluate_labels
from bathyscope.integrations.evaluate_scores import evaluate_scores, evaluate_values
from bathyscope.integrations.folders import open_writer
from bathyscope.integrations.loaders import is_loader, join_batches
from bathyscope.integrations.regression import RegressionEvaluation
from bathyscope.integrations.resume import steps_of
from bathyscope.integrations.samples import samples_from
from bathyscope.integrations.session import Session
from bathyscope.integrations.settings import settings_from
from bathyscope.integrations.steps import Steps
from bathyscope.integrations.values import array_from
from bathyscope.integrations.vectors import log_vectors
from bathyscope.runs import SystemMetrics, describe_run, record_environment
from bathyscope.runs.distribution import distribution_of
from bathyscope.runs.status import ending_of

if TYPE_CHECKING:
    from bathyscope.integrations.keras import KerasCallback
    from bathyscope.integrations.torch import Watcher

#: For git and the drivers of GPUs to answer, in runs that are over at once.
_LONGEST_WAIT_SECS = 10


class Recording:
    """A run that is being written.

    A fault in recording warns once per call site, is written into the run if it can be, and
    lets the training go on.

    Every file of `bathyscope.integrations.libraries` is a method too: ``run.xgboost()``,
    ``run.lightgbm()`` and so on; ``dir(run)`` names those whose library is installed.

    Parameters
    ----------
    name : str, optional
        Name of the run and of its folder; by default the date and time. If it is taken,
        ``name-2`` and so on.
    config : mapping, namespace such as argparse's, or dataclass, optional
        What the training was set to: anything JSON can hold. What becomes known later goes to
        `log_config`.
    runs_dir : str or path
        Folder in which the run's folder is made.
    resume : bool
        Go on with the run of that name instead.
    tags : sequence of str
    group : str, optional
        What the run is one of, such as the name of a search; listings show it.
    strict : bool, optional
        Raise faults of recording. By default only if the environment variable
        ``BATHYSCOPE_STRICT`` is set.
    system : bool
        Sample how busy the machine is every ten seconds, in a thread: scalars ``system/...``.

    Examples
    --------
    >>> with Recording("digits", config={"lr": 0.1}) as run:  # doctest: +SKIP
    ...     for step in range(1, 100):
    ...         run.log({"loss": 1 / step})
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        config: Any = None,
        runs_dir: str | os.PathLike[str] = "runs",
        resume: bool = False,
        tags: Sequence[str] = (),
        group: str | None = None,
        strict: bool | None = None,
        system: bool = False,
    ) -> None:
        config = settings_from(config)
        writer = open_writer(runs_dir, name, config=config, tags=tags, group=group, resume=resume)
        steps = steps_of(writer.path) if resume else Steps()
        self._session = Session(writer, strict=strict, steps=steps)
        self._environment = record_environment(writer)
        self._system: SystemMetrics | None = None
        if system:
            with self._session.guard("system"):
                self._system = SystemMetrics(writer, step=lambda: steps.last).start()
        self._finished = False
        # As to try again what failed: how that ended is no word about this run.
        self._began_amid_error = sys.exception() is not None
        self._at_exit = AtExit(self.finish)

    @property
    def session(self) -> Session:
        """What callbacks write through."""
        return self._session

    @property
    def path(self) -> Path:
        """Folder of the run."""
        return Path(self._session.writer.path)

    @property
    def name(self) -> str:
        """Name of the run, which is the name of its folder."""
        return self.path.name

    def log(self, values: Mapping[str, Any], *, step: int | None = None) -> None:
        """Record numbers.

        Parameters
        ----------
        values : mapping
            Numbers by name: Python's, NumPy's, or tensors without dimensions. Names in a
            mapping within it are joined by ``/``. A number that is on the host outlives the
            process once this returns. One that a device (or JAX, anywhere) still computes is
            not waited for: it is sent to the host, and recorded when it arrives, with the step
            and the time of this call; `finish` waits for those on their way.
        step : int, optional
            Optimizer steps done. By default the step of the training that `keras` or `watch`
            sees; without one, each call is one step more than the last.
        """
        # Nearly every call ends in these lines: flat values, plain numbers, names that are known,
        # and nothing on its way that this might overtake.
        session = self._session
        steps = session.steps
        at = steps.coming() if step is None else step
        try:
            if (
                type(at) is int
                and at >= 0
                and not session.late.calls
                and session.writer.log_plain(values, at, None)
            ):
                steps.at(at)
                return
        except Exception:  # tried once more below, where it is counted and said
            pass
        try:
            session.log(values, step)
        except Exception as fault:
            session.guard.handle("log", fault)

    def log_arrays(self, group: str, arrays: Mapping[str, Any], *, step: int | None = None) -> None:
        """Record arrays or tensors.

        Parameters
        ----------
        group : str
            What they are together, such as ``"attention"``.
        arrays : mapping of str to array
        step : int, optional
            By default the last known one.
        """
        with self._session.guard("log_arrays"):
            at = self._session.steps.last if step is None else self._session.steps.at(step)
            if not isinstance(arrays, Mapping):
                raise TypeError(
                    "`arrays` must be a mapping of names to arrays; got "
                    f"{type(arrays).__name__}. Use {{'name': array}}."
                )
            converted = {key: array_from(value, name=key) for key, value in arrays.items()}
            self._session.writer.log_arrays(group, converted, step=at)

    def log_table(self, name: str, columns: Any, *, step: int | None = None) -> None:
        """Record a table.

        Parameters
        ----------
        name : str
        columns : mapping of str to sequence, data frame, or list of rows that are mappings
            Columns of equal length. Those of a data frame that hold neither numbers nor booleans
            become text, and its index is left out (``frame.reset_index()`` makes it a column).
        step : int, optional
            By default the last known one.
        """
        with self._session.guard("log_table"):
            at = self._session.steps.last if step is None else self._session.steps.at(step)
            self._session.writer.log_table(name, table_from(columns), step=at)

    def log_histogram(
        self, name: str, values: Any, *, step: int | None = None, bins: int = 64
    ) -> None:
        """Record how the numbers of an array or tensor are distributed.

        Counts and moments are exact: the table ``histograms/<name>`` has a row for each bin
        (``left``, ``right``, ``count``), and in every row what is of the whole: ``size``,
        ``zeros``, ``nans``, ``positive_infs``, ``negative_infs``, and of the finite numbers
        ``low``, ``high``, ``mean``, ``std`` and ``norm``.

        Parameters
        ----------
        name : str
            Such as ``"activations/hidden"``.
        values : array or tensor
            Real numbers, in any shape.
        step : int, optional
            By default the last known one.
        bins : int
            Of equal width, from the lowest finite number to the highest.
        """
        with self._session.guard("log_histogram"):
            at = self._session.steps.last if step is None else self._session.steps.at(step)
            found = distribution_of(array_from(values, name=name), bins=bins)
            self._session.writer.log_table(names.HISTOGRAMS + name, found.columns(), step=at)

    def log_images(
        self,
        name: str,
        images: Any,
        *,
        step: int | None = None,
        captions: str | Sequence[str] | None = None,
        channels: media.Channels | None = None,
    ) -> None:
        """Record images; those of the same name and step replace earlier ones.

        Parameters
        ----------
        name : str
            What they are called.
        images : array, tensor, PIL image, matplotlib figure, or list of them
            Of shape (height, width), (height, width, channels), (n, height, width) or (n, height,
            width, channels), kept as they are. uint8, or numbers of which those in [0, 1] are
            drawn as they are and others rescaled.
        step : int, optional
            By default the last known one.
        captions : sequence of str, optional
            One per image.
        channels : {"last", "first"}, optional
            Where the channels are. By default where there are 1, 3 or 4 of them; of a tensor of
            PyTorch with three dimensions, first.
        """
        with self._session.guard("log_images"):
            media.log_images(
                self._session, name, images, step=step, captions=captions, channels=channels
            )

    def log_audio(
        self,
        name: str,
        sounds: Any,
        rate_hz: float,
        *,
        step: int | None = None,
        captions: str | Sequence[str] | None = None,
    ) -> None:
        """Record sounds; those of the same name and step replace earlier ones.

        Parameters
        ----------
        name : str
            What they are called.
        sounds : array or tensor, or list of them
            Of shape (n_samples,) or (n_samples, n_channels): floats in [-1, 1], or whole numbers
            that use the range of their type.
        rate_hz : float
            Samples per second.
        step : int, optional
            By default the last known one.
        captions : sequence of str, optional
            One per sound.
        """
        with self._session.guard("log_audio"):
            media.log_audio(
                self._session, name, sounds, rate_hz=rate_hz, step=step, captions=captions
            )

    def log_text(self, name: str, texts: str | Sequence[str], *, step: int | None = None) -> None:
        """Record texts; those of the same name and step replace earlier ones.

        Parameters
        ----------
        name : str
            What they are called, such as ``"answers"``.
        texts : str or sequence of str
        step : int, optional
            By default the last known one.
        """
        with self._session.guard("log_text"):
            media.log_text(self._session, name, texts, step=step)

    def log_vectors(
        self,
        name: str,
        vectors: Any,
        *,
        labels: Any = None,
        show: Any = None,
        step: int | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        """Record vectors of samples, such as embeddings, to be placed in a map by PCA or UMAP.

        Parameters
        ----------
        name : str
            What the samples are together, such as ``"words"``.
        vectors : array or tensor, shape (n_samples, n_dimensions)
        labels : sequence, shape (n_samples,), optional
            Classes by name or number, or quantities: they colour the map.
        show : sequence of str, array of images, Sounds, or mapping of str to sequence, optional
            What a person is shown of the samples: texts, images, sounds, named features.
        step : int, optional
            By default the last known one.
        max_bytes : int
            Bytes kept of vectors, and of images. What is left out is named in a note.
        """
        with self._session.guard("log_vectors"):
            log_vectors(
                self._session,
                name,
                vectors,
                labels=labels,
                show=show,
                step=step,
                max_bytes=max_bytes,
            )

    def log_config(self, values: Any) -> None:
        """Add settings that were not known when the run was made, or replace them.

        Parameters
        ----------
        values : mapping, namespace or dataclass
            Settings by name: anything JSON can hold.
        """
        with self._session.guard("log_config"):
            describe_run(self.path, config=settings_from(values))

    def note(self, text: str) -> None:
        """Write a sentence into the run."""
        with self._session.guard("note"):
            if not isinstance(text, str):
                raise TypeError(f"`text` must be a string; got {type(text).__name__}.")
            self._session.note(text)

    def keras(
        self,
        probe: Any = None,
        *,
        every: int | None = None,
        gradients_every: int | None = None,
        classes: Sequence[str] | None = None,
        show: Any = None,
        split: str = "probe",
        max_bytes: int = MAX_BYTES,
    ) -> KerasCallback:
        """Make a callback for ``keras.Model.fit``, on any of Keras's back ends.

        Parameters
        ----------
        probe : array, or tuple (x, y), optional
            A few samples whose feature maps, scores and predictions are kept. A model with
            several inputs takes a list or a mapping as x.
        every : int, optional
            Epochs between two snapshots of parameters and of the probe. The state before
            training and after the last epoch are always kept. By default each of the first 20
            epochs ends in one, and later ones as often as 0.5% of the training's time pays for.
        gradients_every : int, optional
            Optimizer steps between two readings of the gradients of the real training batches,
            of weights and updates, and of the mean batch loss (``batch/loss``) since the reading
            before. By default as often as 0.5% of the training's time pays for.
        classes : sequence of str, optional
            Class names, in the order of the model's scores.
        show : sequence of str, array of images, Sounds, or mapping of str to sequence, optional
            What to show a person of the probe samples instead: texts, images, sounds, features.
        split : str
            Name of the probe samples in the run.
        max_bytes : int
            Bytes kept of parameters, and of feature maps, at one snapshot. What is left out is
            named in a note of the run.
        """
        require("keras", extra="keras", caller="Recording.keras")
        from bathyscope.integrations.keras import KerasCallback
        from bathyscope.integrations.observer import Observer

        observer = Observer(
            self._session,
            probe=probe,
            every=every,
            classes=classes,
            show=show,
            split=split,
            max_bytes=max_bytes,
        )
        return KerasCallback(self._session, observer, gradients_every=gradients_every)

    def watch(
        self,
        model: Any,
        optimizer: Any = None,
        *,
        probe: Any = None,
        every: int | None = None,
        gradients_every: int | None = None,
        classes: Sequence[str] | None = None,
        show: Any = None,
        split: str = "probe",
        step: int | None = None,
        micro_batch: int | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> Watcher:
        """Watch the training of a PyTorch model; the training loop stays as it is.

        Parameters
        ----------
        model : torch.nn.Module
            Compiled by ``torch.compile`` or not.
        optimizer : torch.optim.Optimizer or sequence of them, optional
            By default every optimizer that holds a parameter of the model.
        probe, every, classes, show, split, max_bytes
            As in `keras`; an epoch is what `Watcher.end_epoch` says.
        gradients_every : int, optional
            Optimizer steps between two readings of gradients, weights and updates. At such a
            step the parameters are copied once, on their device. By default as often as 0.5%
            of the training's time pays for.
        step : int, optional
            Steps the optimizer has done before, for a training that goes on from a checkpoint;
            by default the run's last step.
        micro_batch : int, optional
            Samples in each backward pass of this process. If given, the gradient noise scale is
            estimated at the steps that are read: from the passes that are added up for a step,
            and the ranks whose gradients are averaged (``docs/watching.md``).

        Returns
        -------
        Watcher
            A context manager; `Watcher.remove` ends it too.
        """
        require("torch", extra="torch", caller="Recording.watch")
        from bathyscope.integrations.observer import Observer
        from bathyscope.integrations.torch import Watcher

        observer = Observer(
            self._session,
            probe=probe,
            every=every,
            classes=classes,
            show=show,
            split=split,
            max_bytes=max_bytes,
        )
        return Watcher(
            self._session,
            observer,
            model,
            optimizer,
            gradients_every=gradients_every,
            step=step,
            micro_batch=micro_batch,
        )

    def evaluate(
        self,
        model: Any,
        x: Any,
        y: Any = None,
        *,
        split: str = "test",
        step: int | None = None,
        classes: Sequence[str] | None = None,
        show: Any = None,
        batch_size: int = 256,
        features: str | bool = True,
        scores: str = "auto",
        targets: Sequence[str] | None = None,
        output: int | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> Evaluation | RegressionEvaluation:
        """Run a model on labelled samples and record what it says about each.

        Parameters
        ----------
        model : model
            Of any framework `bathyscope.inspect` takes.
        x : array of shape (n_samples, ...), list or mapping of them, or loader
            A loader gives batches of samples and labels, as a ``DataLoader``, a
            ``tf.data.Dataset`` or a generator does; all of them are held together, at most 2 GiB.
        y : array, unless `x` is a loader
            Class numbers, shape (n_samples,), or one-hot rows, shape (n_samples, n_classes); or
            names that `classes` gives.
            Of a regression the true values, of the shape the model predicts.
        split : str
            Name of this set of samples: scalars ``<split>_loss`` and ``<split>_accuracy``; of a
            regression ``<split>_loss`` (the mean squared error), ``<split>_mae``, ``<split>_r2``.
        step : int, optional
            By default the last known one.
        classes : sequence of str, optional
            Class names, in the order of the model's scores.
        show : sequence of str, array of images, Sounds, or mapping of str to sequence, optional
            What to show a person of the samples instead: texts, images, sounds, named features.
        batch_size : int
        features : str or bool
            Layer whose output is kept as feature vectors; True for the last layer before the
            output that gives a vector, False for none.
        scores : {"auto", "probabilities", "logits", "independent", "values"}
            What the model's output is: scores of classes, or the values of a regression. ``auto``
            reads it off the numbers, and the run says so; it takes labels for values that are not
            whole numbers, or more than two where the model gives one number for each sample.
        targets : sequence of str, optional
            Names of the values that a regression predicts.
        output : int, optional
            Which output to evaluate, for a model with several.
        max_bytes : int
            Bytes kept of inputs, of features and of scores. What is left out is named in a note.

        Returns
        -------
        Evaluation or RegressionEvaluation

        Raises
        ------
        ValueError
            If labels and samples do not match, or the output is neither a classifier's nor of the
            labels' shape.
        """
        if is_loader(x):
            x, y = join_batches(x, y)
        return evaluate(
            self._session,
            model,
            samples_from(x, y, show=show),
            split=split,
            step=step,
            classes=classes,
            batch_size=batch_size,
            features=features,
            scores=scores,
            targets=targets,
            output=output,
            max_bytes=max_bytes,
        )

    def evaluate_scores(
        self,
        scores: Any,
        y: Any,
        *,
        inputs: Any = None,
        split: str = "test",
        step: int | None = None,
        classes: Sequence[str] | None = None,
        show: Any = None,
        kind: str = "auto",
        max_bytes: int = MAX_BYTES,
    ) -> Evaluation:
        """Record what a classifier said that was run elsewhere, by any program.

        Parameters
        ----------
        scores : array, shape (n_samples, n_classes), (n_samples, 1) or (n_samples,)
            Such as ``model.predict_proba(x)``. A single number per sample is the score of the
            second of two classes.
        y : array
            Class numbers, shape (n_samples,), or one-hot rows, shape (n_samples, n_classes); or
            names that `classes` gives.
        inputs : array of shape (n_samples, ...), list or mapping of them, or data frame, optional
            What the classifier was given.
        kind : {"auto", "probabilities", "logits", "independent"}
            What the scores are; ``auto`` reads it off the values, and the run says so.
        split, step, classes, show, max_bytes
            As in `evaluate`.

        Returns
        -------
        Evaluation

        Raises
        ------
        ValueError
            If scores, labels and inputs do not match.

        Examples
        --------
        >>> run.evaluate_scores(ask(questions), answers, show=questions)  # doctest: +SKIP
        """
        return evaluate_scores(
            self._session,
            scores,
            y,
            inputs=inputs,
            split=split,
            step=step,
            classes=classes,
            show=show,
            kind=kind,
            max_bytes=max_bytes,
        )

    def evaluate_labels(
        self,
        predicted: Any,
        y: Any,
        *,
        inputs: Any = None,
        split: str = "test",
        step: int | None = None,
        classes: Sequence[str] | None = None,
        show: Any = None,
        max_bytes: int = MAX_BYTES,
    ) -> LabelsEvaluation:
        """Record which classes were predicted where there are no scores.

        The confusion matrix and the metrics of each class need no more; what needs scores, such as
        calibration and ROC curves, is made of `evaluate_scores`.

        Parameters
        ----------
        predicted, y : array or sequence, shape (n_samples,)
            Predicted and true classes: numbers from 0, or names.
        inputs : array of shape (n_samples, ...), list or mapping of them, or data frame, optional
            What the classifier was given.
        classes : sequence of str, optional
            Class names, by number; of names by default all that occur, sorted.
        split, step, show, max_bytes
            As in `evaluate`.

        Returns
        -------
        LabelsEvaluation

        Raises
        ------
        ValueError
            If there is not one class for each sample, or one is unknown.

        Examples
        --------
        >>> run.evaluate_labels(["cat", "dog"], ["cat", "cat"])  # doctest: +SKIP
        """
        return evaluate_labels(
            self._session,
            predicted,
            y,
            inputs=inputs,
            split=split,
            step=step,
            classes=classes,
            show=show,
            max_bytes=max_bytes,
        )

    def evaluate_values(
        self,
        predicted: Any,
        y: Any,
        *,
        inputs: Any = None,
        split: str = "test",
        step: int | None = None,
        targets: Sequence[str] | None = None,
        show: Any = None,
        max_bytes: int = MAX_BYTES,
    ) -> RegressionEvaluation:
        """Record the values that a model predicted which was run elsewhere, by any program.

        Parameters
        ----------
        predicted : array, shape (n_samples,) or (n_samples, n_targets)
        y : array of the same shape
            The true values.
        inputs : array of shape (n_samples, ...), list or mapping of them, or data frame, optional
            What the model was given.
        split, step, targets, show, max_bytes
            As in `evaluate`.

        Returns
        -------
        RegressionEvaluation

        Raises
        ------
        ValueError
            If shapes do not match, or a value is not finite.

        Examples
        --------
        >>> run.evaluate_values(model.predict(x), y, targets=["price"])  # doctest: +SKIP
        """
        return evaluate_values(
            self._session,
            predicted,
            y,
            inputs=inputs,
            split=split,
            step=step,
            targets=targets,
            show=show,
            max_bytes=max_bytes,
        )

    def finish(self, status: str | None = None) -> None:
        """Close the run; calling it again does nothing.

        Parameters
        ----------
        status : {"finished", "failed", "interrupted"}, optional
            By default ``"finished"``, or within an ``except`` or ``finally`` that an error led to,
            what the error says.
        """
        if self._finished:
            return
        if status is None:
            status = ending_of(None if self._began_amid_error else sys.exception())
        self._finished = True
        self._at_exit.cancel()
        with self._session.guard("finish"):
            self._session.detach()
        with self._session.guard("finish"):
            self._session.end_late_values()
        if self._system is not None:
            self._system.stop()
        if self._environment is not None:
            self._environment.join(_LONGEST_WAIT_SECS)
        with self._session.guard("finish"):
            self._session.writer.finish(status)

    if TYPE_CHECKING:  # for `add_library_methods`

        def __getattr__(self, name: str) -> MethodType: ...

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__()} - {*known_methods()} | {*usable_methods()})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.finish(ending_of(error))

    def __repr__(self) -> str:
        state = "finished" if self._finished else "recording"
        return f"<Recording {self.name!r}: {state}, step {self._session.steps.last}>"


add_library_methods(Recording)
