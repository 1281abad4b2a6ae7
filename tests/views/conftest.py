"""A real network, trained here with NumPy on scikit-learn's digits, and its recorded run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from bathyscope.models import Layer, Parameter
from bathyscope.runs import Run, RunWriter

EPOCHS, BATCH, HIDDEN, PROBE = 6, 64, 24, 16


@dataclass
class Digits:
    """Images scaled to [0, 1] and flattened, in a training and a test set."""

    x_train: NDArray[np.float64]
    y_train: NDArray[np.int64]
    x_test: NDArray[np.float64]
    y_test: NDArray[np.int64]


def _digits() -> Digits:
    found = load_digits()
    order = np.random.default_rng(0).permutation(len(found.target))
    x, y = found.data[order] / 16.0, found.target[order]
    return Digits(x[:1200], y[:1200], x[1200:], y[1200:])


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@dataclass
class DigitsMlp:
    """64 pixels, 24 ReLU units, 10 classes; plain gradient descent on the cross entropy."""

    parameters: dict[str, NDArray[np.float64]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(1)
        self.parameters = {
            "hidden/kernel": rng.normal(size=(64, HIDDEN)) * np.sqrt(2 / 64),
            "hidden/bias": np.zeros(HIDDEN),
            "output/kernel": rng.normal(size=(HIDDEN, 10)) * np.sqrt(1 / HIDDEN),
            "output/bias": np.zeros(10),
        }

    def layers(self) -> tuple[Layer, ...]:
        return tuple(
            Layer(
                name=name,
                kind="Dense",
                parameters=(
                    Parameter(f"{name}/kernel", name, shape, "float64", "weight", ("in", "out")),
                    Parameter(f"{name}/bias", name, shape[1:], "float64", "bias", ("out",)),
                ),
                output_shape=(None, shape[1]),
                inputs=() if name == "hidden" else ("hidden",),
            )
            for name, shape in (("hidden", (64, HIDDEN)), ("output", (HIDDEN, 10)))
        )

    def forward(self, x: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Give the hidden units' outputs and the class probabilities."""
        p = self.parameters
        hidden = np.maximum(x @ p["hidden/kernel"] + p["hidden/bias"], 0.0)
        return hidden, _softmax(hidden @ p["output/kernel"] + p["output/bias"])

    def gradients(
        self, x: NDArray[np.float64], y: NDArray[np.int64]
    ) -> tuple[float, dict[str, NDArray[np.float64]]]:
        """Give the mean cross entropy and its derivatives."""
        hidden, probabilities = self.forward(x)
        loss = -np.log(probabilities[np.arange(len(y)), y]).mean()
        by_score = probabilities.copy()
        by_score[np.arange(len(y)), y] -= 1
        by_score /= len(y)
        by_hidden = (by_score @ self.parameters["output/kernel"].T) * (hidden > 0)
        return float(loss), {
            "hidden/kernel": x.T @ by_hidden,
            "hidden/bias": by_hidden.sum(axis=0),
            "output/kernel": hidden.T @ by_score,
            "output/bias": by_score.sum(axis=0),
        }


def _norms(prefix: str, arrays: dict[str, NDArray[Any]]) -> dict[str, float]:
    return {prefix + name: float(np.linalg.norm(value)) for name, value in arrays.items()}


