"""Keeps secrets out of what is recorded: out of the command line, and out of settings.

Hidden is what stands under a name such as ``api_key``, what an environment variable of such a
name holds, the user and password of a URL, and what looks like a key of a well-known service.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from bathyscope.runs.plain import DEEPEST

HIDDEN = "<hidden>"

_WORDS = (
    r"api[_-]?keys?|apikeys?|passwords?|passwd|passphrases?|secrets?|secret[_-]?keys?|"
    r"access[_-]?keys?|private[_-]?keys?|(?:access|auth|bearer|api|refresh|id|secret)[_-]?tokens?|"
    r"credentials?"
)
#: ``token`` alone is a setting of language models as often as a secret; on a command line or in
#: the environment it hardly is.
_NAME = re.compile(rf"(?:^|[_.\-/ ])(?:{_WORDS})$", re.IGNORECASE)
_NAME_OUTSIDE = re.compile(rf"(?:^|[_.\-/ ])(?:{_WORDS}|token)$", re.IGNORECASE)
_URL = re.compile(r"(?<=://)[^/\s:@]+(?::[^/\s@]*)?(?=@)")
_KEY = re.compile(
    r"\b(?:hf_[A-Za-z0-9]{20,}|sk-[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{30,}|"
    r"github_pat_[A-Za-z0-9_]{30,}|glpat-[A-Za-z0-9_-]{20,}|AKIA[A-Z0-9]{16}|"
    r"xox[abprs]-[A-Za-z0-9-]{10,}|AIza[A-Za-z0-9_-]{35})"
)
#: Shorter values of environment variables are found in any text by chance.
_SHORTEST = 8


def command_without_secrets(arguments: Sequence[str]) -> list[str]:
    """Give a command line, its secrets replaced by ``<hidden>``."""
    known = _known_secrets()
    shown: list[str] = []
    is_value = False
    for argument in arguments:
        option, equals, value = argument.partition("=")
        is_secret = _is_option(option)
        if is_value and not argument.startswith("-"):
            shown.append(HIDDEN)
        elif is_secret and equals:
            shown.append(f"{option}={HIDDEN}" if value else argument)
        else:
            shown.append(_text_without(argument, known))
        is_value = is_secret and not equals and argument.startswith("-")
    return shown


def _is_option(text: str) -> bool:
    return _NAME_OUTSIDE.search(text.lstrip("-+")) is not None


def settings_without_secrets(settings: Any) -> Any:
    """Give settings of any nesting, texts that are secrets replaced by ``<hidden>``."""
    return _without(settings, _known_secrets())


def _without(value: Any, known: Sequence[str], depth: int = 0) -> Any:
    if isinstance(value, str):
        return _text_without(value, known)
    if depth > DEEPEST:
        return value
    if isinstance(value, Mapping):
        return {
            key: HIDDEN if _is_secret(str(key), inner) else _without(inner, known, depth + 1)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_without(inner, known, depth + 1) for inner in value]
    return value


def _is_secret(name: str, value: Any) -> bool:
    return isinstance(value, str) and bool(value) and _NAME.search(name) is not None


def _known_secrets() -> list[str]:
    """Give the values of environment variables whose names say that they are secret."""
    return [
        value
        for name, value in os.environ.items()
        if len(value) >= _SHORTEST and _NAME_OUTSIDE.search(name) is not None
    ]


def _text_without(text: str, known: Sequence[str]) -> str:
    for secret in known:
        text = text.replace(secret, HIDDEN)
    return _KEY.sub(HIDDEN, _URL.sub(HIDDEN, text))
