"""Small PyTorch modules, one of each kind."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional


def mlp() -> tuple[Any, ...]:
    parts = {
        "hidden": nn.Linear(6, 5),
        "relu": nn.ReLU(inplace=True),
        "output": nn.Linear(5, 3),
        "softmax": nn.Softmax(dim=-1),
    }
    model = nn.Sequential(OrderedDict(parts))
    linear = (("hidden", "hidden.bias"), ("output", "output.bias"))
    return model, floats(7, 6), {"hidden": 1, "relu": 1, "softmax": 1}, linear


def cnn() -> tuple[Any, ...]:
    parts = {
        "conv": nn.Conv2d(2, 4, 3, padding=1),
        "norm": nn.BatchNorm2d(4),
        "tanh": nn.Tanh(),
        "dropout": nn.Dropout(0.5),
        "pool": nn.AvgPool2d(2),
        "transposed": nn.ConvTranspose2d(4, 3, 2),
        "flatten": nn.Flatten(),
        "output": nn.Linear(48, 3),
    }
    model = nn.Sequential(OrderedDict(parts))
    model.norm.running_mean.copy_(torch.from_numpy(floats(4)))
    model.norm.running_var.copy_(torch.from_numpy(np.abs(floats(4)) + 0.5))
    return model, floats(4, 2, 6, 6), {"conv": 1, "norm": 1}, (("output", "output.bias"),)


class Nested(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Dropout(0.5))
        self.blocks = nn.ModuleList([nn.Linear(4, 4) for _ in range(2)])
        self.register_buffer("calls", torch.zeros((), dtype=torch.int64))
        self.shift = nn.Parameter(torch.ones(4))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        hidden = self.encoder(features) + self.shift
        # Noise that ignores the mode: a question must still leave the generator as it was.
        noise = functional.dropout(torch.zeros_like(hidden), training=True)
        for block in self.blocks:
            hidden = torch.relu(block(hidden)) + noise
        return hidden


def nested() -> tuple[Any, ...]:
    calls = {"encoder": 1, "encoder.0": 1, "blocks.0": 1, "blocks.1": 1}
    linear = (("encoder.0", "encoder.0.bias"), ("blocks.1", "blocks.1.bias"))
    return Nested(), floats(4, 5), calls, linear


class ManyInputs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(10, 5)
        self.scores = nn.Linear(5, 3)
        self.value = nn.Linear(5, 1)

    def forward(self, left: torch.Tensor, right: torch.Tensor, scale: float = 1.0) -> Any:
        hidden = torch.tanh(self.hidden(torch.cat([left, right.flatten(1)], dim=1))) * scale
        return {"scores": self.scores(hidden), "more": (self.value(hidden), None, "words")}


def many_inputs() -> tuple[Any, ...]:
    inputs = {"right": floats(4, 3, 2), "left": floats(4, 4)}
    linear = (("scores", "scores.bias"), ("hidden", "hidden.bias"))
    return ManyInputs(), inputs, {"hidden": 1, "value": 1}, linear


class Shared(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.twice = nn.Linear(4, 4)
        self.act = nn.ReLU(inplace=True)
        self.same = nn.Identity()
        self.alias = self.twice

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        hidden = self.twice(self.act(self.twice(features)))
        return hidden + 2 * self.same(hidden)


def shared() -> tuple[Any, ...]:
    calls = {"twice": 2, "alias": 2, "act": 1, "same": 1}
    return Shared(), floats(5, 4), calls, (("twice", "twice.bias"), ("alias", "alias.bias"))


class Attend(nn.Module):
    """Attention through the fused function."""

    def __init__(self) -> None:
        super().__init__()
        self.project = nn.Linear(4, 12)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shape = (*x.shape[:2], 3, 2, 2)
        query, key, value = self.project(x).reshape(shape).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        return mixed.transpose(1, 2).reshape(x.shape)


class Tokens(nn.Module):
    """A transformer with tied embeddings."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Parameter(torch.zeros(1, 1, 4))
        self.embed = nn.Embedding(11, 4)
        layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.attend = Attend()
        self.output = nn.Linear(4, 11, bias=False)
        self.output.weight = self.embed.weight

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        hidden = self.embed(ids)
        hidden = torch.cat([self.first.expand(len(ids), -1, -1), hidden], dim=1)
        return self.output(self.attend(self.encoder(hidden)))