def _train(writer: RunWriter, digits: Digits, rate: float) -> DigitsMlp:
    """Train and record what an integration would record."""
    network = DigitsMlp()
    writer.log_event(
        "model", framework="numpy", name="digits-mlp", layers=[_plain(x) for x in network.layers()]
    )
    writer.log_event("classes", names=[f"digit {k}" for k in range(10)])
    probe = {"sample": np.arange(PROBE), "inputs": digits.x_test[:PROBE].reshape(-1, 8, 8)}
    writer.log_arrays("inputs/probe", probe, step=0)
    rng, step, start = np.random.default_rng(2), 0, 1_700_000_000.0
    _record_of_the_whole(writer)
    _record_epoch(writer, network, digits, step)
    for epoch in range(1, EPOCHS + 1):
        for batch in np.array_split(
            rng.permutation(len(digits.x_train)), len(digits.x_train) // BATCH
        ):
            loss, gradients = network.gradients(digits.x_train[batch], digits.y_train[batch])
            step += 1
            scalars = {"loss": loss, **_norms("gradient_norm/", gradients)}
            scalars |= _norms("weight_norm/", network.parameters)
            scalars |= _norms("update_norm/", {n: rate * g for n, g in gradients.items()})
            scalars |= {f"gradient_zeros/{n}": float((g == 0).mean()) for n, g in gradients.items()}
            writer.log_scalars(scalars, step=step, time=start + 0.25 * step)
            for name, gradient in gradients.items():
                network.parameters[name] = network.parameters[name] - rate * gradient
        metrics = _record_epoch(writer, network, digits, step)
        writer.log_scalars({**metrics, "epoch": epoch}, step=step, time=start + 0.25 * step)
    return network


def _plain(layer: Layer) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(layer)


def _record_epoch(
    writer: RunWriter, network: DigitsMlp, digits: Digits, step: int
) -> dict[str, float]:
    writer.log_arrays("parameters", network.parameters, step=step)
    hidden, probabilities = network.forward(digits.x_test)
    predicted = probabilities.argmax(axis=1)
    samples = np.arange(len(digits.y_test))
    losses = -np.log(probabilities[samples, digits.y_test])
    of_probe = {"hidden": hidden[:PROBE], "output": probabilities[:PROBE]}
    writer.log_arrays("feature_maps/probe", of_probe, step=step)
    writer.log_arrays("features/test", {"sample": samples, "hidden": hidden}, step=step)
    writer.log_arrays("scores/test", {"sample": samples, "scores": probabilities}, step=step)
    writer.log_table(
        "predictions/test",
        {
            "sample": samples,
            "true": digits.y_test,
            "predicted": predicted,
            "confidence": probabilities.max(axis=1),
            "loss": losses,
        },
        step=step,
    )
    _record_other_things(writer, network, step)
    accuracy = float((predicted == digits.y_test).mean())
    return {"val_loss": float(losses.mean()), "val_accuracy": accuracy}


def _record_of_the_whole(writer: RunWriter) -> None:
    """Record what belongs to no step of the training."""
    writer.log_table("feature_importance", {"feature": ["a", "b"], "gain": [3.0, 1.0]}, step=1)
    trials = {"trial": [0, 1], "value": [0.5, 0.25], "params/rate": [0.1, 0.2]}
    writer.log_table("trials", trials, step=2)
    for second in (0, 10):
        writer.log_scalars({"system/cpu_percent": 50.0 + second}, step=1, time=1.7e9 + second)
    writer.log_event("note", text="Recorded by a test.")


def _record_other_things(writer: RunWriter, network: DigitsMlp, step: int) -> None:
    """Record what no integration records by itself, so that every view has something to offer."""
    counts, edges = np.histogram(network.parameters["hidden/kernel"], bins=30)
    bins = {"left": edges[:-1], "right": edges[1:], "count": counts}
    writer.log_table("histograms/hidden/kernel", bins, step=step)
    values = {"true": [0.0, 1.0, 2.0, 4.0], "predicted": [0.5, 1.0, 1.5, 4.0]}
    columns = {"sample": [0, 1, 2, 3], "target": ["age"] * 4, "loss": [0.25, 0.0, 0.25, 0.0]}
    writer.log_table("regression/probe", columns | values, step=step)
    writer.log_arrays("images/samples", {"0": np.eye(4), "1": np.zeros((4, 4))}, step=step)
    tone = np.sin(np.arange(2000) / 5).astype(np.float32)
    writer.log_arrays("audio/speech", {"0": tone}, step=step)
    writer.log_arrays("attention", {"head 0": np.eye(5), "scale": np.array(0.5)}, step=step)
    writer.log_arrays("meshes/ball_VERTEX", {"tensor": np.eye(3)[None]}, step=step)
    writer.log_table("judged", {"answer": ["yes", "no"], "score": [0.5, 0.25]}, step=step)
    writer.log_table("text/answers", {"text": [f"after {step} steps"]}, step=step)


