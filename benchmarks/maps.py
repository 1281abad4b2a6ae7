"""How long maps of feature vectors take, and how smoothly a scatter in space turns.

- place: PCA, t-SNE and UMAP of vectors in ten clusters, in two and three dimensions; t-SNE and UMAP
  also from where the points lay before, as they follow the steps of a run. Beside each,
  scikit-learn's PCA, TSNE and umap-learn's UMAP as they are called alone: the difference is what
  we add (the judgement how many neighbours are kept, and the turn).
- near: the ten nearest neighbours of one sample among all, beside scikit-learn's brute force.
- turn: milliseconds from one frame to the next while a key turns a scatter in space, in Chromium
  without a GPU. Needs playwright and a Chromium.
- glide: how many pictures of points on their way are seen in the quarter of a second that a step
  takes, flat and in space, and the longest time from one to the next. Needs the same.

    python benchmarks/maps.py [--quick] [--only place near turn glide]
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.neighbors import NearestNeighbors

from bathyscope.figures import (
    Axis,
    Categories,
    Figure,
    Film,
    Ids,
    Panel,
    Points,
    Points3D,
    web,
)
from bathyscope.views._aligning import Placed
from bathyscope.views._neighbourhoods import nearest
from bathyscope.views._projecting import Projector

FRAMES = """
async (turns) => {
  const canvas = document.querySelector('.space canvas.above');
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const times = [];
  for (let i = 0; i < turns; i++) {
    const start = performance.now();
    canvas.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
    await frame(); // it is drawn in this one
    await frame();
    times.push(performance.now() - start);
  }
  return times;
}
"""

GLIDE = """
async (index) => {
  const { cursor, panels, spaces } = window.bathyscope;
  const place = () => (spaces()[0]?.mark() ?? panels()[0].marks[0]).x.data[0];
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const seen = [];
  let last = place();
  cursor.go(index);
  for (const end = performance.now() + 3000; performance.now() < end; ) {
    const now = await frame();
    if (place() !== last) seen.push(now);
    last = place();
  }
  return seen;
}
"""


def clusters(n: int, d: int = 64) -> np.ndarray:
    """Vectors around ten centres."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, d)) + 4 * np.eye(10, d)[np.arange(n) % 10]


def timed(work: Callable[..., Any], *given: Any, **named: Any) -> tuple[float, Any]:
    """Give how many seconds a call takes, and what it gives."""
    start = time.perf_counter()
    found = work(*given, **named)
    return time.perf_counter() - start, found


def alone(method: str, dimensions: int) -> Callable[..., Any]:
    """Give the call of the library that does the work."""
    if method == "pca":
        return PCA(dimensions).fit_transform
    if method == "tsne":
        return TSNE(dimensions, init="pca", learning_rate="auto", random_state=0).fit_transform
    from umap import UMAP

    return UMAP(n_components=dimensions, random_state=0, n_jobs=1).fit_transform


def place(sizes: list[int]) -> None:
    """Print how long each method takes, and from where points lay before."""
    heads = ("ours, s", "alone, s", "followed, s")
    print(f"{'samples':>8} {'method':>6} dims", *(f"{head:>12}" for head in heads))
    for n in sizes:
        vectors = clusters(n)
        ids = np.arange(n)
        for method in ("pca", "tsne", "umap"):
            for dimensions in (2, 3):
                projector = Projector(method, tuple(range(dimensions)), judge=True)
                if method == "umap":  # compiled at its first call
                    projector.project(vectors[:200])
                other, _ = timed(alone(method, dimensions), vectors)
                ours, first = timed(projector.project, vectors)
                before = Placed(ids, first.positions)
                later, _ = timed(projector.project, vectors + 0.05, sample=ids, before=before)
                print(f"{n:8,} {method:>6} {dimensions:4} {ours:12.2f} {other:12.2f} {later:12.2f}")


