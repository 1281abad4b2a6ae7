"""A small model in NumPy that answers for any framework, and runs in a folder of the test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bathyscope.integrations.recording import Recording
from bathyscope.models import Forward, Layer, Parameter
from bathyscope.runs import Run


class NumpyMlp:
    """Two dense layers with a ReLU between; answers what recording asks of a model."""

    framework = "numpy"
    name = "mlp"

    def __init__(self, weights: list[np.ndarray], *, softmax: bool = True) -> None:
        self.w1, self.w2 = weights
        self.softmax = softmax

    def layers(self) -> tuple[Layer, ...]:
        sizes = {"hidden": self.w1, "output": self.w2}
        return tuple(
            Layer(
                name,
                "Dense",
                parameters=(
                    Parameter(
                        f"{name}/kernel", name, w.shape, str(w.dtype), "weight", ("in", "out")
                    ),
                ),
            )
            for name, w in sizes.items()
        )

    def parameters(self, names: Any = None) -> dict[str, np.ndarray]:
        known = {"hidden/kernel": self.w1, "output/kernel": self.w2}
        return {name: known[name].copy() for name in (known if names is None else names)}

    def set_parameters(self, values: Any) -> None:
        raise NotImplementedError

    def forward(self, inputs: Any, *, capture: Any = ()) -> Forward:
        x = np.asarray(inputs).reshape(len(inputs), -1)
        hidden = np.maximum(x @ self.w1, 0)
        scores = hidden @ self.w2
        if self.softmax:
            e = np.exp(scores - scores.max(1, keepdims=True))
            scores = e / e.sum(1, keepdims=True)
        outputs = {"hidden": (hidden,), "output": (scores,)}
        return Forward((scores,), {name: outputs[name] for name in capture})

    def gradients(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError

    def attention(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError


@pytest.fixture
def make_mlp(rng: np.random.Generator) -> Any:
    def make(n_in: int = 6, n_hidden: int = 5, n_classes: int = 3, **options: Any) -> NumpyMlp:
        weights = [rng.normal(size=(n_in, n_hidden)), rng.normal(size=(n_hidden, n_classes))]
        return NumpyMlp([w.astype(np.float32) for w in weights], **options)

    return make


@pytest.fixture
def recording(tmp_path: Path) -> Any:
    with Recording("run", runs_dir=tmp_path) as run:
        yield run


@pytest.fixture
def reopen() -> Any:
    """Read a run back as another program would."""
    return lambda run: Run(run.path)


@pytest.fixture
def notes() -> Any:
    return lambda run: [event["text"] for event in Run(run.path).events("note")]
