"""Compile the C files of the package in place: ``python scripts/native.py``.

Each ``_<name>.c`` becomes one module for Python 3.11 and all later versions. The package works
without them, only slower: where one cannot be compiled, a line says so, and nothing fails.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "src" / "bathyscope" / "_native"
SUFFIX = ".abi3.so"


def main() -> int:
    for source in sorted(FOLDER.glob("_*.c")):
        target = source.with_suffix(SUFFIX)
        if is_fresh(target):
            continue
        reason = compile_module(source, target)
        if reason:
            target.unlink(missing_ok=True)  # what was compiled from older sources
            print(f"{source.name} was not compiled ({reason}): Python does its work", flush=True)
        else:
            print(f"{source.name} was compiled", flush=True)
    return 0


def is_fresh(target: Path) -> bool:
    """Whether a module is newer than everything it is made of."""
    if not target.exists():
        return False
    made_of = [Path(__file__), target.with_name(f"{target.name.removesuffix(SUFFIX)}.c")]
    newest = max(path.stat().st_mtime for path in [*made_of, *FOLDER.glob("*.h")])
    return target.stat().st_mtime >= newest


def compile_module(source: Path, target: Path) -> str:
    """Compile one module; give why it was not, nothing if it was."""
    if os.name != "posix":
        return "only systems like Linux and macOS are written for"
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        return "this Python has no stable ABI"
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    if not shutil.which(compiler[0]):
        return f"there is no C compiler `{compiler[0]}`"
    # Replaced at once: a running program goes on with the one it has.
    fresh = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    command = [*compiler, *flags(), str(source), "-o", str(fresh)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
        if done.returncode == 0:
            fresh.replace(target)
            return ""
        said = [line for line in done.stderr.splitlines() if "error" in line] or ["?"]
        return f"the compiler says: {said[0]}"
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    finally:
        fresh.unlink(missing_ok=True)


def flags() -> list[str]:
    on_mac = ["-bundle", "-undefined", "dynamic_lookup"]
    linking = on_mac if sys.platform == "darwin" else ["-shared"]
    include = sysconfig.get_path("include")
    return ["-std=c11", "-D_GNU_SOURCE", "-O3", "-fPIC", "-Wall", "-Wextra",
            *shlex.split(os.environ.get("CFLAGS", "")), f"-I{include}", *linking]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
