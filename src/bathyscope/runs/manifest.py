"""``run.json``: what a run is, written once when it is made."""

from __future__ import annotations

import platform
import subprocess
import sys
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bathyscope import __version__
from bathyscope.runs import plain
from bathyscope.runs.files import cannot_read, publish_once, read_small
from bathyscope.runs.layout import MANIFEST
from bathyscope.runs.secrets import command_without_secrets, settings_without_secrets

FORMAT = "bathyscope-run"
VERSION = 1
#: What readers count on.
_KINDS: dict[str, type] = {"name": str, "config": dict, "tags": list, "group": str}
_IN_WORDS: dict[type, str] = {str: "text", dict: "an object", list: "a list"}


def write_manifest(
    run: Path, *, name: str, config: Mapping[str, Any], tags: Sequence[str], group: str = ""
) -> None:
    """Write ``run.json`` unless it is there. No environment variable and no secret is recorded."""
    form = plain.Plain()
    facts: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "name": name,
        "created": datetime.now(UTC).isoformat(),
        "config": settings_without_secrets(form.convert(config)),
        "represented": form.represented,
        "tags": list(tags),
        "group": group,
        "software": software(),
        "host": platform.node(),
        "command": form.convert(command_without_secrets(sys.argv), "command"),
        "git_commit": git_commit(),
    }
    facts["crc32"] = _check(facts)
    publish_once(run / MANIFEST, plain.dump(facts, indent=2).encode() + b"\n")


def read_manifest(run: Path) -> tuple[dict[str, Any], list[str]]:
    """Give what ``run.json`` says, and what is wrong with it."""
    try:
        text = read_small(f"{run}/{MANIFEST}")
        written = plain.parse(text)
    except FileNotFoundError:
        return {}, ["it is missing"]
    except OSError as error:
        return {}, [cannot_read(error)]
    except ValueError as error:
        return {}, [f"it cannot be read ({error})"]
    if not isinstance(written, dict):
        return {}, ["it must hold a JSON object"]
    facts = dict(written) if plain.is_as_it_stands(text) else plain.load(text)
    return facts, [*_faults(written), *_take_wrong_kinds(facts)]


def _faults(written: dict[str, Any]) -> list[str]:
    faults: list[str] = []
    version = written.get("version")
    if not isinstance(version, int) or version > VERSION:
        faults.append(
            f"it has format version {version!r}, and this bathyscope reads up to {VERSION}; "
            "use a newer one"
        )
    if written.pop("crc32", None) != _check(written):
        faults.append("it was changed after it was written (its checksum differs)")
    return faults


def _take_wrong_kinds(facts: dict[str, Any]) -> list[str]:
    """Take out what somebody wrote who is not ours, and no reader could use; say so."""
    wrong = [key for key, kind in _KINDS.items() if not isinstance(facts.get(key, kind()), kind)]
    return [
        f"its `{key}` must be {_IN_WORDS[_KINDS[key]]}; got {facts.pop(key)!r:.60}" for key in wrong
    ]


def _check(written: Mapping[str, Any]) -> str:
    """Give the CRC32 of the facts as compact JSON with sorted keys; none if they have no JSON."""
    try:
        return f"{zlib.crc32(plain.dump(written, sort=True).encode()):08x}"
    except ValueError:  # an editor wrote NaN, which Python reads
        return ""


def software() -> dict[str, str]:
    """Give the versions of what recorded the run."""
    return {
        "bathyscope": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
    }


def git_commit() -> str | None:
    """Give the commit of the working folder; None where there is none to be had at once."""
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=2,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None
