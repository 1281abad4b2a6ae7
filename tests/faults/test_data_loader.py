"""The workers of PyTorch's data loader are forked from the process that records."""

from __future__ import annotations

import numpy as np
import pytest

from bathyscope.runs import Run

pytest.importorskip("torch")

TRAINING = """
    import os, sys
    import torch
    from torch.utils.data import DataLoader, Dataset
    import bathyscope as bs

    torch.set_num_threads(1)  # a pool of threads would not live through a fork

    class Samples(Dataset):
        def __len__(self):
            return 64

        def __getitem__(self, index):
            run.log({"worker/sample": index, f"worker/{os.getpid()}": 1.0}, step=1000 + index)
            return torch.full((3,), float(index))

    run = bs.record("loader", runs_dir=sys.argv[1])
    model = torch.nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-6)
    with run.watch(model, optimizer):
        for epoch in range(2):
            loader = DataLoader(
                Samples(), batch_size=8, num_workers=2, multiprocessing_context="fork"
            )
            for batch in loader:
                optimizer.zero_grad()
                loss = model(batch).square().mean()
                loss.backward()
                optimizer.step()
                run.log({"main/first": batch[0, 0].item()})
    run.finish()
    print(os.getpid())
"""


def test_what_workers_of_a_data_loader_and_the_training_log_is_all_there(run_python, tmp_path):
    pid = run_python(TRAINING, tmp_path).strip()
    run = Run(tmp_path / "loader")
    assert (run.status, run.faults(), run.events("fault")) == ("finished", (), [])
    main = run.scalars("main/first")
    np.testing.assert_array_equal(main.steps, np.arange(1, 17))
    np.testing.assert_array_equal(main.values, np.tile(np.arange(0, 64, 8), 2))
    assert len(run.scalars("weight_norm/weight")) > 0
    logged = run.sql("SELECT writer, step, value FROM scalars_all WHERE metric = 'worker/sample'")
    np.testing.assert_array_equal(np.sort(logged["value"]), np.repeat(np.arange(64), 2))
    np.testing.assert_array_equal(logged["step"], 1000 + logged["value"])
    workers = set(run.scalar_names()) & {f"worker/{event['process']['pid']}"
                                         for event in run.events("forked")}  # fmt: skip
    forked = {event["writer"] for event in run.events("forked")}
    assert len(workers) == 4 and f"worker/{pid}" not in workers
    assert set(logged["writer"]) == forked and len(forked) == 4