def tokens() -> tuple[Any, ...]:
    inputs = np.random.default_rng(3).integers(0, 11, (3, 5))
    calls = {"embed": 1, "encoder.layers.0.linear1": 1, "encoder.layers.1": 1, "attend": 1}
    return Tokens(), inputs, calls, (("attend.project", "attend.project.bias"),)


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 4, num_layers=2, batch_first=True, dropout=0.5)
        self.output = nn.Linear(4, 3)

    def forward(self, series: torch.Tensor) -> torch.Tensor:
        return self.output(self.lstm(series)[0][:, -1])


def recurrent() -> tuple[Any, ...]:
    return Recurrent(), floats(3, 4, 3), {"lstm": 1}, (("output", "output.bias"),)


ATTENTION = {
    "tokens": {
        "encoder.layers.0.self_attn": (3, 2, 6, 6),
        "encoder.layers.1.self_attn": (3, 2, 6, 6),
        "attend": (3, 2, 6, 6),
    }
}
BUILDERS = {
    build.__name__: build for build in (mlp, cnn, nested, many_inputs, shared, tokens, recurrent)
}


def floats(*shape: int) -> np.ndarray:
    return np.random.default_rng(7).normal(size=shape)


def build(name: str) -> SimpleNamespace:
    """Make a module of one kind, and say what is true of it: see the Keras zoo."""
    torch.manual_seed(1)
    model, inputs, calls, linear = BUILDERS[name]()
    _shake(model)
    next(iter(model.children())).eval()  # a part that was frozen must stay so
    return SimpleNamespace(
        model=model,
        inputs=inputs,
        run=lambda inputs: _run(model, inputs),
        calls=calls,
        linear=linear,
        attention=ATTENTION.get(name, {}),
        total=torch.sum,
        state=lambda: _state(model),
    )


@contextmanager
def double_precision() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


def _shake(model: nn.Module) -> None:
    """Give biases and gains values, so that no derivative is right by accident."""
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.1)


def _run(model: nn.Module, inputs: Any) -> tuple[np.ndarray, ...]:
    """Run a copy, so that the module's own modes and buffers stay as they are."""
    copy = deepcopy(model).eval()
    with torch.no_grad():
        if isinstance(inputs, dict):
            outputs = copy(**{name: _tensor(array) for name, array in inputs.items()})
        else:
            outputs = copy(_tensor(inputs))
    if isinstance(outputs, dict):
        outputs = (outputs["scores"], outputs["more"][0])
    return tuple(t.numpy() for t in (outputs if isinstance(outputs, tuple) else (outputs,)))


def _tensor(array: np.ndarray) -> torch.Tensor:
    return torch.tensor(array, dtype=torch.get_default_dtype() if array.dtype.kind == "f" else None)


def _state(model: nn.Module) -> dict[str, Any]:
    modules = list(model.modules())
    return {
        "tensors": {name: tensor.numpy().copy() for name, tensor in model.state_dict().items()},
        "modes": [module.training for module in modules],
        "hooks": [
            len(module._forward_hooks) + len(module._forward_pre_hooks) for module in modules
        ],
        "trainable": [parameter.requires_grad for parameter in model.parameters()],
        "gradients": [parameter.grad is None for parameter in model.parameters()],
        "random": torch.get_rng_state().numpy().copy(),
        "fast path": torch.backends.mha.get_fastpath_enabled(),
        "gradients on": torch.is_grad_enabled(),
    }
