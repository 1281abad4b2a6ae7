"""What watching a training costs: the same training with and without, side by side.

    python benchmarks/watching.py --quick

Each case has a process of its own, in which one training is watched at default settings in every
other block of steps; in between, what watches it is put aside: in PyTorch the optimizer's hooks, in
Keras the callback, for a whole epoch. Which of a pair goes first alternates, so that a machine that
gets slower or faster favours neither; Python's garbage is collected between the blocks, not in
them. What is compared is CPU time of all threads, which other programs on the machine change least;
the ratio of wall times stands beside it. Ratios are those of the summed times, with a 95% bootstrap
interval over the pairs of blocks. The first two pairs, in which programs are compiled, are left
out: what that and the state before training cost stands in the column before the last. Epochs end
in blocks that are watched, so the snapshots of parameters and of the probe count too.

In less than half a minute Keras has shorter epochs, each with its snapshot: that overstates.

The C library is told to keep memory that was freed, so that neither block has to ask for it anew.
``--null`` watches neither, and shows what the comparison itself makes of two equal blocks. For an
interval narrower than 2%, on an otherwise idle machine:

    python benchmarks/watching.py --seconds 120
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

#: Epochs of MNIST, on which the article trains.
SAMPLES = 60_000
CASES = (
    "mlp torch 64",
    "mlp torch 128",
    "mlp jax 64",
    "mlp jax 128",
    "mlp tensorflow 128",
    "mlp keras-torch 128",
    "resnet18 torch 8",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="less than a minute, three cases")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    parser.add_argument("--seconds", type=float, help="of each case")
    parser.add_argument("--null", action="store_true", help="watch neither: how equal is equal?")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        _child(arguments.child, arguments.seconds, is_null=arguments.null)
        return
    quick = ("mlp torch 128", "mlp jax 128", "resnet18 torch 8")
    cases = [case for case in (quick if arguments.quick else CASES) if arguments.only in case]
    if not cases:
        parser.error(f"--only must be part of the name of a case; got {arguments.only!r}: {CASES}")
    seconds = arguments.seconds or (10.0 if arguments.quick else 60.0)
    print("| training | step | watched / plain | 95% interval | wall | its interval ", end="")
    print("| first blocks | readings |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    for case in cases:
        print(_row(case, _run(case, seconds, is_null=arguments.null)), flush=True)


def _run(case: str, seconds: float, *, is_null: bool) -> dict[str, Any]:
    backend = {"jax": "jax", "tensorflow": "tensorflow", "keras-torch": "torch"}
    environment = {
        **os.environ,
        "KERAS_BACKEND": backend.get(case.split()[1], "jax"),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "MALLOC_TRIM_THRESHOLD_": "4000000000",
        "MALLOC_MMAP_THRESHOLD_": str(2**25),
    }
    command = [sys.executable, __file__, "--child", case, "--seconds", str(seconds)]
    command += ["--null"] if is_null else []
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        if line.startswith("RESULT "):
            return json.loads(line.removeprefix("RESULT "))
    raise SystemExit(f"{case} failed:\n{done.stderr[-3000:]}")


def _row(case: str, found: dict[str, Any]) -> str:
    readings = f"{found['readings']} in {found['steps']} steps"
    cpu, wall = found["cpu"], found["wall"]
    return (
        f"| {case} | {1e3 * found['step']:.2f} ms | {cpu[0]:.4f} | {cpu[1]:.4f} to {cpu[2]:.4f} | "
        f"{wall[0]:.3f} | {wall[1]:.3f} to {wall[2]:.3f} | {found['begin']:.2f} s | {readings} |"
    )


def _child(case: str, seconds: float, *, is_null: bool) -> None:
    model, framework, batch_size = case.split()
    turns = Turns(seconds)
    with tempfile.TemporaryDirectory() as folder:
        if framework == "torch":
            pairs, run = _torch(model, int(batch_size), turns, folder, is_null=is_null)
        else:
            pairs, run = _keras(int(batch_size), turns, folder, is_null=is_null)
    whole = [pair for pair in pairs[2:] if len(pair) == 2]  # the first are warming up
    begin = turns.before + sum(pair[1][0] - pair[0][0] for pair in pairs[:2])
    times = np.array([[pair[0], pair[1]] for pair in whole])  # (pairs, who, CPU or wall)
    result = {
        "cpu": _ratio(times[:, :, 0]),
        "wall": _ratio(times[:, :, 1]),
        "begin": begin,
        "step": float(np.median(times[:, 0, 0])) / turns.steps_per_block,
        "steps": turns.steps_per_block * len(pairs),
        **run,
    }
    print("RESULT " + json.dumps(result), flush=True)


def _ratio(times: np.ndarray) -> list[float]:
    """Give the ratio of the summed times of shape (pairs, 2), and its interval."""
    rng = np.random.default_rng(0)
    drawn = times[rng.integers(0, len(times), size=(4000, len(times)))].sum(1)
    ends = np.quantile(drawn[:, 1] / drawn[:, 0], [0.025, 0.975])
    plain, watched = times.sum(0)
    return [float(watched / plain), *ends.tolist()]


#: Pairs of blocks without which there is no interval; two more are for warming up.
_FEWEST_PAIRS = 8
#: In a measurement of fewer seconds, Keras has epochs of so few steps, or there were no such pairs.
_SHORT, _FEW_STEPS = 30, 200


class Turns:
    """Measures blocks of steps that are watched and not watched in turn.

    Parameters
    ----------
    seconds : float
        How long all turns may take together.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.steps_per_block = 0
        #: CPU and wall time of each turn, by whose it was: 0 is plain, 1 is watched.
        self.pairs: list[dict[int, tuple[float, float]]] = []
        #: CPU time of what is done once, before the training.
        self.before = 0.0
        self._turns_done = 0
        self._began = (0.0, 0.0)
        self._end = 0.0

    @property
    def next(self) -> int:
        """Whose turn it is: 0, 1, 1, 0, 0, 1, 1, 0 and so on."""
        return (self._turns_done + 1) // 2 % 2

    def begin(self) -> None:
        """Start the clock of the next turn."""
        self._end = self._end or time.perf_counter() + self.seconds
        gc.collect()
        gc.disable()
        _Clock.start(self.next)
        self._began = time.process_time(), time.perf_counter()

    def end(self) -> None:
        """Stop the clock."""
        cpu, wall = self._began
        took = time.process_time() - cpu, time.perf_counter() - wall
        _Clock.stop(self.next)
        gc.enable()
        if self._turns_done % 2 == 0:
            self.pairs.append({})
        self.pairs[-1][self.next] = took
        self._turns_done += 1

    @property
    def is_over(self) -> bool:
        """Whether the time is used up, and there is something to compare."""
        return time.perf_counter() > self._end and self._turns_done >= 2 * _FEWEST_PAIRS


