"""The confusion matrix: scikit-learn's numbers, both orientations, many classes, bad labels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform
from sklearn import metrics

import bathyscope as bs
from bathyscope import models
from bathyscope.figures import Matrix, Table
from bathyscope.views import View, confusion_matrix
from bathyscope.views._seriation import clustered_order
from bathyscope.views.confusion_matrix import ConfusionMatrix


def examples() -> dict[str, View]:
    rng = np.random.default_rng(0)
    true = rng.integers(0, 10, 400)
    predicted = np.where(rng.random(400) < 0.8, true, rng.integers(0, 10, 400))
    names = [f"class {k}" for k in range(10)]
    many_true = rng.integers(0, 300, 4000)
    many = np.where(rng.random(4000) < 0.7, many_true, (many_true + 1) % 300)
    return {
        "counts": confusion_matrix(true, predicted, classes=names),
        "article": confusion_matrix(true, predicted, classes=names, rows="predicted"),
        "shares": confusion_matrix(true, predicted, classes=names, normalize="true"),
        "mistakes": confusion_matrix(true, predicted, classes=names, diagonal=False),
        "two": confusion_matrix(["猫", "狗", "狗"], ["猫", "狗", "猫"]),
        "one class": confusion_matrix([1, 1], [1, 1]),
        "empty row": confusion_matrix([0, 0], [0, 1], classes="abc", normalize="true"),
        "many": confusion_matrix(many_true, many, order="clustered"),
    }


labels = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=60)


@given(labels, st.sampled_from([None, "true", "pred", "all"]))
@settings(deadline=None)
def test_equals_scikit_learn(pairs: list[tuple[int, int]], side: str | None) -> None:
    true, predicted = (np.array(column) for column in zip(*pairs, strict=True))
    ours = "predicted" if side == "pred" else side
    view = confusion_matrix(true, predicted, classes="abcdef", normalize=ours)
    known = metrics.confusion_matrix(true, predicted, labels=range(6), normalize=side)
    # Where scikit-learn divides nothing by nothing it says 0; that is not a measured share.
    np.testing.assert_allclose(np.nan_to_num(view.shares), known)
    empty = {None: 0, "all": 0, "true": (view.counts.sum(1) == 0).sum() * 6}
    empty["predicted"] = (view.counts.sum(0) == 0).sum() * 6
    assert np.isnan(view.shares).sum() == empty[ours]


def test_text_labels_are_sorted_as_scikit_learn_does(rng: np.random.Generator) -> None:
    true, predicted = rng.choice(["fox", "cat", "dog"], (2, 50))
    view = confusion_matrix(true, predicted)
    assert view.classes == ("cat", "dog", "fox")
    np.testing.assert_array_equal(view.counts, metrics.confusion_matrix(true, predicted))


def matrix_of(view: ConfusionMatrix) -> Matrix:
    mark = view.figure().panels[0].marks[0]
    assert isinstance(mark, Matrix)
    return mark


def test_rows_are_named_and_turn_with_the_matrix() -> None:
    by_true = confusion_matrix(["a", "a", "b"], ["a", "b", "b"])
    by_predicted = confusion_matrix(["a", "a", "b"], ["a", "b", "b"], rows="predicted")
    np.testing.assert_array_equal(matrix_of(by_true).values, [[1, 1], [0, 1]])
    np.testing.assert_array_equal(matrix_of(by_predicted).values, [[1, 0], [1, 1]])
    for view, x, y in ((by_true, "predicted", "true"), (by_predicted, "true", "predicted")):
        panel = view.figure().panels[0]
        assert panel.x is not None and panel.y is not None
        assert (panel.x.label, panel.y.label) == (f"{x} class", f"{y} class")
        assert panel.x.categories == panel.y.categories == ("a", "b")
    np.testing.assert_array_equal(by_true.counts, by_predicted.counts)


@pytest.mark.parametrize("rows", ["true", "predicted"])
@pytest.mark.parametrize("order", ["given", "name", "clustered"])
def test_ids_name_the_samples_of_each_cell(rows: str, order: str, rng: np.random.Generator) -> None:
    true, predicted = rng.integers(0, 4, (2, 80))
    ids = rng.permutation(1000)[:80]
    names = ["d", "b", "a", "c"]
    view = confusion_matrix(true, predicted, classes=names, rows=rows, order=order, sample=ids)
    mark, panel = matrix_of(view), view.figure().panels[0]
    assert mark.ids is not None and mark.ids.elements is not None
    assert panel.x is not None and panel.y is not None
    for cell in range(16):
        row, column = divmod(cell, 4)
        sides = (panel.y.categories[row], panel.x.categories[column])
        t, p = sides if rows == "true" else sides[::-1]
        expected = ids[(true == names.index(t)) & (predicted == names.index(p))]
        found = mark.ids.values[mark.ids.elements == cell]
        assert sorted(found) == sorted(expected)
        assert mark.values[row, column] == len(expected)


def test_an_empty_row_is_undefined_and_said() -> None:
    view = confusion_matrix(["a", "a"], ["a", "b"], classes=["a", "b"], normalize="true")
    assert np.isnan(view.shares[1]).all()
    mark = matrix_of(view)
    assert mark.cells is not None
    assert mark.cells[1].tolist() == ["–", "–"]
    assert "No sample is of class b, so its share is undefined" in view.figure().note


def test_hiding_the_diagonal_gives_mistakes_the_whole_scale() -> None:
    true, predicted = [0] * 50 + [1] * 50, [0] * 48 + [1] * 52
    view = confusion_matrix(true, predicted, diagonal=False)
    mark = matrix_of(view)
    assert np.isnan(np.diag(mark.values)).all()
    assert mark.color.high == 2.0
    assert "hidden" in view.figure().panels[0].note


@pytest.mark.parametrize("most", [1, 2, 3, 40])
def test_the_colour_bar_of_counts_names_whole_numbers_only(most: int) -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot")
    view = confusion_matrix([0] * most + [1], [0] * most + [1])
    figure = view.plot().figure
    figure.canvas.draw()
    (bar,) = [
        child for ax in figure.axes for child in ax.child_axes if child.get_ylabel() == "samples"
    ]
    told = [tick.get_text() for tick in bar.get_yticklabels()]
    assert told and all(text.isdigit() for text in told)
    pyplot.close(figure)
    layout = view.plotly().layout.to_plotly_json()
    (axis,) = (held for name, held in layout.items() if name.startswith("coloraxis"))
    assert axis["colorbar"].get("dtick") == (1 if most <= 3 else None)
    shares = confusion_matrix([0, 0, 1], [0, 1, 1], normalize="true").figure().panels[0].marks[0]
    assert not shares.color.integers


def test_note_gives_accuracy_with_its_interval() -> None:
    # 95% Wilson interval of 8 of 10, as R's binom::binom.wilson(8, 10) gives it.
    note = confusion_matrix([1] * 10, [1] * 8 + [0] * 2).figure().note
    assert "8 of 10 right (80.00%, 95% interval 49.02% to 94.33%)" in note


def test_many_classes_list_the_worst_pairs_and_their_samples(rng: np.random.Generator) -> None:
    true = rng.integers(0, 1000, 20_000)
    predicted = true.copy()
    wrong = np.flatnonzero(true == 7)
    predicted[wrong] = 8
    view = confusion_matrix(true, predicted, classes=[f"c{k}" for k in range(1000)])
    panels = view.figure().panels
    assert matrix_of(view).cells is None
    table = panels[1].marks[0]
    assert isinstance(table, Table)
    assert (table.columns["true"][0], table.columns["predicted"][0]) == ("c7", "c8")
    assert table.columns["samples"][0] == len(wrong)
    assert table.columns["share of true"][0] == 1.0
    assert table.ids is not None and table.ids.elements is not None
    assert sorted(table.ids.values[table.ids.elements == 0]) == wrong.tolist()


def test_clustering_puts_confused_classes_together(rng: np.random.Generator) -> None:
    groups = rng.permutation(np.repeat(np.arange(6), 5))
    same = groups[:, None] == groups[None, :]
    counts = np.where(same, rng.integers(5, 20, (30, 30)), rng.integers(0, 2, (30, 30)))
    order = clustered_order(counts)
    assert sorted(order) == list(range(30))
    changes = (np.diff(groups[order]) != 0).sum()
    assert changes == 5


def _joined_one_by_one(counts: np.ndarray) -> list[int]:
    """Average linkage as its definition says: the mean over all pairs of two clusters."""
    rates = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    similarity = rates + rates.T
    clusters = [[index] for index in range(len(counts))]
    while len(clusters) > 1:
        pairs = [(i, j) for i in range(len(clusters)) for j in range(i + 1, len(clusters))]
        means = [similarity[np.ix_(clusters[i], clusters[j])].mean() for i, j in pairs]
        i, j = pairs[int(np.argmax(np.round(means, 12)))]
        clusters[i] += clusters.pop(j)
        clusters.sort(key=lambda cluster: cluster[0])
    return clusters[0]


@pytest.mark.parametrize("seed", range(8))
def test_clustering_is_average_linkage(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.poisson(2, (12, 12)) + np.diag(rng.integers(5, 60, 12))
    assert clustered_order(counts, optimal=0).tolist() == _joined_one_by_one(counts)


def _every_order(node: hierarchy.ClusterNode) -> list[list[int]]:
    """All orders of the leaves that turning the branches of a tree gives."""
    if node.is_leaf():
        return [[node.id]]
    sides = _every_order(node.left), _every_order(node.right)
    return [turned for a in sides[0] for b in sides[1] for turned in (a + b, b + a)]


@pytest.mark.parametrize(("seed", "n"), [(0, 3), (1, 6), (2, 8), (3, 9), (4, 30), (5, 45)])
def test_neighbours_are_as_close_as_the_clusters_allow(seed: int, n: int) -> None:
    counts = np.random.default_rng(seed).gamma(0.5, 20.0, (n, n)) + 0.01
    rates = counts / counts.sum(axis=1, keepdims=True).clip(1)
    distance = (rates + rates.T)[~np.eye(n, dtype=bool)].max() - (rates + rates.T)
    np.fill_diagonal(distance, 0.0)
    condensed = squareform(distance, checks=False)
    tree = hierarchy.linkage(condensed, "average")

    def apart(order: np.ndarray) -> float:
        return float(distance[order[:-1], order[1:]].sum())

    ours = clustered_order(counts)
    assert sorted(ours) == list(range(n))
    if n < 10:
        known = min(apart(np.array(order)) for order in _every_order(hierarchy.to_tree(tree)))
        np.testing.assert_allclose(apart(ours), known, rtol=1e-9)
    # SciPy's order is not always the best one of its tree, but near it.
    known = hierarchy.leaves_list(hierarchy.optimal_leaf_ordering(tree, condensed))
    assert apart(ours) <= apart(known) + 1e-9
    assert apart(ours) <= apart(clustered_order(counts, optimal=0)) + 1e-9


def test_a_page_can_draw_the_matrix_in_every_order(rng: np.random.Generator) -> None:
    true = rng.integers(0, 6, 300)
    predicted = np.where(rng.random(300) < 0.6, true, rng.integers(0, 6, 300))
    names = list("fbdaec")
    for rows in ("true", "predicted"):
        view = confusion_matrix(
            true, predicted, classes=names, rows=rows, normalize="true", order="name"
        )
        panel = view.figure().panels[0]
        counted = matrix_of(view).counted
        assert counted is not None and counted.shares == ("rows" if rows == "true" else "columns")
        drawn = [names.index(label) for label in panel.y.categories]
        as_drawn = view.counts[np.ix_(drawn, drawn)]
        np.testing.assert_array_equal(counted.counts, as_drawn if rows == "true" else as_drawn.T)
        orders = {
            name: [panel.y.categories[row] for row in order]
            for name, order in counted.orders.items()
        }
        assert list(orders) == [
            "by name", "as numbered", "most mistakes first", "confused ones side by side"
        ]  # fmt: skip
        assert orders["by name"] == sorted(names) and orders["as numbered"] == names
        clustered = clustered_order(view.counts)
        assert orders["confused ones side by side"] == [names[k] for k in clustered]
        mistakes = view.counts.sum(0) + view.counts.sum(1) - 2 * np.diag(view.counts)
        found = [mistakes[names.index(name)] for name in orders["most mistakes first"]]
        assert found == sorted(found, reverse=True)


def test_a_film_of_many_classes_keeps_its_order(run_writer, rng: np.random.Generator) -> None:
    writer = run_writer()
    true = rng.integers(0, 60, 900)
    sure = rng.random(900)
    for step, right in ((1, 0.3), (2, 0.8)):
        predicted = np.where(
            rng.random(900) < right, true, (true // 4 * 4) + rng.integers(0, 4, 900)
        )
        table = {"sample": np.arange(900), "true": true, "predicted": predicted, "confidence": sure}
        writer.log_table("predictions/test", table, step=step)
    run = bs.open(writer.path)
    offers = {offer.title: offer for offer in ConfusionMatrix.offers(run)}
    options = offers["Mistakes among the test samples"].options
    assert options["order"] == "clustered"
    films = [run.confusion_matrix(step=step, **options) for step in (1, 2)]
    orders = [view.figure().panels[0].x.categories for view in films]
    assert orders[0] == orders[1] == tuple(str(k) for k in clustered_order(films[1].counts))
    assert "Their order is that of the last step." in films[0].figure().panels[0].note


def test_only_sure_predictions_are_counted(run_writer) -> None:
    writer = run_writer()
    table = {"sample": [7, 8, 9], "true": [0, 1, 1], "predicted": [0, 0, 1],
             "confidence": [0.9, 0.5, 0.8]}  # fmt: skip
    writer.log_table("predictions/test", table, step=1)
    run = bs.open(writer.path)
    view = run.confusion_matrix(confidence=0.8)
    assert view.counts.tolist() == [[1, 0], [0, 1]] and view.sample.tolist() == [7, 9]
    assert "Only the 2 of 3 predictions with a confidence of at least 0.8." in view.figure().note
    with pytest.raises(bs.NotRecorded, match=r"the highest is 0\.9"):
        run.confusion_matrix(confidence=0.95)
    with pytest.raises(ValueError, match=r"`confidence` must lie in \[0, 1\]"):
        run.confusion_matrix(confidence=2)


def test_clustering_of_one_class_and_of_none_confused() -> None:
    assert clustered_order(np.array([[3]])).tolist() == [0]
    assert clustered_order(np.diag([3, 4, 5])).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("true", "predicted", "classes", "message"),
    [
        ([0, 1], [0], None, "one entry per sample; got y_true: 2, y_pred: 1"),
        ([], [], None, "at least one label"),
        ([0.0, np.nan], [0, 1], None, "1 are NaN or infinite, the first at position 1"),
        ([0, None], [0, 1], None, "1 are missing"),
        ([0.5, 1], [0, 1], None, "whole numbers or names; got 0.5"),
        ([0, 3], [0, 1], ["a", "b"], r"`y_true` must lie in 0 .. 1 .*got 3"),
        (["a"], ["z"], ["a", "b"], "`y_pred` must hold only the classes a, b; got 'z'"),
        (["a"], [1], None, "all text or all whole numbers"),
        ([[0.2, 0.8]], [1], None, "one-hot"),
        ([0], [0], ["a", "a"], "`classes` must be distinct"),
        ([0], [0], [], "at least one class"),
    ],
)
def test_bad_labels_are_refused(true, predicted, classes, message) -> None:
    with pytest.raises(ValueError, match=message):
        confusion_matrix(true, predicted, classes=classes)


@pytest.mark.parametrize(
    ("option", "value"), [("rows", "truth"), ("normalize", "pred"), ("order", "random")]
)
def test_unknown_options_are_refused(option: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"`{option}` must be one of"):
        confusion_matrix([0], [0], **{option: value})


def test_one_hot_rows_and_numbered_classes_are_understood() -> None:
    view = confusion_matrix(np.eye(3)[[0, 2]], [0, 1])
    assert view.counts.tolist() == [[1, 0, 0], [0, 0, 0], [0, 1, 0]]
    assert confusion_matrix([3, 7], [7, 7], classes=[3, 5, 7]).counts[0, 2] == 1


def test_columns_hold_every_cell() -> None:
    columns = confusion_matrix(["a", "b"], ["b", "b"], normalize="true").columns()
    assert columns["true"].tolist() == ["a", "a", "b", "b"]
    assert columns["count"].tolist() == [0, 1, 0, 1]
    assert columns["share"].tolist() == [0, 1, 0, 1]


def test_from_run_equals_the_recorded_network(recorded, digits) -> None:
    view = ConfusionMatrix.from_run(recorded.run)
    predicted = recorded.network.forward(digits.x_test)[1].argmax(axis=1)
    known = metrics.confusion_matrix(digits.y_test, predicted)
    np.testing.assert_array_equal(view.counts, known)
    assert view.classes[3] == "digit 3"
    first = ConfusionMatrix.from_run(recorded.run, step=0)
    assert matrix_of(first).color == matrix_of(view).color
    assert "step 0" in first.figure().title
    assert np.trace(first.counts) < np.trace(view.counts)


def test_offers_every_recorded_step(recorded_run) -> None:
    offers = list(ConfusionMatrix.offers(recorded_run))
    assert offers[0].steps == recorded_run.table_steps("predictions/test")
    for offer in offers:
        ConfusionMatrix.from_run(recorded_run, step=offer.steps[1], **offer.options).figure()


def test_from_model_counts_its_own_predictions(keras_model, digits) -> None:
    x = digits.x_test[:100].reshape(-1, 8, 8, 1).astype(np.float32)
    view = ConfusionMatrix.from_model(models.adapt(keras_model), x, digits.y_test[:100])
    own = np.asarray(keras_model.predict(x, verbose=0)).argmax(axis=1)
    np.testing.assert_array_equal(
        view.counts, metrics.confusion_matrix(digits.y_test[:100], own, labels=range(10))
    )
