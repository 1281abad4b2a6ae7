"""Two processes that train one model record one run: real ``torchrun``, real gradients."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

import bathyscope as bs
from bathyscope.integrations.joining import find_run
from bathyscope.runs import Run, RunWriter
from bathyscope.runs.ranks import this_rank

torch = pytest.importorskip("torch")

PROGRAM = """
    import os, sys
    import numpy as np, torch
    import bathyscope as bs

    torch.distributed.init_process_group("gloo")
    rank = torch.distributed.get_rank()
    data = np.load(os.path.join(sys.argv[1], "data.npz"))
    x, y = torch.from_numpy(data["x"])[rank::2], torch.from_numpy(data["y"])[rank::2]

    def train(run, *, is_wrapper_watched):
        torch.manual_seed(0)
        model = torch.nn.Linear(6, 3).double()
        wrapped = torch.nn.parallel.DistributedDataParallel(model)
        optimizer = torch.optim.SGD(wrapped.parameters(), lr=0.5)
        with run.watch(
            wrapped if is_wrapper_watched else model,
            optimizer,
            probe=(x, y),
            gradients_every=1,
            micro_batch=len(x),
        ) as watcher:
            for _ in range(3):
                optimizer.zero_grad()
                loss = torch.nn.functional.cross_entropy(wrapped(x), y)
                loss.backward()
                optimizer.step()
                run.log({"loss": loss.item()})
            watcher.end_epoch()
        assert not model._forward_pre_hooks

    for name in ("ddp", "inner"):
        with bs.record(name, runs_dir=sys.argv[1], config={"lr": 0.5}, strict=True) as run:
            train(run, is_wrapper_watched=name == "ddp")

    # Ranks that train models of their own keep what each of them does.
    torch.manual_seed(rank)
    model = torch.nn.Linear(6, 3).double()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    with bs.record("apart", runs_dir=sys.argv[1], strict=True) as run:
        with run.watch(model, optimizer, gradients_every=1):
            torch.nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
        run.log({"mine": model.weight.grad.norm().item()})
    torch.distributed.destroy_process_group()
