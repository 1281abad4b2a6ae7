"""A few samples that are looked at again and again while a model trains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from numpy.typing import NDArray

from bathyscope import _names as names
from bathyscope import models
from bathyscope._errors import Unanswered
from bathyscope.integrations.activations import activation_scalars
from bathyscope.integrations.budget import bytes_per_sample, listing, samples_and_layers, size
from bathyscope.integrations.classification import (
    has_several_labels,
    independent_scores,
    labels_from,
    numbers_of_names,
    predict,
    scores_from_output,
)
from bathyscope.integrations.evaluate import check_class_count, record_predictions, record_scores
from bathyscope.integrations.layers import declared_sizes, is_of_samples, seen_outputs
from bathyscope.integrations.loaders import is_loader
from bathyscope.integrations.regression import is_regression, judge_values, record_values
from bathyscope.integrations.samples import Samples, note_samples, record_inputs, samples_from
from bathyscope.integrations.session import Session
from bathyscope.integrations.values import array_from
from bathyscope.models.batches import take
from bathyscope.models.protocol import Forward, Model


def probe_from(probe: Any, *, show: Any) -> Samples | None:
    """Check what a caller gave as probe: samples, or the tuple of samples and labels."""
    if probe is None:
        if show is not None:
            raise ValueError("`show` describes the samples of `probe`; give `probe` too.")
        return None
    if is_loader(probe):
        raise ValueError(
            "`probe` must be a few samples, or the tuple (samples, labels); got a "
            f"{type(probe).__name__}. Take a batch of it: `tuple(next(iter(loader)))`."
        )
    x, y = _divide(probe)
    return samples_from(x, y, show=show, called=("probe", "probe[1]"))


def _divide(probe: Any) -> tuple[Any, Any]:
    if _is_batch_of_a_loader(probe):
        raise ValueError(
            "`probe` is a list of two, which would be two inputs; the second looks like labels. "
            "Pass the tuple (samples, labels), such as `tuple(batch)`; or ([a, b], None) if "
            "both are inputs."
        )
    if not isinstance(probe, tuple):
        return probe, None
    if len(probe) != 2:
        raise ValueError(
            "`probe` must be samples, or the tuple (samples, labels); "
            f"got a tuple of {len(probe)}. Several inputs go into a list: ([a, b], labels)."
        )
    return probe[0], probe[1]


def _is_batch_of_a_loader(probe: Any) -> bool:
    """Say whether this is most likely the list [samples, labels] that PyTorch's loaders give."""
    if not isinstance(probe, list) or len(cast(list[Any], probe)) != 2:
        return False
    x, y = (array_from(part, name="probe") for part in cast(list[Any], probe))
    return x.ndim > 1 and y.shape == x.shape[:1] and y.dtype.kind in "iub"


