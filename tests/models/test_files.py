from __future__ import annotations

import json
import os
import pickle
import struct
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import h5py
import numpy as np
import pytest
from safetensors.numpy import save_file

from bathyscope import Unanswered, UnknownName, UnsafeFile, UnsupportedModel, models
from bathyscope.models import Model, Score

KERAS_KINDS = ("mlp", "cnn", "nested", "many_inputs", "shared", "tokens", "recurrent")


def _same_parameters(file: Model, live: Model) -> None:
    expected = live.parameters()
    found = file.parameters()
    assert set(found) == set(expected)
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value)


def _facts(model: Model) -> dict[str, Any]:
    return {
        p.name: (p.layer, p.shape, p.dtype, p.role, p.axes)
        for layer in model.layers()
        for p in layer.parameters
    }


@pytest.mark.keras
@pytest.mark.parametrize("kind", KERAS_KINDS)
def test_a_keras_file_says_what_the_live_model_says(
    kind: str, keras_zoo: ModuleType, tmp_path: Path
) -> None:
    model = keras_zoo.build(kind).model
    model.save(tmp_path / "model.keras")
    file, live = models.load(tmp_path / "model.keras"), models.adapt(model)
    assert file.name == live.name
    assert file.framework == "file (keras)"
    said = [(la.name, la.kind, la.parent, la.uses, la.trainable) for la in file.layers()]
    assert said == [(la.name, la.kind, la.parent, la.uses, la.trainable) for la in live.layers()]
    assert _facts(file) == _facts(live)
    _same_parameters(file, live)


@pytest.mark.keras
@pytest.mark.parametrize("kind", KERAS_KINDS)
def test_a_weights_file_holds_the_same_parameters(
    kind: str, keras_zoo: ModuleType, tmp_path: Path
) -> None:
    model = keras_zoo.build(kind).model
    model.save_weights(tmp_path / "model.weights.h5")
    file, live = models.load(tmp_path / "model.weights.h5"), models.adapt(model)
    _same_parameters(file, live)
    assert _facts(file) == _facts(live)


@pytest.mark.keras
@pytest.mark.parametrize("kind", ["mlp", "cnn", "nested", "tokens"])
def test_an_older_keras_file_holds_the_same_parameters(
    kind: str, keras_zoo: ModuleType, tmp_path: Path
) -> None:
    model = keras_zoo.build(kind).model
    model.save(tmp_path / "model.h5")
    file, live = models.load(tmp_path / "model.h5"), models.adapt(model)
    _same_parameters(file, live)
    assert file.name == live.name


def test_a_torch_file_holds_the_same_parameters(torch_zoo: ModuleType, tmp_path: Path) -> None:
    import torch

    for kind in torch_zoo.BUILDERS:
        module = torch_zoo.build(kind).model
        live, path = models.adapt(module), tmp_path / f"{kind}.pt"
        torch.save(module.state_dict(), path)
        _same_parameters(models.load(path), live)
        checkpoint = {"epoch": torch.tensor(3), "model": module.state_dict(), "note": "words"}
        torch.save(checkpoint, path)
        _same_parameters(models.load(path), live)
        torch.save({f"module.{k}": v for k, v in module.state_dict().items()}, path)
        _same_parameters(models.load(path), live)


def test_layers_of_a_torch_file_are_a_tree(torch_zoo: ModuleType, tmp_path: Path) -> None:
    import torch

    module = torch_zoo.build("tokens").model
    torch.save(module.state_dict(), tmp_path / "tokens.pth")
    model = models.load(tmp_path / "tokens.pth")
    assert models.find_layer(model, "encoder.layers.0.linear1").parent == "encoder.layers.0"
    facts = _facts(model)
    assert facts["embed.weight"][3:] == ("weight", ("in", "out"))
    assert facts["encoder.layers.0.norm1.weight"][3] == "scale"
    assert facts["encoder.layers.0.linear1.weight"][4] == ("out", "in")


def test_a_safetensors_file_is_read_bit_for_bit(tmp_path: Path) -> None:
    values = {
        "block.10.weight": np.array([[np.nan, -0.0, 1.5]], np.float32),
        "block.2.weight": np.arange(6.0).reshape(2, 3),
        "block.2.bias": np.array([1, 2], np.float16),
        "steps": np.array(7),
    }
    save_file(values, tmp_path / "model.safetensors")
    model = models.load(tmp_path / "model.safetensors")
    for name, value in model.parameters().items():
        assert value.tobytes() == values[name].tobytes()
    names = [layer.name for layer in model.layers()]
    assert names == ["block", "block.2", "block.10", "model"]
    assert list(model.parameters(["steps"])) == ["steps"]