@pytest.fixture(scope="session")
def digits() -> Digits:
    return _digits()


@dataclass(frozen=True)
class Recorded:
    """A run with the network it recorded, to compare with."""

    run: Run
    network: DigitsMlp


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory, digits: Digits) -> Recorded:
    folder = tmp_path_factory.mktemp("runs") / "digits-mlp"
    with RunWriter(folder, name="digits-mlp", config={"rate": 0.5}) as writer:
        network = _train(writer, digits, rate=0.5)
    return Recorded(Run(folder), network)


@pytest.fixture(scope="session")
def recorded_run(recorded: Recorded) -> Run:
    """A whole training on real digits, as an integration records it."""
    return recorded.run


@pytest.fixture(scope="session")
def slower_run(tmp_path_factory: pytest.TempPathFactory, digits: Digits) -> Run:
    """The same training with a smaller learning rate."""
    folder = tmp_path_factory.mktemp("runs") / "digits-mlp-slow"
    with RunWriter(folder, name="digits-mlp-slow", config={"rate": 0.05}) as writer:
        _train(writer, digits, rate=0.05)
    return Run(folder)


@pytest.fixture
def run_writer(tmp_path: Path) -> Iterator[Callable[..., RunWriter]]:
    """Open writers of new runs: ``run_writer("name")``; what they wrote is read with `Run`."""
    opened: list[RunWriter] = []

    def open_writer(name: str = "run") -> RunWriter:
        opened.append(RunWriter(tmp_path / name, name=name))
        return opened[-1]

    yield open_writer
    for writer in opened:
        writer.finish()


@pytest.fixture
def record_ranks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """Record one run as ranks do: each by a writer of its own, and of the machine it names."""

    def record(logged: dict[int, dict[str, list[float]]], host: str = "node{}") -> Run:
        folder = tmp_path / "run"
        for rank, metrics in logged.items():
            with monkeypatch.context() as as_rank:
                as_rank.setattr("platform.node", lambda rank=rank: host.format(rank))
                said = {"RANK": rank, "WORLD_SIZE": len(logged), "MASTER_PORT": 1}
                for name, value in said.items():
                    as_rank.setenv(name, str(value))
                with RunWriter(folder, resume=folder.exists()) as writer:
                    for name, values in metrics.items():
                        for step, value in enumerate(values, 1):
                            writer.log_scalars({name: value}, step=step, time=1e9 + step)
        return Run(folder)

    return record


@pytest.fixture(scope="session")
def keras_model() -> Any:
    """A small convolutional Keras model with a skip connection."""
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(0)
    image = keras.Input((8, 8, 1), name="pixels")
    first = keras.layers.Conv2D(4, 3, activation="relu", padding="same", name="first")(image)
    second = keras.layers.Conv2D(4, 3, padding="same", name="second")(first)
    joined = keras.layers.Add(name="joined")([first, second])
    flat = keras.layers.Flatten(name="flat")(joined)
    scores = keras.layers.Dense(10, activation="softmax", name="scores")(flat)
    return keras.Model(image, scores, name="tiny")


@pytest.fixture(scope="session")
def torch_model() -> Any:
    """A small PyTorch model: a multilayer perceptron with a batch normalisation."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Linear(64, 12), torch.nn.BatchNorm1d(12), torch.nn.ReLU(), torch.nn.Linear(12, 10)
    )


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    yield
    plt.close("all")
