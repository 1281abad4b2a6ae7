"""``bathyscope inspect``: what is inside a file of weights, or in a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from bathyscope.cli.tables import frame_table

EPILOG = """\b
Examples:
  bathyscope inspect model.keras
  bathyscope inspect model.safetensors --layer encoder.0
  bathyscope inspect model.pt --html weights.html
  bathyscope inspect runs/mnist-mlp

No code that came with a file is run: pickles are read by PyTorch with weights_only=True, and
refused where that is not enough.
"""

#: What a terminal of 80 columns has room for; `--html` shows the rest.
SHOWN = ("parameter", "shape", "count", "mean", "std", "min", "max")


@click.command(epilog=EPILOG)
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--layer", help="Only this layer, and draw its weights with --html.")
@click.option("--html", "page", type=click.Path(dir_okay=False, path_type=Path),
              help="Write the pictures of the parameters into one HTML file.")  # fmt: skip
def command(path: Path, layer: str | None, page: Path | None) -> None:
    """Show the layers and parameters of a file, or what a run or another tool's log holds."""
    from bathyscope.importers.formats import detect

    is_one_of_several = "#" in path.name and not path.exists()
    if (path / "run.json").exists() or is_one_of_several or detect(path) is not None:
        from bathyscope.cli.contents import print_contents
        from bathyscope.sources import open_source

        print_contents(open_source(path))
        return
    _inspect_file(path, layer, page)


def _inspect_file(path: Path, layer: str | None, page: Path | None) -> None:
    from bathyscope import views
    from bathyscope.models import find_layer
    from bathyscope.subjects import inspect

    model = inspect(path)
    layers = model.model.layers()
    if layer is not None:
        layers = (find_layer(layers, layer),)
    console = Console(highlight=False)
    console.print(repr(model).partition("; views")[0].lstrip("<"), markup=False, soft_wrap=True)
    wanted = {item.name for item in layers}
    statistics = views.WeightStatistics.from_model(model.model)
    columns = statistics.columns()
    shown = (*SHOWN, "not_finite") if columns["not_finite"].any() else SHOWN
    console.print(frame_table(columns, keep=("layer", wanted), only=shown))
    if page is not None:
        click.echo(f"Written to {_write_page(page, model, layers)}")


def _write_page(page: Path, model: Any, layers: Any) -> Path:
    from bathyscope.figures import web

    owned = [item for item in layers if any(p.role == "weight" for p in item.parameters)]
    overview = (model.layers().figure(), model.weight_statistics().figure())
    sections = [web.Section("Overview", overview, room="overview")]
    if owned:
        weights = tuple(model.weights(item.name).figure() for item in owned)
        sections.append(web.Section("Weights", weights, room="parameters"))
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(web.document(model.model.name, sections), encoding="utf-8")
    return page
