"""What a file of weights can answer: its layers and parameters, and why nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from numpy.typing import NDArray

from bathyscope._errors import Unanswered
from bathyscope.models.lookup import find_parameter
from bathyscope.models.protocol import Batch, Forward, Gradients, Layer, Target

#: Reads the named arrays, fresh from the file.
Read = Callable[[Sequence[str]], Mapping[str, NDArray[Any]]]


class FileModel:
    """A file of weights, seen as a model that cannot run.

    Parameters
    ----------
    framework : str
        Such as ``"file (safetensors)"``.
    name : str
        The file's name, or the model's where the file says it.
    layers : sequence of Layer
    read : function
        From parameter names to arrays.
    """

    def __init__(self, *, framework: str, name: str, layers: Sequence[Layer], read: Read) -> None:
        self._framework = framework
        self._name = name
        self._layers = tuple(layers)
        self._read = read

    @property
    def framework(self) -> str:
        """The file's format."""
        return self._framework

    @property
    def name(self) -> str:
        """The model's name, as far as the file says it."""
        return self._name

    def layers(self) -> tuple[Layer, ...]:
        """All layers the file names. See `Model.layers`."""
        return self._layers

    def parameters(self, names: Sequence[str] | None = None) -> dict[str, NDArray[Any]]:
        """Read parameters from the file. See `Model.parameters`."""
        if names is None:
            names = [p.name for layer in self._layers for p in layer.parameters]
        for name in names:
            find_parameter(self._layers, name)
        found = self._read(names)
        return {name: found[name] for name in names}

    def set_parameters(self, values: Mapping[str, NDArray[Any]]) -> None:
        """Refuse: a file is only read."""
        del values
        raise Unanswered(
            f"`{self._name}` is a file, and files are only read. "
            "Load it into a model, and set the parameters there."
        )

    def forward(self, inputs: Batch, *, capture: Sequence[str] = ()) -> Forward:
        """Refuse: weights alone compute nothing."""
        del inputs, capture
        self._refuse("outputs")

    def gradients(
        self,
        inputs: Batch,
        target: Target,
        *,
        inputs_too: bool = True,
        layers: Sequence[str] = (),
        parameters: Sequence[str] = (),
    ) -> Gradients:
        """Refuse: weights alone compute nothing."""
        del inputs, target, inputs_too, layers, parameters
        self._refuse("gradients")

    def attention(
        self, inputs: Batch, *, layers: Sequence[str] | None = None
    ) -> dict[str, NDArray[Any]]:
        """Refuse: weights alone compute nothing."""
        del inputs, layers
        self._refuse("attention weights")

    def _refuse(self, what: str) -> NoReturn:
        raise Unanswered(
            f"`{self._name}` is a file of weights, which has no {what}: code that came with a "
            "file is never run. Load it with the framework that wrote it, and inspect the model."
        )
