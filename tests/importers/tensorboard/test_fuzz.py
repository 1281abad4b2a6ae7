"""A slice of the fuzzing that `benchmarks/fuzz_tensorboard.py` does by the million."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.usefixtures("way")
SCRIPT = Path(__file__).parents[3] / "benchmarks" / "fuzz_tensorboard.py"
N_INPUTS = int(os.environ.get("BATHYSCOPE_FUZZ_INPUTS", "2000"))


@pytest.fixture(scope="module")
def script() -> ModuleType:
    if not SCRIPT.exists():
        pytest.skip("the benchmarks are not part of this copy")
    spec = importlib.util.spec_from_file_location("fuzz_tensorboard", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_damaged_logs_are_read_or_refused_in_words(script: ModuleType) -> None:
    found = script.fuzz(N_INPUTS, 7)
    assert found["inputs"] >= N_INPUTS


def test_the_undamaged_log_holds_every_kind(script: ModuleType, tmp_path: Path) -> None:
    from bathyscope.importers.tensorboard import read

    path = tmp_path / "x.tfevents"
    path.write_bytes(script.framed(script.whole_log(), {}))
    log = read(path)["."]
    assert log.faults == ()
    assert set(log.items) == {
        "histograms", "images", "audio", "text", "pr_curves", "hparams", "custom_scalars",
        "meshes", "tensors", "graphs",
    }  # fmt: skip
    values = [column.value(i) for tags in log.items.values() for column in tags.values()
              for i in range(len(column))]  # fmt: skip
    assert len(values) == 13
    script.look_as_a_run(path)
