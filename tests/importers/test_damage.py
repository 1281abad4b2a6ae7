"""Whatever bytes a file holds, nothing but our own errors comes out, and memory has a bound."""

from __future__ import annotations

import importlib.util
import random
import signal
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest

from bathyscope._errors import BathyscopeError
from bathyscope.importers import (
    FORMATS,
    detect,
    find_logs,
    keras_csv,
    keras_history,
    write_log,
)
from bathyscope.importers.formats import module_of

#: Aim's repositories are folders that Aim's own library reads: `test_aim.py` damages some.
DAMAGED = sorted(set(FORMATS) - {"aim"})
SCRIPT = Path(__file__).parents[2] / "benchmarks" / "fuzz_importers.py"


def load_script() -> ModuleType:
    """Load the script that does the same for hours."""
    spec = importlib.util.spec_from_file_location("fuzz_importers", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fuzz_importers"] = module
    spec.loader.exec_module(module)
    return module


pytestmark = pytest.mark.skipif(not SCRIPT.exists(), reason="the benchmarks are not here")


@pytest.fixture(scope="module")
def fuzz() -> Iterator[ModuleType]:
    script = load_script()
    before = signal.signal(signal.SIGALRM, script.on_alarm)
    yield script
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_logs_are_read_or_refused(fuzz: Any, tmp_path: Path, name: str) -> None:
    kind = fuzz.KINDS.get(name, fuzz.Target)
    target = kind(name, tmp_path)
    assert target.seeds
    dice = random.Random(20240607)
    for number in range(1, 100):
        data = target.put(dice)
        assert fuzz.checked(target, number, len(data), tmp_path / "runs") == ""


def test_every_whole_seed_is_read(fuzz: Any, tmp_path: Path) -> None:
    """Else the damage would be done to nothing."""
    for name in DAMAGED:
        target = fuzz.KINDS.get(name, fuzz.Target)(name, tmp_path / name)
        for seed in target.seeds:
            if name != "mlflow":
                target.file.write_bytes(seed)
            assert detect(target.path) == name
            assert target.read()


@hypothesis.given(data=st.binary(max_size=300), head=st.sampled_from(
    [b"", b"{", b'{"a": [', b"epoch,loss\n", b":W&B\xe1\xbe\0", b"tree\nversion=",
     b"SQLite format 3\0"]
))  # fmt: skip
@hypothesis.settings(max_examples=60, deadline=None)
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, head: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "x.csv"
    path.write_bytes(head + data)
    detect(path)
    for name in FORMATS:
        module = module_of(name)
        try:
            logs = module.keys(path) if hasattr(module, "keys") else [module.read(path)]
        except BathyscopeError:
            continue
        assert isinstance(logs, list)


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (keras_csv, "epoch,a\n0,\"[" + "1 " * 6_000 + "]\"\n"),
        (keras_csv, "epoch" + ",ab" * 6_000 + "\n0" + ",1" * 6_000 + "\n"),
        (keras_csv, "epoch,a\n" + "0,x\n" * 6_000),
        (keras_history, "{" + ",".join(f'"{i}":[1]' for i in range(6_000)) + "}"),
        (keras_history, '{"a": [' + "{}," * 6_000 + "1]}"),
        (keras_history, '{"a": [1, ' + "[]," * 6_000 + "1]}"),
    ],
    ids=["a long list", "many columns", "many faults", "many metrics", "objects", "lists"],
)  # fmt: skip
def test_memory_is_bounded_by_the_size_of_the_file(tmp_path: Path, reader: Any, text: str) -> None:
    path = tmp_path / "x"
    path.write_text(text)
    tracemalloc.start()
    try:
        reader.read(path)
    except BathyscopeError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 10e6 + 200 * len(text)


@pytest.mark.parametrize("depth", [50, 900, 940, 960, 970, 980, 990, 1000, 100_000])
def test_any_depth_of_nesting_is_read_or_refused(tmp_path: Path, depth: int) -> None:
    deep = "[" * depth + "]" * depth
    texts = {
        "trainer_state.json": '{"log_history": [{"step": 1, "loss": DEEP}], "state": DEEP}',
        "history.json": '{"loss": [1, DEEP]}',
        "evals_result.json": '{"a": {"b": [1, DEEP]}}',
        "xgb.json": '{"learner": {"attributes": {"x": DEEP}}}',
        "lgb.json": '{"tree_info": 1, "feature_names": [DEEP]}',
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text.replace("DEEP", deep))
        detect(tmp_path / name)
    for number, found in enumerate(find_logs(tmp_path)):
        try:
            log = found.read()
        except BathyscopeError:
            continue
        write_log(log, tmp_path / f"run-{number}")
