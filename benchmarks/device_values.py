"""Does a loop that logs numbers of a device ever wait for it, and is every number right?

    python benchmarks/device_values.py --quick

Each step computes for some milliseconds on the device, logs two numbers of it, and spoils them in
place where the library allows that. Said is: whether the loop waited, which PyTorch itself reports
for a GPU (``torch.cuda.set_sync_debug_mode``), and which shows in how often the device was behind
when a round of steps was done; what a call cost; and how many of the recorded numbers are wrong,
compared with copies that were kept on the device and fetched at the end. The same loop reads each
number with ``float()`` for comparison. Rounds are short, and between them the device is waited for:
a driver queues about a thousand operations, and whoever launches the next one waits for room.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import bathyscope as bs

#: Steps without waiting for the device: some hundred operations.
ROUND = 20


class Loop(NamedTuple):
    """A training loop on a device."""

    where: str
    step: Callable[[int], tuple[Any, Any]]  # gives two numbers of the device
    keep: Callable[[Any], Any]  # a copy on the device
    spoil: Callable[[Any], None]
    is_behind: Callable[[], bool]
    wait: Callable[[], None]
    watch: Callable[[bool], None]  # make waiting an error, or not


def torch_loop() -> Loop:
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(1)
    size = 4096 if device == "cuda" else 256
    work = torch.randn(size, size, device=device)
    results: list[Any] = [None, None]

    def step(number: int) -> tuple[Any, Any]:
        matrix = work
        for _ in range(4):
            matrix = matrix @ work / size**0.5
        results[0] = matrix.sum() * 0 + number
        results[1] = matrix.abs().mean().to(torch.bfloat16)
        return results[0], results[1]

    def watch(on: bool) -> None:
        if device == "cuda":
            torch.cuda.set_sync_debug_mode("error" if on else "default")

    def is_behind() -> bool:
        return device == "cuda" and not torch.cuda.current_stream().query()

    return Loop(
        f"torch {torch.__version__} on "
        + (torch.cuda.get_device_name() if device == "cuda" else "the CPU"),
        step,
        lambda number: number.clone(),
        lambda number: number.fill_(float("nan")),
        is_behind,
        lambda: torch.cuda.synchronize() if device == "cuda" else None,
        watch,
    )


def jax_loop() -> Loop:
    import jax
    import jax.numpy as jnp

    size = 256 if jax.default_backend() == "cpu" else 4096
    work = jax.random.normal(jax.random.key(0), (size, size))
    latest: list[Any] = []

    @jax.jit
    def compute(number: Any, work: Any) -> tuple[Any, Any]:
        matrix = work
        for _ in range(4):
            matrix = matrix @ work / size**0.5
        return matrix.sum() * 0 + number, jnp.abs(matrix).mean().astype(jnp.bfloat16)

    def step(number: int) -> tuple[Any, Any]:
        latest[:] = compute(jnp.float32(number), work)
        return latest[0], latest[1]

    return Loop(
        f"jax {jax.__version__} on {jax.devices()[0].device_kind}",
        step,
        lambda number: number,  # arrays of JAX never change
        lambda number: None,
        lambda: not latest[0].is_ready(),
        lambda: jax.block_until_ready(latest),
        lambda on: None,
    )


def measure(loop: Loop, steps: int) -> None:
    for number in range(20):  # compile, and fill the caches
        loop.step(number)
    loop.wait()
    reading = loop._replace(watch=lambda on: None)
    by_item = _run(reading, steps, lambda values, step: [float(one) for one in values.values()])
    with tempfile.TemporaryDirectory() as folder:
        run = bs.record("device", runs_dir=folder, strict=True)
        run.log(dict(zip("ab", loop.step(0), strict=True)), step=0)
        loop.wait()
        ours = _run(loop, steps, lambda values, step: run.log(values, step=step))
        run.finish()
        wrong = _count_wrong(run.path, ours.kept)
    print(f"\n{loop.where}, {steps} steps")
    print(f"  did the loop wait?            {ours.waited}")
    print(f"  numbers wrong or missing      {wrong} of {2 * steps}")
    print(f"  a call of run.log             {_median_us(ours.call_secs)} us, longest "
          f"{max(ours.call_secs) * 1e6:.0f}")  # fmt: skip
    print(f"  reading both by float()       {_median_us(by_item.call_secs)} us")
    print(f"  a step with run.log           {ours.secs / steps * 1e6:9.1f} us, all in all")
    print(f"  a step with float()           {by_item.secs / steps * 1e6:9.1f} us, all in all")


class Ran(NamedTuple):
    """What came of a loop."""

    secs: float
    call_secs: list[float]
    kept: list[list[Any]]
    waited: str


def _run(loop: Loop, steps: int, log: Callable[[dict[str, Any], int], Any]) -> Ran:
    kept, call_secs, waited = [], [], ""
    rounds = behind = 0
    start = time.perf_counter()
    for first in range(1, steps + 1, ROUND):
        loop.watch(True)
        try:
            for step in range(first, min(first + ROUND, steps + 1)):
                values = dict(zip("ab", loop.step(step), strict=True))
                kept.append([loop.keep(value) for value in values.values()])
                before = time.perf_counter()
                log(values, step)
                call_secs.append(time.perf_counter() - before)
                for value in values.values():
                    loop.spoil(value)
        except RuntimeError as error:  # what PyTorch raises where something waits for a GPU
            waited = f"YES: {error}"
        rounds, behind = rounds + 1, behind + loop.is_behind()
        loop.watch(False)
        loop.wait()
    secs = time.perf_counter() - start
    said = f"no; after {behind} of {rounds} rounds the device was still behind"
    return Ran(secs, call_secs, kept, waited or said)


def _median_us(secs: list[float]) -> str:
    return f"{statistics.median(secs) * 1e6:9.1f}"


def _count_wrong(path: Path, kept: list[Any]) -> int:
    from bathyscope.runs import Run

    run = Run(path)
    wrong = 0
    for column, name in enumerate("ab"):
        series = run.scalars(name)
        found = dict(zip(series.steps.tolist(), series.values.tolist(), strict=True))
        for step, pair in enumerate(kept, 1):
            wrong += found.get(step) != float(pair[column])
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="less than a minute")
    arguments = parser.parse_args()
    steps = 200 if arguments.quick else 3000
    for library, loop in (("torch", torch_loop), ("jax", jax_loop)):
        if importlib.util.find_spec(library):
            measure(loop(), steps)
        else:
            print(f"\n{library} is not installed", file=sys.stderr)


if __name__ == "__main__":
    main()
