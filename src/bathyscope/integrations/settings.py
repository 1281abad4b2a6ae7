"""What a training was set to, in the forms programs hold it in."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from types import SimpleNamespace
from typing import Any


def settings_from(given: Any) -> Any:
    """Give the fields of a dataclass or a namespace, such as argparse's, as a mapping.

    Anything else is given back as it is.
    """
    # By its name, so that a program which never uses it does not import argparse for this.
    is_parsed = type(given).__module__ == "argparse" and type(given).__name__ == "Namespace"
    if is_parsed or isinstance(given, SimpleNamespace):
        return {name: settings_from(value) for name, value in vars(given).items()}
    if is_dataclass(given) and not isinstance(given, type):
        return {field.name: settings_from(getattr(given, field.name)) for field in fields(given)}
    return given