class _Clock:
    """Time as what watches sees it: it stands still while that is put aside."""

    at: float = 0.0
    began: float | None = None

    @classmethod
    def start(cls, who: int) -> None:
        if who == 1:
            cls.began = time.perf_counter()

    @classmethod
    def stop(cls, who: int) -> None:
        if who == 1 and cls.began is not None:
            cls.at += time.perf_counter() - cls.began
            cls.began = None

    @classmethod
    def now(cls) -> float:
        return cls.at + (time.perf_counter() - cls.began if cls.began is not None else 0.0)


def _images(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Images like MNIST's in shape, range and share of ink; their content does not matter here."""
    x = rng.random((SAMPLES, 784), dtype=np.float32) * (rng.random((SAMPLES, 784)) < 0.2)
    return x.astype(np.float32), rng.integers(0, 10, SAMPLES)


def _record(folder: str) -> Any:
    import bathyscope as bs
    from bathyscope.integrations import pacing

    pacing.clock = _Clock.now
    return bs.record("watched", runs_dir=folder, strict=True)


def _readings(run: Any) -> dict[str, int]:
    import bathyscope as bs

    run.finish()
    seen = bs.open(run.path)
    names = [name for name in seen.scalar_names() if name.startswith("gradient_norm/")]
    return {"readings": len(seen.scalars(names[0])) if names else 0}


# PyTorch


def _torch(kind: str, batch_size: int, turns: Turns, folder: str, *, is_null: bool) -> Any:
    import torch

    torch.set_num_threads(1)
    x, y = _torch_data(kind)
    model = _torch_model(kind)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loop = _torch_loop((model, optimizer), (x, y), batch_size)
    turns.steps_per_block = _steps_per_block(loop)
    run = _record(folder)
    hooks = _Hooks(optimizer)
    probe = (x[:64], y[:64]) if kind == "mlp" else (x[:16], y[:16])
    watcher = None if is_null else run.watch(model, optimizer, probe=probe)
    steps_per_epoch, watched_steps = -(-len(x) // batch_size), 0
    while not turns.is_over:
        for _ in range(2):
            who = turns.next
            hooks.show(who == 1)
            turns.begin()
            for _ in range(turns.steps_per_block):
                next(loop)
                watched_steps += who
                if watcher and who and watched_steps % steps_per_epoch == 0:
                    watcher.end_epoch()
            turns.end()
    hooks.show(True)
    if watcher:
        watcher.remove()
    return turns.pairs, _readings(run)


class _Hooks:
    """Hooks of an optimizer, which can be put aside for a while."""

    def __init__(self, optimizer: Any) -> None:
        self._places = (optimizer._optimizer_step_pre_hooks, optimizer._optimizer_step_post_hooks)
        self._aside: list[dict[Any, Any]] = [{}, {}]

    def show(self, is_shown: bool) -> None:
        for place, aside in zip(self._places, self._aside, strict=True):
            source, target = (aside, place) if is_shown else (place, aside)
            target.update(source)
            source.clear()


def _torch_loop(trained: tuple[Any, Any], data: tuple[Any, Any], batch_size: int) -> Iterator[None]:
    import torch

    model, optimizer = trained
    while True:
        for rows in torch.randperm(len(data[0])).split(batch_size):
            optimizer.zero_grad()
            x, y = (part[rows] for part in data)
            loss = torch.nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            yield


def _torch_data(kind: str) -> tuple[Any, Any]:
    import torch

    rng = np.random.default_rng(0)
    if kind == "mlp":
        x, y = _images(rng)
    else:  # an epoch of a small data set, so that some epochs end in the measured time
        x, y = rng.random((1024, 3, 32, 32), dtype=np.float32), rng.integers(0, 10, 1024)
    return torch.from_numpy(x), torch.from_numpy(y)


def _torch_model(kind: str) -> Any:
    from torch import nn

    if kind == "mlp":
        return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 10))
    return _resnet18()