def test_bfloat16_of_a_safetensors_file_widens_exactly(tmp_path: Path) -> None:
    exact = np.array([1.0, -2.5, 0.15625, np.inf], np.float32)
    bits = (exact.view(np.uint32) >> 16).astype("<u2").tobytes()
    entry = {"w": {"dtype": "BF16", "shape": [2, 2], "data_offsets": [0, len(bits)]}}
    header = json.dumps(entry).encode()
    path = tmp_path / "half.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header + bits)
    model = models.load(path)
    assert models.find_parameter(model, "w").dtype == "bfloat16"
    np.testing.assert_array_equal(model.parameters()["w"], exact.reshape(2, 2))


def test_a_plain_hdf5_file_is_read_by_its_paths(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "plain.hdf5", "w") as file:
        file["encoder/dense/kernel"] = np.ones((2, 3))
        file["encoder/dense/bias"] = np.zeros(3)
    model = models.load(tmp_path / "plain.hdf5")
    assert [layer.name for layer in model.layers()] == ["encoder", "encoder/dense"]
    assert models.find_parameter(model, "encoder/dense/kernel").axes == ("in", "out")


def test_files_say_why_they_cannot_answer(tmp_path: Path) -> None:
    save_file({"a.weight": np.ones((2, 2))}, tmp_path / "a.safetensors")
    model = models.load(tmp_path / "a.safetensors")
    with pytest.raises(Unanswered, match="has no outputs: code that came with a file"):
        model.forward(np.ones((1, 2)))
    with pytest.raises(Unanswered, match="has no gradients"):
        model.gradients(np.ones((1, 2)), Score(0))
    with pytest.raises(Unanswered, match="has no attention"):
        model.attention(np.ones((1, 2)))
    with pytest.raises(Unanswered, match="files are only read"):
        model.set_parameters({"a.weight": np.zeros((2, 2))})
    with pytest.raises(UnknownName, match=r"`a\.weight`"):
        model.parameters(["a.weigt"])


class _Trap:
    """Leaves a file behind if it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (os.mkdir, (str(self.path),))


@pytest.mark.parametrize("ending", [".pt", ".pth", ".th", ".ckpt", ".bin"])
def test_pickled_code_is_never_run(ending: str, tmp_path: Path) -> None:
    import torch

    trap, path = tmp_path / "sprung", tmp_path / f"evil{ending}"
    torch.save({"weight": torch.ones(2), "trap": _Trap(trap)}, path)
    with pytest.raises(UnsafeFile, match="would run code"):
        models.load(path)
    path.write_bytes(pickle.dumps(_Trap(trap)))
    with pytest.raises((UnsafeFile, ValueError)):
        models.load(path)
    assert not trap.exists()


def test_whole_modules_are_refused(tmp_path: Path) -> None:
    import torch

    torch.save(torch.nn.Linear(2, 3), tmp_path / "whole.pt")
    with pytest.raises(UnsafeFile, match=r"save `model.state_dict\(\)`"):
        models.load(tmp_path / "whole.pt")


@pytest.mark.keras
def test_code_in_a_keras_file_is_never_run(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    trap = tmp_path / "sprung"

    def spring(x: Any) -> Any:
        os.mkdir(str(trap))  # noqa: PTH102
        return x

    inputs = keras.Input((2,))
    hidden = keras.layers.Dense(3, name="dense")(inputs)
    outputs = keras.layers.Lambda(spring, output_shape=(3,), name="code")(hidden)
    model = keras.Model(inputs, outputs)
    if trap.exists():
        trap.rmdir()
    model.save(tmp_path / "code.keras")
    file = models.load(tmp_path / "code.keras")
    assert [layer.kind for layer in file.layers()] == ["Dense", "Lambda"]
    assert file.parameters()["dense/kernel"].shape == (2, 3)
    assert not trap.exists()


def test_links_out_of_a_file_are_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["a/kernel"] = np.ones((2, 3))
    with h5py.File(tmp_path / "link.h5", "w") as file:
        file["a"] = h5py.ExternalLink("secret.h5", "/a")
    with pytest.raises(UnsafeFile, match="link to elsewhere"):
        models.load(tmp_path / "link.h5")


@pytest.mark.parametrize("name", ["a.safetensors", "a.keras", "a.h5", "a.pt"])
def test_damaged_files_are_named(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"not a model at all")
    with pytest.raises((ValueError, UnsafeFile), match=f"`{name}` must"):
        models.load(tmp_path / name)


def test_a_zip_that_is_no_keras_file_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.keras", "w") as archive:
        archive.writestr("readme.txt", "words")
    with pytest.raises(ValueError, match=r"a zip with `config\.json`"):
        models.load(tmp_path / "a.keras")


def test_other_paths_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="There is no file"):
        models.load(tmp_path / "nowhere.pt")
    with pytest.raises(IsADirectoryError, match="is a folder"):
        models.load(tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"")
    with pytest.raises(UnsupportedModel, match=r"must end in one of .*\.safetensors"):
        models.load(tmp_path / "model.onnx")