def near(sizes: list[int]) -> None:
    """Print how long the neighbours of one sample take."""
    print(f"{'samples':>8} {'metric':>10} {'ours, ms':>9} {'scikit-learn, ms':>17}")
    for n in sizes:
        vectors = clusters(n, 128).astype(np.float32)
        for metric in ("euclidean", "cosine"):
            known = NearestNeighbors(n_neighbors=11, algorithm="brute", metric=metric).fit(vectors)
            ours, theirs = [], []
            for row in range(5):
                ours.append(timed(nearest, vectors, row, count=10, metric=metric)[0])
                theirs.append(timed(known.kneighbors, vectors[row : row + 1])[0])
            middle = [1000 * statistics.median(times) for times in (ours, theirs)]
            print(f"{n:8,} {metric:>10} {middle[0]:9.1f} {middle[1]:17.1f}")


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """Start a browser without a graphics card."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


def turn(sizes: list[int], turns: int) -> None:
    """Print the time of a frame while a scatter turns."""
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        print(f"{'points':>9} {'median, ms':>11} {'slowest, ms':>12}")
        for n in sizes:
            at = np.random.default_rng(0).normal(size=(3, n)).astype(np.float32)
            color = Categories(np.arange(n) % 10, tuple("0123456789"), "class")
            figure = Figure("Turning", (Panel((Points3D(*at, color=color),)),))
            path = Path(folder) / "page.html"
            path.write_text(web.page(figure), encoding="utf-8")
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(path.as_uri())
            page.locator(".space canvas.above").wait_for()
            page.evaluate(FRAMES, 2)
            times = page.evaluate(FRAMES, turns)
            print(f"{n:9,} {statistics.median(times):11.1f} {max(times):12.1f}")
            page.close()


def glide(sizes: list[int], times: int) -> None:
    """Print how many pictures a step shows on its way, and the longest time between two."""
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        print(f"{'points':>9} dims {'pictures':>9} {'longest, ms':>12}")
        for n in sizes:
            for dimensions in (2, 3):
                path = Path(folder) / "page.html"
                film = Film((0, 1), tuple(moved(n, dimensions, step) for step in (0, 1)))
                path.write_text(web.page(film), encoding="utf-8")
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                page.goto(path.as_uri())
                page.locator("canvas.above").wait_for()
                page.evaluate(GLIDE, 0)
                seen = [page.evaluate(GLIDE, (time + 1) % 2) for time in range(times)]
                gaps = [max(np.diff(one), default=float("nan")) for one in seen]
                count = statistics.median(len(one) for one in seen)
                print(f"{n:9,} {dimensions:4} {count:9.0f} {statistics.median(gaps):12.1f}")
                page.close()


def moved(n: int, dimensions: int, step: int) -> Figure:
    """Draw points that lie elsewhere at every step."""
    at = np.random.default_rng(step).normal(size=(dimensions, n)).astype(np.float32)
    color, ids = (
        Categories(np.arange(n) % 10, tuple("0123456789"), "class"),
        Ids("sample", np.arange(n)),
    )
    if dimensions == 3:
        return Figure("Gliding", (Panel((Points3D(*at, color=color, ids=ids),)),))
    mark = Points(*at, color=color, ids=ids)
    return Figure("Gliding", (Panel((mark,), x=Axis("u"), y=Axis("v")),))


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small sizes, under a minute")
    parts = ("place", "near", "turn", "glide")
    parser.add_argument("--only", nargs="+", choices=parts, default=parts)
    chosen = parser.parse_args()
    quick = chosen.quick
    if "place" in chosen.only:
        place([300] if quick else [500, 2000, 5000])
    if "near" in chosen.only:
        near([10_000] if quick else [10_000, 100_000])
    if "turn" in chosen.only:
        turn([20_000] if quick else [2_000, 20_000, 100_000, 1_000_000], 5 if quick else 20)
    if "glide" in chosen.only:
        glide([20_000] if quick else [2_000, 20_000, 100_000, 200_000], 3 if quick else 5)


if __name__ == "__main__":
    main()
