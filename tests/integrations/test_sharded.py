"""A model sharded over two processes is recorded as the same model in one: real ``torchrun``."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import bathyscope as bs
from bathyscope import NotRecorded
from bathyscope import _names as names
from bathyscope.integrations.guard import RecordingWarning
from bathyscope.integrations.shards import Parts, sums_of_part
from bathyscope.runs import Run, RunWriter
from bathyscope.views.histograms import Histograms

torch = pytest.importorskip("torch")
F = torch.nn.functional

#: Trains twice, with and without watching, and checks on each rank that no bit is different.
PROGRAM = """
    import os, sys
    import numpy as np, torch
    import bathyscope as bs
    from torch.distributed.fsdp import fully_shard

    folder = sys.argv[1]
    torch.distributed.init_process_group("gloo")
    rank = torch.distributed.get_rank()
    mesh = torch.distributed.init_device_mesh("cpu", (2,))
    data = np.load(os.path.join(folder, "data.npz"))
    x, y = torch.from_numpy(data["x"])[rank::2], torch.from_numpy(data["y"])[rank::2]

    def make(dtype):
        torch.manual_seed(0)
        model = torch.nn.Sequential(
            torch.nn.Linear(6, 5), torch.nn.LayerNorm(5), torch.nn.ReLU(),
            torch.nn.Linear(5, 1), torch.nn.Linear(1, 3),
        )
        model.register_buffer("seen", torch.arange(4.0))
        return model.to(dtype)

    def trained(run, dtype=torch.float64, gathered=None):
        model = make(dtype)
        fully_shard(model[0], mesh=mesh)
        fully_shard(model, mesh=mesh)
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.05)
        watcher = run and run.watch(model, optimizer, gradients_every=1)
        gather(gathered, "weight", 0, model.named_parameters())
        for step in range(1, 4):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(x.to(dtype)), y).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            gradients = ((name, p.grad) for name, p in model.named_parameters())
            gather(gathered, "gradient", step, gradients)
            optimizer.step()
            gather(gathered, "weight", step, model.named_parameters())
            if step == 2:
                with torch.no_grad():
                    model(x.to(dtype))  # as for a validation: it leaves parameters gathered
                if watcher:
                    watcher.end_epoch({"loss": 1.0})
        torch.distributed.barrier()  # all have recorded their parts: now they can be put together
        if watcher:
            watcher.end_epoch({"loss": 1.0})
            watcher.remove()
        state = [value for state in optimizer.state.values() for value in state.values()]
        kept = [*model.parameters(), *state]
        return [one.to_local() if hasattr(one, "to_local") else one for one in kept]

    def gather(gathered, kind, step, tensors):
        # The wholes, which recording never asks the others for.
        if gathered is not None:
            for name, tensor in tensors:
                gathered[f"{kind}/{step}/{name}"] = tensor.full_tensor().detach().numpy().copy()

    def check_equal(some, others):
        assert len(some) == len(others) and all(map(torch.equal, some, others))

    for name in ("float32", "float64"):
        dtype, gathered = getattr(torch, name), {}
        plain = trained(None, dtype, gathered)
        np.savez(os.path.join(folder, f"{name}-{rank}.npz"), **gathered)
        with bs.record(name, runs_dir=folder, strict=True) as run:
            check_equal(plain, trained(run, dtype))
    if rank == 0:  # the other one trains, and records nothing
        with bs.record("alone", runs_dir=folder, strict=True) as run:
            check_equal(plain, trained(run))
    else:
        check_equal(plain, trained(None))
    torch.distributed.destroy_process_group()
"""


def launch(folder):
    program = folder / "program.py"
    program.write_text(textwrap.dedent(PROGRAM), encoding="utf-8")
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [sys.executable, *torchrun, str(program), str(folder)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-4000:]


def statistics_of(tensor):
    values = tensor.detach().double().numpy().ravel()
    return [np.linalg.norm(values), values.mean(), values.std(), (values == 0).mean(), 0]


def train_in_one_process(x, y, dtype):
    """The same training unsharded: what is known of each parameter at each step."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(6, 5), torch.nn.LayerNorm(5), torch.nn.ReLU(),
        torch.nn.Linear(5, 1), torch.nn.Linear(1, 3),
    ).to(dtype)  # fmt: skip
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.05)
    expected = {}
    for step in range(1, 4):
        optimizer.zero_grad()
        F.cross_entropy(model(x.to(dtype)), y).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        before = {name: p.detach().clone() for name, p in model.named_parameters()}
        optimizer.step()
        for name, parameter in model.named_parameters():
            change = float((parameter.detach() - before[name]).norm())
            expected[name, step] = [
                *statistics_of(parameter.grad), *statistics_of(parameter), change,
            ]  # fmt: skip
    return expected


