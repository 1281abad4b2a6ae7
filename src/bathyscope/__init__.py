"""bathyscope: a glass-bottomed boat for deep learning.

>>> import bathyscope as bs
>>> run = bs.record("mnist-mlp")                                   # doctest: +SKIP
>>> model.fit(x, y, callbacks=[run.keras(probe=(x_test[:64], y_test[:64]))])  # doctest: +SKIP
>>> run.evaluate(model, x_test, y_test)                            # doctest: +SKIP
>>> bs.open("runs/mnist-mlp").confusion_matrix().plot()            # doctest: +SKIP
>>> bs.inspect(model).weights("dense").plot()                      # doctest: +SKIP

Importing this package imports NumPy and nothing heavier; everything else is loaded when used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from bathyscope._errors import BathyscopeError as BathyscopeError
from bathyscope._errors import DamagedFile as DamagedFile
from bathyscope._errors import MissingDependency as MissingDependency
from bathyscope._errors import NotRecorded as NotRecorded
from bathyscope._errors import RunError as RunError
from bathyscope._errors import RunNotFound as RunNotFound
from bathyscope._errors import Unanswered as Unanswered
from bathyscope._errors import UnknownName as UnknownName
from bathyscope._errors import UnsafeFile as UnsafeFile
from bathyscope._errors import UnsupportedModel as UnsupportedModel

if TYPE_CHECKING:
    from bathyscope import views as views
    from bathyscope.integrations.recording import Recording as record
    from bathyscope.integrations.shown import Sounds as Sounds
    from bathyscope.models.gradient_noise import gradient_noise_scale as gradient_noise_scale
    from bathyscope.reports.show import show as show
    from bathyscope.reports.write import write_report as report
    from bathyscope.server.beside import view as view
    from bathyscope.subjects import compare as compare
    from bathyscope.subjects import inspect as inspect
    from bathyscope.subjects import open_run as open

__version__ = "0.1.0"

#: Public names that are loaded on first use: name -> (module, attribute; "" for the module itself).
_LAZY = {
    "Sounds": ("bathyscope.integrations.shown", "Sounds"),
    "compare": ("bathyscope.subjects", "compare"),
    "gradient_noise_scale": ("bathyscope.models.gradient_noise", "gradient_noise_scale"),
    "inspect": ("bathyscope.subjects", "inspect"),
    "open": ("bathyscope.subjects", "open_run"),
    "record": ("bathyscope.integrations.recording", "Recording"),
    "report": ("bathyscope.reports.write", "write_report"),
    "show": ("bathyscope.reports.show", "show"),
    "view": ("bathyscope.server.beside", "view"),
    "views": ("bathyscope.views", ""),
}

__all__ = [
    "BathyscopeError",
    "DamagedFile",
    "MissingDependency",
    "NotRecorded",
    "RunError",
    "RunNotFound",
    "Sounds",
    "Unanswered",
    "UnknownName",
    "UnsafeFile",
    "UnsupportedModel",
    "__version__",
    "compare",
    "gradient_noise_scale",
    "inspect",
    "open",
    "record",
    "report",
    "show",
    "view",
    "views",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'bathyscope' has no attribute {name!r}")
    module_name, attribute = _LAZY[name]
    module = importlib.import_module(module_name)
    value = getattr(module, attribute) if attribute else module
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