def _resnet18(classes: int = 10) -> Any:
    """ResNet-18 (He et al. 2016) with the stem for 32 x 32 images."""
    from torch import nn

    class Block(nn.Module):
        def __init__(self, before: int, width: int, stride: int) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(before, width, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(width)
            self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(width)
            self.down = nn.Sequential()
            if stride != 1 or before != width:
                self.down = nn.Sequential(
                    nn.Conv2d(before, width, 1, stride, bias=False), nn.BatchNorm2d(width)
                )

        def forward(self, x: Any) -> Any:
            out = self.bn1(self.conv1(x)).relu()
            return (self.bn2(self.conv2(out)) + self.down(x)).relu()

    layers: list[Any] = [nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
    widths = [64, 64, 128, 256, 512]
    for before, width in itertools.pairwise(widths):
        layers += [Block(before, width, 1 if width == 64 else 2), Block(width, width, 1)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, classes))


def _steps_per_block(loop: Iterator[None], seconds: float = 0.2) -> int:
    """Make blocks long enough to hold several steps, short enough to be neighbours in time."""
    for _ in range(3):
        next(loop)
    start, steps = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        next(loop)
        steps += 1
    return max(2, steps)


# Keras


def _keras(batch_size: int, turns: Turns, folder: str, *, is_null: bool) -> Any:
    if os.environ["KERAS_BACKEND"] == "torch":
        import torch

        torch.set_num_threads(1)
    x, y = _images(np.random.default_rng(0))
    if turns.seconds < _SHORT:
        x, y = x[: _FEW_STEPS * batch_size], y[: _FEW_STEPS * batch_size]
    turns.steps_per_block = -(-len(x) // batch_size)
    run = _record(folder)
    recorder = None if is_null else run.keras(probe=(x[:64], y[:64]))
    model, callbacks = _keras_model(), _turn_taking(turns, recorder)
    model.fit(x, y, batch_size=batch_size, epochs=10**6, verbose=0, callbacks=callbacks)
    return turns.pairs, _readings(run)


def _keras_model() -> Any:
    import keras

    model = keras.Sequential(
        [
            keras.Input((784,)),
            keras.layers.Dense(512, "relu", name="hidden"),
            keras.layers.Dense(10, "softmax", name="output"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _turn_taking(turns: Turns, recorder: Any) -> list[Any]:
    """Give callbacks that let every other epoch be recorded, after one to warm up."""
    import keras

    callback = keras.callbacks.Callback
    put_aside = _PutAside(recorder) if recorder else None

    class First(callback):
        is_warm = False

        def on_train_begin(self, logs: Any = None) -> None:
            turns.before = -time.process_time()

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if put_aside:
                put_aside.show(self.is_warm and turns.next == 1)
            if self.is_warm:
                turns.begin()

    first = First()

    class Last(callback):
        def on_train_begin(self, logs: Any = None) -> None:
            turns.before += time.process_time()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            int(keras.ops.convert_to_numpy(self.model.optimizer.iterations))  # waits for the device
            if first.is_warm:
                turns.end()
            first.is_warm = True
            self.model.stop_training = turns.is_over
            if put_aside and turns.is_over:
                put_aside.show(True)

    return [first, recorder, Last()] if recorder else [first, Last()]


class _PutAside:
    """A callback that can be put aside for a while."""

    _METHODS = ("on_epoch_begin", "on_train_batch_begin", "on_test_begin", "on_epoch_end")

    def __init__(self, callback: Any) -> None:
        self._callback = callback

    def show(self, is_shown: bool) -> None:
        for name in self._METHODS:
            if is_shown:
                vars(self._callback).pop(name, None)
            else:
                setattr(self._callback, name, lambda *_, **__: None)


if __name__ == "__main__":
    main()
