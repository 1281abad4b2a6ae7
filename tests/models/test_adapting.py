from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from bathyscope import UnknownName, UnsupportedModel, models
from bathyscope.models import Layer, Parameter


def test_a_foreign_object_is_refused_with_what_is_supported() -> None:
    with pytest.raises(UnsupportedModel, match=r"`keras` or `torch`; got a `builtins\.int`"):
        models.adapt(3)
    with pytest.raises(UnsupportedModel, match="pass the model they belong to"):
        models.adapt({"weight": np.ones(3)})


def test_a_namespace_called_like_a_framework_is_not_one() -> None:
    # A mere folder called torch is importable, as a module without a file.
    code = (
        "import sys, types\n"
        "sys.modules.update({name: types.ModuleType(name) for name in ('torch', 'keras')})\n"
        "from bathyscope import models\n"
        "try:\n    models.adapt(3)\nexcept TypeError as error:\n    print(error)\n"
        "print(sorted({'jax', 'tensorflow', 'h5py', 'safetensors'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "None of these frameworks is imported" in done.stdout
    assert done.stdout.strip().endswith("[]")


def test_lookup_offers_near_names() -> None:
    parameter = Parameter("a/kernel", "a", (2, 3), "float32", "weight", ("in", "out"))
    layers = (Layer("a", "Dense", parameters=(parameter,)),)
    assert models.find_layer(layers, "a") is layers[0]
    assert models.find_parameter(layers, "a/kernel") is parameter
    with pytest.raises(UnknownName, match="`a/kernel`"):
        models.find_parameter(layers, "a/kernl")


def test_a_wrong_description_is_refused() -> None:
    with pytest.raises(ValueError, match="must be what `describe` gave"):
        models.layers_from_description({"layers": [{"name": "a"}]})


def test_uneven_batches_are_refused() -> None:
    class Never:
        pass

    with pytest.raises(ValueError, match="equally many samples"):
        models.forward_in_batches(Never(), [np.ones(2), np.ones(3)])  # pyright: ignore
    with pytest.raises(ValueError, match="equally many samples"):
        models.forward_in_batches(Never(), np.float32(1))  # pyright: ignore
    with pytest.raises(ValueError, match="`batch_size` must be at least 1"):
        models.forward_in_batches(Never(), np.ones(2), batch_size=0)  # pyright: ignore
