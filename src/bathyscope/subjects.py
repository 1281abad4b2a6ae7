"""What views can be made from: a live model, a file of weights, or a recorded run.

A subject has every registered view as a method: ``bs.inspect(model).weights("dense")``,
``bs.open("runs/a").confusion_matrix()``. The methods are the views' own ``from_model`` and
``from_run``, so a new view appears here by being registered.
"""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from bathyscope import models
from bathyscope._errors import unknown_name
from bathyscope.models.protocol import Model
from bathyscope.runs import Run
from bathyscope.sources import OpenRun, list_sources, open_source
from bathyscope.views import View, registry


class Subject:
    """Base of subjects: finds views by name."""

    #: The class method of a view that takes this kind of subject.
    _maker: ClassVar[str]

    def _source(self) -> Any:
        """Give what the view's class method takes as its first argument."""
        return self

    def view_names(self) -> tuple[str, ...]:
        """Names of the views this subject can be shown with."""
        return tuple(name for name, view in registry().items() if hasattr(view, self._maker))

    def __getattr__(self, name: str) -> Callable[..., View]:
        if name.startswith("_"):
            raise AttributeError(name)
        view = registry().get(name)
        maker = getattr(view, self._maker, None)
        if maker is None:
            raise AttributeError(str(unknown_name("view", name, self.view_names())))
        bound = functools.partial(maker, self._source())
        return functools.update_wrapper(bound, maker)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.view_names()})


class InspectedModel(Subject):
    """A model, or a file of weights, with its views as methods.

    Parameters
    ----------
    model : bathyscope.models.Model
        The adapter that answers for it; `inspect` finds the right one. Its five questions give
        plain arrays: ``.model.layers()``, ``.model.parameters()``, ``.model.forward(inputs)``,
        ``.model.gradients(inputs, target)``, ``.model.attention(inputs)``.
    """

    _maker = "from_model"

    def __init__(self, model: Model) -> None:
        self.model = model

    def _source(self) -> Model:
        return self.model

    def __repr__(self) -> str:
        layers = self.model.layers()
        count = sum(
            math.prod(parameter.shape)
            for layer in layers
            for parameter in layer.parameters
            if not parameter.same_as  # tied weights are counted once
        )
        views = ", ".join(self.view_names())
        return (
            f"<{self.model.name}: {self.model.framework}, "
            f"{len(layers)} layer{'' if len(layers) == 1 else 's'}, "
            f"{count:,} parameters; views: {views}>"
        )


class OpenedRun(Subject, Run):
    """A recorded run, with its views as methods."""

    _maker = "from_run"


class OpenedLog(Subject):
    """Another tool's log, opened as it is, with its views as methods.

    Parameters
    ----------
    run : TensorBoardRun
        What reads it: everything a `bathyscope.runs.Run` answers, it answers here too.
    """

    _maker = "from_run"

    def __init__(self, run: Any) -> None:
        self._run = run

    def _source(self) -> Any:
        return self._run

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and hasattr(type(self._run), name):
            return getattr(self._run, name)
        return super().__getattr__(name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(n for n in dir(self._run) if not n.startswith("_"))})

    def __repr__(self) -> str:
        return repr(self._run)


class ComparedRuns(Subject):
    """Several recorded runs or logs, with the views that can show them together as methods.

    Parameters
    ----------
    runs : sequence of opened runs
    """

    _maker = "from_runs"

    def __init__(self, runs: Sequence[Any]) -> None:
        self.runs = tuple(runs)

    def _source(self) -> tuple[Any, ...]:
        return self.runs

    def __len__(self) -> int:
        return len(self.runs)

    def __repr__(self) -> str:
        names = ", ".join(run.name for run in self.runs[:4])
        more = f" and {len(self.runs) - 4} more" if len(self.runs) > 4 else ""
        count = f"{len(self.runs)} run{'' if len(self.runs) == 1 else 's'}"
        return f"<{count}: {names}{more}; views: {', '.join(self.view_names())}>"


def inspect(model: Any) -> InspectedModel:
    """Look inside a model, or inside a file of weights.

    Parameters
    ----------
    model : model, str or path
        A Keras or PyTorch model, anything that answers `bathyscope.models.Model`, or the
        path of a ``.keras``, ``.h5``, ``.safetensors`` or ``.pt`` file (read without running
        any code that came with it).

    Raises
    ------
    UnsupportedModel
        If no adapter knows this kind of object.
    UnsafeFile
        If reading the file would run code.

    Examples
    --------
    >>> bs.inspect(model).weights("dense").plot()          # doctest: +SKIP
    >>> bs.inspect("model.safetensors").weight_statistics().to_frame()  # doctest: +SKIP
    """
    if isinstance(model, InspectedModel):
        return model
    if isinstance(model, (str, os.PathLike)):
        return InspectedModel(models.load(Path(os.fspath(model))))
    return InspectedModel(models.adapt(model))


def open_run(path: str | os.PathLike[str]) -> OpenedRun | OpenedLog:
    """Open a recorded run, finished or still being written; or a log of TensorBoard as it is.

    Parameters
    ----------
    path : str or path
        The run's folder, or a folder with event files of TensorBoard.

    Raises
    ------
    RunNotFound
        If there is no run at this place; runs beside it are named.
    """
    return _with_views(open_source(path))


def _with_views(run: OpenRun) -> OpenedRun | OpenedLog:
    return OpenedRun(run.path) if isinstance(run, Run) else OpenedLog(run)


def compare(
    runs: str | os.PathLike[str] | Iterable[Run | OpenedLog | str | os.PathLike[str]],
) -> ComparedRuns:
    """Put several recorded runs, or other tools' logs, beside each other.

    Parameters
    ----------
    runs : path, or sequence of opened runs or paths
        A folder with runs or logs in it, at any depth; or the runs themselves.

    Raises
    ------
    RunNotFound
        If there is no run at one of the places.
    ValueError
        If there is none at all.

    Examples
    --------
    >>> bs.compare("runs").hyperparameters().plot()                # doctest: +SKIP
    >>> bs.compare(["runs/a", "runs/b"]).metrics("loss").plot()    # doctest: +SKIP
    """
    if isinstance(runs, (str, os.PathLike)):
        # By what they are, not by their paths: a file may hold several.
        found: list[Any] = [_with_views(source.open()) for source in list_sources(runs)]
    else:
        found = [open_run(run) if isinstance(run, (str, os.PathLike)) else run for run in runs]
    if not found:
        raise ValueError("`runs` must hold at least one run; got none.")
    return ComparedRuns([run._source() if isinstance(run, OpenedLog) else run for run in found])
