"""A new view, and a new framework, is one file each: tried on a copy of the package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bathyscope

VIEW = '''
"""A toy."""
from dataclasses import dataclass
import numpy as np
from bathyscope.figures import Axis, Bars, Figure, Panel
from bathyscope.views.base import Offer, View, register

@register(room="overview")
@dataclass(frozen=True, eq=False)
class ToyView(View):
    sizes: np.ndarray

    @classmethod
    def from_model(cls, model):
        return cls(np.array([len(layer.parameters) for layer in model.layers()]))

    @classmethod
    def from_run(cls, run):
        return cls(np.array([len(run.scalar_names())]))

    @classmethod
    def offers(cls, run):
        yield Offer("A toy picture")

    def figure(self):
        names = tuple(map(str, range(len(self.sizes))))
        x = Axis("layer", scale="category", categories=names)
        return Figure("Toy", (Panel((Bars(self.sizes),), x=x, y=Axis("parameters")),))

    def columns(self):
        return {"size": self.sizes}

def toy_view(sizes):
    """Show sizes."""
    return ToyView(np.asarray(sizes))
'''

ADAPTER = '''
"""Models of the toy framework."""
import toyframe
from bathyscope.models.protocol import Layer, Parameter

class ToyModel:
    framework = "toyframe"

    def __init__(self, net):
        self._net = net
        self.name = "toy"

    def layers(self):
        about = Parameter("only.weight", "only", (2, 3), "float64", "weight", ("out", "in"))
        return (Layer("only", "Toy", parameters=(about,)),)

    def parameters(self, names=None):
        return {"only.weight": self._net.weight}

    def set_parameters(self, values):
        raise NotImplementedError

    def forward(self, inputs, *, capture=()):
        raise NotImplementedError

    def gradients(self, inputs, target, **options):
        raise NotImplementedError

    def attention(self, inputs):
        raise NotImplementedError

def adapt(obj):
    return ToyModel(obj) if isinstance(obj, toyframe.Net) else None
'''

FRAMEWORK = """
import numpy as np
class Net:
    weight = np.arange(6.0).reshape(2, 3)
"""

PROGRAM = """
import numpy as np, toyframe
import bathyscope as bs
from bathyscope.runs import RunWriter

seen = bs.inspect(toyframe.Net())
assert seen.weights("only").columns()["value"].tolist() == list(range(6))
toy = seen.toy_view()
assert toy.sizes.tolist() == [1]
assert bs.views.toy_view([1, 2]).columns()["size"].tolist() == [1, 2]
for ending in ("png", "html", "json"):
    assert toy.save(f"toy.{ending}").stat().st_size > 1000 or ending == "json"
assert len(toy.plotly().data) == 1
with RunWriter("run") as writer:
    writer.log_scalars({"loss": 1.0}, step=1)
assert bs.open("run").toy_view().sizes.tolist() == [1]
assert "A toy picture" in bs.report("run", "report.html").read_text(encoding="utf-8")
"""


def test_a_view_and_a_framework_are_one_file_each(tmp_path: Path) -> None:
    pytest.importorskip("plotly")
    package = tmp_path / "bathyscope"
    shutil.copytree(Path(bathyscope.__file__).parent, package)
    (package / "views" / "toy_view.py").write_text(VIEW, encoding="utf-8")
    (package / "models" / "adapters" / "toyframe.py").write_text(ADAPTER, encoding="utf-8")
    (tmp_path / "toyframe.py").write_text(FRAMEWORK, encoding="utf-8")
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "MPLBACKEND": "agg"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
