"""``run.json``: what a run is, written once when it is made."""

from __future__ import annotations

import json
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
from bathyscope.runs.files import publish_once, read_small
from bathyscope.runs.layout import MANIFEST
from bathyscope.runs.secrets import command_without_secrets, settings_without_secrets

FORMAT = "bathyscope-run"
VERSION = 1


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
        "command": command_without_secrets(sys.argv),
        "git_commit": git_commit(),
    }
    facts["crc32"] = _check(facts)
    publish_once(run / MANIFEST, plain.dump(facts, indent=2).encode() + b"\n")


def read_manifest(run: Path) -> tuple[dict[str, Any], list[str]]:
    """Give what ``run.json`` says, and what is wrong with it."""
    try:
        text = read_small(f"{run}/{MANIFEST}")
        written = json.loads(text)
    except FileNotFoundError:
        return {}, ["it is missing"]
    except (OSError, ValueError) as error:
        return {}, [f"it cannot be read ({error})"]
    if not isinstance(written, dict):
        return {}, ["it must hold a JSON object"]
    facts = plain.load(text) if plain.has_marks(text) else dict(written)
    return facts, _faults(written)


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


def _check(written: Mapping[str, Any]) -> str:
    """Give the CRC32 of the facts as compact JSON with sorted keys."""
    return f"{zlib.crc32(plain.dump(written, sort=True).encode()):08x}"


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