class ProbeRecorder:
    """Record what a model makes of its probe samples.

    Parameters
    ----------
    session : Session
    probe : Samples
    split : str
        Name of the samples in the run.
    classes : tuple of str, optional
    max_bytes : int
        For the feature maps of one step, and for the inputs.
    """

    def __init__(
        self,
        session: Session,
        probe: Samples,
        *,
        split: str,
        classes: Sequence[str] | None,
        max_bytes: int,
    ) -> None:
        self._session = session
        self._probe = replace(probe, labels=numbers_of_names(probe.labels, classes))
        self._split = split
        self._classes = classes
        self._max_bytes = max_bytes
        self._sizes: dict[str, int] | None = None

    def record_inputs(self, step: int) -> None:
        """Record the samples themselves; once is enough."""
        record_inputs(
            self._session,
            self._probe,
            split=self._split,
            step=step,
            max_bytes=self._max_bytes,
        )

    def record(self, model: Model, step: int) -> None:
        """Record feature maps, scores and predictions at a step."""
        guard = self._session.guard
        forward = None
        with guard("feature maps of the probe"):
            forward = self._record_feature_maps(model, step)
        with guard("predictions of the probe"):
            if forward is None:
                forward = models.forward_in_batches(model, self._probe.inputs)
            self._record_predictions(forward, step)

    def _record_feature_maps(self, model: Model, step: int) -> Forward | None:
        """Record feature maps; give the forward pass of all samples, if it was of all."""
        try:
            return self._record_outputs(model, self._bytes_per_sample(model), step)
        except Unanswered:
            # Some layer's output cannot be seen, which its shape did not say.
            self._sizes = bytes_per_sample(self._outputs_of_one(model))
            return self._record_outputs(model, self._sizes, step)

    def _record_outputs(self, model: Model, sizes: Mapping[str, int], step: int) -> Forward | None:
        inputs = self._probe.inputs
        n_samples = len(self._probe)
        n_kept, kept, left_out = samples_and_layers(sizes, n_samples, self._max_bytes)
        what = f"Feature maps of {self._split}"
        note_samples(self._session, what, n_kept, n_samples, max_bytes=self._max_bytes)
        if left_out:
            self._session.note(
                f"Feature maps of {listing(left_out)} are not kept: all layers together need "
                f"more than {size(self._max_bytes)} at a step."
            )
        if not kept:
            return None
        forward = models.forward_in_batches(model, take(inputs, slice(0, n_kept)), capture=kept)
        last = {name: forward.captured[name][-1] for name in kept}
        arrays = {name: array for name, array in last.items() if is_of_samples(array, n_kept)}
        self._session.writer.log_arrays(names.FEATURE_MAPS + self._split, arrays, step=step)
        scalars = activation_scalars(arrays, model.layers(), model.framework)
        self._session.writer.log_scalars(scalars, step=step)
        return forward if n_kept == n_samples else None

    def _bytes_per_sample(self, model: Model) -> dict[str, int]:
        """Bytes of one sample, for all layers whose outputs can be seen; the others are named."""
        if self._sizes is None:
            sizes = declared_sizes(model)
            self._sizes = sizes or bytes_per_sample(self._outputs_of_one(model))
        return self._sizes

    def _outputs_of_one(self, model: Model) -> dict[str, NDArray[Any]]:
        outputs, unseen = seen_outputs(model, self._probe.inputs)
        if unseen:
            reason = next(iter(unseen.values()))
            self._session.note(f"Feature maps of {listing(list(unseen))} cannot be seen: {reason}")
        return outputs

    def _record_predictions(self, forward: Forward, step: int) -> None:
        labels, output = self._probe.labels, forward.outputs[0]
        reason = _not_one_prediction(forward, labels)
        if reason:
            self._session.note(f"Predictions of {self._split} are not recorded: {reason}.")
        elif is_regression(output, labels, classes=self._classes):
            judged = judge_values(output, labels, split=self._split, step=step)
            record_values(self._session, judged, max_bytes=self._max_bytes)
        else:
            self._record_classes(output, step)

    def _record_classes(self, output: NDArray[Any], step: int) -> None:
        several, split = has_several_labels(self._probe.labels), self._split
        scores = independent_scores(output) if several else scores_from_output(output)
        check_class_count(self._classes, scores)
        record_scores(self._session, scores, split=split, step=step, max_bytes=self._max_bytes)
        if several:
            self._session.note(
                f"Samples of {split} have several labels each: the score of each label is "
                "recorded, and no predicted class."
            )
        elif self._probe.labels is not None:
            true = labels_from(
                self._probe.labels,
                n_samples=len(scores.values),
                n_classes=scores.values.shape[1],
            )
            record_predictions(self._session, predict(scores, true), split=split, step=step)


def _not_one_prediction(forward: Forward, labels: NDArray[Any] | None) -> str:
    """Say why outputs cannot be taken for one prediction of each sample; "" if they can."""
    if len(forward.outputs) != 1:
        return f"the model has {len(forward.outputs)} outputs"
    output = forward.outputs[0]
    if labels is not None and output.shape == labels.shape:
        return ""
    if output.ndim > 2:
        return f"the model's output has shape {output.shape}, not (n_samples, n_classes)"
    is_single = output.ndim == 1 or output.shape[1] == 1
    if labels is None and is_single:
        return "the output is one number, and without labels it may be anything"
    return ""
