"""What views of class scores and the truth share: where the scores come from, and their options."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Self

from numpy.typing import ArrayLike

from bathyscope.models.protocol import Model
from bathyscope.views._ranked_class import Ranking
from bathyscope.views._ranking import (
    Columns,
    Judged,
    imported_names,
    imported_ranking,
    imported_steps,
    judged_from_model,
    judged_from_run,
    judged_splits,
    measured,
    rankings_of,
)
from bathyscope.views._scores import ScoreKind
from bathyscope.views.base import Offer, RunData, View


class JudgedView(View):
    """A view of scores whose samples' classes are known."""

    #: Heading of what is offered, with ``{split}`` for the samples.
    offered: ClassVar[str]

    @classmethod
    @abstractmethod
    def _of(cls, judged: Judged, **options: Any) -> Self:
        """Make the view; the options are those of its function of arrays."""

    @classmethod
    def from_model(
        cls,
        model: Model,
        x: Any,
        y: ArrayLike,
        *,
        classes: Sequence[Any] | None = None,
        scores: ScoreKind = "auto",
        batch_size: int = 256,
        **options: Any,
    ) -> Self:
        """Judge the scores a model gives.

        Parameters
        ----------
        model : Model
        x : array, or several arrays
            Inputs of the model.
        y : array of int, shape (n_samples,), or one-hot
        classes : sequence of str, optional
            Class names, in the order of the model's scores.
        scores : {"auto", "probabilities", "logits", "independent"}
            What the model's outputs are.
        batch_size : int
        **options
            As for the function of the view's name.
        """
        judged = judged_from_model(model, x, y, classes=classes, kind=scores, batch_size=batch_size)
        return cls._of(judged, **options)

    @classmethod
    def from_run(
        cls, run: RunData, *, split: str | None = None, step: int = -1, **options: Any
    ) -> Self:
        """Judge the scores a run recorded.

        Parameters
        ----------
        run : Run
        split : str, optional
            Which samples: ``"test"``, ``"probe"``; by default the first recorded.
        step : int
            A recorded step; -1 is the last.
        **options
            As for the function of the view's name.
        """
        return cls._of(judged_from_run(run, split, step), **options)

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer every set of samples with scores and classes, at every recorded step."""
        for split, steps in judged_splits(run).items():
            yield Offer(cls.offered.format(split=split), {"split": split}, steps)


class RankedView(JudgedView):
    """A view of how scores rank the samples of each class; also of counts a log holds."""

    #: Heading of what is offered of a log, with ``{name}`` for the tag of its curve.
    offered_of_log: ClassVar[str]

    @classmethod
    @abstractmethod
    def _made(
        cls, rankings: tuple[Ranking, ...], limit: int | None, subject: str, note: str
    ) -> Self:
        """Make the view; without a limit the usual number of classes is drawn."""

    @classmethod
    def _of(  # pyright: ignore[reportIncompatibleMethodOverride]
        cls, judged: Judged, limit: int | None = None, measures: Columns | None = None
    ) -> Self:
        if limit is not None and limit < 1:
            raise ValueError(f"`limit` must be at least 1; got {limit}.")
        return cls._made(rankings_of(judged, measures), limit, judged.subject, judged.scores.note)

    @classmethod
    def from_run(  # pyright: ignore[reportIncompatibleMethodOverride]
        cls,
        run: RunData,
        *,
        split: str | None = None,
        step: int = -1,
        curve: str | None = None,
        limit: int | None = None,
    ) -> Self:
        """Rank samples by the scores a run recorded, or show a curve of a TensorBoard log.

        Parameters
        ----------
        run : Run
        split : str, optional
            Which samples: ``"test"``, ``"probe"``; by default the first recorded.
        step : int
            A recorded step; -1 is the last.
        curve : str, optional
            The tag of a precision-recall curve of a TensorBoard log: its counts give what is shown.
        limit : int, optional
            How many classes are drawn.
        """
        if curve is None:
            judged = judged_from_run(run, split, step)
            # Several pictures show them: some runs remember what was computed of them.
            computed = getattr(run, "computed", None)
            measures = computed and computed(judged.subject, lambda: measured(judged))
            return cls._of(judged, limit=limit, measures=measures)
        step, ranking = imported_ranking(run, curve, step)
        return cls._made((ranking,), limit, f"{curve}, step {step:,}", "")

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer every set of samples with scores and classes, and every imported curve."""
        yield from super().offers(run)
        for name in imported_names(run):
            title = cls.offered_of_log.format(name=name)
            yield Offer(title, {"curve": name}, imported_steps(run, name))
