"""Train the demo's networks with PyTorch."""

from __future__ import annotations

from typing import Any

from bathyscope._optional import require
from bathyscope._progress import Advance
from bathyscope.datasets import ImageData
from bathyscope.demo.plan import (
    PROBE_SIZE,
    ModelKind,
    Plan,
    gradients_every,
    steps_per_epoch,
)
from bathyscope.integrations.recording import Recording


def train(run: Recording, data: ImageData, plan: Plan, advance: Advance) -> Any:
    """Train and record; return the trained ``torch.nn.Module``."""
    torch = require("torch", extra="torch", caller="bathyscope demo --framework torch")
    torch.manual_seed(plan.seed)
    model = build(torch, data, plan.model)
    optimizer = torch.optim.Adam(model.parameters(), lr=plan.learning_rate)
    x, y = torch.from_numpy(data.x_train), torch.from_numpy(data.y_train)
    steps = steps_per_epoch(data, plan)
    probe = (data.x_test[:PROBE_SIZE], data.y_test[:PROBE_SIZE])
    words = ""
    every = gradients_every(data, plan)
    with run.watch(model, optimizer, probe=probe, gradients_every=every) as watcher:
        for epoch in range(plan.epochs):
            model.train()
            totals = torch.zeros(2)
            for number, rows in enumerate(torch.randperm(len(x)).split(plan.batch_size)):
                totals += _step(torch, model, optimizer, batch=(x[rows], y[rows]))
                if number % max(1, steps // 100) == 0:
                    advance(epoch * steps + number, words)
            loss, accuracy = (totals / len(x)).tolist()
            val_loss, val_accuracy = evaluate(torch, model, data)
            watcher.end_epoch(
                {
                    "loss": loss,
                    "accuracy": accuracy,
                    "val_loss": val_loss,
                    "val_accuracy": val_accuracy,
                }
            )
            words = f"epoch {epoch + 1}: loss {loss:.3f}, validation accuracy {val_accuracy:.1%}"
            advance((epoch + 1) * steps, words)
    return model


def build(torch: Any, data: ImageData, kind: ModelKind) -> Any:
    """Build the network for images of shape (height, width); its outputs are logits."""
    nn = torch.nn
    height, width = data.image_shape
    n_classes = len(data.classes)
    if kind == "mlp":
        layers = {
            "flatten": nn.Flatten(),
            "hidden": nn.Linear(height * width, 512),
            "relu": nn.ReLU(),
            "output": nn.Linear(512, n_classes),
        }
    else:
        n_features = 32 * (height // 4) * (width // 4)
        layers = {
            "image": nn.Unflatten(1, (1, height)),
            "conv1": nn.Conv2d(1, 16, 3, padding=1),
            "relu1": nn.ReLU(),
            "pool1": nn.MaxPool2d(2),
            "conv2": nn.Conv2d(16, 32, 3, padding=1),
            "relu2": nn.ReLU(),
            "pool2": nn.MaxPool2d(2),
            "flatten": nn.Flatten(),
            "output": nn.Linear(n_features, n_classes),
        }
    model = nn.Sequential()
    for name, layer in layers.items():
        model.add_module(name, layer)
    return model


def _step(torch: Any, model: Any, optimizer: Any, *, batch: tuple[Any, Any]) -> Any:
    """Make one optimizer step; give the batch's summed loss and number of right answers."""
    x, y = batch
    scores = model(x)
    loss = torch.nn.functional.cross_entropy(scores, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    right = (scores.argmax(1) == y).sum()
    return torch.stack([loss.detach() * len(x), right.float()])


def evaluate(torch: Any, model: Any, data: ImageData) -> tuple[float, float]:
    """Mean cross entropy and accuracy on the test set."""
    model.eval()
    y = torch.from_numpy(data.y_test)
    with torch.no_grad():
        scores = torch.cat([model(x) for x in torch.from_numpy(data.x_test).split(1024)])
        loss = torch.nn.functional.cross_entropy(scores, y)
    return float(loss), float((scores.argmax(1) == y).float().mean())
