"""What can record scalars, each behind the same three functions.

A recorder opens a folder, logs a dict of floats at a step, and can later say at which steps the
metric ``m0`` is found in that folder, by its own reader. It is listed where its library is
installed.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import struct
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

Log = Callable[[dict[str, float], int], Any]


class Recorder(NamedTuple):
    """A way to record."""

    needs: str
    open: Callable[[Path], Any]  # context manager that gives a Log
    steps: Callable[[Path], list[int]]
    environment: Mapping[str, str] = {}  # of the process it is measured in


@contextlib.contextmanager
def open_bathyscope(folder: Path) -> Iterator[Log]:
    from bathyscope.runs import RunWriter

    with RunWriter(folder / "run") as writer:
        log = writer.log_scalars
        yield lambda values, step: log(values, step=step)


def bathyscope_steps(folder: Path) -> list[int]:
    from bathyscope.runs import Run

    return Run(folder / "run").scalars("m0").steps.tolist()


@contextlib.contextmanager
def open_recording(folder: Path) -> Iterator[Log]:
    import bathyscope as bs

    with bs.record("run", runs_dir=folder) as run:
        yield lambda values, step: run.log(values, step=step)


@contextlib.contextmanager
def open_packed(folder: Path) -> Iterator[Log]:
    """Pack the step and the values, and write them: no names, no times, no checksums."""
    descriptor = os.open(folder / "packed", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def log(values: dict[str, float], step: int) -> None:
        os.write(descriptor, struct.pack(f"<q{len(values)}d", step, *values.values()))

    yield log
    os.close(descriptor)


def packed_steps(folder: Path) -> list[int]:
    data = (folder / "packed").read_bytes()
    return [step for step, _ in struct.iter_unpack("<qd", data[: len(data) // 16 * 16])]


@contextlib.contextmanager
def open_tensorboard(folder: Path) -> Iterator[Log]:
    """As torch's SummaryWriter does: an event of one simple value per metric."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(str(folder))

    def log(values: dict[str, float], step: int) -> None:
        for name, value in values.items():
            summary = Summary(value=[Summary.Value(tag=name, simple_value=value)])
            writer.add_event(Event(summary=summary, step=step))

    yield log
    writer.close()


def tensorboard_steps(folder: Path) -> list[int]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder), size_guidance={"scalars": 0}).Reload()
    return [event.step for event in events.Scalars("m0")] if events.Tags()["scalars"] else []


@contextlib.contextmanager
def open_tensorboardx(folder: Path) -> Iterator[Log]:
    from tensorboardX import SummaryWriter

    writer = SummaryWriter(str(folder))

    def log(values: dict[str, float], step: int) -> None:
        for name, value in values.items():
            writer.add_scalar(name, value, step)

    yield log
    writer.close()


@contextlib.contextmanager
def open_trackio(folder: Path) -> Iterator[Log]:
    os.environ["TRACKIO_DIR"] = str(folder)
    import trackio

    trackio.init(project="bench", name="run", embed=False)
    yield lambda values, step: trackio.log(dict(values), step=step)
    trackio.finish()


def trackio_steps(folder: Path) -> list[int]:
    import sqlite3

    steps: list[int] = []
    for path in folder.rglob("*.db"):
        with contextlib.closing(sqlite3.connect(path)) as database:
            steps += [row[0] for row in database.execute("SELECT step FROM metrics")]
    return steps


@contextlib.contextmanager
def open_wandb(folder: Path) -> Iterator[Log]:
    os.environ.update(WANDB_MODE="offline", WANDB_SILENT="true", WANDB_DIR=str(folder))
    import wandb

    run = wandb.init(project="bench", dir=str(folder))
    yield lambda values, step: run.log(values, step=step)
    run.finish()