PREFIXES = (*names.GRADIENT_STATISTICS, *names.WEIGHT_STATISTICS, names.UPDATE_NORM)


def check_statistics(run, expected, *, rtol):
    for (name, step), statistics in expected.items():
        found = []
        for prefix in PREFIXES:
            one = run.scalars(prefix + name)
            assert one.steps.tolist() == [1, 2, 3]
            found.append(one.values[step - 1])
        # A deviation less than 1e-7 of the mean drowns in the sums: gains after one step of Adam.
        np.testing.assert_allclose(found, statistics, rtol=rtol, atol=max(2e-8, rtol / 100))


def check_parameters(run, wholes):
    """Every number is the one that was trained, put where it belongs."""
    assert run.array_steps("parameters") == (0, 2, 3)
    for step in (0, 2, 3):
        found = run.arrays("parameters", step=step)
        np.testing.assert_array_equal(found.pop("seen"), np.arange(4.0))
        expected = {key.split("/")[2]: wholes[key] for key in wholes if f"weight/{step}/" in key}
        assert found.keys() == expected.keys()
        for name, values in found.items():
            assert values.dtype == expected[name].dtype
            np.testing.assert_array_equal(values, expected[name])


def check_histograms(run, wholes):
    """The counts of the parts are those of the whole, in the same bins."""
    for kind, steps in (("weight", (0, 2, 3)), ("gradient", (1, 3))):
        assert run.table_steps(f"histograms/{kind}") == steps
        for step in steps:
            table = run.table(f"histograms/{kind}", step=step)
            names = {key.split("/")[2]: key for key in wholes if f"{kind}/{step}/" in key}
            assert set(table["tensor"]) - {"seen"} == set(names)
            for name, key in names.items():
                rows = table["tensor"] == name
                bins = zip(table["left"][rows], table["right"][rows], strict=True)
                values = wholes[key].astype(np.float64)
                expected = [((low <= values) & (values < high)).sum() for low, high in bins]
                assert table["count"][rows].tolist() == expected
                assert sum(expected) == values.size
    assert sum("0.weight" in item for item in histogram_names(run)) == 2


def histogram_names(run):
    return [offer.options["name"] for offer in Histograms.offers(run)]


def test_a_sharded_model_is_recorded_as_the_whole_is(tmp_path, rng):
    x, y = rng.normal(size=(32, 6)), rng.integers(0, 3, 32)
    x[:, 2] = 0  # part of a gradient that is 0
    np.savez(tmp_path / "data.npz", x=x, y=y)
    launch(tmp_path)
    for dtype, rtol in (("float64", 1e-9), ("float32", 1e-4)):
        run = bs.open(tmp_path / dtype)
        assert run.faults() == ()
        assert sorted(run.ranks().values()) == [0, 1]
        expected = train_in_one_process(
            torch.from_numpy(x), torch.from_numpy(y), getattr(torch, dtype)
        )
        assert len(expected) == 3 * 8
        check_statistics(run, expected, rtol=rtol)
        wholes = np.load(tmp_path / f"{dtype}-0.npz")
        check_parameters(run, wholes)
        check_histograms(run, wholes)
    # What a view shows of the run, and what it does not: the parts.
    assert {item.name for item in run.gradients().series} == {name for name, _ in expected}
    assert not [name for name in run.metrics().to_frame()["metric"] if "shard" in name]
    assert run.events("model")
    assert sum("put together from what each records" in e["text"] for e in run.events("note")) == 1

    # Without the other one the whole could not be put together, and nobody waited for it.
    alone = bs.open(tmp_path / "alone")
    found = {name for name in alone.scalar_names() if name.startswith("gradient_norm/")}
    assert found == {"gradient_norm/3.weight", "gradient_norm/3.bias"}, "all of which it holds"
    assert alone.scalars("shard/count/0.weight").values.tolist() == [18, 18, 18]
    notes = [event["text"] for event in alone.events("note")]
    assert any("0.bias, 0.weight, 1.bias, 1.weight, 4.bias and 1 more no" in t for t in notes)
    assert alone.array_groups() == () == alone.table_names()
    with pytest.raises(NotRecorded, match=r"shards of 1 of 2 ranks are there; .*: rank 1\. Call"):
        alone.arrays("parameters")
    lacking = "shards of 1 of 2 ranks are there; missing, or still being written: rank 1"
    assert alone.faults() == (
        f"tables `histograms/gradient`: of steps 1, 3, {lacking}",
        f"tables `histograms/weight`: of steps 0, 2, 3, {lacking}",
        f"arrays `parameters`: of steps 0, 2, 3, {lacking}",
    )


