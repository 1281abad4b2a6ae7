"""What is compiled is optional: with a compiler it is there, without one a line says so."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NATIVE = "src/bathyscope/_native"


@pytest.fixture
def copy(tmp_path):
    """The script and one module, in a checkout of their own."""
    for name in ("scripts/native.py", f"{NATIVE}/_journal.c", f"{NATIVE}/native.h",
                 f"{NATIVE}/crc32.h"):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def _compile(copy: Path, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "scripts/native.py"],
        cwd=copy,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout


def test_without_a_compiler_a_line_says_so_and_nothing_fails(copy):
    old = copy / NATIVE / "_journal.abi3.so"
    old.write_bytes(b"of other sources")
    os.utime(old, (0, 0))
    said = _compile(copy, CC="no-such-compiler")
    assert said == (
        "_journal.c was not compiled (there is no C compiler `no-such-compiler`): "
        "Python does its work\n"
    )
    assert not old.exists()


def test_what_does_not_compile_is_said_and_left_out(copy):
    with (copy / NATIVE / "native.h").open("a") as file:
        file.write("#error no header of Python\n")
    if not shutil.which((sysconfig.get_config_var("CC") or "cc").split()[0]):
        pytest.skip("there is no C compiler here")
    said = _compile(copy)
    assert said.startswith("_journal.c was not compiled (the compiler says: ")
    assert "no header of Python" in said
    assert [path.name for path in (copy / NATIVE).iterdir() if ".so" in path.name] == []


def test_with_a_compiler_it_is_there_and_is_compiled_once(copy):
    if not shutil.which((sysconfig.get_config_var("CC") or "cc").split()[0]):
        pytest.skip("there is no C compiler here")
    said = _compile(copy)
    if said != "_journal.c was compiled\n":
        pytest.skip(f"no headers of Python here: {said}")
    code = "import _journal; print(_journal.INTERFACE, _journal.Appender.__name__)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=copy / NATIVE, capture_output=True, text=True, check=True
    )
    assert done.stdout == "1 Appender\n"
    assert _compile(copy) == "", "it is newer than its sources"
    os.utime(copy / NATIVE / "crc32.h")
    assert _compile(copy) == "_journal.c was compiled\n"