def wandb_steps(folder: Path) -> list[int]:
    import json

    from wandb.proto import wandb_internal_pb2

    steps: list[int] = []
    for path in folder.rglob("*.wandb"):
        for data in _leveldb_records(path.read_bytes()):
            record = wandb_internal_pb2.Record()
            record.ParseFromString(data)
            if record.WhichOneof("record_type") == "history":
                items = {item.key or "/".join(item.nested_key): item.value_json
                         for item in record.history.item}  # fmt: skip
                steps.append(json.loads(items["_step"]))
    return steps


def _leveldb_records(data: bytes, *, start: int = 7, block: int = 32768) -> Iterator[bytes]:
    """Read the log format of LevelDB, in which W&B keeps a run; the last record may be torn."""
    at, pieces = start, b""
    while at + 7 <= len(data):
        left = block - at % block
        if left < 7:
            at += left
            continue
        _, length, kind = struct.unpack_from("<IHB", data, at)
        if at + 7 + length > len(data):
            return
        pieces = (
            data[at + 7 : at + 7 + length]
            if kind in (1, 2)
            else pieces + data[at + 7 : at + 7 + length]
        )
        at += 7 + length
        if kind in (1, 4):
            yield pieces


@contextlib.contextmanager
def open_mlflow(folder: Path) -> Iterator[Log]:
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    import mlflow

    mlflow.set_tracking_uri((folder / "mlruns").as_uri())
    with mlflow.start_run():
        yield lambda values, step: mlflow.log_metrics(values, step=step, synchronous=True)


def mlflow_steps(folder: Path) -> list[int]:
    return [int(line.split()[2]) for path in folder.rglob("metrics/m0")
            for line in path.read_text().splitlines()]  # fmt: skip


@contextlib.contextmanager
def open_aim(folder: Path) -> Iterator[Log]:
    import aim

    run = aim.Run(repo=str(folder), system_tracking_interval=None, capture_terminal_logs=False)

    def log(values: dict[str, float], step: int) -> None:
        for name, value in values.items():
            run.track(value, name=name, step=step)

    yield log
    run.close()


def aim_steps(folder: Path) -> list[int]:
    """Index the runs first, as `aim up` does: Aim finds no other."""
    import aim
    from aim.sdk.index_manager import RepoIndexManager
    from aim.storage.context import Context

    repo = aim.Repo(str(folder))
    steps: list[int] = []
    for run in repo.list_all_runs():
        RepoIndexManager.get_index_manager(repo).index(run)
        metric = aim.Run(run, repo=repo, read_only=True).get_metric("m0", Context({}))
        if metric is not None:
            steps += [int(step) for step in metric.data.indices_list()]
    return steps


ALL = {
    "write packed values": Recorder("", open_packed, packed_steps),
    "bathyscope RunWriter.log_scalars": Recorder("bathyscope", open_bathyscope, bathyscope_steps),
    "bathyscope record().log": Recorder("bathyscope", open_recording, bathyscope_steps),
    "... RunWriter.log_scalars, in Python": Recorder(
        "bathyscope", open_bathyscope, bathyscope_steps, {"BATHYSCOPE_PURE": "1"}
    ),
    "... record().log, in Python": Recorder(
        "bathyscope", open_recording, bathyscope_steps, {"BATHYSCOPE_PURE": "1"}
    ),
    "TensorBoard EventFileWriter": Recorder("tensorboard", open_tensorboard, tensorboard_steps),
    "tensorboardX SummaryWriter": Recorder("tensorboardX", open_tensorboardx, tensorboard_steps),
    "Trackio": Recorder("trackio", open_trackio, trackio_steps),
    "W&B offline": Recorder("wandb", open_wandb, wandb_steps),
    "Aim": Recorder("aim", open_aim, aim_steps),
    "MLflow files": Recorder("mlflow", open_mlflow, mlflow_steps),
}


def installed() -> dict[str, Recorder]:
    """Give the recorders whose libraries are here."""
    return {
        name: recorder
        for name, recorder in ALL.items()
        if not recorder.needs or importlib.util.find_spec(recorder.needs)
    }
