"""Every text that Python hands to a page has a Chinese form, but for names from people's data."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import bathyscope as bs
from bathyscope import views
from bathyscope.figures import Figure, Line, Note, Points, Table, Tiles
from bathyscope.reports.collect import entries, picture
from bathyscope.reports.compare import comparison, comparisons
from bathyscope.reports.write import run_facts
from bathyscope.sources import open_source

_TESTS = Path(__file__).parents[1]
#: What Chinese practitioners write in Latin letters too.
LATIN = """
nan pca umap sne roc auc map rgb brier wilson delong logits softmax sigmoid student spearman log utc
png jpeg gif bmp names std relu rank
"""
#: Names that the examples of the views give to their data, and that TensorBoard gives to its own.
GIVEN = """
cat dog fox bird deer frog horse ship truck airplane automobile ill age kept cpu gpu disk read write
utilization purpose sum curve complex attention head empty sums own things sphere shapes mesh fresh
gone broken very long layer kernel arrays texts answers speech generated digits images image table
judged question square decay dropout width nesterov false optimizer learning rate seed adam adamw
sgd block query metric values hidden dense output conv audio memory temperature power
yes default tiny value process lr true result
"""
#: Longer ones, as they are.
PHRASES = (
    "a caption of some length", "a rising tone", "signed, of four dimensions", "name/of/",
    "optimizer.name",
)  # fmt: skip
#: Words of sentences are never names.
NEVER = "a an the of in to is are and or by at on with without from each all not no that which its"


def texts(figure: Figure) -> Iterator[str]:
    """Titles, notes, axes, labels, captions and names of columns."""
    yield from (figure.title, figure.note)
    for panel in figure.panels:
        yield from (panel.title, panel.note)
        yield from (axis.label for axis in (panel.x, panel.y) if axis is not None)
        for mark in panel.marks:
            yield from _of_mark(mark)


def _of_mark(mark: Any) -> Iterator[str]:
    if isinstance(mark, Note):
        yield mark.text
        return
    yield mark.label
    color = getattr(mark, "color", None)
    yield from (held.label for held in (color, getattr(color, "scale", None)) if _named(held))
    if isinstance(mark, Line):
        yield mark.band_label
    if isinstance(mark, Tiles):
        yield from mark.captions or ()
    if isinstance(mark, Table):
        yield from mark.columns
    if not isinstance(mark, Points | Line):
        yield from getattr(mark, "axes", ())


def _named(held: Any) -> bool:
    return isinstance(getattr(held, "label", None), str)


def _words(*names: object) -> set[str]:
    return {word.lower() for name in names for word in re.findall("[A-Za-z]{2,}", str(name))}


def _english(chinese: str, names: set[str]) -> set[str]:
    """Give the words of a text that are neither Chinese nor names."""
    for phrase in PHRASES:
        chinese = chinese.replace(phrase, "")
    return _words(chinese) - (names - _words(NEVER))


def of_run(run: Any) -> tuple[set[str], set[str]]:
    """Give all texts of a run's pictures, and the words of the names in it."""
    found: set[str] = set()
    for entry in entries(run):
        steps = entry.offer.steps
        for step in {steps[0], steps[-1]} if steps else {None}:
            found |= set(texts(picture(entry, run, step)))
    found |= {part for label, _, *detail in run_facts(run) for part in (label, *detail)}
    groups = {name for group in run.array_groups() for name in (group, *run.arrays(group))}
    names = _words(run.name, *run.scalar_names(), *run.table_names(), *groups, *run.config)
    return found, names | _words(*run.config.values())


def _module(name: str) -> ModuleType:
    path = _TESTS / "views" / f"test_{name}.py"
    spec = importlib.util.spec_from_file_location(f"chinese_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Runs of images, sounds, texts, tables and arrays; and a log of TensorBoard."""
    import numpy as np
    from torch.utils.tensorboard import SummaryWriter

    folder = tmp_path_factory.mktemp("logged")
    made = []
    for seed in range(2):
        run = bs.record(f"media-{seed}", runs_dir=folder, config={"seed": seed, "lr": 0.1})
        rng = np.random.default_rng(seed)
        for step in range(3):
            run.log({"loss": 1 / (step + 1), "val_loss": float(rng.random())}, step=step)
            run.log_images("images", rng.random((2, 8, 8)), step=step)
            run.log_audio("speech", rng.random((1, 4000)) - 0.5, rate_hz=8000, step=step)
            run.log_text("answers", ["yes", "no"], step=step)
            run.log_table("judged", {"question": ["a", "b"], "score": [0.1, 0.2]}, step=step)
            run.log_arrays("arrays", {"sums": rng.random((4, 5))}, step=step)
        run.finish()
        made.append(open_source(run.path))
    with SummaryWriter(folder / "board") as writer:
        for step in range(3):
            writer.add_scalar("loss/train", 1 / (step + 1), step)
            writer.add_histogram("dense/kernel", rng.normal(size=100), step)
            writer.add_text("answers", "yes", step)
            writer.add_pr_curve("curve", rng.integers(0, 2, 50), rng.random(50), step)

    return [*made, open_source(folder / "board")]


def test_every_text_of_every_picture_is_in_chinese(open_html: Any, demo: Any, logged: Any) -> None:
    found: set[str] = set()
    names = _words(LATIN, GIVEN)
    for name in views.registry():
        for view in getattr(_module(name), "examples", dict)().values():
            found |= set(texts(view.figure()))
    for run in (open_source(demo.run), *logged):
        of_pictures, given = of_run(run)
        found |= of_pictures
        names |= given
    for entry in comparisons(logged[:2]):
        found |= set(texts(comparison(entry, logged[:2])))
    page = open_html(views.metrics({"loss": [2.0, 1.0]}).html())
    ordered = sorted(found - {""})
    chinese = page.evaluate("(all) => all.map(window.bathyscope.inChinese)", ordered)
    missing = {
        text: written
        for text, written in zip(ordered, chinese, strict=True)
        if _english(written, names)
    }
    assert missing == {}, "Give these a Chinese form in web/src/words"


def test_what_is_given_by_people_stays(open_html: Any) -> None:
    page = open_html(views.metrics({"loss": [2.0, 1.0]}).html())
    for text in ("my own metric", "run-3", "Weights: mine", "constructor", ""):
        assert page.evaluate("(text) => window.bathyscope.inChinese(text)", text) == text
