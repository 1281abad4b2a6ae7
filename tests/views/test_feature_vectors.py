"""Feature vectors: projections equal other libraries', and what is lost is said."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from bathyscope import NotRecorded, UnknownName, models
from bathyscope.figures import Bars, Categories, Continuous, Line, Matrix, Points, Points3D, Tokens
from bathyscope.runs import Run
from bathyscope.views import View, feature_vectors
from bathyscope.views._projections import Pca
from bathyscope.views.feature_vectors import FeatureVectors


def blobs(n: int = 90, d: int = 6, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    return rng.normal(size=(n, d)) + 6 * np.eye(3, d)[labels], labels


def examples() -> dict[str, View]:
    vectors, labels = blobs()
    images = np.random.default_rng(0).random((90, 8, 8))
    texts = [f"text number {k}, " + "which goes on " * (k % 7) for k in range(90)]
    shared = {"color": labels, "classes": ["cat", "dog", "狐狸"]}
    return {
        "pca": feature_vectors(vectors, inputs=images, **shared),
        "tsne": feature_vectors(vectors, method="tsne", inputs=texts, **shared),
        "umap": feature_vectors(vectors, method="umap", **shared),
        "number": feature_vectors(vectors, color=vectors[:, 0], color_label="loss"),
        "histogram": feature_vectors(vectors, style="histogram", **shared),
        "raw histogram": feature_vectors(vectors, style="histogram", method="raw", components=[4]),
        "beside images": feature_vectors(vectors, style="beside", inputs=images, **shared),
        "beside texts": feature_vectors(vectors, style="beside", inputs=texts, limit=12, **shared),
        "in space": feature_vectors(vectors, dimensions=3, inputs=images, **shared),
        "tsne in space": feature_vectors(vectors, method="tsne", dimensions=3, **shared),
        "one point": feature_vectors([[1.0, 2.0]]),
    }


def points_of(view: FeatureVectors) -> Points:
    mark = view.figure().panels[0].marks[0]
    assert isinstance(mark, Points)
    return mark


@pytest.mark.parametrize("shape", [(50, 8), (8, 50), (300, 280), (290, 2100), (2300, 2200), (3, 2)])
def test_pca_equals_scikit_learns(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=shape) * np.exp(-np.arange(shape[1]) / 4) + 3
    known = PCA(2, svd_solver="arpack" if min(shape) > 100 else "full", random_state=0)
    places = known.fit_transform(vectors)
    found = Pca.fit(vectors, 2)
    for axis in range(2):
        ours, theirs = found.transform(vectors)[:, axis], places[:, axis]
        np.testing.assert_allclose(np.abs(ours @ theirs), theirs @ theirs, rtol=1e-6)
    np.testing.assert_allclose(found.shares(vectors), known.explained_variance_ratio_, rtol=1e-6)
    np.testing.assert_allclose(found.directions @ found.directions.T, np.eye(2), atol=1e-9)


def test_axes_and_note_say_how_much_variance_is_there() -> None:
    vectors, _ = blobs()
    shares = PCA(2).fit(vectors).explained_variance_ratio_
    view = feature_vectors(vectors)
    panel = view.figure().panels[0]
    assert panel.x is not None and panel.y is not None
    assert panel.x.label == f"principal component 1 ({shares[0]:.1%} of the variance)"
    assert panel.y.label == f"principal component 2 ({shares[1]:.1%} of the variance)"
    assert f"{shares.sum():.1%} of the variance" in view.figure().note


@pytest.mark.parametrize("n", [2, 300])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("dimensions", [2, 3])
def test_vectors_along_one_line_have_no_second_axis(n: int, dtype: type, dimensions: int) -> None:
    """What rounding leaves beside the line would fill the axis, and look like data."""
    rng = np.random.default_rng(0)
    line = (rng.normal(size=(n, 1)) * rng.normal(size=(1, 64))).astype(dtype)
    view = feature_vectors(line, dimensions=dimensions)
    assert not view.projected.positions[:, 1:].any()
    assert view.projected.axes[1] == "principal component 2 (no variance)"
    axes = "1 axis" if dimensions == 2 else "2 axes"
    assert f"Along {axes} the vectors do not vary." in view.figure().note
    # A second direction that is there is kept, however little there is of it.
    thick = line.astype(np.float64) + 1e-4 * rng.normal(size=line.shape)
    if n > 2:
        assert feature_vectors(thick.astype(dtype)).projected.positions[:, 1].any()
    assert "do not vary" not in feature_vectors(rng.normal(size=(3, 64))).figure().note


@pytest.mark.parametrize("method", ["tsne", "umap"])
def test_neighbour_methods_are_seeded_and_tell_their_distortion(method: str) -> None:
    vectors, labels = blobs()
    first, again = (feature_vectors(vectors, method=method, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first.projected.positions, again.projected.positions)
    known = trustworthiness(vectors, first.projected.positions, n_neighbors=15)
    note = first.figure().note
    other = trustworthiness(first.projected.positions, vectors, n_neighbors=15)
    assert f"Trustworthiness {known:.3f} and continuity {other:.3f} (15 neighbours" in note
    assert "seed 3" in note
    assert (
        "perplexity 29.7" if method == "tsne" else "15 neighbours, minimal distance 0.1"
    ) in note
    centres = np.array([first.projected.positions[labels == k].mean(axis=0) for k in range(3)])
    nearest = ((first.projected.positions[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest == labels).mean() > 0.95


@pytest.mark.parametrize("method", ["tsne", "umap"])
@pytest.mark.parametrize("n", [5, 12])
def test_neighbour_methods_take_few_points(method: str, n: int) -> None:
    view = feature_vectors(blobs(n)[0], method=method)
    assert np.isfinite(view.projected.positions).all()


def test_too_many_points_for_tsne_are_sampled_and_said() -> None:
    vectors, labels = blobs(120)
    view = feature_vectors(vectors, color=labels, method="tsne", limit=40, seed=1)
    assert len(points_of(view).x) == 40
    assert "40 of 120 samples, chosen at random (seed 1)." in view.figure().note
    np.testing.assert_array_equal(view.vectors, vectors[view.sample])
    assert isinstance(view.color, Categories)
    np.testing.assert_array_equal(view.color.codes, labels[view.sample])


def test_samples_that_are_not_finite_are_left_out_and_counted() -> None:
    vectors, labels = blobs(20)
    vectors[3, 0], vectors[5, 1] = np.nan, np.inf
    view = feature_vectors(vectors, color=labels)
    assert sorted(set(range(20)) - set(view.sample.tolist())) == [3, 5]
    assert "2 samples with NaN or infinities left out." in view.figure().note
    with pytest.raises(ValueError, match="none of 2 has only finite numbers"):
        feature_vectors(np.full((2, 3), np.nan))


def test_colours_are_classes_or_numbers() -> None:
    vectors, labels = blobs(9)
    by_class = feature_vectors(vectors, color=labels, classes=["a", "b", "c"]).color
    assert isinstance(by_class, Categories) and by_class.names == ("a", "b", "c")
    by_text = feature_vectors(vectors, color=list("cabcabcab")).color
    assert isinstance(by_text, Categories) and by_text.names == ("a", "b", "c")
    by_truth = feature_vectors(vectors, color=labels == 1).color
    assert isinstance(by_truth, Categories) and by_truth.names == ("no", "yes")
    by_number = feature_vectors(vectors, color=labels / 7).color
    assert isinstance(by_number, Continuous)
    with pytest.raises(ValueError, match=r"`color` must lie in 0 .. 1 .*got 0 .. 2"):
        feature_vectors(vectors, color=labels, classes=["a", "b"])


def test_points_carry_ids_pictures_and_texts(rng: np.random.Generator) -> None:
    vectors, _ = blobs(9)
    images = rng.integers(0, 256, (9, 8, 8)).astype(np.uint8)
    points = points_of(feature_vectors(vectors, inputs=images, sample=np.arange(9) * 2))
    assert points.ids is not None and points.thumbnails is not None
    assert points.ids.values.tolist() == list(range(0, 18, 2))
    np.testing.assert_array_equal(points.thumbnails, images)
    texts = points_of(feature_vectors(vectors, inputs=["word " * 100] * 9)).text
    assert texts is not None and len(texts[0]) <= 160 and texts[0].endswith("…")


def test_histogram_counts_every_sample() -> None:
    vectors, labels = blobs()
    plain = feature_vectors(vectors, style="histogram", method="raw", components=[2])
    mark = plain.figure().panels[0].marks[0]
    assert isinstance(mark, Bars) and mark.edges is not None
    known, _ = np.histogram(vectors[:, 2], mark.edges)
    np.testing.assert_array_equal(mark.heights, known)
    assert mark.heights.sum() == len(vectors)
    lines = feature_vectors(vectors, style="histogram", color=labels).figure().panels[0].marks
    assert all(isinstance(line, Line) for line in lines)
    assert [line.y.sum() for line in lines if isinstance(line, Line)] == [30, 30, 30]


def test_texts_stand_beside_their_vectors() -> None:
    vectors, labels = blobs(9)
    texts = [f"text {k}" for k in range(8)] + ["a long text " * 20]
    view = feature_vectors(vectors, color=labels, inputs=texts, style="beside", limit=9)
    strip, full = view.figure().panels
    mark, words = strip.marks[0], full.marks[0]
    assert isinstance(mark, Matrix) and isinstance(words, Tokens)
    order = np.argsort(labels, kind="stable")
    np.testing.assert_allclose(mark.values, vectors[order], rtol=1e-6)
    assert strip.y is not None
    assert strip.y.categories[:3] == ("text 0", "text 3", "text 6")
    assert "".join(words.texts[-1]) == texts[8]


def test_images_stand_beside_their_vectors(rng: np.random.Generator) -> None:
    vectors, _ = blobs(9)
    figure = feature_vectors(vectors, inputs=rng.random((9, 4, 4)), style="beside").figure()
    assert len(figure.panels) == 16
    assert "The first 8 of 9 samples." in figure.note
    strip = figure.panels[1].marks[0]
    assert isinstance(strip, Matrix)
    np.testing.assert_allclose(strip.values[0], vectors[0], rtol=1e-6)


@pytest.mark.parametrize(
    ("vectors", "options", "message"),
    [
        (np.zeros(3), {}, r"shape \(n_samples, n_features\)"),
        (np.zeros((0, 3)), {}, "at least one sample"),
        ([["a"]], {}, "must be numbers"),
        (np.eye(3), {"method": "lda"}, "`method` must be one of"),
        (np.eye(3), {"style": "pie"}, "`style` must be one of"),
        (np.eye(3), {"method": "tsne"}, "needs at least 5 samples; got 3"),
        (np.eye(3), {"components": (0, 7)}, "`components` must lie in 0 .. 2"),
        (np.eye(3), {"components": ()}, "one to three numbers"),
        (np.eye(3), {"color": [1]}, r"`color` must hold one entry per vector \(3\); got 1"),
        (np.eye(3), {"inputs": ["a"]}, "`inputs` must hold one entry per vector"),
        (np.eye(6), {"method": "tsne", "fit": np.eye(6)}, "`fit` needs `method='pca'`"),
        (np.eye(3), {"fit": np.eye(4)}, "`fit` must have 3 features"),
        (np.eye(3), {"fit": np.full((3, 3), np.nan)}, "`fit` must hold a sample without NaN"),
        (np.eye(3), {"dimensions": 4}, "`dimensions` must be 2 or 3; got 4"),
        (np.eye(3), {"perplexity": 0}, "`perplexity` must be positive"),
        (np.eye(3), {"limit": 0}, "`limit` must be at least 1"),
    ],
)
def test_bad_input_is_refused(vectors, options, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        feature_vectors(vectors, **options)


def test_fixed_axes_let_points_be_followed(recorded, digits) -> None:
    run, last = recorded.run, recorded.run.array_steps("features/test")[-1]
    moving = FeatureVectors.from_run(run, step=0, fit_step=-1)
    fixed = PCA(2).fit(recorded.network.forward(digits.x_test)[0])
    hidden = run.arrays("features/test", step=0)["hidden"]
    np.testing.assert_allclose(
        np.abs(moving.projected.positions), np.abs(fixed.transform(hidden)), atol=1e-8
    )
    assert f"The axes are those of step {last}" in moving.figure().note
    own = FeatureVectors.from_run(run, step=0)
    assert "The axes are those" not in own.figure().note


def test_from_run_colours_by_any_recorded_column(recorded, digits) -> None:
    true = FeatureVectors.from_run(recorded.run).color
    assert isinstance(true, Categories)
    np.testing.assert_array_equal(true.codes, digits.y_test)
    assert true.names[2] == "digit 2"
    predicted = recorded.network.forward(digits.x_test)[1].argmax(axis=1)
    correct = FeatureVectors.from_run(recorded.run, color="correct").color
    assert isinstance(correct, Categories)
    np.testing.assert_array_equal(correct.codes, predicted == digits.y_test)
    assert isinstance(FeatureVectors.from_run(recorded.run, color="loss").color, Continuous)
    with pytest.raises(UnknownName, match=r"recorded column `los`\. Did you mean"):
        FeatureVectors.from_run(recorded.run, color="los")
    with pytest.raises(UnknownName, match="recorded layer `nope`"):
        FeatureVectors.from_run(recorded.run, "nope")
    for offer in FeatureVectors.offers(recorded.run):
        FeatureVectors.from_run(recorded.run, step=offer.steps[0], **offer.options).figure()


def test_pictures_are_shown_at_points_unless_there_are_many_steps(run_writer, tmp_path) -> None:
    writer = run_writer("steps")
    vectors, _ = blobs(6)
    images = np.arange(6 * 16, dtype=np.uint8).reshape(6, 4, 4)
    writer.log_arrays("inputs/test", {"sample": np.arange(6), "inputs": images}, step=0)
    writer.log_arrays("features/test", {"sample": np.arange(6), "pooled": vectors}, step=0)
    run = Run(tmp_path / "steps")
    (offer,) = FeatureVectors.offers(run)
    shown = points_of(FeatureVectors.from_run(run, **offer.options)).thumbnails
    np.testing.assert_array_equal(shown, images)
    writer.log_arrays("features/test", {"sample": np.arange(6), "pooled": vectors}, step=1)
    (offer,) = FeatureVectors.offers(run)
    assert points_of(FeatureVectors.from_run(run, **offer.options)).thumbnails is None
    assert points_of(FeatureVectors.from_run(run)).thumbnails is not None


def test_a_diverged_run_keeps_the_axes_of_its_last_finite_step(run_writer, tmp_path) -> None:
    writer = run_writer("diverged")
    vectors, _ = blobs(9)
    for step, scale in ((0, 1.0), (1, 2.0), (2, np.nan)):
        writer.log_arrays("features/test", {"pooled": vectors * scale}, step=step)
    run = Run(tmp_path / "diverged")
    first = FeatureVectors.from_run(run, step=0, fit_step=-1)
    assert "The axes are those of step 1" in first.figure().note
    with pytest.raises(NotRecorded, match="all 9 have NaN or infinities"):
        FeatureVectors.from_run(run, step=2)

    run_writer("never").log_arrays("features/test", {"pooled": vectors * np.nan}, step=0)
    run_writer("later").log_arrays("features/test", {"sample": np.arange(0)}, step=0)
    with pytest.raises(NotRecorded, match="must hold a sample of finite numbers"):
        FeatureVectors.from_run(Run(tmp_path / "never"), fit_step=-1)
    with pytest.raises(UnknownName, match="There is no recorded layer here"):
        FeatureVectors.from_run(Run(tmp_path / "later"))


def test_recorded_texts_are_offered_beside_their_vectors(run_writer, tmp_path) -> None:
    writer = run_writer("texts")
    vectors, _ = blobs(6)
    writer.log_arrays("features/test", {"sample": np.arange(6), "pooled": vectors}, step=2)
    texts = [f"text {k}" for k in range(6)]
    writer.log_table("shown/test", {"sample": np.arange(6), "text": texts}, step=2)
    run = Run(tmp_path / "texts")
    scatter, beside = FeatureVectors.offers(run)
    assert points_of(FeatureVectors.from_run(run, **scatter.options)).text == tuple(texts)
    panel = FeatureVectors.from_run(run, **beside.options).figure().panels[0]
    assert panel.y is not None and panel.y.categories == tuple(texts)


def test_from_model_takes_the_layers_own_vectors(torch_model, digits) -> None:
    import torch

    x = digits.x_test[:50].astype(np.float32)
    view = FeatureVectors.from_model(models.adapt(torch_model), "2", x, color=digits.y_test[:50])
    with torch.no_grad():
        own = torch_model.eval()[:3](torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(view.vectors, own, rtol=1e-5, atol=1e-6)
    assert "of 2 (12 numbers each)" in view.figure().title


def test_columns_hold_places_and_colours() -> None:
    vectors, labels = blobs(6)
    columns = feature_vectors(vectors, color=labels, classes=["a", "b", "c"]).columns()
    assert list(columns) == ["sample", "pca_1", "pca_2", "label"]
    assert columns["label"].tolist() == ["a", "b", "c"] * 2
    beside = feature_vectors(vectors, style="beside", limit=2).columns()
    assert beside["value"].tolist() == vectors[:2].ravel().tolist()


def test_a_map_in_space_holds_three_coordinates() -> None:
    vectors, labels = blobs()
    view = feature_vectors(vectors, color=labels, dimensions=3)
    mark = view.figure().panels[0].marks[0]
    assert isinstance(mark, Points3D) and mark.ids is not None
    known = PCA(3).fit_transform(vectors)
    for axis, values in enumerate((mark.x, mark.y, mark.z)):
        np.testing.assert_allclose(np.abs(values), np.abs(known[:, axis]), atol=1e-9)
    assert mark.axes[2].startswith("principal component 3 (")
    assert list(view.columns()) == ["sample", "pca_1", "pca_2", "pca_3", "label"]
    assert feature_vectors(vectors, method="umap", dimensions=3).projected.positions.shape[1] == 3


def test_pca_says_how_well_it_keeps_neighbours_when_asked() -> None:
    vectors, _ = blobs()
    view = feature_vectors(vectors, judge=True)
    known = trustworthiness(vectors, view.projected.positions, n_neighbors=15)
    assert view.projected.kept is not None
    assert view.projected.kept.trustworthiness == pytest.approx(known)
    assert "Trustworthiness" in view.figure().note
    assert "Trustworthiness" not in feature_vectors(vectors).figure().note


def test_neighbours_are_those_of_the_vectors_not_of_the_picture() -> None:
    vectors, _ = blobs()
    view = feature_vectors(vectors, sample=np.arange(90) * 10)
    found = view.neighbours(30, count=4)
    apart, rows = NearestNeighbors(n_neighbors=5).fit(vectors).kneighbors(vectors[3:4])
    assert found["sample"].tolist() == (rows[0, 1:] * 10).tolist()
    np.testing.assert_allclose(found["distance"], apart[0, 1:])
    with pytest.raises(UnknownName, match="sample `7`"):
        view.neighbours(7)


def moving_run(run_writer, name: str, *, steps: int = 4) -> np.ndarray:
    """Record vectors that turn in their space from step to step, so that PCA finds other signs."""
    vectors, _ = blobs(60)
    writer = run_writer(name)
    rng = np.random.default_rng(5)
    for step in range(steps):
        turn = np.linalg.qr(rng.normal(size=(6, 6)))[0]
        there = {"sample": np.arange(60), "pooled": (vectors + 0.01 * step) @ turn}
        writer.log_arrays("features/test", there, step=step * 10)
    return vectors


@pytest.mark.parametrize("dimensions", [2, 3])
def test_followed_steps_neither_flip_nor_turn(run_writer, tmp_path, dimensions) -> None:
    moving_run(run_writer, "turning")
    run = Run(tmp_path / "turning")
    follow = {"follow": True, "dimensions": dimensions}
    first, *later = (FeatureVectors.from_run(run, step=step, **follow) for step in (0, 10, 20, 30))
    for view in later:
        # The same cloud was only turned in its space: its picture is the same picture.
        np.testing.assert_allclose(view.projected.positions, first.projected.positions, atol=1e-8)
        assert "Turned to match step" in view.figure().note
        assert view.projected.axes[0] == "PCA axis 1, turned"
    own = FeatureVectors.from_run(run, step=30, dimensions=dimensions)
    assert np.abs(own.projected.positions - first.projected.positions).max() > 1


@pytest.mark.parametrize("method", ["tsne", "umap"])
def test_neighbour_methods_go_on_from_the_step_before(run_writer, tmp_path, method) -> None:
    moving_run(run_writer, "turning", steps=2)
    run = Run(tmp_path / "turning")
    first = FeatureVectors.from_run(run, step=0, method=method, follow=True)
    second = FeatureVectors.from_run(run, step=10, method=method, follow=True)
    alone = FeatureVectors.from_run(run, step=10, method=method)
    spread = first.projected.positions.std()

    def moved(view: FeatureVectors) -> float:
        apart = view.projected.positions - first.projected.positions
        return float(np.sqrt((apart**2).sum(axis=1)).mean() / spread)

    # Followed, points stay near to where they were; alone, the picture may lie anyhow.
    assert moved(second) < min(0.5, 0.5 * moved(alone) + 0.2)
    assert "Turned to match step 0." in second.figure().note


def test_classes_that_are_texts_name_themselves(run_writer, tmp_path) -> None:
    vectors, _ = blobs(9)
    animals = np.array(["cat", "owl"])[np.arange(len(vectors)) % 2]
    writer = run_writer("texts")
    writer.log_arrays("features/test", {"pooled": vectors}, step=0)
    table = {"sample": np.arange(len(vectors)), "true": animals, "predicted": animals}
    writer.log_table("predictions/test", table, step=0)
    color = FeatureVectors.from_run(Run(tmp_path / "texts")).color
    assert color.names == ("cat", "owl")
    assert np.array(color.names)[color.codes].tolist() == animals.tolist()


def test_a_step_that_diverged_is_passed_over(run_writer, tmp_path) -> None:
    vectors, _ = blobs(9)
    writer = run_writer("gap")
    for step, scale in ((0, 1.0), (1, np.nan), (2, -1.0)):
        writer.log_arrays("features/test", {"pooled": vectors * scale}, step=step)
    run = Run(tmp_path / "gap")
    last = FeatureVectors.from_run(run, step=2, follow=True)
    assert "Turned to match step 0." in last.figure().note
    first = FeatureVectors.from_run(run, step=0, follow=True)
    np.testing.assert_allclose(last.projected.positions, first.projected.positions, atol=1e-9)
    with pytest.raises(ValueError, match=r"got both\. Leave one out"):
        FeatureVectors.from_run(run, follow=True, fit_step=-1)
    for options, said in (
        ({"style": "histogram"}, "`style` must be 'scatter'; got 'histogram'"),
        ({"dimensions": 4}, "`dimensions` must be 2 or 3; got 4"),
        ({"limit": 0}, "`limit` must be at least 1; got 0"),
    ):
        with pytest.raises(ValueError, match=said):
            FeatureVectors.from_run(run, follow=True, **options)