"""


def launch(folder: Path) -> None:
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


def softmax_regression(model, x, y, *, rate, steps):
    """Train by hand on all samples: losses of each half, and the gradients of the halves."""
    weight, bias = (p.detach().numpy().copy() for p in model.parameters())
    losses, gradients = [], []
    for _ in range(steps):
        scores = x @ weight.T + bias
        p = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
        each = -np.log(p[np.arange(len(x)), y])
        delta = p - np.eye(3)[y]
        halves = [
            np.concatenate([(delta[r::2].T @ x[r::2]).ravel(), delta[r::2].sum(0)]) * 2 / len(x)
            for r in range(2)
        ]
        losses.append([each[r::2].mean() for r in range(2)])
        gradients.append(halves)
        mean = np.mean(halves, axis=0)
        weight, bias = weight - rate * mean[:18].reshape(3, 6), bias - rate * mean[18:]
    return np.array(losses), np.array(gradients)


def test_two_ranks_record_one_run_whose_gradients_are_those_of_all_samples(tmp_path, rng):
    x, y = rng.normal(size=(32, 6)), rng.integers(0, 3, 32)
    np.savez(tmp_path / "data.npz", x=x, y=y)
    RunWriter(tmp_path / "ddp", config={}).finish()  # the name is taken
    launch(tmp_path)
    folders = sorted(path.name for path in tmp_path.iterdir() if path.is_dir())
    assert folders == ["apart", "ddp", "ddp-2", "inner"]
    torch.manual_seed(0)
    expected = softmax_regression(torch.nn.Linear(6, 3).double(), x, y, rate=0.5, steps=3)
    check_run_of_two(bs.open(tmp_path / "ddp-2"), *expected)
    # The same if what is watched is the model inside the wrapper, as frameworks hand it out.
    check_run_of_two(bs.open(tmp_path / "inner"), *expected)

    apart = bs.open(tmp_path / "apart")
    for rank in range(2):
        found = apart.scalars("gradient_norm/weight", rank=rank)
        assert found.steps.tolist() == [1]
        np.testing.assert_allclose(found.values, apart.scalars("mine", rank=rank).values)


def check_run_of_two(run, losses, halves):
    assert run.status == "finished"
    assert run.faults() == ()
    assert sorted(run.ranks().values()) == [0, 1]
    for rank in range(2):
        found = run.scalars("loss", rank=rank)
        assert found.steps.tolist() == [1, 2, 3]
        np.testing.assert_allclose(found.values, losses[:, rank], rtol=1e-9)
    mean = halves.mean(1)
    for name, part in (("weight", mean[:, :18]), ("bias", mean[:, 18:])):
        found = run.scalars_all(f"gradient_norm/{name}")
        assert found.steps.tolist() == [1, 2, 3], "kept once"
        np.testing.assert_allclose(found.values, np.linalg.norm(part, axis=1), rtol=1e-9)
    assert run.array_steps("parameters") == (0, 3)
    for step in (0, 3):
        table = run.table("histograms/weight", step=step)
        assert table["count"].sum() == 18 + 3, "kept once"

    # Rank 0 knows its own half and the mean: both batch sizes of the noise scale.
    small, big = (halves[:, 0] ** 2).sum(1), (mean**2).sum(1)
    found = run.scalars_all("gradient_noise/trace").values
    np.testing.assert_allclose(found, (small - big) / (1 / 16 - 1 / 32), rtol=1e-9)


# Finding the run


def of_rank(rank, **said):
    return {"RANK": str(rank), "WORLD_SIZE": "2", "MASTER_PORT": "29500", **said}


def test_ranks_of_a_launch_share_what_other_launches_do_not():
    first, second = this_rank(of_rank(0)), this_rank(of_rank(1))
    assert (first["rank"], second["rank"]) == (0, 1)
    assert first["launch"] == second["launch"]
    assert this_rank(of_rank(0, MASTER_PORT="29501"))["launch"] != first["launch"]
    alone = this_rank(of_rank(0, LOCAL_WORLD_SIZE="2"))
    assert alone["launch"] != first["launch"]
    assert this_rank(of_rank(1, LOCAL_WORLD_SIZE="2"))["launch"] == alone["launch"]


@pytest.mark.parametrize(
    "said", [{}, {"RANK": "0"}, {"RANK": "0", "WORLD_SIZE": "1"}, {"RANK": "x", "WORLD_SIZE": "2"}]
)
def test_a_process_alone_has_no_rank(said):
    assert this_rank(said) == {}


def test_a_run_of_another_launch_is_not_joined(tmp_path, monkeypatch):
    for name, value in of_rank(0, MASTER_PORT="1").items():
        monkeypatch.setenv(name, value)
    RunWriter(tmp_path / "a", config={}).finish()
    monkeypatch.setenv("MASTER_PORT", "2")
    RunWriter(tmp_path / "a-2", config={}).finish()
    RunWriter(tmp_path / "b", config={}).finish()
    launch = this_rank()["launch"]
    assert find_run(tmp_path, "a", launch, patience=0.0) == tmp_path / "a-2"
    assert find_run(tmp_path, "a", "another", patience=0.0) is None
    monkeypatch.setenv("MASTER_PORT", "1")
    assert find_run(tmp_path, None, this_rank()["launch"], patience=0.0) == tmp_path / "a"


def test_a_rank_that_finds_no_run_says_so_and_records_its_own(tmp_path, monkeypatch):
    from bathyscope.integrations import folders
    from bathyscope.integrations.guard import RecordingWarning

    for name, value in of_rank(1).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(folders, "PATIENCE", 0.0)
    with pytest.warns(RecordingWarning, match="rank 1 found no run `mine`"):
        run = bs.record("mine", runs_dir=tmp_path)
    run.finish()
    assert bs.open(run.path).ranks() == {bs.open(run.path).events()[0]["writer"]: 1}


def test_of_the_ranks_of_a_launch_the_worst_outcome_counts(tmp_path, monkeypatch):
    def record(rank, status, port):
        for name, value in of_rank(rank, MASTER_PORT=port).items():
            monkeypatch.setenv(name, value)
        RunWriter(tmp_path / "a", resume=True).finish(status)
        return bs.open(tmp_path / "a").status

    assert [record(0, "failed", "1"), record(1, "finished", "1")] == ["failed", "failed"]
    assert record(0, "finished", "2") == "finished"  # a later launch that went on with it
    assert record(1, "interrupted", "2") == "interrupted"


LIKE_LIGHTNING = """
    import os, subprocess, sys
    import bathyscope as bs

    rank, name = int(os.environ.get("LOCAL_RANK", "0")), sys.argv[2] or None
    run = bs.record(name, runs_dir=sys.argv[1])
    if rank == 0:
        others = {"NODE_RANK": "0", "WORLD_SIZE": "2", "LOCAL_RANK": "1", "MASTER_ADDR": "here"}
        subprocess.run([sys.executable, *sys.argv], env={**os.environ, **others}, check=True)
    run.log({f"of{rank}": 1.0})
    if rank == 0:
        raise ValueError("and it fails")
"""


@pytest.mark.parametrize("name", ["mine", ""])
def test_a_rank_that_rank_0_starts_records_into_its_run(tmp_path, start_python, name):
    """Lightning starts the program again for each GPU, once the first has made its run."""
    (tmp_path / "runs" / "mine").mkdir(parents=True)  # taken: it will be another name
    process = start_python(LIKE_LIGHTNING, tmp_path / "runs", name, stderr=subprocess.PIPE)
    _, said = process.communicate()
    process.stderr.close()
    assert b"and it fails" in said
    assert b"RecordingWarning" not in said
    (run,) = (Run(path) for path in (tmp_path / "runs").iterdir() if path.name != "mine")
    assert run.scalar_names() == ("of0", "of1")
    assert [event["kind"] for event in run.events() if "process" in event] == ["started", "forked"]
    assert run.status == "failed", "that the other one finished says nothing"
