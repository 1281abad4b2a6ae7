"""Faults are made for real: processes are killed, disks filled, bytes flipped.

``test_every_call.py`` does so at every call of the system there is.

Some tests are small in an ordinary run; BATHYSCOPE_FULL_FAULTS=1 gives them their full size.
Faults of single files (every byte of a journal flipped, cut off at every length) are in
``tests/runs/test_journal.py`` and ``test_sealing.py``; threads and forks in ``test_writer.py``,
``test_processes.py`` and ``test_background.py`` there.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def run_path(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "first"


@pytest.fixture(scope="session")
def is_full_size() -> bool:
    return bool(os.environ.get("BATHYSCOPE_FULL_FAULTS"))


@pytest.fixture
def open_folder():
    """A folder that every user may reach."""
    place = Path(tempfile.mkdtemp(prefix="bathyscope-"))
    place.chmod(0o777)
    yield place
    shutil.rmtree(place)
