"""Keeps secrets out of what is recorded: out of the command line, and out of settings.

Hidden is what stands under a name such as ``api_key``, within a text too (``api_key=...``), what an
environment variable of such a name holds, the user and password of a URL, what follows
``Bearer``, and what looks like a key of a well-known service.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from bathyscope.runs.plain import DEEPEST

HIDDEN = "<hidden>"

_KEYS = (
    "access|account|anthropic|api|aws|azure|comet|encryption|google|hf|kaggle|license|master|openai|"
    "private|secret|signing|ssh|stripe|wandb"
)
_TOKENS = (
    "access|api|auth|bearer|csrf|github|gitlab|hf|hub|id|oauth|personal|private|refresh|secret|"
    "security|session|slack|wandb"
)
_WORDS = (
    rf"(?:{_KEYS})[_.-]?keys?|(?:{_TOKENS})[_.-]?tokens?|secrets?|cred(?:ential)?s?|authorization|"
    r"cookies?|connection[_-]?string|amz[_-]signature|webhook(?:[_-]?ur[il])?|"
    r"(?:admin|db|ftp|mail|mysql|postgres|redis|root|smtp|ssh|user)[_-]?(?:pass|pwd?)"
)
#: Where a word begins: as in ``DB_SECRET``, ``db.secret`` and ``dbSecret``.
_START = r"(?:(?<![A-Za-z0-9])|(?-i:(?<=[a-z0-9])(?=[A-Z])))"
#: Passwords are such at the end of any word: ``PGPASSWORD``.
_SECRET = rf"(?:{_START}(?:{_WORDS})|(?:password|passwd|passphrase)s?)"
_NAME = re.compile(rf"{_SECRET}$", re.IGNORECASE)
#: ``token`` alone is a setting of language models as often as a secret; on a command line it
#: hardly is.
_OPTION = re.compile(rf"(?:{_SECRET}|{_START}(?:token|bearer|auth|pass|pw))$", re.IGNORECASE)
_SHORT = "auth|bearer|dsn|jwt|key|mnemonic|otp|pass|pat|pin|pw|sas|sk|token"
#: Which of several secrets it is, or in what form.
_WHICH = (
    r"(?:[_-]?(?:v?\d+|b(?:ase)?64|base|code|config|dev|json|live|main|new|old|prod|read|ro|rw|seed|"
    r"test|ur[il]|write))*"
)
#: Nothing is lost by taking more variables for secret: what they hold is hidden where it is met.
_VARIABLE = re.compile(rf"(?:{_SECRET}|{_START}(?:{_SHORT})|_pwd){_WHICH}$", re.IGNORECASE)
_PAIR = re.compile(
    rf"""({_SECRET}["']?\s*[=:]\s*)"""
    r"""(?:b?'[^']+'|b?"[^"]+"|(?:(?:bearer|basic)\s+)?[^\s"'=,;&<>(){}\[\]]+)""",
    re.IGNORECASE,
)
#: The password may hold anything but a slash, an ``@`` too.
_URL = re.compile(r"""(?<=://)[^/\s"']+(?=@)""")
_KEY = re.compile(
    r"\b(?:hf_[A-Za-z0-9]{20,}|sk-[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{30,}|"
    r"github_pat_[A-Za-z0-9_]{30,}|glpat-[A-Za-z0-9_-]{20,}|AKIA[A-Z0-9]{16}|"
    r"(?:dapi|gsk_|npm_|nvapi-|pplx-|pypi-|r8_|[rs]k_(?:live|test)_|SG\.|xai-|ya29\.)[\w.-]{24,}|"
    r"hooks\.slack\.com/services/\S+|discord(?:app)?\.com/api/webhooks/\S+|ASIA[A-Z0-9]{16}|"
    r"xox[abprs]-[A-Za-z0-9-]{10,}|AIza[A-Za-z0-9_-]{35}|"
    r"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,})"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?"
    r"|(?<=[?&]token=)[^&\s]+|(?<=[?&]sig=)[^&\s]+|(?<=[Bb]earer )\S{16,}"
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
    return _OPTION.search(text.lstrip("-+")) is not None


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
            key: _all_hidden(inner) if _NAME.search(str(key)) else _without(inner, known, depth + 1)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_without(inner, known, depth + 1) for inner in value]
    return value


def _all_hidden(value: Any) -> Any:
    """Hide all texts; numbers, truth values and the empty text are no secrets."""
    if isinstance(value, str):
        return HIDDEN if value else value
    if isinstance(value, Mapping):
        return {key: _all_hidden(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_all_hidden(inner) for inner in value]
    return value


def _known_secrets() -> list[str]:
    """Give the values of environment variables whose names say that they are secret."""
    return [
        value
        for name, value in os.environ.items()
        if len(value) >= _SHORTEST and _VARIABLE.search(name) is not None
    ]


def _text_without(text: str, known: Sequence[str]) -> str:
    for secret in known:
        text = text.replace(secret, HIDDEN)
    text = _KEY.sub(HIDDEN, _URL.sub(HIDDEN, text))
    has_pairs = "=" in text or ":" in text
    return _PAIR.sub(rf"\g<1>{HIDDEN}", text) if has_pairs else text
