"""What an optimizer of Keras is set to."""

from __future__ import annotations

from typing import Any

import numpy as np

from bathyscope.integrations.keras_gradients import inner_optimizer
from bathyscope.integrations.values import from_single


def settings_of(optimizer: Any) -> dict[str, Any]:
    """Give the name and the numbers of an optimizer, such as ``learning_rate``.

    Switches that are off, and what has no effect with them, are left out. Of a schedule, the rate
    it begins with is given, where it says so, and its name.
    """
    optimizer = inner_optimizer(optimizer)
    values = {
        name: value
        for name, value in optimizer.get_config().items()
        if optimizer.use_ema or not name.startswith("ema_")
    }
    rate = values.pop("learning_rate", None)
    numbers = {name: value for name, value in values.items() if _is_number(value)}
    return {"optimizer": type(optimizer).__name__, **_rate(rate), **numbers}


def _rate(rate: Any) -> dict[str, Any]:
    if not isinstance(rate, dict):
        return {"learning_rate": _as_given(rate)} if _is_number(rate) else {}
    first = rate.get("config", {}).get("initial_learning_rate")
    found = {"learning_rate": first} if _is_number(first) else {}
    return {**found, "learning_rate_schedule": str(rate.get("class_name"))}


def _as_given(rate: float) -> float:
    """Undo the rounding of a variable, which holds the rate in single precision as a rule."""
    return from_single(rate) if np.float32(rate) == rate else rate


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and value is not False
