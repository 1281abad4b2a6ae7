"""What a user reads when an optional library is not installed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bathyscope import BathyscopeError, MissingDependency
from bathyscope._optional import require

VIEW = "from bathyscope import views; view = views.metrics({'loss': [3.0, 2.0]});"


def test_an_installed_library_is_given() -> None:
    assert require("json", extra="none", caller="here").dumps([1]) == "[1]"


def test_a_missing_library_is_named_with_the_command_that_installs_it() -> None:
    with pytest.raises(MissingDependency, match=r"`View\.magic` needs no_such_library") as caught:
        require("no_such_library.part", extra="magic", caller="View.magic")
    assert "pip install 'bathyscope[magic]'" in str(caught.value)
    assert isinstance(caught.value, (ImportError, BathyscopeError))


@pytest.mark.parametrize(
    ("library", "use", "extra"),
    [
        ("plotly", VIEW + "view.plotly()", "plotly"),
        ("pandas", VIEW + "view.to_frame()", "frame"),
        ("sklearn", "from bathyscope import datasets; datasets.load_images()", "demo"),
        (
            "umap",
            "import numpy as np; from bathyscope import views;"
            "views.feature_vectors(np.eye(30), method='umap')",
            "projections",
        ),
        ("h5py", "import bathyscope; bathyscope.inspect('weights.h5')", "hdf5"),
        ("torch", "import bathyscope; bathyscope.inspect('weights.pt')", "torch"),
    ],
)
def test_each_extra_says_how_to_install_itself(
    library: str, use: str, extra: str, tmp_path
) -> None:
    (tmp_path / "weights.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    (tmp_path / "weights.pt").write_bytes(b"PK\x03\x04")
    code = f"import sys; sys.modules[{library!r}] = None; {use}"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, timeout=600, check=False, cwd=tmp_path,
        env={"PATH": "", "HOME": str(tmp_path), "MPLCONFIGDIR": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 1
    assert f"pip install 'bathyscope[{extra}]'" in done.stderr
    assert "MissingDependency" in done.stderr
