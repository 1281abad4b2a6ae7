"""A training loop of PyTorch as people write it, recorded: schedule, early stop, and going on.

Run it with ``python examples/torch_loop.py``, and again to go on where it ended; look with
``bathyscope view runs``.
"""

from pathlib import Path

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

import bathyscope as bs
from bathyscope.datasets import load_images


def main(folder: Path, epochs: int = 5) -> None:
    data = load_images()
    x_train, x_test = (torch.from_numpy(x)[:, None] for x in (data.x_train, data.x_test))
    y_train, y_test = (torch.from_numpy(y).long() for y in (data.y_train, data.y_test))
    batches = DataLoader(TensorDataset(x_train, y_train), batch_size=64, shuffle=True)

    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3), nn.ReLU(), nn.Flatten(),
        nn.LazyLinear(64), nn.ReLU(), nn.Linear(64, 10),
    )  # fmt: skip
    model(x_test[:1])  # a lazy layer gets its shape
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
    checkpoint = folder / "checkpoint.pt"
    if checkpoint.exists():
        for part, state in zip((model, optimizer, schedule), torch.load(checkpoint), strict=True):
            part.load_state_dict(state)

    run = bs.record("torch-loop", runs_dir=folder / "runs", resume=checkpoint.exists())
    best, patience = float("inf"), 2
    with run.watch(model, optimizer, probe=(x_test[:64], y_test[:64])) as watcher:
        for _ in range(epochs):
            for x, y in batches:
                optimizer.zero_grad()
                loss = cross_entropy(model(x), y)
                loss.backward()
                optimizer.step()
                run.log({"batch/loss": loss, "lr": schedule.get_last_lr()[0]})
            schedule.step()
            with torch.no_grad():
                validation = cross_entropy(model(x_test), y_test).item()
            watcher.end_epoch({"loss": loss, "val_loss": validation})
            torch.save([part.state_dict() for part in (model, optimizer, schedule)], checkpoint)
            best, patience = (validation, 2) if validation < best else (best, patience - 1)
            if patience == 0:
                break
    run.evaluate(model, x_test, y_test, classes=data.classes)
    run.finish()


if __name__ == "__main__":
    main(Path())
