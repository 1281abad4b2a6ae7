"""Build the pages of `web/` into the package, with a Node.js that pip installs for the build."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLE = Path("src/bathyscope/figures/web/static")
OUTPUTS = ("bathyscope.js", "bathyscope.css")


class PagesHook(BuildHookInterface):
    """Run `npm ci` and `npm run build` unless the built pages are newer than their sources."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        del version, build_data
        root = Path(self.root)
        if (root / "PKG-INFO").exists() and is_built(root):
            return  # a source distribution carries the built pages
        if not is_fresh(root):
            build(root)


def is_built(root: Path) -> bool:
    return all((root / BUNDLE / name).exists() for name in OUTPUTS)


def is_fresh(root: Path) -> bool:
    """Whether the built pages are newer than every source file of `web/`."""
    if not is_built(root):
        return False
    sources = [
        path
        for path in (root / "web").rglob("*")
        if path.is_file() and "node_modules" not in path.parts
    ]
    newest = max(path.stat().st_mtime for path in sources)
    return all((root / BUNDLE / name).stat().st_mtime >= newest for name in OUTPUTS)


def build(root: Path) -> None:
    for arguments in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
        command = [sys.executable, str(root / "scripts" / "npm.py"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            # pip hides what a hook prints; the error itself must carry npm's words.
            raise RuntimeError(
                f"`npm {' '.join(arguments)}` in web/ failed with exit code {done.returncode}.\n"
                f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
            )
