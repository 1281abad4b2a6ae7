"""Build what the package holds beside Python: the pages of `web/`, and the C files of `_native/`.

The pages are built with a Node.js that pip installs for the build. C is compiled where there is a
compiler, for speed alone: a wheel without it is for every system, one with it for this one.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import sys_tags

BUNDLE = Path("src/bathyscope/figures/web/static")
NATIVE = Path("src/bathyscope/_native")
OUTPUTS = ("bathyscope.js", "bathyscope.css", "begin.js")


class BuildHook(BuildHookInterface):
    """Build both, unless what was built is newer than its sources."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        build_pages(root)
        if self.target_name == "wheel":
            compiled = compile_native(root)
            if compiled and version == "standard":  # an editable wheel only points to them
                build_data["artifacts"] += [f"/{NATIVE}/{path.name}" for path in compiled]
                build_data["pure_python"] = False
                build_data["tag"] = f"cp311-abi3-{platform()}"


def compile_native(root: Path) -> list[Path]:
    """Compile what can be compiled; give the modules that are there."""
    # What the script says goes to the log of the build.
    subprocess.run([sys.executable, str(root / "scripts" / "native.py")], check=False)
    return sorted((root / NATIVE).glob("*.abi3.so"))


def platform() -> str:
    """Name this system as wheels do; what else it can run needs no saying."""
    names = (tag.platform for tag in sys_tags())
    return next(name for name in names if not name.startswith(("manylinux", "musllinux")))


def build_pages(root: Path) -> None:
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
