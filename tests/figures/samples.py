"""Figures of every mark, on real data and on the cases that break pictures.

Used by the tests of every renderer through the fixtures of ``tests/figures/conftest.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_sample_images
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from bathyscope.figures import (
    Axis,
    Bars,
    Boxes,
    Categories,
    ColorScale,
    Continuous,
    Figure,
    Graph,
    Heat,
    Ids,
    Line,
    Matrix,
    Note,
    Panel,
    Points,
    Points3D,
    Table,
    Tiles,
    Tokens,
    Wave,
)

_BUILDERS: dict[str, Callable[[], Figure]] = {}


def sample(build: Callable[[], Figure]) -> Callable[[], Figure]:
    _BUILDERS[build.__name__] = cache(build)
    return _BUILDERS[build.__name__]


def sample_names() -> tuple[str, ...]:
    """Names of all samples, without building any."""
    return tuple(_BUILDERS)


def sample_figure(name: str) -> Figure:
    """Build one sample (once per process)."""
    return _BUILDERS[name]()


def sample_figures() -> dict[str, Figure]:
    """Build all samples."""
    return {name: build() for name, build in _BUILDERS.items()}


# --- real data -----------------------------------------------------------------------------


@cache
def _digits():
    data = load_digits()
    order = np.random.default_rng(0).permutation(len(data.images))
    return data.images[order] / 16.0, data.target[order]


@cache
def _classifier() -> MLPClassifier:
    images, labels = _digits()
    flat = images[:600].reshape(600, -1)
    model = MLPClassifier(
        (24,), solver="adam", random_state=0, max_iter=60, tol=0, n_iter_no_change=1000
    )
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(flat, labels[:600])


@cache
def _predictions():
    images, labels = _digits()
    scores = _classifier().predict_proba(images[600:].reshape(-1, 64))
    return images[600:], labels[600:], scores.argmax(axis=1), scores.max(axis=1)


def _counts_figure(counts, names, title) -> Figure:
    n = len(names)
    samples = np.arange(min(int(counts.sum()), 2000))
    mark = Matrix(
        counts.astype(float),
        ColorScale.fit(counts, label="samples"),
        cells=counts.astype(int).astype(str),
        ids=Ids("sample", samples, elements=samples % counts.size),
    )
    return Figure(
        title,
        (
            Panel(
                (mark,),
                Axis("true class", scale="category", categories=tuple(names)),
                Axis("predicted class", scale="category", categories=tuple(names)),
                note=f"{int(counts.sum()):,} samples, {n} classes.",
            ),
        ),
    )


# --- lines ---------------------------------------------------------------------------------


@sample
def line_loss_curves() -> Figure:
    raw = np.asarray(_classifier().loss_curve_)
    steps = np.arange(1, len(raw) + 1)
    smooth = np.convolve(np.pad(raw, (4, 4), mode="edge"), np.ones(9) / 9, mode="valid")
    rng = np.random.default_rng(1)
    val = smooth * 1.15 + 0.05 + rng.normal(0, 0.015, len(raw))
    return Figure(
        "Loss falls on both sets",
        (
            Panel(
                (
                    Line(steps, raw, label="training, raw", tone=0, faint=True, markers=False),
                    Line(
                        steps,
                        smooth,
                        label="training",
                        tone=0,
                        markers=False,
                        ids=Ids("step", steps),
                    ),
                    Line(
                        steps,
                        val,
                        label="validation",
                        tone=1,
                        low=val - 0.08,
                        high=val + 0.08,
                        band_label="± 1 standard deviation of 5 runs",
                        markers=False,
                        ids=Ids("step", steps),
                    ),
                    Line(
                        [1, len(raw)],
                        [0.1, 0.1],
                        label="goal",
                        tone="muted",
                        dash="dash",
                        markers=False,
                    ),
                ),
                Axis("epoch", integers=True),
                Axis("cross-entropy", "nats"),
                note="Smoothed over 9 epochs; raw values behind.",
            ),
        ),
    )


@sample
def line_few_points() -> Figure:
    x = np.arange(1, 6)
    return Figure(
        "Accuracy",
        (
            Panel(
                (
                    Line(x, [0.71, 0.86, 0.9, 0.92, 0.925], label="training"),
                    Line(x, [0.69, 0.83, 0.86, 0.855, 0.86], label="validation", tone=1),
                ),
                Axis("epoch", integers=True),
                Axis("accuracy", domain=(0.0, 1.0)),
            ),
        ),
    )


@sample
def line_diverged() -> Figure:
    steps = np.arange(40)
    loss = 2.3 * np.exp(-steps / 12)
    loss[22:30] *= np.geomspace(1, 900, 8)
    loss[30:32] = np.inf
    loss[32:] = np.nan
    other = 2.4 * np.exp(-steps / 15)
    other[10] = -np.inf
    return Figure(
        "A run that diverged",
        (
            Panel(
                (
                    Line(steps, loss, label="learning rate 1.0", tone="bad", ids=Ids("run", ["a"])),
                    Line(steps, other, label="learning rate 0.1", ids=Ids("run", ["b"])),
                ),
                Axis("step", integers=True),
                Axis("loss", scale="log"),
            ),
        ),
    )


@sample
def line_log_with_zeros() -> Figure:
    x = np.arange(60)
    y = np.where(x % 9 == 4, 0.0, 10.0 ** (-x / 10))
    y[20] = -1.0
    return Figure(
        "Zeros and a negative on a log axis",
        (
            Panel(
                (Line(x, y, label="gradient norm"),),
                Axis("step", integers=True),
                Axis("norm", scale="log"),
            ),
        ),
    )


@sample
def line_only_nan() -> Figure:
    return Figure(
        "Never a finite value",
        (
            Panel(
                (Line(np.arange(5), np.full(5, np.nan), label="loss"),),
                Axis("step", integers=True),
                Axis("loss"),
            ),
        ),
    )


@sample
def line_single_point() -> Figure:
    return Figure(
        "One epoch so far",
        (
            Panel(
                (Line([1], [0.93], label="accuracy", ids=Ids("step", [469])),),
                Axis("epoch", integers=True),
                Axis("accuracy"),
            ),
        ),
    )


@sample
def line_constant() -> Figure:
    return Figure(
        "A constant learning rate",
        (
            Panel(
                (Line(np.arange(30), np.full(30, 1e-3), label="learning rate"),),
                Axis("step", integers=True),
                Axis("learning rate"),
            ),
        ),
    )


@sample
def line_empty() -> Figure:
    return Figure(
        "Nothing recorded yet",
        (Panel((Line([], [], label="loss"),), Axis("step", integers=True), Axis("loss")),),
    )


@sample
def line_dashes() -> Figure:
    x = np.linspace(0, 6, 200)
    dashes = ("solid", "dash", "dot")
    return Figure(
        "Dashes and faint lines",
        (
            Panel(
                (
                    *(
                        Line(x, np.sin(x + i), label=dash, tone=i, dash=dash)
                        for i, dash in enumerate(dashes)
                    ),
                    Line(x, np.cos(x), label="faint", tone="ink", faint=True),
                ),
                Axis("angle", "rad"),
                Axis("amplitude"),
            ),
        ),
    )


@sample
def line_many_labels() -> Figure:
    x = np.arange(1, 31)
    rng = np.random.default_rng(3)
    lines = tuple(
        Line(
            x,
            np.exp(-x / (5 + i)) + rng.normal(0, 0.01, 30),
            label=f"encoder.block_{i}.attention.output.dense.weight",
            tone=i,
            markers=False,
            ids=Ids("parameter", [f"encoder.block_{i}.attention.output.dense.weight"]),
        )
        for i in range(14)
    )
    return Figure(
        "Gradient norm of every layer",
        (Panel(lines, Axis("epoch", integers=True), Axis("gradient norm", scale="log")),),
    )


@sample
def line_million() -> Figure:
    rng = np.random.default_rng(4)
    y = np.cumsum(rng.normal(0, 0.01, 1_000_000))
    y[654_321] = 60.0
    return Figure(
        "A million steps, one spike",
        (
            Panel(
                (Line(np.arange(1_000_000), y, label="loss", markers=False),),
                Axis("step", integers=True),
                Axis("loss"),
            ),
        ),
    )


# --- points --------------------------------------------------------------------------------


@sample
def points_classes() -> Figure:
    images, labels = _digits()
    at = PCA(2, random_state=0).fit_transform(images.reshape(len(images), -1))
    return Figure(
        "Digits in the plane of their two largest components",
        (
            Panel(
                (
                    Points(
                        at[:, 0],
                        at[:, 1],
                        color=Categories(labels, tuple("0123456789"), "digit"),
                        text=tuple(f"sample {i}" for i in range(len(labels))),
                        thumbnails=(images * 255).astype(np.uint8),
                        ids=Ids("sample", np.arange(len(labels))),
                    ),
                ),
                Axis("component 1"),
                Axis("component 2"),
                note="PCA of 1,797 images; the two axes hold 28.5 % of the variance.",
            ),
        ),
    )


@sample
def points_numbers() -> Figure:
    data = load_breast_cancer()
    x, y, z = data.data[:, 0], data.data[:, 1], data.data[:, 3]
    return Figure(
        "Breast cancer: three of thirty features",
        (
            Panel(
                (
                    Points(
                        x,
                        y,
                        color=Continuous(z, ColorScale.fit(z, label="mean area", unit="µm²")),
                        size=5.0,
                    ),
                ),
                Axis("mean radius", "µm"),
                Axis("mean texture"),
            ),
        ),
    )


@sample
def points_hard() -> Figure:
    x = np.array([1.0, 2.0, 3.0, np.nan, 5.0, 6.0])
    y = np.array([1.0, np.inf, 3.0, 4.0, np.nan, 2.0])
    return Figure(
        "Points off the scale",
        (
            Panel(
                (Points(x, y, color=Categories([0, 1, -1, 0, 1, 0], ("猫", "a dog & $x_1$")),
                        size=8.0),),
                Axis("x"),
                Axis("y"),
            ),
        ),
    )  # fmt: skip


@sample
def points_one() -> Figure:
    return Figure("One point", (Panel((Points([0.0], [0.0], label="it"),), Axis("x"), Axis("y")),))


@sample
def points_million() -> Figure:
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 4, 1_000_000)
    at = rng.normal(0, 1, (1_000_000, 2)) + np.array([[0, 0], [4, 0], [0, 4], [5, 5]])[labels]
    return Figure(
        "A million points",
        (
            Panel(
                (
                    Points(
                        at[:, 0],
                        at[:, 1],
                        color=Categories(labels, ("north", "east", "south", "west"), "cluster"),
                        size=2.0,
                    ),
                ),
                Axis("component 1"),
                Axis("component 2"),
            ),
        ),
    )


# --- points in space -----------------------------------------------------------------------


@sample
def points3d_classes() -> Figure:
    images, labels = _digits()
    at = PCA(3, random_state=0).fit_transform(images.reshape(len(images), -1))
    mark = Points3D(
        *at.T,
        axes=tuple(f"principal component {k} (13.{k}% of the variance)" for k in (1, 2, 3)),
        color=Categories(labels, tuple("0123456789"), "digit"),
        thumbnails=(images * 255).astype(np.uint8),
        ids=Ids("sample", np.arange(len(labels))),
    )
    note = "PCA of 1,797 images; the three axes hold 40.3 % of the variance."
    return Figure("Digits in their three largest components", (Panel((mark,), note=note),))


@sample
def points3d_numbers() -> Figure:
    data = load_breast_cancer().data
    scale = ColorScale.fit(data[:, 3], label="mean area", unit="µm²")
    x = np.where(np.arange(len(data)) % 100 == 0, np.nan, data[:, 0])
    mark = Points3D(
        x, data[:, 1], data[:, 6] * 30,
        axes=("mean radius", "mean texture, a name so long that there is no room for it", "z"),
        color=Continuous(data[:, 3], scale),
        text=tuple(f"patient {k}" for k in range(len(data))),
    )  # fmt: skip
    return Figure("Breast cancer in space", (Panel((mark,), title="Three features"),))


@sample
def points3d_two_panels() -> Figure:
    rng = np.random.default_rng(0)
    shell = rng.normal(size=(500, 3))
    shell /= np.linalg.norm(shell, axis=1, keepdims=True)
    ball, flat = Points3D(*shell.T, label="shell"), Points3D(*(shell * [3, 1, 0]).T, tone="accent")
    return Figure(
        "Two scatters in space",
        (Panel((ball,), title="A shell"), Panel((flat,), title="A disc")),
        columns=2,
    )


@sample
def points3d_one() -> Figure:
    return Figure("One point in space", (Panel((Points3D([1.0], [2.0], [3.0]),)),))


@sample
def points3d_only_nan() -> Figure:
    nan = [np.nan, np.nan]
    return Figure("No point in space", (Panel((Points3D(nan, nan, nan),)),))


# --- matrices ------------------------------------------------------------------------------


@sample
def matrix_two_classes() -> Figure:
    data = load_breast_cancer()
    x = StandardScaler().fit_transform(data.data)
    predicted = LogisticRegression().fit(x[::2], data.target[::2]).predict(x[1::2])
    counts = confusion_matrix(data.target[1::2], predicted).T
    return _counts_figure(counts, data.target_names, "Breast cancer")


@sample
def matrix_ten_classes() -> Figure:
    _, true, predicted, _ = _predictions()
    return _counts_figure(
        confusion_matrix(true, predicted).T, tuple("0123456789"), "Digits: where it errs"
    )


def _many_classes(n: int) -> np.ndarray:
    rng = np.random.default_rng(n)
    counts = np.diag(rng.integers(60, 100, n))
    counts[rng.integers(0, n, 5 * n), rng.integers(0, n, 5 * n)] += rng.integers(1, 12, 5 * n)
    return counts


@sample
def matrix_hundred_classes() -> Figure:
    names = tuple(f"class {i} with a rather long name" for i in range(100))
    return _counts_figure(_many_classes(100), names, "One hundred classes")


@sample
def matrix_thousand_classes() -> Figure:
    names = tuple(f"n{i:08d}" for i in range(1000))
    return _counts_figure(_many_classes(1000), names, "One thousand classes")


@sample
def matrix_weights() -> Figure:
    weights = _classifier().coefs_[0].astype(np.float32)
    scale = ColorScale.fit(weights, kind="signed", label="weight")
    return Figure(
        "hidden/kernel",
        (
            Panel(
                (Matrix(weights, scale, ids=Ids("parameter", ["hidden/kernel"])),),
                Axis("unit", integers=True),
                Axis("input", integers=True),
                note="64 inputs × 24 units.",
            ),
        ),
    )


@sample
def matrix_with_nan() -> Figure:
    values = np.arange(30, dtype=float).reshape(5, 6) - 12
    values[1, 2], values[3, 4], values[4, 5] = np.nan, np.inf, -np.inf
    cells = np.array([[f"{v:.0f}" for v in row] for row in values])
    return Figure(
        "Some cells are not numbers",
        (
            Panel(
                (Matrix(values, ColorScale("signed", -17, 17, "score", "logit"), cells=cells),),
                Axis("column", integers=True),
                Axis("row", integers=True),
            ),
        ),
    )


@sample
def matrix_constant() -> Figure:
    return Figure(
        "All zeros",
        (
            Panel(
                (Matrix(np.zeros((3, 200)), ColorScale.fit(np.zeros(1), kind="signed")),),
                Axis("unit", integers=True),
                Axis("input", integers=True),
            ),
        ),
    )


@sample
def matrix_layers_steps() -> Figure:
    steps = np.array([0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000], dtype=float)
    layers = tuple(f"block_{i}/dense/kernel" for i in range(12))
    norms = np.exp(-np.add.outer(np.arange(12) / 4, np.log1p(steps) / 2))
    return Figure(
        "Gradient norm of every layer at every recorded step",
        (
            Panel(
                (
                    Matrix(
                        np.log10(norms),
                        ColorScale.fit(np.log10(norms), label="log10 of the norm"),
                        x=steps,
                    ),
                ),
                Axis("step", integers=True),
                Axis("layer", scale="category", categories=layers),
            ),
        ),
    )


# --- bars ----------------------------------------------------------------------------------


@sample
def bars_scores() -> Figure:
    images, labels = _digits()
    scores = _classifier().predict_proba(images[605:606].reshape(1, -1))[0]
    best = int(scores.argmax())
    return Figure(
        "What the model says",
        (
            Panel(
                (
                    Bars(
                        scores,
                        tones=tuple("accent" if i == best else "muted" for i in range(10)),
                        text=tuple(f"{s:.1%}" for s in scores),
                        ids=Ids("class", np.arange(10)),
                    ),
                ),
                Axis("class", scale="category", categories=tuple("0123456789")),
                Axis("probability", domain=(0.0, 1.0)),
                note=f"True class: {labels[605]}.",
            ),
        ),
    )


@sample
def bars_horizontal() -> Figure:
    data = load_breast_cancer()
    x = StandardScaler().fit_transform(data.data)
    weights = LogisticRegression().fit(x, data.target).coef_[0]
    return Figure(
        "Coefficients of a logistic regression",
        (
            Panel(
                (
                    Bars(
                        weights,
                        tones=tuple("good" if w > 0 else "bad" for w in weights),
                        text=tuple(f"{w:+.2f}" for w in weights),
                        horizontal=True,
                    ),
                ),
                Axis("coefficient"),
                Axis("feature", scale="category", categories=tuple(data.feature_names)),
            ),
        ),
    )


@sample
def bars_histogram() -> Figure:
    weights = _classifier().coefs_[0].ravel()
    counts, edges = np.histogram(weights, bins=60)
    return Figure(
        "Weights of the first layer",
        (
            Panel(
                (Bars(counts, edges=edges, label="weights"),),
                Axis("weight"),
                Axis("count"),
                note=f"{weights.size:,} weights in 60 bins.",
            ),
        ),
    )


@sample
def bars_two_histograms() -> Figure:
    _, true, predicted, confidence = _predictions()
    edges = np.linspace(0, 1, 21)
    right = np.histogram(confidence[true == predicted], edges)[0]
    wrong = np.histogram(confidence[true != predicted], edges)[0]
    return Figure(
        "Confidence of right and wrong predictions",
        (
            Panel(
                (
                    Bars(right, edges=edges, label="right", tone="good"),
                    Bars(wrong, edges=edges, label="wrong", tone="bad"),
                ),
                Axis("confidence", domain=(0.0, 1.0)),
                Axis("samples", scale="log"),
            ),
        ),
    )


@sample
def bars_hard() -> Figure:
    heights = [1.0, np.nan, -2.0, np.inf, 0.0]
    names = ("plain", "not a number", "a name that is much too long to stand under one bar",
             "$\\alpha_1$ & 100 %", "零")  # fmt: skip
    return Figure(
        "Bars that cannot be drawn",
        (
            Panel(
                (Bars(heights, text=tuple(str(h) for h in heights)),),
                Axis("class", scale="category", categories=names),
                Axis("score"),
            ),
        ),
    )


@sample
def bars_many() -> Figure:
    n = 400
    return Figure(
        "Four hundred classes",
        (
            Panel(
                (Bars(np.abs(np.sin(np.arange(n) / 20)), horizontal=False),),
                Axis("class", scale="category", categories=tuple(f"class {i}" for i in range(n))),
                Axis("recall", domain=(0, 1)),
            ),
        ),
    )


# --- sound ---------------------------------------------------------------------------------


def _chirp(rate: float, seconds: float):
    t = np.arange(int(rate * seconds)) / rate
    sound = np.sin(2 * np.pi * (200 * t + 900 * t**2)) * np.hanning(len(t))
    window, hop = 256, 128
    frames = np.lib.stride_tricks.sliding_window_view(sound, window)[::hop] * np.hanning(window)
    power = np.abs(np.fft.rfft(frames, axis=1).T) ** 2
    return sound.astype(np.float32), 10 * np.log10(power + 1e-8)


@sample
def wave_spectrogram() -> Figure:
    sound, power = _chirp(8000.0, 1.5)
    return Figure(
        "A rising tone",
        (
            Panel(
                (Wave(sound, 8000.0, spectrogram=power, ids=Ids("sample", [3])),),
                Axis("time", "s"),
                Axis("amplitude", domain=(-1.0, 1.0)),
            ),
        ),
    )


@sample
def wave_plain() -> Figure:
    sound, _ = _chirp(8000.0, 0.5)
    return Figure(
        "A sound alone", (Panel((Wave(sound, 8000.0),), Axis("time", "s"), Axis("amplitude")),)
    )


# --- tiles ---------------------------------------------------------------------------------


def _digit_tiles(n: int, **more) -> Tiles:
    images, true, predicted, confidence = _predictions()
    captions = tuple(
        f"{p}  ({c:.0%})" if t == p else f"{p}  ({c:.0%})\ntrue: {t}"
        for t, p, c in zip(true[:n], predicted[:n], confidence[:n], strict=True)
    )
    verdicts = tuple(
        "right" if t == p else "wrong" for t, p in zip(true[:n], predicted[:n], strict=True)
    )
    return Tiles(
        images[:n].astype(np.float32),
        captions=captions,
        verdicts=verdicts,
        ids=Ids("sample", np.arange(n)),
        **more,
    )


@sample
def tiles_predictions() -> Figure:
    return Figure(
        "Predictions beside the images",
        (Panel((_digit_tiles(36),), note="36 of 1,197 test images."),),
    )


@sample
def tiles_one() -> Figure:
    return Figure("One image", (Panel((_digit_tiles(1),)),))


@sample
def tiles_weights() -> Figure:
    weights = _classifier().coefs_[0].T.reshape(-1, 8, 8)
    return Figure(
        "What each hidden unit looks for",
        (
            Panel(
                (
                    Tiles(
                        weights,
                        ColorScale.fit(weights, kind="signed", label="weight"),
                        captions=tuple(f"unit {i}" for i in range(len(weights))),
                    ),
                ),
                note="One tile per unit, all in one colour scale.",
            ),
        ),
    )


@sample
def tiles_many() -> Figure:
    images, _ = _digits()
    return Figure(
        "Five hundred and twelve tiles",
        (Panel((Tiles(images[:512], ColorScale("sequential", 0, 1, "activation")),)),),
    )


@sample
def tiles_photographs() -> Figure:
    images = np.stack(load_sample_images().images)[:, ::2, ::2]
    return Figure(
        "Photographs, in colour",
        (Panel((Tiles(images, captions=("a temple in China 中国", "a flower")),)),),
    )


@sample
def tiles_heat() -> Figure:
    images = np.stack(load_sample_images().images)[:, ::2, ::2]
    rows, columns = np.mgrid[-1:1:14j, -1:1:14j]
    heat = np.stack([np.exp(-3 * (rows**2 + columns**2)), rows + columns]).astype(np.float32)
    scale = ColorScale.fit(heat, kind="signed", label="saliency")
    return Figure(
        "Where it looks",
        (
            Panel(
                (Tiles(images, captions=("temple", "flower"), overlays=(Heat(heat, scale, 0.5),)),)
            ),
        ),
    )


@sample
def tiles_boxes() -> Figure:
    images = np.stack(load_sample_images().images)[:, ::2, ::2]
    boxes = Boxes(
        np.array([0, 0, 1]),
        np.array([[60.0, 20, 200, 150], [220, 90, 300, 190], [100, 40, 250, 180]]),
        ("temple 0.93", "tree 0.41", "flower 0.99"),
        (0, 1, "good"),
    )
    return Figure(
        "What it finds",
        (Panel((Tiles(images, verdicts=("wrong", "right"), overlays=(boxes,)),)),),
    )


@sample
def tiles_long_captions() -> Figure:
    images, _ = _digits()
    caption = "a caption that is far too long for the width of one tile, and 中文标题也很长很长"
    return Figure(
        "Captions that do not fit",
        (Panel((Tiles(images[:12], captions=(caption,) * 12, verdicts=("", "right", "wrong") * 4,
                      columns=6),)),),
    )  # fmt: skip


@sample
def tiles_with_nan() -> Figure:
    images, _ = _digits()
    images = images[:4].copy()
    images[1, 2:5] = np.nan
    images[2] = 0.5
    return Figure(
        "A tile with NaN, a constant tile",
        (Panel((Tiles(images, ColorScale("sequential", 0, 1, "activation")),)),),
    )


@sample
def tiles_tall_and_wide() -> Figure:
    spectra = np.abs(np.sin(np.linspace(0, 30, 6 * 20 * 90))).reshape(6, 20, 90)
    return Figure(
        "Wide tiles", (Panel((Tiles(spectra, captions=tuple(f"clip {i}" for i in range(6))),)),)
    )


# --- tokens --------------------------------------------------------------------------------

_REVIEW = (
    "A", " film", " that", " starts", " slowly", ",", " but", " its", " last", " hour", " is",
    " wonderful", ":", " I", " cannot", " remember", " when", " I", " was", " so", " moved", ".",
)  # fmt: skip


@sample
def tokens_weighted() -> Figure:
    rng = np.random.default_rng(6)
    weights = rng.normal(0, 0.2, len(_REVIEW))
    weights[4], weights[11], weights[20] = -0.8, 1.0, 0.7
    bad = ("I", " want", " my", " two", " hours", " back", ".")
    return Figure(
        "Why it says so",
        (
            Panel(
                (
                    Tokens(
                        (_REVIEW * 3, bad),
                        (np.tile(weights, 3), np.linspace(-1, 0.2, len(bad))),
                        captions=("positive (97 %)", "positive (51 %)  true: negative"),
                        verdicts=("right", "wrong"),
                        ids=Ids("sample", [11, 12]),
                    ),
                ),
                note="Weights by integrated gradients, in logits.",
            ),
        ),
    )


@sample
def tokens_plain() -> Figure:
    return Figure("Only text", (Panel((Tokens((_REVIEW,)),)),))


@sample
def tokens_hard() -> Figure:
    texts = (
        ("深度", "学习", "的", "可视化", "很", "有用", "。", "$x^2$", " <b>", "\n", "new line"),
        ("x" * 300,),
        (),
        ("", "\t", "naïve", " 🙂", " café"),
    )
    weights = tuple(np.linspace(-1, 1, len(text)) for text in texts)
    return Figure("Text that breaks layouts", (Panel((Tokens(texts, weights),)),))


# --- graphs --------------------------------------------------------------------------------


def _graph(labels, edges, tones=None) -> Graph:
    from bathyscope.figures.layout import layered

    x, y = layered(len(labels), np.asarray(edges))
    return Graph(tuple(labels), x, y, np.asarray(edges), tones=tones,
                 ids=Ids("layer", [name.split("\n")[0] for name in labels]))  # fmt: skip


@sample
def graph_mlp() -> Figure:
    labels = ("input\n784", "hidden\nDense 784 → 512\n401,920", "output\nDense 512 → 10\n5,130")
    return Figure("The model", (Panel((_graph(labels, [(0, 1), (1, 2)]),)),))


@sample
def graph_residual() -> Figure:
    labels, edges = ["input"], []
    for block in range(4):
        start = len(labels) - 1
        labels += [f"conv {block}a\n3×3, 64", f"conv {block}b\n3×3, 64", f"add {block}"]
        edges += [(start, start + 1), (start + 1, start + 2), (start + 2, start + 3)]
        edges.append((start, start + 3))
    tones = tuple(3 if name.startswith("add") else 0 for name in labels)
    return Figure("Four residual blocks", (Panel((_graph(labels, edges, tones),)),))


@sample
def graph_branches() -> Figure:
    labels = ("input", "1×1", "1×1 reduce", "3×3", "1×1 reduce", "5×5", "pool", "1×1 project",
              "concatenate", "classifier with a very long layer name indeed")  # fmt: skip
    edges = [(0, 1), (0, 2), (2, 3), (0, 4), (4, 5), (0, 6), (6, 7), (1, 8), (3, 8), (5, 8),
             (7, 8), (8, 9)]  # fmt: skip
    return Figure("An inception block", (Panel((_graph(labels, edges),)),))


@sample
def graph_chain() -> Figure:
    labels = tuple(f"layer_{i}\nDense" for i in range(200))
    edges = [(i, i + 1) for i in range(199)] + [(i, i + 5) for i in range(0, 190, 10)]
    return Figure("Two hundred layers", (Panel((_graph(labels, edges),)),))


# --- tables and notes ----------------------------------------------------------------------


@sample
def table_report() -> Figure:
    _, true, predicted, _ = _predictions()
    precision, recall, f1, support = precision_recall_fscore_support(true, predicted)
    columns = {
        "class": np.array([f"digit {i}" for i in range(10)]),
        "precision": precision,
        "recall": recall,
        "F1": f1,
        "samples": support,
    }
    formats = {"precision": ".3f", "recall": ".3f", "F1": ".3f", "samples": ",d"}
    return Figure(
        "Classification report",
        (
            Panel(
                (Table(columns, formats, bars=("F1", "samples"), ids=Ids("class", np.arange(10))),)
            ),
        ),
    )


@sample
def table_long() -> Figure:
    n = 1000
    columns = {
        "parameter": np.array([f"encoder.block_{i}.attention.query.kernel" for i in range(n)]),
        "shape": np.array(["768 × 768"] * n),
        "mean": np.sin(np.arange(n)) / 50,
        "norm": np.abs(np.cos(np.arange(n))) * 30,
    }
    return Figure(
        "A thousand rows",
        (Panel((Table(columns, {"mean": "+.4f", "norm": ".2f"}, bars=("norm",)),)),),
    )


@sample
def table_hard() -> Figure:
    columns = {
        "名称": np.array(["一个很长的名字" * 8, "$a_b$ & <i>", ""]),
        "value": np.array([np.nan, np.inf, -1e-12]),
        "count": np.array([0, 12_345_678, -1]),
    }
    return Figure("Cells that break tables", (Panel((Table(columns, bars=("value",)),)),))


@sample
def table_empty() -> Figure:
    columns = {"sample": np.array([], dtype=int), "loss": np.array([], dtype=float)}
    return Figure("No rows", (Panel((Table(columns),)),))


@sample
def notes() -> Figure:
    return Figure(
        "What cannot be shown",
        (
            Panel((Note("This run recorded no feature maps. Pass `probe=` to record them."),)),
            Panel((Note("Three of eight layers were left out: they have no output.", "warning"),)),
            Panel((Note("The file `scalars/0.journal` is damaged after row 1,204.", "error"),)),
        ),
    )


# --- figures of several panels -------------------------------------------------------------


@sample
def panels_mixed() -> Figure:
    return Figure(
        "One sample, all we know",
        (
            Panel(tiles_one().panels[0].marks, title="input"),
            Panel(bars_scores().panels[0].marks, *_axes(bars_scores()), title="scores"),
            Panel(line_loss_curves().panels[0].marks, *_axes(line_loss_curves()), title="loss"),
            Panel(
                matrix_ten_classes().panels[0].marks,
                *_axes(matrix_ten_classes()),
                title="confusion",
                note="The sample is one of these.",
            ),
            Panel(table_report().panels[0].marks, title="per class"),
            Panel((Note("No attention: this model has no attention layers."),), title="attention"),
        ),
        columns=2,
        note="All panels follow one selection.",
    )


def _axes(figure: Figure) -> tuple[Axis | None, Axis | None]:
    return figure.panels[0].x, figure.panels[0].y


@sample
def panels_widths() -> Figure:
    maps = np.random.default_rng(8).normal(size=(24, 12, 12))
    scale = ColorScale.fit(maps, kind="signed", label="activation")
    return Figure(
        "An input beside its feature maps",
        (
            Panel(tiles_one().panels[0].marks, title="input"),
            Panel((Tiles(maps, scale),), title="conv 1"),
        ),
        columns=2,
        widths=(1.0, 4.0),
    )


@sample
def panels_biases() -> Figure:
    rng = np.random.default_rng(7)
    panels = []
    for i in range(9):
        counts, edges = np.histogram(rng.normal(0, 0.1 + i / 30, 512), bins=30)
        panels.append(
            Panel((Bars(counts, edges=edges),), Axis("bias"), Axis("count"),
                  title=f"block_{i}/dense/bias")
        )  # fmt: skip
    return Figure("Biases of nine layers", tuple(panels), columns=3, note="512 values each.")


@sample
def panels_long_words() -> Figure:
    long = (
        "A title that goes on and on, far beyond what any panel of a sensible width can hold, " * 2
    )
    x = np.arange(20)
    panel = Panel(
        (Line(x, x**2.0, label=long),),
        Axis(long, "m·s⁻²", integers=True),
        Axis(long, "kg"),
        title=long,
        note=long * 2,
    )
    return Figure(long, (panel, panel), columns=2, note=long)


@sample
def panels_chinese() -> Figure:
    x = np.arange(1, 11)
    names = ("飞机", "汽车", "鸟", "猫", "鹿")
    return Figure(
        "深度学习的可视化：损失与混淆矩阵",
        (
            Panel(
                (
                    Line(x, 1 / x, label="训练集"),
                    Line(x, 1.2 / x, label="测试集", tone=1),
                ),
                Axis("轮次", integers=True),
                Axis("损失值"),
                title="损失曲线",
                note="每一轮结束时记录一次。",
            ),
            Panel(
                (Matrix(np.eye(5) * 9 + 1, ColorScale("sequential", 0, 10, "样本数")),),
                Axis("真实类别", scale="category", categories=names),
                Axis("预测类别", scale="category", categories=names),
                title="混淆矩阵",
            ),
        ),
        columns=2,
    )


@sample
def panels_special_characters() -> Figure:
    return Figure(
        "100 % of $x$ & _y_ {z} \\alpha #1 <b>bold</b>",
        (
            Panel(
                (Line([1, 2], [1, 2], label="$\\frac{1}{2}$ <i>loss</i>"),
                 Line([1, 2], [2, 1], label="a_b^c", tone=1)),
                Axis("$x$_1", "%"),
                Axis("<y>", "$"),
                title="50$ and 60$",
                note="Cost: 5$ to 6$; a < b & c > d.",
            ),
        ),
    )  # fmt: skip
