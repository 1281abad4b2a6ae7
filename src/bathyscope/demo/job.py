"""Train, record, show: what `bathyscope demo` does, in that order."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console

from bathyscope._progress import progress_bar
from bathyscope.datasets import ImageData, load_images
from bathyscope.demo.plan import Framework, ModelKind, Plan, make_plan, steps_per_epoch
from bathyscope.integrations.recording import Recording
from bathyscope.reports.headlines import Headline, headlines
from bathyscope.reports.pictures import write_pictures
from bathyscope.reports.write import write_report
from bathyscope.runs import Run


@dataclass(frozen=True)
class DemoResult:
    """Where the demo's results are.

    Parameters
    ----------
    run : pathlib.Path
        Folder of the recorded run.
    model : pathlib.Path
        The trained model's file.
    report : pathlib.Path
        One self-contained HTML file.
    pictures : tuple of pathlib.Path
        PNG files.
    headlines : tuple of Headline
        The most telling numbers.
    """

    run: Path
    model: Path
    report: Path
    pictures: tuple[Path, ...]
    headlines: tuple[Headline, ...]


def run_demo(
    out: Path,
    *,
    model: ModelKind = "mlp",
    framework: Framework = "jax",
    epochs: int | None = None,
    console: Console | None = None,
) -> DemoResult:
    """Train a small network on handwritten digits, record it, and show the recording.

    Parameters
    ----------
    out : pathlib.Path
        Folder for the run, the report and the pictures.
    model : {"mlp", "cnn"}
    framework : {"jax", "torch"}
        Keras 3 on JAX, or PyTorch.
    epochs : int, optional
        By default 10; 3 for the convolutional network on MNIST.
    console : rich.console.Console, optional
        Where progress is shown.
    """
    console = console or Console(stderr=True)
    data = load_images()
    console.print(
        f"Data: {data.name}, {len(data.x_train):,} training and {len(data.x_test):,} test images "
        f"(from {data.source})",
        soft_wrap=True,
        markup=False,
    )
    plan = make_plan(data, model=model, framework=framework, epochs=epochs)
    name = f"{data.name.split()[-1].lower()}-{model}-{framework}"
    with Recording(name, runs_dir=out / "runs", config={"data": data.name, **asdict(plan)}) as run:
        model_file = _train(run, data, plan, console)
        folder = run.path
    return _show(folder, model_file, out, console)


def _train(run: Recording, data: ImageData, plan: Plan, console: Console) -> Path:
    steps = plan.epochs * steps_per_epoch(data, plan)
    with progress_bar("Training", steps, console=console) as advance:
        if plan.framework == "torch":
            from bathyscope.demo import train_torch as trainer
        else:
            from bathyscope.demo import train_keras as trainer
        trained = trainer.train(run, data, plan, advance)
    run.evaluate(trained, data.x_test, data.y_test, split="test", classes=data.classes)
    return _save(trained, run.path, plan)


def _save(model: object, folder: Path, plan: Plan) -> Path:
    """Save the trained model beside its run, so that its weights can be compared."""
    if plan.framework == "torch":
        import torch

        path = folder / "model.pt"
        torch.save(model.state_dict(), path)  # pyright: ignore[reportAttributeAccessIssue]
    else:
        path = folder / "model.keras"
        model.save(path)  # pyright: ignore[reportAttributeAccessIssue]
    return path


def _show(folder: Path, model_file: Path, out: Path, console: Console) -> DemoResult:
    run = Run(folder)
    report = write_report(run, out / f"{run.name}.html", console=console)
    pictures = write_pictures(run, out / f"{run.name}-pictures", console=console)
    return DemoResult(folder, model_file, report, pictures, headlines(run))