#: Four processes in a square, of which only PyTorch knows the ranks: tensor parallelism alone, with
#: `fully_shard` over it, and copies of what is sharded. Each is checked against the wholes, which
#: the ranks gather for it.
SQUARE = """
    import os, sys
    import numpy as np, torch
    import bathyscope as bs
    from torch.distributed.fsdp import fully_shard
    from torch.distributed.tensor.parallel import (
        ColwiseParallel, RowwiseParallel, parallelize_module,
    )

    def record(name, mesh):
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(7, 10), torch.nn.Linear(10, 3))
        if name != "copies":
            plan = {"0": ColwiseParallel(), "1": RowwiseParallel()}
            parallelize_module(model, mesh["inner"], plan)
        if name != "columns":
            fully_shard(model, mesh=mesh if name == "copies" else mesh["outer"])
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        with bs.record(name, runs_dir=folder, strict=True) as run:
            watcher = run.watch(model, optimizer, gradients_every=1)
            model(torch.ones(4, 7)).square().mean().backward()
            optimizer.step()
            parameters = model.named_parameters()
            wholes = {name: p.full_tensor().detach().numpy() for name, p in parameters}
            torch.distributed.barrier()
            watcher.remove()
        if rank == 0:
            np.savez(os.path.join(folder, name + ".npz"), **wholes)

    folder, children = sys.argv[1], []
    for rank in range(4):
        child = os.fork()
        if child == 0:
            break
        children.append(child)
    else:
        sys.exit(any(os.waitpid(child, 0)[1] for child in children))
    place = "file://" + os.path.join(folder, "store")
    torch.distributed.init_process_group("gloo", init_method=place, rank=rank, world_size=4)
    mesh = torch.distributed.init_device_mesh("cpu", (2, 2), mesh_dim_names=("outer", "inner"))
    for name in ("columns", "both", "copies"):
        record(name, mesh)
    torch.distributed.destroy_process_group()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_what_is_spread_in_two_ways_is_put_together(run_python, tmp_path):
    run_python(SQUARE, tmp_path)
    for spread in ("columns", "both", "copies"):
        run, wholes = bs.open(tmp_path / spread), np.load(tmp_path / f"{spread}.npz")
        assert run.faults() == ()
        assert sorted(run.ranks().values()) == [0, 1, 2, 3]
        found = run.arrays("parameters", step=1)
        assert found.keys() == set(wholes)
        table = run.table("histograms/weight", step=1)
        for name, values in found.items():
            np.testing.assert_array_equal(values, wholes[name])
            assert table["count"][table["tensor"] == name].sum() == values.size
            norm = run.scalars(f"weight_norm/{name}").values
            np.testing.assert_allclose(norm, [np.linalg.norm(values.astype(np.float64))], rtol=1e-6)
        # Two pairs of ranks hold a copy each, and know nothing of the other: one is kept.
        notes = [event["text"] for event in run.events("note")]
        assert sum("groups of processes" in text for text in notes) == (spread == "columns")
        assert sum("is sharded over processes" in text for text in notes) == 1


# Putting together


def parts_of_run(tmp_path, sizes):
    writer = RunWriter(tmp_path / "run", config={})
    return writer, Parts(writer.path, sizes)


def row_of(gradient, weight, change):
    def five(values):
        values = np.asarray(values, dtype=np.float64)
        with np.errstate(invalid="ignore"):
            return [
                np.linalg.norm(values), values.mean(), values.std(), (values == 0).mean(),
                (~np.isfinite(values)).sum(),
            ]  # fmt: skip

    return [*five(gradient), *five(weight), np.linalg.norm(change)]


@pytest.mark.parametrize(
    "gradient",
    [
        np.linspace(-1, 3, 12),
        np.full(12, 0.3),
        np.r_[np.zeros(5), np.arange(7.0)],
        np.r_[np.arange(10.0), np.inf, -np.inf],
        np.r_[np.nan, np.arange(11.0)],
        1 + 1e-5 * np.sin(np.arange(12)),
    ],
)
def test_parts_of_any_sizes_add_up_to_the_whole(tmp_path, rng, gradient):
    weight, change = rng.normal(size=12), rng.normal(size=12)
    writer, parts = parts_of_run(tmp_path, {"a/b.weight": 12})
    expected = dict(zip(PREFIXES, row_of(gradient, weight, change), strict=True))
    cuts = [slice(0, 3), slice(3, 4), slice(4, 12)]
    for number, cut in enumerate(cuts):
        row = row_of(gradient[cut], weight[cut], change[cut])
        writer.log_scalars(
            sums_of_part("a/b.weight", row, len(weight[cut])) | {"loss": 1.0}, step=7
        )
        found = parts.take()
        assert bool(found) == (number == 2)
    ((step, values),) = found
    assert step == 7
    for prefix, value in expected.items():
        np.testing.assert_allclose(values[f"{prefix}a/b.weight"], value, rtol=1e-6, atol=1e-12)
    assert parts.take() == []
    writer.finish()


def test_a_part_that_is_half_written_is_waited_for(tmp_path):
    writer, parts = parts_of_run(tmp_path, {"w": 4})
    sums = sums_of_part("w", row_of(np.arange(4), np.arange(4), np.ones(4)), 4)
    first = dict(list(sums.items())[:5])
    writer.log_scalars(first, step=1)
    assert parts.take() == []
    writer.log_scalars({name: sums[name] for name in sums if name not in first}, step=1)
    assert [step for step, _ in parts.take()] == [1]
    writer.finish()


def test_what_was_recorded_before_and_what_is_incomplete_is_left_alone(tmp_path):
    sums = sums_of_part("w", row_of([1.0, 2.0], [1.0, 2.0], [1.0, 2.0]), 2)
    writer = RunWriter(tmp_path / "run", config={})
    writer.log_scalars(sums, step=1)
    parts = Parts(writer.path, {"w": 4})
    writer.log_scalars(sums, step=1)
    assert parts.take() == []
    for step in range(2, 200):  # of each, half is missing
        writer.log_scalars(sums, step=step)
        assert parts.take() == []
    assert len(parts._open) <= 64
    assert parts.missing == ["w"]
    writer.log_scalars(sums, step=199)
    assert [step for step, _ in parts.take()] == [199]
    assert parts.missing == []
    assert len(Run(writer.path).scalars_all("shard/count/w").values) == 201, "nothing is lost"
    writer.finish()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch refuses it without a GPU")
def test_flattened_parameters_are_refused_in_one_warning(tmp_path):
    from torch.distributed.fsdp import FullyShardedDataParallel

    store = torch.distributed.HashStore()
    torch.distributed.init_process_group("nccl", store=store, rank=0, world_size=1)
    try:
        model = FullyShardedDataParallel(torch.nn.Linear(6, 3).cuda(), use_orig_params=True)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        with bs.record("flat", runs_dir=tmp_path, strict=True) as run:
            with pytest.warns(RecordingWarning, match="joins parameters into longer ones"):
                watcher = run.watch(model, optimizer, gradients_every=1)
            model(torch.ones(2, 6).cuda()).sum().backward()
            optimizer.step()
            watcher.end_epoch({"loss": 1.0})
    finally:
        torch.distributed.destroy_process_group()
    seen = bs.open(run.path)
    assert seen.scalars("loss").steps.tolist() == [1]
    assert not any(name.startswith("gradient") for name in seen.scalar_names())
